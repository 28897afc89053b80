package site_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestLongAddress refuses an address whose links would make a page without end: each of them has all parameters again.
func TestLongAddress(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	many := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("&" + one(i))
		}
		return b.String()[1:]
	}
	for query, status := range map[string]int{
		many(200, func(i int) string { return "a=" + itoa(i) }):     http.StatusOK,
		many(201, func(i int) string { return "a=" + itoa(i) }):     http.StatusBadRequest,
		many(5000, func(i int) string { return "unit=" + itoa(i) }): http.StatusBadRequest,
		"region=" + strings.Repeat("a", 60_000):                     http.StatusBadRequest,
	} {
		for _, path := range []string{"/", "/figures", "/compare", "/unit", "/codes"} {
			w := get(h, path+"?"+query)
			if w.Code != status && status != http.StatusOK || w.Code == http.StatusBadRequest && status == http.StatusOK {
				t.Errorf("%s?%.20s… (%d bytes): got %d, want %d", path, query, len(query), w.Code, status)
			}
			if w.Body.Len() > 4<<20 {
				t.Errorf("%s?%.20s… (%d bytes): the page has %d bytes", path, query, len(query), w.Body.Len())
			}
		}
	}
}
