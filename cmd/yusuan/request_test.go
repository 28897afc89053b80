package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// request sends requests until one is answered with the status, and writes what is said to a file:
//
//	request 202 job.json POST http://$ADDRESS/api/v1/disclosures X-API-Key:@key.txt @a.pdf
//
// NAME:VALUE is a header, whose value may be in a file (@FILE); @FILE is the body, a PDF unless a header says otherwise; ~PATTERN must be
// in the answer. The answer's Location is in $LOCATION from then on.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: request STATUS FILE METHOD URL [NAME:VALUE…] [@FILE] [~PATTERN]")
	}
	q := question{method: args[2], url: args[3], header: http.Header{}}
	for _, arg := range args[4:] {
		name, value, isHeader := strings.Cut(arg, ":")
		switch {
		case strings.HasPrefix(arg, "~"):
			q.pattern = regexp.MustCompile(arg[1:])
		case strings.HasPrefix(arg, "@"):
			q.body = []byte(ts.ReadFile(arg[1:]))
			if q.header.Get("Content-Type") == "" {
				q.header.Set("Content-Type", "application/pdf")
			}
		case isHeader && strings.HasPrefix(value, "@"):
			q.header.Set(name, strings.TrimSpace(ts.ReadFile(value[1:])))
		case isHeader:
			q.header.Set(name, value)
		default:
			ts.Fatalf("request: what is %s?", arg)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), awaitFor)
	defer cancel()
	for {
		code, body, location, err := q.send(ctx)
		if err == nil && fmt.Sprint(code) == args[0] && (q.pattern == nil || q.pattern.Match(body)) {
			ts.Setenv("LOCATION", location)
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o644))
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("waited in vain for %v: %d, %v: %s", args, code, err, body)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// A question is a request that may be sent again.
type question struct {
	method, url string
	header      http.Header
	body        []byte
	pattern     *regexp.Regexp
}

func (q question) send(ctx context.Context) (code int, body []byte, location string, err error) {
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return 0, nil, "", err
	}
	r.Header = q.header.Clone()
	r.Host = r.Header.Get("Host")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, res.Header.Get("Location"), err
}
