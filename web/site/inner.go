package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// An inner is an answer of the API to a page, in memory.
type inner struct {
	to     http.ResponseWriter // of the page
	header http.Header
	status int
	body   bytes.Buffer
}

// Unwrap gives http.ResponseController the connection, whose deadlines the API sets.
func (i *inner) Unwrap() http.ResponseWriter { return i.to }

// Header implements http.ResponseWriter.
func (i *inner) Header() http.Header { return i.header }

// WriteHeader implements http.ResponseWriter.
func (i *inner) WriteHeader(status int) {
	if i.status == 0 {
		i.status = status
	}
}

// Write implements http.ResponseWriter.
func (i *inner) Write(p []byte) (int, error) {
	i.WriteHeader(http.StatusOK)
	return i.body.Write(p)
}

// api asks our own API in the name of who asks for the page, and decodes the answer. What the API refuses becomes a fault.
func (r *request) api(method, path, contentType string, body io.Reader, into any) error {
	if r.s.API == nil {
		return fault{status: http.StatusServiceUnavailable, detail: r.t("failure.no-api")}
	}
	asked, err := http.NewRequestWithContext(r.ctx(), method, path, body)
	if err != nil {
		return fmt.Errorf("ask the API: %w", err)
	}
	for _, name := range []string{"Authorization", "X-API-Key", "Cookie", "Origin", "Sec-Fetch-Site"} {
		asked.Header[name] = r.r.Header[name]
	}
	asked.Header.Set("Accept", "application/json")
	asked.Header.Set("Content-Type", contentType)
	asked.Host, asked.RemoteAddr, asked.TLS = r.r.Host, r.r.RemoteAddr, r.r.TLS
	answer := &inner{to: r.w, header: http.Header{}}
	r.s.API.ServeHTTP(answer, asked)
	if answer.status >= http.StatusBadRequest {
		var p struct {
			Detail string `json:"detail"`
		}
		if err := json.Unmarshal(answer.body.Bytes(), &p); err != nil {
			return fmt.Errorf("ask the API: %s: status %d", path, answer.status)
		}
		return fault{status: answer.status, detail: p.Detail}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer.body.Bytes(), into); err != nil {
		return fmt.Errorf("ask the API: %s: %w", path, err)
	}
	return nil
}
