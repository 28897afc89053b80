package access_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"go.uber.org/zap"

	"yusuan/web/access"
)

// An issuer is an OpenID Connect provider of one key.
type issuer struct {
	*httptest.Server
	key   *rsa.PrivateKey
	away  atomic.Bool  // it does not answer
	asked atomic.Int32 // how often for its keys
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	is := &issuer{key: key}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		if is.away.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": is.URL, "jwks_uri": is.URL + "/keys", "authorization_endpoint": is.URL + "/auth", "token_endpoint": is.URL + "/token",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		is.asked.Add(1)
		answer(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "one", Algorithm: "RS256", Use: "sig"}}})
	})
	is.Server = httptest.NewServer(mux)
	t.Cleanup(is.Close)
	return is
}

// token is one that is good for an hour, with claims changed.
func (is *issuer) token(t *testing.T, key any, alg jose.SignatureAlgorithm, kid string, change map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{"iss": is.URL, "aud": "yusuan-api", "sub": "person-1", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"realm_access": map[string]any{"roles": []string{"offline", "budget-readers"}}}
	for name, v := range change {
		claims[name] = v
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func newTokens(t *testing.T, is *issuer, claim string, roles map[string]access.Role) *access.Tokens {
	t.Helper()
	tokens, err := access.NewTokens(zap.NewNop(), access.TokenConfig{Issuer: is.URL, Audience: "yusuan-api", Claim: claim, Roles: roles})
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func TestTokens(t *testing.T) {
	is := newIssuer(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tokens := newTokens(t, is, "realm_access.roles", map[string]access.Role{"budget-readers": access.Read, "budget-office": access.Ingest})
	roles := func(names ...string) map[string]any {
		return map[string]any{"realm_access": map[string]any{"roles": names}}
	}
	for _, tc := range []struct {
		name, token string
		ok          bool
		role        access.Role
	}{
		{"good", is.token(t, is.key, jose.RS256, "one", nil), true, access.Read},
		{"the highest role counts", is.token(t, is.key, jose.RS256, "one", roles("budget-office", "budget-readers")), true, access.Ingest},
		{"no role of ours", is.token(t, is.key, jose.RS256, "one", roles("admin")), true, access.Nobody},
		{"no claim", is.token(t, is.key, jose.RS256, "one", map[string]any{"realm_access": "x"}), true, access.Nobody},
		{"several audiences", is.token(t, is.key, jose.RS256, "one", map[string]any{"aud": []string{"x", "yusuan-api"}}), true, access.Read},
		{"expired", is.token(t, is.key, jose.RS256, "one", map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), false, 0},
		{"not yet", is.token(t, is.key, jose.RS256, "one", map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), false, 0},
		{"other audience", is.token(t, is.key, jose.RS256, "one", map[string]any{"aud": "mail"}), false, 0},
		{"other issuer", is.token(t, is.key, jose.RS256, "one", map[string]any{"iss": "https://other.example"}), false, 0},
		{"other key", is.token(t, other, jose.RS256, "one", nil), false, 0},
		{"other algorithm", is.token(t, []byte("0123456789012345678901234567890123"), jose.HS256, "one", nil), false, 0},
		{"no signature", "eyJhbGciOiJub25lIn0.e30.", false, 0},
		{"no token", "a.b.c", false, 0},
	} {
		id, ok := tokens.Verify(t.Context(), tc.token)
		if ok != tc.ok || id.Role != tc.role || ok && id.Name != "person-1" {
			t.Errorf("%s: got %+v, %t, want %v, %t", tc.name, id, ok, tc.role, tc.ok)
		}
	}
}

// TestTokenClaims finds the roles wherever an issuer has them.
func TestTokenClaims(t *testing.T) {
	is := newIssuer(t)
	for _, tc := range []struct {
		claim string
		value map[string]any
		want  access.Role
	}{
		{"roles", map[string]any{"roles": []string{"ingest"}}, access.Ingest},
		{"scope", map[string]any{"scope": "openid read"}, access.Read},
		{"role", map[string]any{"role": "admin"}, access.Admin},
		{"https://a.example/roles", map[string]any{"https://a.example/roles": []any{1, "admin"}}, access.Admin},
		{"roles", map[string]any{"roles": []string{"Admin", "adminx", ""}}, access.Nobody},
		{"roles.x", map[string]any{"roles": []string{"admin"}}, access.Nobody},
	} {
		id, ok := newTokens(t, is, tc.claim, nil).Verify(t.Context(), is.token(t, is.key, jose.RS256, "one", tc.value))
		if !ok || id.Role != tc.want {
			t.Errorf("%s of %v: got %v, %t, want %v", tc.claim, tc.value, id.Role, ok, tc.want)
		}
	}
}

// TestUnknownKeys sends many tokens with keys that nobody knows: they cost the issuer few requests, and who has a good token nothing.
func TestUnknownKeys(t *testing.T) {
	is := newIssuer(t)
	tokens := newTokens(t, is, "roles", nil)
	good := is.token(t, is.key, jose.RS256, "one", nil)
	if _, ok := tokens.Verify(t.Context(), good); !ok {
		t.Fatal("a good token is refused")
	}
	bad := is.token(t, is.key, jose.RS256, "two", nil)
	for range 50 {
		if _, ok := tokens.Verify(t.Context(), bad); ok {
			t.Fatal("a token with an unknown key is let through")
		}
	}
	if got := is.asked.Load(); got < 2 || got > 6 {
		t.Errorf("the issuer was asked %d times for its keys, want a few", got)
	}
	if _, ok := tokens.Verify(t.Context(), good); !ok {
		t.Error("a good token is refused because of the others")
	}
}

// TestIssuerAway begins without the issuer.
func TestIssuerAway(t *testing.T) {
	is := newIssuer(t)
	is.away.Store(true)
	tokens := newTokens(t, is, "roles", nil)
	if err := tokens.Ask(t.Context()); err == nil {
		t.Error("got no error from an issuer that is away")
	}
	if _, ok := tokens.Verify(t.Context(), is.token(t, is.key, jose.RS256, "one", nil)); ok {
		t.Error("a token was let through that nobody could check")
	}
}

func TestTokenConfig(t *testing.T) {
	for _, tc := range []struct {
		issuer, audience, claim string
		good                    bool
	}{
		{"https://id.example/realms/a", "yusuan", "roles", true},
		{"http://127.0.0.1:8081", "yusuan", "roles", true},
		{"http://id.example", "yusuan", "roles", false},
		{"id.example", "yusuan", "roles", false},
		{"https://id.example", "", "roles", false},
		{"https://id.example", "yusuan", "", false},
	} {
		if _, err := access.NewTokens(zap.NewNop(), access.TokenConfig{Issuer: tc.issuer, Audience: tc.audience, Claim: tc.claim}); (err == nil) != tc.good {
			t.Errorf("%+v: got %v", tc, err)
		}
	}
}
