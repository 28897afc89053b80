package site

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/indexer/export"
	"yusuan/schemas"
	"yusuan/web/access"
)

func (s *site) ledgerRoutes() []route {
	return []route{
		{pattern: "GET /ledger", need: access.Ingest, answer: (*request).ledger},
		{pattern: "GET /ledger.csv", need: access.Ingest, long: true, answer: (*request).ledgerFile},
		{pattern: "GET /ledger/{id}", need: access.Ingest, answer: (*request).entry},
		{pattern: "POST /ledger/retry", need: access.Ingest, long: true, answer: (*request).retry},
		{pattern: "POST /ledger/drop", need: access.Ingest, long: true, answer: (*request).drop},
	}
}

// A ledgerView is the page of what became of the files.
type ledgerView struct {
	Asked   asked
	States  []stateView
	Codes   []stateView
	Since   []choiceView
	Entries []entryView
	Next    string
	First   string
	CSV     string
	Told    string // what was just done
	Failed  string // what could not be done
	Letters bool   // there are some to retry
}

// A stateView is a state or a code with the number of its files, and the link that chooses it.
type stateView struct {
	Word, Name, Link string
	Files            int
	On               bool
}

// An entryView is a file in the ledger.
type entryView struct {
	schemas.Entry
	Name    string // file name, or URL
	Reason  string // why it was not indexed, in the visitor's language
	ToDo    string // what can be done about it
	Took    time.Duration
	Letter  bool   // it can be retried or dropped
	Link    string // its disclosure, or ""
	WebLink string // where it was published, if that is on the web
}

func (r *request) entryView(e schemas.Entry) entryView {
	v := entryView{Entry: e, Name: cmp.Or(e.FileName, e.URL, e.ID), Letter: !e.Dropped() && e.State.Unread()}
	code := string(e.Code)
	if e.State == schemas.Failed && code == "" {
		code = "failed"
	}
	if code != "" {
		v.Reason, v.ToDo = r.words.name("code", code), r.words.name("todo", code)
	}
	if e.State == schemas.Superseded {
		v.ToDo = r.words.name("todo", string(e.State))
	}
	if e.StartedAt != nil && e.FinishedAt != nil {
		v.Took = e.FinishedAt.Sub(*e.StartedAt).Round(time.Millisecond)
	}
	if e.DisclosureID != "" {
		v.Link = "/disclosures/" + e.DisclosureID
	}
	if u, err := url.Parse(e.URL); err == nil && (u.Scheme == "http" || u.Scheme == "https") {
		v.WebLink = e.URL
	}
	return v
}

// ledgerPage is how many files a page has.
const ledgerPage = 100

// chosenEntries is the filter that the address asks for.
func (r *request) chosenEntries(a asked) (indexer.EntryFilter, error) {
	f := indexer.EntryFilter{Newest: true}
	wrong := func(name string) error {
		return fault{status: http.StatusBadRequest, detail: r.t("ledger.wrong", name)}
	}
	for _, s := range a.values["state"] {
		if s == "unread" {
			f.States = append(f.States, schemas.UnreadStates()...)
			continue
		}
		if !slices.Contains(schemas.States(), schemas.State(s)) {
			return f, wrong("state")
		}
		f.States = append(f.States, schemas.State(s))
	}
	for _, c := range a.values["code"] {
		f.Codes = append(f.Codes, schemas.Code(c))
	}
	if f.Name = a.Get("name"); len(f.Name) > 200 {
		return f, wrong("name")
	}
	if since := a.Get("since"); since != "" {
		day, err := time.ParseInLocation(time.DateOnly, since, time.Local)
		if err != nil {
			return f, wrong("since")
		}
		f.QueuedSince = day
	}
	if after := a.Get("after"); after != "" {
		ms, id, ok := strings.Cut(after, ".")
		n, err := strconv.ParseInt(ms, 10, 64)
		if !ok || err != nil {
			return f, wrong("after")
		}
		f.After = &indexer.EntryKey{QueuedAt: time.UnixMilli(n), ID: id}
	}
	return f, nil
}

