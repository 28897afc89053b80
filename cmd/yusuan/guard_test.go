package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/web"
	"yusuan/web/access"
)

// TestMetricsGuard asks for the metrics: on this machine without a key, where others can ask with one.
func TestMetricsGuard(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	k, secret, err := access.NewKey("prometheus", access.Read, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := access.AddKey(keys, k); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, keys, listen, key, host string
		want                          int
	}{
		{"nobody is asked", "", "127.0.0.1:8080", "", "127.0.0.1:8080", 200},
		{"nobody is asked, rebound name", "", "127.0.0.1:8080", "", "evil.example", 421},
		{"keys, this machine", keys, "127.0.0.1:8080", "", "localhost:8080", 200},
		{"keys, this machine, rebound name", keys, "127.0.0.1:8080", "", "evil.example", 421},
		{"keys, others", keys, "0.0.0.0:8080", "", "127.0.0.1:8080", 401},
		{"keys, others, key", keys, ":8080", secret, "budget.example", 200},
	} {
		g := guarding{Keys: tc.keys}
		guard, err := g.open(t.Context(), zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		ofMetrics, err := g.ofMetrics(guard, tc.listen)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.Host = tc.host
		r.Header.Set("X-API-Key", tc.key)
		w := httptest.NewRecorder()
		web.Guarded(ofMetrics, access.Read, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, w.Code, tc.want)
		}
	}
}

// TestTokenFlags has an issuer's groups be roles, as the flags say.
func TestTokenFlags(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var issuer *httptest.Server
	issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v any = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256"}}}
		if strings.HasPrefix(r.URL.Path, "/.well-known/") {
			v = map[string]any{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/jwks", "id_token_signing_alg_values_supported": []string{"ES256"}}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the test sees it fail
	}))
	t.Cleanup(issuer.Close)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := guarding{OIDCIssuer: issuer.URL, OIDCAudience: "budgets", OIDCClaim: "groups", OIDCRole: []string{"cn=office,dc=x=ingest", "all=read"}}
	if err := g.check("0.0.0.0:8443"); err != nil {
		t.Fatal(err)
	}
	guard, err := g.open(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]access.Role{"cn=office,dc=x": access.Ingest, "all": access.Read, "admin": access.Nobody} {
		token, err := jwt.Signed(signer).Claims(map[string]any{"iss": issuer.URL, "aud": "budgets", "sub": "s", "exp": time.Now().Add(time.Minute).Unix(), "groups": []string{group}}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		id, _ := guard.Admit(r, access.Nobody)
		if id.Name != "s" || id.Role != want {
			t.Errorf("%s: got %+v, want %v", group, id, want)
		}
	}
}

// TestAnnounce warns where keys go over a network as they are.
func TestAnnounce(t *testing.T) {
	for _, tc := range []struct {
		c         serveCommand
		addr, say string
		warnings  int
	}{
		{serveCommand{}, "127.0.0.1:8080", "only this machine", 0},
		{serveCommand{guarding: guarding{Keys: "keys"}}, "127.0.0.1:8080", "needs a key or a token", 0},
		{serveCommand{guarding: guarding{Keys: "keys"}}, "[::]:8080", "needs a key or a token", 1},
		{serveCommand{guarding: guarding{OIDCIssuer: "x", TLSCert: "cert"}}, "[::]:8443", "needs a key or a token", 0},
	} {
		core, lines := observer.New(zap.InfoLevel)
		addr, err := net.ResolveTCPAddr("tcp", tc.addr)
		if err != nil {
			t.Fatal(err)
		}
		tc.c.announce(zap.New(core), addr)
		if lines.FilterMessageSnippet(tc.say).Len() != 1 || lines.FilterMessageSnippet("can be read by").Len() != tc.warnings {
			t.Errorf("%s: got %v", tc.addr, lines.All())
		}
	}
}
