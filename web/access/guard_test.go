package access_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"

	"yusuan/web/access"
)

// known gives identities by their tokens.
type known map[string]access.Identity

func (k known) Verify(_ context.Context, token string) (access.Identity, bool) {
	id, ok := k[token]
	return id, ok
}

func TestGuard(t *testing.T) {
	keys := known{"r": {Name: "reader", Role: access.Read}, "a.b.c": {Name: "dotted", Role: access.Read}}
	tokens := known{"x.y.z": {Name: "person", Role: access.Ingest}, "n.o.n": {Name: "guest"}, "r": {Name: "wrong", Role: access.Admin}}
	for _, tc := range []struct {
		name    string
		headers []string
		need    access.Role
		status  int // 0: let through
		who     string
	}{
		{"nothing", nil, access.Read, 401, ""},
		{"bearer", []string{"Authorization", "Bearer r"}, access.Read, 0, "reader"},
		{"any case", []string{"Authorization", "bearer  r "}, access.Read, 0, "reader"},
		{"header", []string{"X-API-Key", "r"}, access.Read, 0, "reader"},
		{"a proxy's own authorization beside", []string{"X-API-Key", "r", "Authorization", "Basic cjpy"}, access.Read, 0, "reader"},
		{"basic", []string{"Authorization", "Basic cjpy"}, access.Read, 401, ""},
		{"too little", []string{"X-API-Key", "r"}, access.Ingest, 403, "reader"},
		{"unknown", []string{"X-API-Key", "q"}, access.Read, 401, ""},
		{"token", []string{"Authorization", "Bearer x.y.z"}, access.Ingest, 0, "person"},
		{"token for less", []string{"Authorization", "Bearer x.y.z"}, access.Read, 0, "person"},
		{"token for more", []string{"Authorization", "Bearer x.y.z"}, access.Admin, 403, "person"},
		{"token without a role", []string{"Authorization", "Bearer n.o.n"}, access.Read, 403, "guest"},
		{"token where a key belongs", []string{"X-API-Key", "x.y.z"}, access.Read, 401, ""},
		{"key with dots", []string{"Authorization", "Bearer a.b.c"}, access.Read, 0, "dotted"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for i := 0; i < len(tc.headers); i += 2 {
			r.Header.Set(tc.headers[i], tc.headers[i+1])
		}
		id, err := access.New(zap.NewNop(), keys, tokens).Admit(r, tc.need)
		status := 0
		if denial, ok := errors.AsType[*access.Denial](err); ok {
			status = denial.Status
			if denial.Challenge == "" || denial.Detail == "" {
				t.Errorf("%s: got %+v, want a challenge and a detail", tc.name, denial)
			}
		}
		if status != tc.status || id.Name != tc.who {
			t.Errorf("%s: got %d, %q, want %d, %q", tc.name, status, id.Name, tc.status, tc.who)
		}
	}
}

func TestLocal(t *testing.T) {
	local, err := access.NewLocal([]string{"http://localhost:5173"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, method, host string
		headers            []string
		status             int
	}{
		{"by address", "GET", "127.0.0.1:8080", nil, 0},
		{"by name", "GET", "localhost:8080", nil, 0},
		{"IPv6", "GET", "[::1]:8080", nil, 0},
		{"IPv6 without a port", "GET", "[::1]", nil, 0},
		{"program that posts", "POST", "127.0.0.1:8080", nil, 0},
		{"our own page that posts", "POST", "127.0.0.1:8080", []string{"Origin", "http://127.0.0.1:8080", "Sec-Fetch-Site", "same-origin"}, 0},
		{"page that is trusted", "POST", "127.0.0.1:8080", []string{"Origin", "http://localhost:5173", "Sec-Fetch-Site", "cross-site"}, 0},
		{"foreign page that posts", "POST", "127.0.0.1:8080", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 403},
		{"foreign page in an old browser", "POST", "127.0.0.1:8080", []string{"Origin", "https://evil.example"}, 403},
		{"page in a sandbox", "POST", "127.0.0.1:8080", []string{"Origin", "null"}, 403},
		{"page of another port", "POST", "127.0.0.1:8080", []string{"Origin", "http://127.0.0.1:3000", "Sec-Fetch-Site", "same-site"}, 403},
		{"foreign page that reads is kept from the answer by its browser", "GET", "127.0.0.1:8080", []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, 0},
		{"rebound name", "GET", "evil.example:8080", nil, 421},
		{"rebound name, same origin", "POST", "evil.example", []string{"Origin", "http://evil.example", "Sec-Fetch-Site", "same-origin"}, 421},
		{"name that begins alike", "GET", "localhost.evil.example", nil, 421},
		{"address of others", "GET", "10.1.2.3:8080", nil, 421},
		{"no host", "GET", "", nil, 421},
	} {
		r := httptest.NewRequest(tc.method, "/", nil)
		r.Host = tc.host
		for i := 0; i < len(tc.headers); i += 2 {
			r.Header.Set(tc.headers[i], tc.headers[i+1])
		}
		_, err := local.Admit(r, access.Admin)
		status := 0
		if denial, ok := errors.AsType[*access.Denial](err); ok {
			status = denial.Status
		}
		if status != tc.status {
			t.Errorf("%s: got %d, want %d", tc.name, status, tc.status)
		}
	}
}

func TestCORS(t *testing.T) {
	asked := 0
	h := access.CORS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Add("Vary", "Accept")
	}), []string{"https://a.example"})
	for _, tc := range []struct {
		name, method, origin, preflight string
		allowed, answered               bool
	}{
		{"allowed", "GET", "https://a.example", "", true, true},
		{"preflight", "OPTIONS", "https://a.example", "POST", true, false},
		{"OPTIONS that is no preflight", "OPTIONS", "https://a.example", "", true, true},
		{"other", "GET", "https://b.example", "", false, true},
		{"other's preflight", "OPTIONS", "https://b.example", "POST", false, true},
		{"other scheme", "GET", "http://a.example", "", false, true},
		{"other case", "GET", "https://A.example", "", false, true},
		{"sandbox", "GET", "null", "", false, true},
		{"no page", "GET", "", "", false, true},
	} {
		asked = 0
		r := httptest.NewRequest(tc.method, "/", nil)
		r.Header.Set("Origin", tc.origin)
		r.Header.Set("Access-Control-Request-Method", tc.preflight)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Header().Get("Access-Control-Allow-Origin")
		if (got == tc.origin && got != "") != tc.allowed || (asked == 1) != tc.answered || w.Header().Get("Vary") != "Origin" {
			t.Errorf("%s: got %v, asked %d times, want allowed %t, answered %t", tc.name, w.Header(), asked, tc.allowed, tc.answered)
		}
		if w.Header().Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: cookies are asked for", tc.name)
		}
		if preflight := !tc.answered; preflight && (w.Code != http.StatusNoContent || w.Header().Get("Access-Control-Allow-Headers") == "") {
			t.Errorf("%s: got %d, %v", tc.name, w.Code, w.Header())
		}
	}
	for origin, good := range map[string]bool{"https://a.example": true, "http://localhost:5173": true, "*": false, "null": false, "https://a.example/": false,
		"https://a.example/x": false, "a.example": false, "ftp://a.example": false, "https://u@a.example": false} {
		if err := access.CheckOrigin(origin); (err == nil) != good {
			t.Errorf("%s: got %v, want good: %t", origin, err, good)
		}
	}
}

func TestRoles(t *testing.T) {
	for _, r := range []access.Role{access.Read, access.Ingest, access.Admin} {
		if got, err := access.ParseRole(r.String()); got != r || err != nil {
			t.Errorf("%s: got %v, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "nobody", "Read", "root"} {
		if got, err := access.ParseRole(name); err == nil {
			t.Errorf("%q: got %v", name, got)
		}
	}
	if access.Read >= access.Ingest || access.Ingest >= access.Admin || access.Nobody >= access.Read {
		t.Error("each role must be more than the one before")
	}
}
