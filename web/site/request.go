package site

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/web"
	"yusuan/web/access"
)

// The cookies of what a visitor prefers.
const (
	languageCookie = "yusuan-lang"
	themeCookie    = "yusuan-theme" // light or dark; else as the system has it
)

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// A request is one that is answered with a page.
type request struct {
	s        *site
	w        http.ResponseWriter
	r        *http.Request
	identity access.Identity
	lang     Language
	words    catalogue
	theme    string // light, dark or ""
}

func (s *site) newRequest(w http.ResponseWriter, r *http.Request) *request {
	req := &request{s: s, w: w, r: r, lang: languageOf(r)}
	req.words = s.words[req.lang]
	if theme := cookie(r, themeCookie); theme == "light" || theme == "dark" {
		req.theme = theme
	}
	return req
}

func (r *request) ctx() context.Context { return r.r.Context() }

// may reports whether who asks has the role.
func (r *request) may(role access.Role) bool { return r.identity.Role >= role }

// t is a message.
func (r *request) t(key string, args ...any) string { return r.words.text(key, args...) }

// A frame is what a template gets: the page itself, and what stands around every page.
type frame struct {
	Lang     Language
	Theme    string
	Title    string // of the page alone
	Nav      string // the entry of the navigation that the page belongs to, or ""
	Here     string // path and query of the page
	Identity access.Identity
	Asks     bool
	Version  string
	Page     any
}

// May reports whether who asks has the role of this name.
func (f frame) May(role string) bool {
	need, err := access.ParseRole(role)
	return err == nil && f.Identity.Role >= need
}

// show answers with a page. nav is the entry of the navigation that it belongs to.
func (r *request) show(page, nav, title string, data any) error {
	return r.showAs(http.StatusOK, page, nav, title, data)
}

func (r *request) showAs(status int, page, nav, title string, data any) error {
	t := r.s.pages[r.lang][page]
	if t == nil {
		return fmt.Errorf("there is no page %s", page)
	}
	var buf bytes.Buffer // what goes wrong must not be half a page
	err := t.ExecuteTemplate(&buf, "frame", frame{
		Lang: r.lang, Theme: r.theme, Title: title, Nav: nav, Here: r.here(), Identity: r.identity, Asks: r.s.Asks, Version: r.s.Version, Page: data,
	})
	if err != nil {
		return fmt.Errorf("page %s: %w", page, err)
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", r.lang.Tag())
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Language, Cookie")
	r.w.WriteHeader(status)
	if r.r.Method != http.MethodHead {
		_, _ = r.w.Write(buf.Bytes()) // who asked may have gone
	}
	return nil
}

// showPart answers with a part of a page: the template of this name of the page's file.
func (r *request) showPart(page, part string, data any) error {
	t := r.s.pages[r.lang][page]
	if t == nil {
		return fmt.Errorf("there is no page %s", page)
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, part, data); err != nil {
		return fmt.Errorf("page %s: %s: %w", page, part, err)
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "private, no-cache")
	h.Add("Vary", "Accept-Language, Cookie")
	_, _ = r.w.Write(buf.Bytes())
	return nil
}

// here is the path and query of the page, to come back to.
func (r *request) here() string {
	if r.r.Method != http.MethodGet && r.r.Method != http.MethodHead {
		return "/"
	}
	return r.r.URL.RequestURI()
}

// goTo answers with another page of ours to look at.
func (r *request) goTo(path string) error {
	http.Redirect(r.w, r.r, path, http.StatusSeeOther)
	return nil
}

// ownPath is a path of this site that a visitor is to be led to, or "/": never one of elsewhere.
func ownPath(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(raw, "\\\r\n\t") {
		return "/"
	}
	return u.RequestURI()
}

// A fault is a page that cannot be shown, and why. The texts are for who asks, in their language.
type fault struct {
	status int
	detail string
	advice string // what to do; ""
}

// Error gives the detail.
func (f fault) Error() string { return f.detail }

// missing says that there is no such thing; key is a message.
func (r *request) missing(key string, args ...any) error {
	return fault{status: http.StatusNotFound, detail: r.t(key, args...)}
}

// A failureView is the page of an error.
type failureView struct {
	Status         int
	Detail, Advice string
}

// fail answers with the page of an error.
func (r *request) fail(err error) {
	if denial, ok := errors.AsType[*access.Denial](err); ok && denial.Status == http.StatusUnauthorized && r.s.Asks {
		_ = r.goTo("/login?back=" + url.QueryEscape(r.here()))
		return
	}
	f := r.faultOf(err)
	if f.status == 0 {
		return // nobody waits for it
	}
	title := fmt.Sprintf("%d %s", f.status, r.words.name("failure", fmt.Sprint(f.status)))
	page := failureView{f.status, f.detail, cmp.Or(f.advice, r.words.name("advice", fmt.Sprint(f.status)))}
	if err := r.showAs(f.status, "failure", "", title, page); err != nil {
		r.s.lg.Error("page of an error", zap.Error(err))
		http.Error(r.w, f.detail, f.status)
	}
}

// faultOf tells what is wrong. What is ours is in our log, and not on the page.
func (r *request) faultOf(err error) fault {
	if f, ok := errors.AsType[fault](err); ok {
		return f
	}
	if denial, ok := errors.AsType[*access.Denial](err); ok {
		return fault{status: denial.Status, detail: r.words.name("denied", fmt.Sprint(denial.Status)), advice: denial.Detail}
	}
	if q, ok := errors.AsType[*indexer.QueryError](err); ok {
		return fault{status: http.StatusBadRequest, detail: q.Error()}
	}
	if status, ok := web.Refusal(err); ok {
		return fault{status: status, detail: err.Error()}
	}
	switch {
	case errors.Is(err, indexer.ErrNotFound):
		return fault{status: http.StatusNotFound, detail: r.t("failure.no-disclosure")}
	case errors.Is(err, context.DeadlineExceeded):
		return fault{status: http.StatusGatewayTimeout, detail: r.t("failure.slow")}
	case r.ctx().Err() != nil:
		return fault{}
	}
	r.s.lg.Error("no page", zap.String("path", r.r.URL.Path), zap.String("query", r.r.URL.RawQuery), zap.Error(err))
	return fault{status: http.StatusInternalServerError, detail: r.t("failure.ours")}
}

// nothing is the page of a path that there is none for.
func (r *request) nothing() error {
	if m := r.r.Method; m != http.MethodGet && m != http.MethodHead {
		return fault{status: http.StatusMethodNotAllowed, detail: r.t("failure.method")}
	}
	return r.missing("failure.nothing")
}
