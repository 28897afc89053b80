package access

import (
	"net/http"
)

// cookieName is that of the cookie with a browser's key or token.
const cookieName = "yusuan-key"

// Cookie keeps a key or token in a browser until that is closed: no script can read it, no other site's page can send it along with what
// changes something, and where the request came by TLS, to us or to a proxy that says so, it goes by TLS only.
func Cookie(r *http.Request, token string) *http.Cookie {
	secure := r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" // who claims that falsely keeps the cookie from being sent, and no more
	return &http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}

// fromCookie gives the token of a request's cookie, or "". A browser sends it whatever page is open, so what would change something must come
// from a page of ours.
func (g *Guard) fromCookie(r *http.Request) (string, error) {
	c, err := r.Cookie(cookieName)
	if err != nil || c.Value == "" {
		return "", nil
	}
	if g.ownPages.Check(r) != nil {
		return "", &Denial{Status: http.StatusForbidden, Detail: "a web page of another origin may not change anything here"}
	}
	return c.Value, nil
}
