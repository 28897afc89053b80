// Package access decides who may ask the HTTP API for what: by keys of a file (Keys), by bearer tokens of an OpenID Connect issuer (Tokens), or,
// where neither is configured, by the machine that they come from (Local). It neither writes answers nor keeps sessions: a Denial says what
// to answer.
//
// Start with Guard.
package access

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"go.uber.org/zap"
)

// A Role is what somebody may do. Each may do what those before it may.
type Role int

// The roles.
const (
	Nobody Role = iota // somebody who is known and may do nothing
	Read               // ask
	Ingest             // upload, and see what became of it
	Admin              // get the original PDFs, in which nothing is masked
)

// String is the role's name.
func (r Role) String() string {
	switch r {
	case Read:
		return "read"
	case Ingest:
		return "ingest"
	case Admin:
		return "admin"
	}
	return "nobody"
}

// ParseRole reads the name of a role.
func ParseRole(name string) (Role, error) {
	for _, r := range []Role{Read, Ingest, Admin} {
		if name == r.String() {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("role %q: want read, ingest or admin", name)
}

// An Identity is who asks.
type Identity struct {
	Name string // of the key, or the token's subject; local of somebody who was not asked
	Role Role
}

// A Denial is why a request is not let through, and what to answer. It is never about whether what was asked for exists.
type Denial struct {
	Status    int    // of HTTP: 401, 403, 421 or 503
	Detail    string // for who asks
	Challenge string // WWW-Authenticate (RFC 6750), or ""
}

// Error gives the detail.
func (d *Denial) Error() string { return d.Detail }

// A Verifier knows the bearers of tokens. It gives false for a token that is not one of its own.
type Verifier interface {
	Verify(ctx context.Context, token string) (Identity, bool)
}

// A Guard asks everybody who they are. A request has its key or token in the header Authorization, as Bearer, or a key in X-API-Key, or, from a
// browser, either in a Cookie.
type Guard struct {
	lg     *zap.Logger
	keys   Verifier // nil: there are none
	tokens Verifier // nil: there is no issuer

	ownPages *http.CrossOriginProtection
}

// New returns a guard that lets through who has a key of keys or a token of tokens; either may be nil.
func New(lg *zap.Logger, keys, tokens Verifier) *Guard {
	return &Guard{lg, keys, tokens, http.NewCrossOriginProtection()}
}

// Admit gives who asks, where they have the role; an error is a *Denial.
func (g *Guard) Admit(r *http.Request, need Role) (Identity, error) {
	token := r.Header.Get("X-API-Key")
	asKey := token != ""
	if !asKey {
		token = bearer(r.Header.Get("Authorization"))
	}
	if token == "" {
		var err error
		if token, err = g.fromCookie(r); err != nil {
			return Identity{}, err
		}
	}
	if token == "" {
		return Identity{}, unknown(`Bearer realm="yusuan"`, "who are you? Send a key or a token as Authorization: Bearer …, or a key as X-API-Key")
	}
	id, ok := g.verify(r.Context(), token, asKey)
	if !ok {
		g.lg.Debug("key or token refused", zap.String("from", r.RemoteAddr), zap.String("path", r.URL.Path))
		return Identity{}, unknown(`Bearer realm="yusuan", error="invalid_token"`, "the key or token is not known here, or has expired")
	}
	if id.Role < need {
		g.lg.Info("refused", zap.String("by", id.Name), zap.Stringer("role", id.Role), zap.Stringer("needs", need), zap.String("path", r.URL.Path))
		return id, &Denial{http.StatusForbidden, fmt.Sprintf("this needs the role %s, and %s has the role %s", need, id.Name, id.Role),
			fmt.Sprintf(`Bearer realm="yusuan", error="insufficient_scope", scope=%q`, need)}
	}
	return id, nil
}

func unknown(challenge, detail string) error {
	return &Denial{http.StatusUnauthorized, detail, challenge}
}

// verify asks the keys first: that costs one hash, and no issuer.
func (g *Guard) verify(ctx context.Context, token string, asKey bool) (Identity, bool) {
	if g.keys != nil {
		if id, ok := g.keys.Verify(ctx, token); ok {
			return id, true
		}
	}
	if g.tokens != nil && !asKey && strings.Count(token, ".") == 2 { // a JWT
		return g.tokens.Verify(ctx, token)
	}
	return Identity{}, false
}

// bearer gives the token of an Authorization header, or "".
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