// ledger lists what became of files, the newest first.
func (r *request) ledger() error {
	a := r.asked()
	f, err := r.chosenEntries(a)
	if err != nil {
		return err
	}
	v := ledgerView{Asked: a, CSV: a.with("done").at("/ledger.csv").String()}
	f.Limit = ledgerPage + 1
	var last schemas.Entry
	err = r.s.Ledger.Entries(r.ctx(), f, func(e schemas.Entry) error {
		if len(v.Entries) == ledgerPage {
			v.Next = a.with("done").link("after", fmt.Sprintf("%d.%s", last.QueuedAt.UnixMilli(), last.ID))
			return nil
		}
		last = e
		one := r.entryView(e)
		v.Letters = v.Letters || one.Letter
		v.Entries = append(v.Entries, one)
		return nil
	})
	if err != nil {
		return err
	}
	if a.Get("after") != "" {
		v.First = a.link("after")
	}
	if err := r.countEntries(a.with("done"), &v); err != nil {
		return err
	}
	v.Told, v.Failed = r.told(a.Get("done"))
	today := time.Now()
	for _, days := range []int{0, 1, 7, 30} {
		day := today.AddDate(0, 0, -days).Format(time.DateOnly)
		v.Since = append(v.Since, choiceView{day, r.t("ledger.since-" + strconv.Itoa(days)), a.Get("since") == day})
	}
	return r.show("ledger", "ledger", r.t("ledger.title"), v)
}

// countEntries counts all files by state and code.
func (r *request) countEntries(a asked, v *ledgerView) error {
	sum, err := r.s.Ledger.LedgerSummary(r.ctx())
	if err != nil {
		return err
	}
	states, codes := map[schemas.State]int{}, map[schemas.Code]int{}
	all, missing := 0, 0
	for _, c := range sum.Counts {
		states[c.State] += c.Files
		all += c.Files
		if c.State.Unread() {
			missing += c.Files
		}
		if c.Code != "" {
			codes[c.Code] += c.Files
		}
	}
	chosen := a.values["state"]
	v.States = append(v.States, stateView{"all", r.t("ledger.all"), a.with("code").link("state"), all, len(chosen) == 0},
		stateView{"unread", r.t("ledger.unread"), a.with("code").link("state", "unread"), missing, slices.Contains(chosen, "unread")})
	for _, s := range schemas.States() {
		if states[s] > 0 || slices.Contains(chosen, string(s)) {
			v.States = append(v.States, stateView{string(s), r.words.name("filestate", string(s)), a.with("code").link("state", string(s)), states[s], slices.Contains(chosen, string(s))})
		}
	}
	for c, n := range codes {
		one := stateView{string(c), r.words.name("code", string(c)), a.link("code", string(c)), n, slices.Contains(a.values["code"], string(c))}
		if one.On {
			one.Link = a.link("code")
		}
		v.Codes = append(v.Codes, one)
	}
	slices.SortFunc(v.Codes, func(x, y stateView) int { return cmp.Or(cmp.Compare(y.Files, x.Files), cmp.Compare(x.Word, y.Word)) })
	return nil
}

