package web

import (
	"context"
	"net/http"
	"slices"
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
	// Entries calls fn with the entries that the filter selects, in the order of their ids, until fn returns an error, which it returns.
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
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

// jobRoutes are about files on their way into the index.
func (a *api) jobRoutes() []route {
	claims := []parameter{
		text("file_name", "What the file is called; else Content-Disposition says it. For a single file."),
		text("unit", "The unit that has published it, where that is known better than by the file."), text("region", "Likewise the region."), text("year", "Likewise the fiscal year."),
		text("kind", "Likewise: budget (预算), final_accounts (决算) or unknown."), text("published_on", "When it was published: YYYY-MM-DD."),
	}
	states := []schemas.State{schemas.Queued, schemas.Working, schemas.Indexed, schemas.Unchanged, schemas.Superseded, schemas.OCRNeeded, schemas.Rejected, schemas.Failed}
	setJobs := func(p *params, name, value string) error {
		if name != "state" {
			return p.set(name, value)
		}
		for one := range strings.SplitSeq(value, ",") {
			if !slices.Contains(states, schemas.State(one)) {
				return badParameter(name, "want one of queued, working, indexed, unchanged, superseded, needs-ocr, rejected, failed")
			}
			p.states = append(p.states, schemas.State(one))
		}
		return nil
	}
	return append(a.letterRoutes(), []route{
		{method: http.MethodPost, path: "/api/v1/disclosures", need: access.Ingest, uploads: true, long: true, result: jobsAnswer{}, answer: a.upload, params: claims, set: (*params).tell,
			summary: "Hands in one PDF or several, to be read and indexed. What was read before is not read again: its job is unchanged."},
		{path: jobsPath, need: access.Ingest, summary: "Lists what became of files, in the order of their ids.", result: jobsAnswer{}, answer: a.jobs, set: setJobs,
			params: append([]parameter{choice("state", "States, by commas.", states...)}, pageParameters()...)},
		{path: jobsPath + "/{id}", need: access.Ingest, summary: "What became of one file.", result: jobAnswer{}, answer: a.job},
	}...)
}

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

// jobs lists them; the cursor is the last one's id.
func (a *api) jobs(w http.ResponseWriter, r *http.Request, p *params) error {
	limit := p.query.Limit
	if limit == 0 {
		limit = indexer.DefaultLimit
	}
	res := jobsAnswer{Jobs: []jobAnswer{}}
	if a.Ledger == nil {
		return writeJSON(w, r, res)
	}
	err := a.Ledger.Entries(r.Context(), indexer.EntryFilter{States: p.states}, func(e schemas.Entry) error {
		if e.ID <= p.query.After {
			return nil
		}
		if len(res.Jobs) == limit {
			res.Next = res.Jobs[limit-1].ID
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
