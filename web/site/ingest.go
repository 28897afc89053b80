package site

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/web/access"
)

func (s *site) ingestRoutes() []route {
	return []route{
		{pattern: "GET /ingest", need: access.Ingest, answer: (*request).ingest},
		{pattern: "POST /ingest", need: access.Ingest, long: true, answer: (*request).upload},
		{pattern: "POST /ingest/list", need: access.Ingest, long: true, answer: (*request).uploadList},
		{pattern: "GET /status", answer: (*request).status},
	}
}

// An ingestView is the page to hand files in.
type ingestView struct {
	Entries  []entryView // what came last
	Words    map[string]string
	Jobs     []schemas.Entry // what was just taken, by the forms
	Rejected []rejectedLine  // lines of a list that no file was made of
	Wrong    string
	List     string // what was typed, if it was wrong
}

// A rejectedLine is a line of a list that no file was made of.
type rejectedLine struct {
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// How many files the page begins with, and of those that were just taken how many it shows.
const (
	recentFiles   = 30
	maxTakenShown = 500
)

func (r *request) ingest() error { return r.showIngest(http.StatusOK, ingestView{}) }

// showIngest shows the page with what came last.
func (r *request) showIngest(status int, v ingestView) error {
	known := map[string]bool{} // an index may list what was just taken a second later
	for _, e := range v.Jobs {
		if known[e.ID] = true; len(v.Entries) < maxTakenShown {
			v.Entries = append(v.Entries, r.entryView(e))
		}
	}
	err := r.s.Ledger.Entries(r.ctx(), indexer.EntryFilter{Newest: true, Limit: recentFiles}, func(e schemas.Entry) error {
		if !known[e.ID] {
			v.Entries = append(v.Entries, r.entryView(e))
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.Words = map[string]string{}
	for key, text := range r.words { // those that the page's script says
		if group, _, _ := strings.Cut(key, "."); group == "filestate" || group == "code" || group == "todo" || group == "live" {
			v.Words[key] = text
		}
	}
	return r.showAs(status, "ingest", "ingest", r.t("ingest.title"), v)
}

// An accepted is the API's answer to what was handed in.
type accepted struct {
	Jobs     []schemas.Entry `json:"jobs"` // as far as a job has an entry's fields
	Rejected []rejectedLine  `json:"rejected"`
}

// upload hands in the files of the form, where there is no script.
func (r *request) upload() error {
	return r.take("/api/v1/disclosures", r.r.Header.Get("Content-Type"), "")
}

// maxListForm bounds a form with a list, in bytes.
const maxListForm = 8 << 20

// uploadList hands in the URLs of the form.
func (r *request) uploadList() error {
	if err := r.fromHere(); err != nil {
		return err
	}
	r.r.Body = http.MaxBytesReader(r.w, r.r.Body, maxListForm)
	if err := r.r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return r.showIngest(http.StatusRequestEntityTooLarge, ingestView{Wrong: r.t("ingest.list-long", maxListForm>>20)})
		}
		return fault{status: http.StatusBadRequest, detail: r.t("ingest.no-form")}
	}
	list := strings.TrimSpace(r.r.PostFormValue("list"))
	claims := url.Values{}
	for _, name := range []string{"unit", "region", "year", "kind", "published_on"} {
		if value := r.r.PostForm.Get(name); value != "" {
			claims.Set(name, value)
		}
	}
	if list == "" {
		return r.showIngest(http.StatusBadRequest, ingestView{Wrong: r.t("ingest.no-list")})
	}
	return r.take(asked{"/api/v1/disclosures", claims}.String(), "text/csv; charset=utf-8", list)
}

// take hands the body, or a list instead, to the API, and says on the page what became of it.
func (r *request) take(path, contentType, list string) error {
	if err := r.fromHere(); err != nil {
		return err
	}
	var res accepted
	var body io.Reader = r.r.Body
	if list != "" {
		body = strings.NewReader(list)
	}
	err := r.api(http.MethodPost, path, contentType, body, &res)
	if f, ok := err.(fault); ok {
		return r.showIngest(f.status, ingestView{Wrong: f.detail, List: list})
	}
	if err != nil {
		return err
	}
	status := http.StatusOK
	if len(res.Rejected) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return r.showIngest(status, ingestView{Jobs: res.Jobs, Rejected: res.Rejected})
}

// A statusView is the API's status, with links to the files of each state.
type statusView struct {
	web.Status
	Lines  []stateView `json:"-"`
	Ledger bool        `json:"-"` // who asks may see the files themselves
}

// ETA is how long the files that are left will take.
func (v statusView) ETA() time.Duration {
	if v.ETASeconds == nil {
		return 0
	}
	return (time.Duration(*v.ETASeconds) * time.Second).Round(time.Second)
}

// status shows how far the reading of files is.
func (r *request) status() error {
	var v statusView
	if err := r.api(http.MethodGet, "/api/v1/status", "", nil, &v); err != nil {
		return err
	}
	v.Ledger = r.may(access.Ingest)
	for _, s := range schemas.States() {
		if n := v.States[s]; n > 0 {
			v.Lines = append(v.Lines, stateView{string(s), r.words.name("filestate", string(s)), asked{"/ledger", url.Values{"state": {string(s)}}}.String(), n, false})
		}
	}
	return r.show("status", "status", r.t("status.title"), v)
}