// ledgerFile gives the list as CSV, whole.
func (r *request) ledgerFile() error {
	f, err := r.chosenEntries(r.asked())
	if err != nil {
		return err
	}
	h := r.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="ledger.csv"`)
	h.Set("Cache-Control", "no-store")
	if r.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.WriteString(r.w, "\ufeff"); err != nil { // Excel takes it for GBK without
		return nil
	}
	out := csv.NewWriter(r.w)
	write := func(cells ...string) error {
		for i := range cells {
			cells[i] = export.Harmless(cells[i])
		}
		return out.Write(cells)
	}
	err = write("id", "state", "code", "message", "page", "file_name", "url", "sha256", "bytes", "pages", "warnings", "deliveries", "dropped", "disclosure_id", "queued_at", "finished_at")
	if err == nil {
		err = r.s.Ledger.Entries(r.ctx(), f, func(e schemas.Entry) error {
			finished := ""
			if e.FinishedAt != nil {
				finished = e.FinishedAt.Format(time.RFC3339)
			}
			return write(e.ID, string(e.State), string(e.Code), e.Message, number(e.Page), e.FileName, e.URL, e.SHA256, strconv.FormatInt(e.Bytes, 10), number(e.Pages), number(e.Warnings),
				number(e.Deliveries), strconv.FormatBool(e.Dropped()), e.DisclosureID, e.QueuedAt.Format(time.RFC3339), finished)
		})
	}
	out.Flush()
	if err = cmp.Or(err, out.Error()); err != nil {
		r.s.lg.Error("ledger was cut off: " + err.Error())
		panic(http.ErrAbortHandler) // so that nobody takes it for whole
	}
	return nil
}

// number is "" for none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// entry shows one file.
func (r *request) entry() error {
	e, found, err := r.s.Ledger.Entry(r.ctx(), r.r.PathValue("id"))
	if err != nil {
		return err
	}
	if !found {
		return r.missing("ledger.no-entry")
	}
	v := r.entryView(e)
	return r.show("entry", "ledger", v.Name, v)
}

// How many files are retried or dropped at a time: of those that are ticked, and of all that a list has.
const (
	maxChosen = 500
	maxAll    = 5000
)

// allChosen are the files that can be retried or dropped in the list to which the form leads back.
func (r *request) allChosen() ([]string, error) {
	back, err := url.Parse(ownPath(r.r.PostForm.Get("back")))
	if err != nil {
		return nil, fault{status: http.StatusBadRequest, detail: r.t("ledger.wrong", "back")}
	}
	f, err := r.chosenEntries(asked{back.Path, back.Query()})
	if err != nil {
		return nil, err
	}
	if f.After = nil; len(f.States) == 0 {
		f.States = schemas.UnreadStates()
	}
	if f.States = slices.DeleteFunc(f.States, func(s schemas.State) bool { return !s.Unread() }); len(f.States) == 0 {
		return nil, nil
	}
	var ids []string
	err = r.s.Ledger.Entries(r.ctx(), f, func(e schemas.Entry) error {
		if !e.Dropped() && len(ids) <= maxAll {
			ids = append(ids, e.ID)
		}
		return nil
	})
	return ids, err
}

func (r *request) retry() error { return r.each("retried", http.MethodPost, "/retry") }
func (r *request) drop() error  { return r.each("dropped", http.MethodDelete, "") }

// each does the same with every file that was chosen, also where one of them will not have it, and leads back to say so.
func (r *request) each(done, method, suffix string) error {
	if err := r.fromHere(); err != nil {
		return err
	}
	r.r.Body = http.MaxBytesReader(r.w, r.r.Body, 1<<20)
	if err := r.r.ParseForm(); err != nil {
		return fault{status: http.StatusBadRequest, detail: r.t("ledger.wrong", "id")}
	}
	ids, most := r.r.PostForm["id"], maxChosen
	if r.r.PostForm.Get("all") != "" {
		var err error
		if ids, err = r.allChosen(); err != nil {
			return err
		}
		most = maxAll
	}
	if len(ids) == 0 || len(ids) > most {
		return fault{status: http.StatusBadRequest, detail: r.t("ledger.choose", most)}
	}
	n, why := 0, ""
	for _, id := range ids {
		err := r.api(method, "/api/v1/jobs/"+url.PathEscape(id)+suffix, "", nil, nil)
		if f, ok := err.(fault); ok {
			why = cmp.Or(why, strconv.Itoa(f.status))
		} else if err != nil {
			return err
		} else {
			n++
		}
	}
	back, err := url.Parse(ownPath(r.r.PostForm.Get("back")))
	if err != nil || back.Path == "/" {
		back = &url.URL{Path: "/ledger"}
	}
	q := back.Query()
	q.Set("done", strings.Join([]string{done, strconv.Itoa(n), strconv.Itoa(len(ids) - n), why}, "~"))
	back.RawQuery = q.Encode()
	return r.goTo(back.String())
}

// told says what was just done, by the address that led back.
func (r *request) told(done string) (told, failed string) {
	part := strings.SplitN(done, "~", 4)
	if len(part) != 4 || len(part[3]) > 3 || part[0] != "retried" && part[0] != "dropped" {
		return "", ""
	}
	n, _ := strconv.Atoi(part[1])
	left, _ := strconv.Atoi(part[2])
	if n > 0 {
		told = r.t("ledger."+part[0], n)
	}
	if left > 0 {
		failed = r.t("ledger.refused", left, r.words.name("refused", part[3]))
	}
	return told, failed
}
