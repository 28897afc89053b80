package elastic

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"
)

// A serverError is an answer of Elasticsearch that is no success.
type serverError struct {
	status int
	kind   string // as Elasticsearch names it: index_not_found_exception
	reason string
	index  string // in which a document was not found
}

// Error says what happened and, for what a person can do something about, what to do.
func (e *serverError) Error() string {
	text := e.reason
	if text == "" {
		text = http.StatusText(e.status)
	}
	text = fmt.Sprintf("elasticsearch answered %d: %s", e.status, text)
	if advice := e.advice(); advice != "" {
		return advice + " (" + text + ")"
	}
	return text
}

func (e *serverError) advice() string {
	switch {
	case e.kind == "cluster_block_exception" && strings.Contains(e.reason, "flood-stage"):
		return "the index is read-only because the server's disk is nearly full: make room on it"
	case e.kind == "cluster_block_exception":
		return "the index is read-only: somebody has blocked writing to it"
	case e.status == http.StatusUnauthorized:
		return "the server does not accept the API key or password"
	case e.status == http.StatusForbidden:
		return "the API key or user has not the rights for it"
	case e.status == http.StatusRequestEntityTooLarge:
		return "the server does not take requests of this size: raise its http.max_content_length"
	}
	return ""
}

// busy reports answers after which the same request may succeed.
func (e *serverError) busy() bool { return busyStatus(e.status) }

func busyStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// status returns the HTTP status of a serverError in the chain, or 0.
func status(err error) int {
	if e, ok := errors.AsType[*serverError](err); ok {
		return e.status
	}
	return 0
}

// request sends a request and decodes the answer into out, unless that is nil. body is marshalled, or sent as it is where it
// is []byte (NDJSON). Every request that this package sends can be repeated without harm, and is while the server is busy or
// cannot be reached, as Config.Retries says.
func (s *Store) request(ctx context.Context, method, path string, body, out any) error {
	payload, ndjson := body.([]byte)
	if body != nil && !ndjson {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return err
		}
	}
	contentType := "application/json"
	if ndjson {
		contentType = "application/x-ndjson"
	}
	for try := 1; ; try++ {
		begun := time.Now()
		err := s.send(ctx, method, path, contentType, payload, out)
		if ndjson {
			s.cfg.Observer.bulk(time.Since(begun))
		}
		if err == nil || !repeatable(ctx, err) {
			return err
		}
		s.cfg.Observer.busy(status(err))
		if try > s.cfg.Retries {
			return err
		}
		s.cfg.Observer.repeated()
		s.lg.Warn(why(err)+", trying again", zap.String("path", path), zap.Int("try", try), zap.Error(err))
		if err := s.pause(ctx, try); err != nil {
			return err
		}
	}
}

// repeatable reports failures after which the same request may succeed.
func repeatable(ctx context.Context, err error) bool {
	if e, ok := errors.AsType[*serverError](err); ok {
		return e.busy()
	}
	_, unreachable := errors.AsType[*unreachableError](err)
	return unreachable && ctx.Err() == nil
}

// why says of a repeatable failure whether there is a server.
func why(err error) string {
	if status(err) == 0 {
		return "elasticsearch does not answer"
	}
	return "elasticsearch is busy"
}

// pause waits before the next try, longer each time and never the same for two workers.
func (s *Store) pause(ctx context.Context, try int) error {
	wait := s.cfg.Backoff << min(try-1, 6)
	wait = wait/2 + rand.N(wait/2+1)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// An unreachableError is a request that got no answer.
type unreachableError struct {
	urls string
	err  error
}

// Error says where the server should have been, and what happened.
func (e *unreachableError) Error() string {
	return fmt.Sprintf("elasticsearch is unreachable at %s: %v", e.urls, e.err)
}

// Unwrap gives what happened.
func (e *unreachableError) Unwrap() error { return e.err }

// send sends a request once.
func (s *Store) send(ctx context.Context, method, path, contentType string, payload []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	if len(payload) > 0 {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := s.client.Perform(req)
	if err != nil {
		return s.transportError(ctx, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return s.transportError(ctx, err)
	}
	if res.StatusCode >= 300 {
		return readError(res.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.UseNumber() // no 分 may be lost where the target is any
	if err := dec.Decode(out); err != nil {
		return fmt.Errorf("read answer of %s: %w", path, err)
	}
	return nil
}

// transportError tells apart a caller who gave up, a server that is none, and one that cannot be reached.
func (s *Store) transportError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.Contains(err.Error(), "server is not Elasticsearch") {
		return fmt.Errorf("the server at %s is not Elasticsearch", s.urls)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Errorf("the certificate of %s is not trusted: %w", s.urls, err)
	}
	return &unreachableError{s.urls, err}
}

// readError reads {"error": {"type", "reason"}} or {"error": "text"}.
func readError(status int, answer []byte) error {
	e := &serverError{status: status}
	var body struct {
		Error json.RawMessage `json:"error"`
		Index string          `json:"_index"`
	}
	if json.Unmarshal(answer, &body) != nil {
		return e
	}
	if e.index = body.Index; len(body.Error) == 0 {
		return e
	}
	e.kind, e.reason = readCause(body.Error)
	return e
}

// A cause is how Elasticsearch says what went wrong.
type cause struct {
	Type     string  `json:"type"`
	Reason   string  `json:"reason"`
	CausedBy *cause  `json:"caused_by"`
	Root     []cause `json:"root_cause"`
}

// readCause gives type and reason of an error, with its innermost cause.
func readCause(raw json.RawMessage) (kind, reason string) {
	var c cause
	if json.Unmarshal(raw, &c) != nil {
		json.Unmarshal(raw, &reason) // else it is a string; reason stays empty where it is not
		return "", reason
	}
	kind, reason = c.Type, c.Reason
	if len(c.Root) > 0 && c.Root[0].Reason != "" && c.Root[0].Reason != reason {
		reason += ": " + c.Root[0].Reason
	}
	inner := c.CausedBy
	for depth := 0; inner != nil && depth < 10; depth++ {
		if inner.Reason != "" && !strings.Contains(reason, inner.Reason) {
			reason += ": " + inner.Reason
		}
		inner = inner.CausedBy
	}
	if kind == "" {
		kind = "unknown"
	}
	return kind, reason
}
