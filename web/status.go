package web

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/headway"
	"yusuan/schemas"
)

// A Backlog says what waits, and who works on it.
type Backlog interface {
	// Queue asks the queue. Where it is another process's, the error has ErrClosed in its chain and says so.
	Queue(context.Context) (headway.Queue, error)
	// Workers are those of this process: how many files they read at a time, and how many they have in hand.
	Workers() (jobs, working int)
}

// A Scale says how much is in the index.
type Scale interface {
	Size(context.Context) (indexer.Size, error)
}

// A Status says what becomes of the files that were handed in, without a word of any of them.
type Status struct {
	Time         time.Time             `json:"time"`
	Files        int                   `json:"files"`
	States       map[schemas.State]int `json:"states"`
	Counts       []countAnswer         `json:"counts"`             // the same by state and code
	Reasons      []headway.Cause       `json:"reasons"`            // of the files that are not in the index, most frequent first
	Queue        *headway.Queue        `json:"queue,omitempty"`    // nothing where it was not asked, and no_queue says why
	NoQueue      string                `json:"no_queue,omitempty"` // for a person
	Workers      workersAnswer         `json:"workers"`
	Index        *indexAnswer          `json:"index,omitempty"`
	OldestQueued *time.Time            `json:"oldest_queued,omitempty"` // when the file that has waited longest was handed in
	LastFinish   *time.Time            `json:"last_finish,omitempty"`
	Rates        []headway.Rate        `json:"rates"`
	Left         int                   `json:"left"`                  // files that are queued or being read
	ETASeconds   *float64              `json:"eta_seconds,omitempty"` // until none is left, at the rate of late; nothing where nothing goes on
}

type countAnswer struct {
	State schemas.State `json:"state"`
	Code  schemas.Code  `json:"code,omitempty"`
	Files int           `json:"files"`
}

// workersAnswer is about those of the process that answers.
type workersAnswer struct {
	Jobs    int `json:"jobs"`    // files at a time; 0 where others read
	Working int `json:"working"` // files in hand
}

type indexAnswer struct {
	Disclosures int   `json:"disclosures"` // that nothing has superseded
	Superseded  int   `json:"superseded"`  // older versions
	Passages    int64 `json:"passages"`
	Items       int64 `json:"items"`
	Tables      int64 `json:"tables"`
}

// statusAge is how old a status may be: several who watch ask the stores once.
const statusAge = 2 * time.Second

// queueWithin is how long the queue may take to answer: whoever looks at the status does not want to wait for it.
const queueWithin = 5 * time.Second

// A glance is the last status.
type glance struct {
	mu   sync.Mutex
	last *Status // nil before the first
}

// status says how far the reading of files is.
func (a *api) status(w http.ResponseWriter, r *http.Request, _ *params) error {
	if a.Ledger == nil {
		return problem{Status: http.StatusServiceUnavailable, Detail: "there is no ledger here"}
	}
	a.glance.mu.Lock()
	defer a.glance.mu.Unlock()
	if last := a.glance.last; last == nil || time.Since(last.Time) > statusAge || time.Since(last.Time) < 0 {
		st, err := a.look(r.Context(), time.Now())
		if err != nil {
			return err
		}
		a.glance.last = st
	}
	return writeJSON(w, r, a.glance.last)
}

// look asks ledger, index and queue.
func (a *api) look(ctx context.Context, now time.Time) (*Status, error) {
	st, err := headway.Count(ctx, a.Ledger, now)
	if err != nil {
		return nil, err
	}
	res := &Status{
		Time: st.Time, Files: st.Files, States: st.States, Counts: []countAnswer{}, Reasons: st.Reasons, OldestQueued: st.OldestQueued, LastFinish: st.LastFinish,
		Rates: st.Rates, Left: st.Left, ETASeconds: st.ETASeconds, NoQueue: ErrClosed.Error(),
	}
	for _, c := range st.Counts {
		res.Counts = append(res.Counts, countAnswer{c.State, c.Code, c.Files})
	}
	if a.Scale != nil {
		size, err := a.Scale.Size(ctx)
		if err != nil {
			return nil, err
		}
		res.Index = new(indexAnswer(size))
	}
	if a.Backlog != nil {
		res.Workers.Jobs, res.Workers.Working = a.Backlog.Workers()
		res.Queue, res.NoQueue = a.queue(ctx)
	}
	return res, nil
}

// queue asks the queue, or says why it cannot be asked.
func (a *api) queue(ctx context.Context) (*headway.Queue, string) {
	ctx, cancel := context.WithTimeout(ctx, queueWithin)
	defer cancel()
	q, err := a.Backlog.Queue(ctx)
	switch {
	case err == nil:
		return &q, ""
	case errors.Is(err, ErrClosed):
		return nil, err.Error()
	}
	a.lg.Warn("queue does not answer", zap.Error(err))
	return nil, "the queue does not answer; the log says more"
}
