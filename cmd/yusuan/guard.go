package main

import (
	"cmp"
	"context"
	"net"
	"strings"

	"go.uber.org/zap"

	"yusuan/web"
	"yusuan/web/access"
)

// guarding are the flags of who may ask the HTTP API for what.
type guarding struct {
	Keys         string   `placeholder:"FILE" help:"File of keys, see yusuan key. With it or --oidc-issuer, everybody who asks needs a role, and --listen may be any address."`
	OIDCIssuer   string   `name:"oidc-issuer" placeholder:"URL" help:"OpenID Connect issuer whose bearer tokens (JWT) are good here."`
	OIDCAudience string   `name:"oidc-audience" placeholder:"NAME" help:"What tokens must have in aud: this API's name at the issuer."`
	OIDCClaim    string   `name:"oidc-roles-claim" placeholder:"NAME" help:"Claim of the tokens that has the roles, such as roles, groups or realm_access.roles (default roles)."`
	OIDCRole     []string `name:"oidc-role" placeholder:"VALUE=ROLE" help:"Role (read, ingest, admin) of a value of that claim; several by commas (default: the values are the roles)."`
	CORSOrigin   []string `name:"cors-origin" placeholder:"ORIGIN" help:"Web pages of this origin (https://HOST) may read the answers; several by commas (default: those of no other)."`
	TLSCert      string   `name:"tls-cert" placeholder:"FILE" help:"PEM file of the certificate, and those between it and an authority, to serve HTTPS."`
	TLSKey       string   `name:"tls-key" placeholder:"FILE" help:"PEM file of the certificate's key."`
}

// asks reports whether who asks is asked who they are.
func (g guarding) asks() bool { return g.Keys != "" || g.OIDCIssuer != "" }

// check says which flags do not go together. Where nobody is asked, only this machine's own addresses will do.
func (g guarding) check(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError("--listen %s: want HOST:PORT", listen)
	}
	if !g.asks() && !access.IsLoopback(host) {
		return usageError("--listen %s: only this machine's own addresses (127.0.0.1, [::1], localhost), for nobody is asked who they are; "+
			"with --keys or --oidc-issuer, who asks needs a role, and any address will do", listen)
	}
	if (g.TLSCert == "") != (g.TLSKey == "") {
		return usageError("--tls-cert and --tls-key go together")
	}
	if g.OIDCIssuer == "" && cmp.Or(g.OIDCAudience, g.OIDCClaim, strings.Join(g.OIDCRole, "")) != "" {
		return usageError("--oidc-…: of which issuer? Name it by --oidc-issuer")
	}
	for _, o := range g.CORSOrigin {
		if err := access.CheckOrigin(o); err != nil {
			return usageError("--cors-origin: %w", err)
		}
	}
	return nil
}

// open gives the guard of the API.
func (g guarding) open(ctx context.Context, lg *zap.Logger) (web.Guard, error) {
	if !g.asks() {
		return access.NewLocal(g.CORSOrigin)
	}
	var keys, tokens access.Verifier
	if g.Keys != "" {
		k, err := access.OpenKeys(lg, g.Keys)
		if err != nil {
			return nil, err
		}
		keys = k
	}
	if g.OIDCIssuer != "" {
		t, err := g.tokens(ctx, lg)
		if err != nil {
			return nil, err
		}
		tokens = t
	}
	return access.New(lg, keys, tokens), nil
}

func (g guarding) tokens(ctx context.Context, lg *zap.Logger) (*access.Tokens, error) {
	cfg := access.TokenConfig{Issuer: g.OIDCIssuer, Audience: g.OIDCAudience, Claim: cmp.Or(g.OIDCClaim, "roles")}
	for _, pair := range g.OIDCRole {
		i := strings.LastIndexByte(pair, '=')
		if i < 1 {
			return nil, usageError("--oidc-role %s: want VALUE=ROLE", pair)
		}
		role, err := access.ParseRole(pair[i+1:])
		if err != nil {
			return nil, usageError("--oidc-role %s: %w", pair, err)
		}
		if cfg.Roles == nil {
			cfg.Roles = map[string]access.Role{}
		}
		cfg.Roles[pair[:i]] = role
	}
	t, err := access.NewTokens(lg, cfg)
	if err != nil {
		return nil, usageError("--oidc-…: %w", err)
	}
	if err := t.Ask(ctx); err != nil {
		lg.Warn("no token can be checked yet; it is tried again when one comes", zap.Error(err))
	}
	return t, nil
}

// ofMetrics is the guard of /metrics: a Prometheus on this machine needs no key where nobody else can ask.
func (g guarding) ofMetrics(guard web.Guard, listen string) (web.Guard, error) {
	if g.asks() && access.IsLoopback(listen) {
		return access.NewLocal(nil)
	}
	return guard, nil
}
