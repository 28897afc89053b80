package site

import (
	"errors"
	"net/http"
	"strings"

	"yusuan/web/access"
)

// accountRoutes are about who somebody is, and what they prefer.
func (s *site) accountRoutes() []route {
	return []route{
		{pattern: "GET /login", open: true, answer: (*request).login},
		{pattern: "POST /login", open: true, answer: (*request).logIn},
		{pattern: "POST /logout", open: true, answer: (*request).logOut},
		{pattern: "GET /settings", open: true, answer: (*request).settings},
	}
}

// A loginView is the page to give a key.
type loginView struct {
	Back  string
	Wrong string // why the key that was given will not do, or ""
}

func (r *request) login() error {
	return r.show("login", "", r.t("login.title"), loginView{Back: ownPath(r.r.FormValue("back"))})
}

// maxKey bounds a form with a key, in bytes.
const maxKey = 16 << 10

// logIn keeps the key that was given in a cookie, if it is good.
func (r *request) logIn() error {
	if err := r.fromHere(); err != nil {
		return err
	}
	r.r.Body = http.MaxBytesReader(r.w, r.r.Body, maxKey)
	back, key := ownPath(r.r.PostFormValue("back")), strings.TrimSpace(r.r.PostFormValue("key"))
	asked := r.r.Clone(r.ctx())
	asked.Header.Del("X-API-Key")
	asked.Header.Set("Authorization", "Bearer "+key)
	if r.s.Guard != nil {
		_, err := r.s.Guard.Admit(asked, access.Read)
		if denial, ok := errors.AsType[*access.Denial](err); ok && key != "" && denial.Status == http.StatusServiceUnavailable {
			return err
		} else if err != nil || key == "" {
			return r.showAs(http.StatusUnauthorized, "login", "", r.t("login.title"), loginView{back, r.t("login.wrong")})
		}
	}
	http.SetCookie(r.w, access.Cookie(r.r, key))
	return r.goTo(back)
}

func (r *request) logOut() error {
	if err := r.fromHere(); err != nil {
		return err
	}
	c := access.Cookie(r.r, "")
	c.MaxAge = -1
	http.SetCookie(r.w, c)
	return r.goTo("/login")
}

// fromHere refuses what a page of elsewhere has a browser send.
func (r *request) fromHere() error {
	if r.s.own.Check(r.r) != nil {
		return fault{status: http.StatusForbidden, detail: r.t("failure.elsewhere")}
	}
	return nil
}

// aYear is how long what a visitor prefers is kept, in seconds.
const aYear = 365 * 24 * 60 * 60

// settings keeps what a visitor prefers, and leads back.
func (r *request) settings() error {
	q := r.r.URL.Query()
	keep := func(name, value string, known ...string) {
		for _, k := range known {
			if value == k {
				http.SetCookie(r.w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: aYear, SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: r.r.TLS != nil})
			}
		}
	}
	keep(languageCookie, q.Get("lang"), string(Chinese), string(English))
	keep(themeCookie, q.Get("theme"), "light", "dark", "system")
	return r.goTo(ownPath(q.Get("back")))
}
