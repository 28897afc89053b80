package web

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A problem says what is wrong (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	At     int    `json:"at,omitempty"`        // the character of q, from 1, where it is wrong
	Name   string `json:"parameter,omitempty"` // the parameter that is wrong

	challenge string // WWW-Authenticate, or ""
	later     string // Retry-After in seconds, or ""
}

// Error gives the detail.
func (p problem) Error() string { return p.Detail }

// badParameter refuses a parameter.
func badParameter(name, format string, args ...any) error {
	return problem{Status: http.StatusBadRequest, Detail: name + ": " + fmt.Sprintf(format, args...), Name: name}
}

// refuse answers with a problem.
func refuse(w http.ResponseWriter, r *http.Request, p problem) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	if p.challenge != "" {
		w.Header().Set("WWW-Authenticate", p.challenge)
	}
	if p.later != "" {
		w.Header().Set("Retry-After", p.later)
	}
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // who asked may have gone
	}
}
