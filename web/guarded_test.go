package web_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/indexer/indextest"
	"yusuan/web"
	"yusuan/web/access"
)

// newGuarded serves the disclosures of package indextest to who has one of the secrets.
func newGuarded(t *testing.T) (h http.Handler, secrets map[access.Role]string, lines *observer.ObservedLogs) {
	t.Helper()
	_, s := newAPI(t)
	file := filepath.Join(t.TempDir(), "keys")
	secrets = map[access.Role]string{access.Nobody: ""}
	for _, role := range []access.Role{access.Read, access.Ingest, access.Admin} {
		k, secret, err := access.NewKey(role.String(), role, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if err := access.AddKey(file, k); err != nil {
			t.Fatal(err)
		}
		secrets[role] = secret
	}
	core, lines := observer.New(zap.DebugLevel)
	lg := zap.New(core)
	keys, err := access.OpenKeys(lg, file)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(s)
	cfg.Guard, cfg.Asks, cfg.Origins = access.New(lg, keys, nil), true, []string{"https://a.example"}
	return web.New(lg, cfg), secrets, lines
}

// TestRoutesByRole asks for every route with every role.
func TestRoutesByRole(t *testing.T) {
	h, secrets, _ := newGuarded(t)
	id := indextest.Disclosures()[0].ID()
	for _, tc := range []struct {
		method, path string
		need         access.Role
		status       int // of those who may
	}{
		{"GET", "/api/v1/search", access.Read, 200},
		{"HEAD", "/api/v1/search", access.Read, 200},
		{"GET", "/api/v1/items", access.Read, 200},
		{"GET", "/api/v1/items/sums?by=year", access.Read, 200},
		{"GET", "/api/v1/disclosures", access.Read, 200},
		{"GET", "/api/v1/disclosures/" + id, access.Read, 200},
		{"GET", "/api/v1/disclosures/none", access.Read, 404},
		{"GET", "/api/v1/disclosures/" + id + "/tables/1", access.Read, 200},
		{"GET", "/api/v1/disclosures/" + id + "/pdf", access.Admin, 200},
		{"HEAD", "/api/v1/disclosures/" + id + "/pdf", access.Admin, 200},
		{"GET", "/api/v1/disclosures/none/pdf", access.Admin, 404},
		{"GET", "/api/v1/coverage", access.Read, 200},
		{"GET", "/api/v1/compare?code=2080505&year=2024", access.Read, 200},
		{"GET", "/api/v1/export?format=csv", access.Read, 200},
		{"GET", "/api/v1/openapi.json", access.Read, 200},
		{"HEAD", web.EventsPath, access.Ingest, 200},
		{"GET", "/api/v1/status", access.Read, 200},
		{"GET", "/api/v1/jobs", access.Ingest, 200},
		{"GET", "/api/v1/jobs/none", access.Ingest, 404},
		{"POST", "/api/v1/disclosures", access.Ingest, 202},
		{"POST", "/api/v1/jobs/none/retry", access.Ingest, 404},
		{"DELETE", "/api/v1/jobs/none", access.Ingest, 404},
		{"DELETE", "/api/v1/disclosures", access.Read, 405},
		{"GET", "/api/v1/nothing", access.Read, 404},
		{"GET", "/", access.Read, 404},
	} {
		for role, secret := range secrets {
			want := tc.status
			switch {
			case secret == "":
				want = http.StatusUnauthorized
			case role < tc.need:
				want = http.StatusForbidden
			}
			checkAnswer(t, h, tc.method, tc.path, secret, want)
		}
	}
}

// checkAnswer asks with a key, or without one.
func checkAnswer(t *testing.T, h http.Handler, method, path, secret string, want int) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader("%PDF-1.7"))
	r.Header.Set("Content-Type", "application/pdf")
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != want {
		t.Errorf("%s %s: got %d, want %d: %.200s", method, path, w.Code, want, w.Body)
	}
	if want == http.StatusUnauthorized || want == http.StatusForbidden {
		checkDenial(t, method, w)
	}
}

// TestGuardedPreflight answers a browser's preflight, which has no key.
func TestGuardedPreflight(t *testing.T) {
	h, _, _ := newGuarded(t)
	r := httptest.NewRequest(http.MethodOptions, "/api/v1/search", nil)
	r.Header.Set("Origin", "https://a.example")
	r.Header.Set("Access-Control-Request-Method", "GET")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Origin") != "https://a.example" {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
}

