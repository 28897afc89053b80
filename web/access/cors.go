package access

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// CORS lets web pages of these origins (https://HOST[:PORT]) read what h answers, and answers their browsers' preflights, which carry no
// key. Cookies are never asked for. Pages of no other origin are told that they may.
func CORS(h http.Handler, origins []string) http.Handler {
	if len(origins) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !slices.Contains(origins, origin) {
			h.ServeHTTP(w, r)
			return
		}
		head.Set("Access-Control-Allow-Origin", origin)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			head.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE")
			head.Set("Access-Control-Allow-Headers", "Authorization, X-API-Key, Content-Type, Content-Disposition, If-None-Match")
			head.Set("Access-Control-Max-Age", "600")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		head.Set("Access-Control-Expose-Headers", "ETag, Location, Content-Disposition, Retry-After, WWW-Authenticate")
		h.ServeHTTP(w, r)
	})
}

// CheckOrigin says what is wrong with an origin, or nil: a browser sends scheme, host and port only, and a page of any origin is none.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return fmt.Errorf("origin %q: want https://HOST or https://HOST:PORT, and nothing behind it", origin)
	}
	return nil
}
