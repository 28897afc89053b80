package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"

	"yusuan/web/access"
)

// TestCookie has a browser send its cookie: by a page of ours, and by one of elsewhere.
func TestCookie(t *testing.T) {
	g := access.New(zap.NewNop(), known{"r": {Name: "reader", Role: access.Ingest}}, nil)
	for _, tc := range []struct {
		name, method, token, site string
		status                    int // 0: let through
	}{
		{"looks", http.MethodGet, "r", "same-origin", 0},
		{"follows a link from elsewhere", http.MethodGet, "r", "cross-site", 0},
		{"changes something", http.MethodPost, "r", "same-origin", 0},
		{"is made to change something", http.MethodPost, "r", "cross-site", 403},
		{"has a cookie that is not good any more", http.MethodGet, "q", "same-origin", 401},
		{"has an empty one", http.MethodGet, "", "same-origin", 401},
	} {
		r := httptest.NewRequest(tc.method, "http://yusuan.example/", nil)
		r.AddCookie(access.Cookie(r, tc.token))
		r.Header.Set("Sec-Fetch-Site", tc.site)
		id, err := g.Admit(r, access.Read)
		status := 0
		if denial, ok := errors.AsType[*access.Denial](err); ok {
			status = denial.Status
		}
		if status != tc.status || status == 0 && id.Name != "reader" {
			t.Errorf("%s: got %d, %+v; want %d", tc.name, status, id, tc.status)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "https://yusuan.example/", nil)
	if c := access.Cookie(r, "r"); !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
		t.Errorf("got %+v", c)
	}
	r = httptest.NewRequest(http.MethodGet, "http://yusuan.example/", nil)
	if access.Cookie(r, "r").Secure {
		t.Error("without TLS: the cookie would not be sent")
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if !access.Cookie(r, "r").Secure {
		t.Error("behind a proxy with TLS: the cookie goes without")
	}
}
