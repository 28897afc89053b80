package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web/access"
)

// A Ledger says what became of each file.
type Ledger interface {
	// Entry gives false where there is none with the id.
	Entry(ctx context.Context, id string) (schemas.Entry, bool, error)
	// Entries calls fn with the entries that the filter selects, in its order, until fn returns an error, which it returns.
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
	LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error)
}

// A jobAnswer is what is known of a file that was handed in, by whatever way.
type jobAnswer struct {
	ID           string          `json:"id"`
	State        schemas.State   `json:"state"`
	Code         schemas.Code    `json:"code,omitempty"`    // why it was rejected
	Message      string          `json:"message,omitempty"` // for a person
	Page         int             `json:"page,omitempty"`    // from 1; that failed
	SHA256       string          `json:"sha256,omitempty"`
	FileName     string          `json:"file_name,omitempty"`
	URL          string          `json:"url,omitempty"` // where it was published, if that is known
	Bytes        int64           `json:"bytes,omitempty"`
	Pages        int             `json:"pages,omitempty"`
	Warnings     int             `json:"warnings,omitempty"`
	Deliveries   int             `json:"deliveries,omitempty"` // how often a worker has tried
	Dropped      bool            `json:"dropped,omitempty"`    // by hand: it stays unread
	Claims       *schemas.Claims `json:"claims,omitempty"`
	DisclosureID string          `json:"disclosure_id,omitempty"` // once it is indexed
	QueuedAt     time.Time       `json:"queued_at"`
	StartedAt    *time.Time      `json:"started_at,omitempty"`
	FinishedAt   *time.Time      `json:"finished_at,omitempty"`
	Location     string          `json:"location"` // path of the job
}

// jobsPath is where jobs are.
const jobsPath = "/api/v1/jobs"

func jobOf(e schemas.Entry) jobAnswer {
	return jobAnswer{
		ID: e.ID, State: e.State, Code: e.Code, Message: e.Message, Page: e.Page, SHA256: e.SHA256, FileName: e.FileName, URL: e.URL, Bytes: e.Bytes, Pages: e.Pages,
		Warnings: e.Warnings, Deliveries: e.Deliveries, Dropped: e.Dropped(), Claims: e.Claims, DisclosureID: e.DisclosureID, QueuedAt: e.QueuedAt, StartedAt: e.StartedAt, FinishedAt: e.FinishedAt,
		Location: jobsPath + "/" + e.ID,
	}
}

// A jobsAnswer is one page of jobs.
type jobsAnswer struct {
	Jobs []jobAnswer `json:"jobs"`
	Next string      `json:"next,omitempty"`
}

// An acceptedAnswer is what was handed in, and what of a list was not.
type acceptedAnswer struct {
	Jobs     []jobAnswer    `json:"jobs"`
	Rejected []rejectedLine `json:"rejected,omitempty"` // lines of a list
}

// jobRoutes are about files on their way into the index.
func (a *api) jobRoutes() []route {
	claims := []parameter{
		text("file_name", "What the file is called; else Content-Disposition says it. For a single file."),
		text("unit", "The unit that has published it, where that is known better than by the file."), text("region", "Likewise the region."), text("year", "Likewise the fiscal year."),
		text("kind", "Likewise: budget (预算), final_accounts (决算) or unknown."), text("published_on", "When it was published: YYYY-MM-DD."),
	}
	return append(append(a.letterRoutes(), a.eventRoute()), []route{
		{method: http.MethodPost, path: "/api/v1/disclosures", need: access.Ingest, uploads: true, long: true, result: acceptedAnswer{}, answer: a.upload, params: claims, set: (*params).tell,
			summary: "Hands in one PDF or several, or a list of URLs to be fetched, to be read and indexed. What was read before is not read again: its job is unchanged."},
		{path: jobsPath, need: access.Ingest, summary: "Lists what became of files.", result: jobsAnswer{}, answer: a.jobs, set: (*params).setJobs,
			params: append([]parameter{
				choice("state", "States, by commas.", schemas.States()...), text("code", "Codes of what was rejected, by commas, such as needs-ocr or damaged."),
				text("name", "Words, each of which is in the file's name or URL."), choice("order", "id, which is the default, or what was queued last first.", byID, byNewest),
			}, pageParameters()...)},
		{path: jobsPath + "/{id}", need: access.Ingest, summary: "What became of one file.", result: jobAnswer{}, answer: a.job},
		{path: "/api/v1/status", summary: "How many files are in which state and why, what waits, how fast it goes and when it will be done; how much is in the index.", result: Status{}, answer: a.status},
	}...)
}