// TestGuardedLog notes who got an original PDF and who handed a file in, and no key.
func TestGuardedLog(t *testing.T) {
	h, secrets, lines := newGuarded(t)
	pdf := "/api/v1/disclosures/" + indextest.Disclosures()[0].ID() + "/pdf"
	checkAnswer(t, h, "GET", pdf, secrets[access.Read], http.StatusForbidden)
	checkAnswer(t, h, "GET", pdf, secrets[access.Admin], http.StatusOK)
	checkAnswer(t, h, "POST", "/api/v1/disclosures", secrets[access.Ingest], http.StatusAccepted)
	checkAnswer(t, h, "GET", "/api/v1/search", secrets[access.Ingest]+"x", http.StatusUnauthorized)
	for message, name := range map[string]string{"original PDF given": "admin", "file handed in": "ingest", "refused": "read"} {
		if lines.FilterMessage(message).FilterField(zap.String("by", name)).Len() != 1 {
			t.Errorf("%s by %s: not noted in %v", message, name, lines.All())
		}
	}
	for _, l := range lines.All() {
		for _, f := range l.Context {
			for _, secret := range secrets {
				if secret != "" && strings.Contains(f.String, secret) {
					t.Errorf("a key is in the log: %s", l.Message)
				}
			}
		}
	}
}

// checkDenial checks that it is a problem document with a challenge, and tells nothing else.
func checkDenial(t *testing.T, method string, w *httptest.ResponseRecorder) {
	t.Helper()
	if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), `Bearer realm="yusuan"`) || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
		t.Errorf("got headers %v", w.Header())
	}
	var p struct{ Status int }
	if err := json.Unmarshal(w.Body.Bytes(), &p); method != http.MethodHead && (err != nil || p.Status != w.Code) {
		t.Errorf("got %s, %v, want a problem of %d", w.Body, err, w.Code)
	}
}

// TestDescribedRoles checks that the description says who may ask for what.
func TestDescribedRoles(t *testing.T) {
	_, s := newAPI(t)
	cfg := config(s)
	cfg.Asks = true
	type operation struct {
		Description string
		Security    []map[string][]string
		RequestBody struct{ Content map[string]any } `json:"requestBody"`
		OperationID string                           `json:"operationId"`
	}
	doc := decode[struct {
		Paths      map[string]map[string]operation
		Components struct {
			SecuritySchemes map[string]any `json:"securitySchemes"`
		}
	}](t, get(web.New(zap.NewNop(), cfg), "/api/v1/openapi.json"))
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if seen[op.OperationID] {
				t.Errorf("%s %s: another operation is called %s", method, path, op.OperationID)
			}
			seen[op.OperationID] = true
			for _, one := range op.Security {
				for scheme := range one {
					if doc.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s %s: there is no scheme %s", method, path, scheme)
					}
				}
			}
			role := "read"
			switch {
			case strings.HasSuffix(path, "/pdf"):
				role = "admin"
			case method == "post" || strings.Contains(path, "/jobs"):
				role = "ingest"
			}
			if len(op.Security) != 2 || op.Description != "Needs the role "+role+"." {
				t.Errorf("%s %s: got %v, %q, want the role %s", method, path, op.Security, op.Description, role)
			}
		}
	}
	if body := doc.Paths["/api/v1/disclosures"]["post"].RequestBody.Content; body["application/pdf"] == nil || body["multipart/form-data"] == nil {
		t.Errorf("got %v for the body of an upload", body)
	}
	open := decode[map[string]any](t, get(web.New(zap.NewNop(), config(s)), "/api/v1/openapi.json"))
	if text, err := json.Marshal(open); err != nil || strings.Contains(string(text), `"security":`) {
		t.Errorf("%v: where nobody is asked, keys are said to be needed", err)
	}
}

// A broken guard is nobody's.
type broken struct{}

func (broken) Admit(*http.Request, access.Role) (access.Identity, error) {
	return access.Identity{}, errors.New("secret trouble")
}

func TestBrokenGuard(t *testing.T) {
	h := web.Guarded(broken{}, access.Read, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("let through") }))
	if w := get(h, "/"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}
