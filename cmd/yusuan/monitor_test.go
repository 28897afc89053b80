package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/worker"
)

// ask gives the status and the JSON that a handler answers.
func ask(t *testing.T, h http.Handler, method, path string, into any) int {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			t.Fatalf("%s: %v: %s", path, err, rec.Body)
		}
	}
	return rec.Code
}

func TestHealthz(t *testing.T) {
	var h worker.Health
	m := &monitor{registry: newMetrics().registry, health: func() worker.Health { return h }, begun: time.Now()}
	for _, tc := range []struct {
		name   string
		health worker.Health
		code   int
	}{
		{"well", worker.Health{Jobs: 2, Working: 1}, http.StatusOK},
		{"waits for the ledger", worker.Health{Jobs: 2, StoreErr: errors.New("gone")}, http.StatusOK},
		{"stuck", worker.Health{Jobs: 2, Working: 2, Stuck: true}, http.StatusServiceUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h = tc.health
			var a healthAnswer
			if code := ask(t, m.handler(), http.MethodGet, "/healthz", &a); code != tc.code || a.Healthy != (code == http.StatusOK) || (a.Why != "") == a.Healthy || a.Working != h.Working {
				t.Errorf("got %d, %+v; want %d", code, a, tc.code)
			}
		})
	}
}

func TestReadyz(t *testing.T) {
	wrong := map[string]error{}
	part := func(name string) probe {
		return probe{name, func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("asked without a deadline")
			}
			return wrong[name]
		}}
	}
	m := &monitor{registry: newMetrics().registry, probes: []probe{part("nats"), part("ledger")}}
	var a readyAnswer
	if code := ask(t, m.handler(), http.MethodGet, "/readyz", &a); code != http.StatusOK || !a.Ready || len(a.Parts) != 2 {
		t.Errorf("got %d, %+v; want ready", code, a)
	}
	wrong["ledger"] = errors.New("disk is\nfull")
	a = readyAnswer{}
	if code := ask(t, m.handler(), http.MethodGet, "/readyz", &a); code != http.StatusServiceUnavailable || a.Ready ||
		!a.Parts[0].Ready || a.Parts[1].Ready || a.Parts[1].Why != "disk is; full" {
		t.Errorf("got %d, %+v; want the ledger not ready", code, a)
	}
	for _, tc := range []struct {
		method, path string
		code         int
	}{{"POST", "/readyz", 405}, {"GET", "/", 404}, {"HEAD", "/healthz", 200}} {
		m.health = func() worker.Health { return worker.Health{} }
		if code := ask(t, m.handler(), tc.method, tc.path, nil); code != tc.code {
			t.Errorf("%s %s: got %d, want %d", tc.method, tc.path, code, tc.code)
		}
	}
}

// TestListen ends with no goroutine left: requests at hand are answered, idle connections are closed.
func TestListen(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	core, lines := observer.New(zap.InfoLevel)
	arrived, release := make(chan struct{}), make(chan struct{})
	stop, err := listen(zap.New(core), "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(arrived)
			<-release
		}
		_, _ = io.WriteString(w, "done")
	}))
	if err != nil {
		t.Fatal(err)
	}
	address, _ := lines.All()[0].ContextMap()["address"].(string)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(path string) string {
		res, err := client.Get("http://" + address + path)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return fmt.Sprint(string(body), err)
	}
	if got := get("/"); got != "done<nil>" {
		t.Errorf("got %q, want done", got)
	}
	slow := make(chan string)
	go func() { slow <- get("/slow") }()
	<-arrived
	ended := make(chan struct{})
	go func() { stop(); close(ended) }()
	close(release)
	if got := <-slow; got != "done<nil>" {
		t.Errorf("at hand while it ends: got %q, want done", got)
	}
	<-ended
	if got := get("/"); !strings.Contains(got, "refused") {
		t.Errorf("after the end: got %q", got)
	}
	if _, err := listen(zap.NewNop(), "9464", nil); err == nil || !strings.Contains(err.Error(), "want HOST:PORT") {
		t.Errorf("got %v, want what an address looks like", err)
	}
}