// An entryOrder is that of a list of jobs.
type entryOrder string

// The orders.
const (
	byID     entryOrder = "id"
	byNewest entryOrder = "newest"
)

// setJobs takes over one value of what chooses jobs.
func (p *params) setJobs(name, value string) error {
	f := &p.entries
	switch name {
	case "state":
		for one := range strings.SplitSeq(value, ",") {
			if !slices.Contains(schemas.States(), schemas.State(one)) {
				return badParameter(name, "want one of queued, working, indexed, unchanged, superseded, needs-ocr, rejected, failed")
			}
			f.States = append(f.States, schemas.State(one))
		}
	case "code":
		for one := range strings.SplitSeq(value, ",") {
			f.Codes = append(f.Codes, schemas.Code(one))
		}
	case "name":
		if len(value) > maxText || len(strings.Fields(value)) > maxWords {
			return badParameter(name, "want up to %d words, of %d bytes in all", maxWords, maxText)
		}
		f.Name = value
	case "order":
		if order := entryOrder(value); order != byID && order != byNewest {
			return badParameter(name, "want id or newest")
		}
		f.Newest = entryOrder(value) == byNewest
	default:
		return p.set(name, value)
	}
	return nil
}

// maxWords bounds how many words a file's name is looked for by.
const maxWords = 10

func (a *api) job(w http.ResponseWriter, r *http.Request, _ *params) error {
	if a.Ledger != nil {
		e, found, err := a.Ledger.Entry(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		if found {
			return writeJSON(w, r, jobOf(e))
		}
	}
	return noJob()
}

// jobs lists them.
func (a *api) jobs(w http.ResponseWriter, r *http.Request, p *params) error {
	limit := cmp.Or(p.query.Limit, indexer.DefaultLimit)
	res := jobsAnswer{Jobs: []jobAnswer{}}
	if a.Ledger == nil {
		return writeJSON(w, r, res)
	}
	f := p.entries
	f.Limit = limit + 1 // to know whether there are more
	if after := p.query.After; after != "" {
		if f.After = entryKey(after, f.Newest); f.After == nil {
			return badParameter("after", "it is no next of a page in this order")
		}
	}
	err := a.Ledger.Entries(r.Context(), f, func(e schemas.Entry) error {
		if len(res.Jobs) == limit {
			res.Next = entryCursor(res.Jobs[limit-1], f.Newest)
			return errEnough
		}
		res.Jobs = append(res.Jobs, jobOf(e))
		return nil
	})
	if err != nil && err != errEnough {
		return err
	}
	return writeJSON(w, r, res)
}

// entryCursor is the place behind a job: its id, or MILLISECONDS.ID where the newest come first.
func entryCursor(j jobAnswer, newest bool) string {
	if !newest {
		return j.ID
	}
	return strconv.FormatInt(j.QueuedAt.UnixMilli(), 10) + "." + j.ID
}

// entryKey reads a cursor; nil where it is none.
func entryKey(cursor string, newest bool) *indexer.EntryKey {
	if !newest {
		return &indexer.EntryKey{ID: cursor}
	}
	at, id, ok := strings.Cut(cursor, ".")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil {
		return nil
	}
	return &indexer.EntryKey{QueuedAt: time.UnixMilli(ms), ID: id}
}
