package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

// A TokenConfig says whose tokens are good for what.
type TokenConfig struct {
	Issuer   string // its URL, as tokens have it in iss; the keys are found by its /.well-known/openid-configuration
	Audience string // that tokens have in aud
	Claim    string // that has roles: a text with words, or a list of texts; a.b is b in a
	// Roles are the roles of the claim's values; nil has the values read, ingest and admin be their own. Of several, the highest counts.
	Roles map[string]Role
}

// Tokens are the bearer tokens (JWT) of an OpenID Connect issuer. Its keys are asked for when they are first needed, and again when a
// token names one that is not known.
type Tokens struct {
	lg     *zap.Logger
	cfg    TokenConfig
	client *http.Client

	mu       sync.Mutex
	verifier *oidc.IDTokenVerifier // nil before the issuer has answered
	tried    time.Time
}

// How the issuer is asked: within issuerTimeout; no more than issuerBurst times and then once in issuerPause, since a token with an unknown
// key costs a request, and anybody can send such tokens. While it does not answer, it is asked once in issuerPause.
const (
	issuerTimeout = 10 * time.Second
	issuerBurst   = 5
	issuerPause   = 10 * time.Second
)

// NewTokens returns the tokens of an issuer. It asks nothing yet.
func NewTokens(lg *zap.Logger, cfg TokenConfig) (*Tokens, error) {
	u, err := url.Parse(cfg.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Host)) {
		return nil, fmt.Errorf("issuer %q: want https://…, or http:// on this machine", cfg.Issuer)
	}
	if cfg.Audience == "" || cfg.Claim == "" {
		return nil, errors.New("an issuer needs an audience, and a claim that has the roles")
	}
	if cfg.Roles == nil {
		cfg.Roles = map[string]Role{Read.String(): Read, Ingest.String(): Ingest, Admin.String(): Admin}
	}
	slow := &limited{http.DefaultTransport, rate.NewLimiter(rate.Every(issuerPause), issuerBurst)}
	return &Tokens{lg: lg, cfg: cfg, client: &http.Client{Timeout: issuerTimeout, Transport: slow}}, nil
}

// Ask has the issuer say where its keys are, if it has not yet.
func (t *Tokens) Ask(ctx context.Context) error {
	_, err := t.ready(ctx)
	return err
}

// ready gives the verifier, once the issuer has answered.
func (t *Tokens) ready(ctx context.Context) (*oidc.IDTokenVerifier, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.verifier != nil {
		return t.verifier, nil
	}
	if time.Since(t.tried) < issuerPause {
		return nil, errors.New("the issuer did not answer a moment ago")
	}
	t.tried = time.Now()
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), t.client) // who asks first shall not end it for the others
	provider, err := oidc.NewProvider(ctx, t.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("ask the issuer for its keys: %w", err)
	}
	t.verifier = provider.VerifierContext(ctx, &oidc.Config{ClientID: t.cfg.Audience})
	return t.verifier, nil
}

// Verify implements Verifier: signature, issuer, audience and time must be right.
func (t *Tokens) Verify(ctx context.Context, token string) (Identity, bool) {
	verifier, err := t.ready(ctx)
	if err != nil {
		t.lg.Warn("no token can be checked", zap.String("issuer", t.cfg.Issuer), zap.Error(err))
		return Identity{}, false
	}
	good, err := verifier.Verify(ctx, token)
	if err != nil {
		t.lg.Debug("token refused", zap.Error(err)) // it does not quote the token
		return Identity{}, false
	}
	var claims map[string]any
	if err := good.Claims(&claims); err != nil {
		return Identity{}, false
	}
	return Identity{good.Subject, t.role(claims)}, true
}

// role is the highest that the claim's values give.
func (t *Tokens) role(claims map[string]any) Role {
	role := Nobody
	for _, value := range claimValues(claims, t.cfg.Claim) {
		role = max(role, t.cfg.Roles[value])
	}
	return role
}

// claimValues gives the values of the claim with the name, or of the one that it leads to: realm_access.roles.
func claimValues(claims map[string]any, name string) []string {
	v, ok := claims[name] // a name may have a dot, as those that are URLs do
	if first, rest, more := strings.Cut(name, "."); !ok && more {
		inner, _ := claims[first].(map[string]any)
		return claimValues(inner, rest)
	}
	switch v := v.(type) {
	case string:
		return strings.Fields(v)
	case []any:
		var values []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				values = append(values, s)
			}
		}
		return values
	}
	return nil
}

// A limited transport refuses requests that come too fast.
type limited struct {
	http.RoundTripper
	limiter *rate.Limiter
}

// RoundTrip implements http.RoundTripper.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if !l.limiter.Allow() {
		return nil, errors.New("the issuer was asked often enough just now")
	}
	return l.RoundTripper.RoundTrip(r)
}
