// Package headway says how far the reading of files is, by the ledger of an index: how many are in which state, how fast it goes, when it will
// be done (Read, Count), and what changes (Follow). It asks no queue.
package headway

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A Status says how far the reading of the files in a ledger is.
type Status struct {
	Time     time.Time             `json:"time"`
	Files    int                   `json:"files"`
	States   map[schemas.State]int `json:"states"`
	Counts   []indexer.LedgerCount `json:"-"`        // the same by state and code
	Pages    int64                 `json:"pages"`    // of the files that are in the index, as far as the ledger knows
	Reasons  []Cause               `json:"reasons"`  // of the files that are not, most frequent first
	Failures []Failure             `json:"failures"` // of the failed ones, by message
	Working  []Working             `json:"working"`  // longest first
	// Queue is what the NATS server says; nil where it was not asked, and NoQueue says why.
	Queue   *Queue `json:"queue"`
	NoQueue string `json:"no_queue,omitempty"`
	// OldestQueued is when the file that has waited longest was published, by the ledger.
	OldestQueued *time.Time `json:"oldest_queued,omitempty"`
	LastFinish   *time.Time `json:"last_finish,omitempty"`
	Rates        []Rate     `json:"rates"`
	Left         int        `json:"left"`                  // files that are not in a final state
	ETASeconds   *float64   `json:"eta_seconds,omitempty"` // until none is left, at the rate of late; nil where nothing goes on
}

// A Cause is how many files are not in the index for it.
type Cause struct {
	Code  schemas.Code `json:"code"`
	Files int          `json:"files"`
}

// A Failure is how many files have failed with a message.
type Failure struct {
	Message string `json:"message"` // what differs from file to file left out
	Files   int    `json:"files"`
}

// A Working is a file that is being read.
type Working struct {
	ID         string     `json:"id"`
	File       string     `json:"file"` // or URL
	StartedAt  *time.Time `json:"started_at,omitempty"`
	Deliveries int        `json:"deliveries"`
}

// A Queue is what its server says.
type Queue struct {
	Waiting       uint64     `json:"waiting"`   // jobs that no worker has been handed
	InFlight      int        `json:"in_flight"` // jobs in hand, or waiting for another try
	OldestWaiting *time.Time `json:"oldest_waiting,omitempty"`
	DeadLetters   uint64     `json:"dead_letters"`
}

// A Rate is how much was finished within the last minutes. Where the first of it came later, the rate is since then.
type Rate struct {
	Minutes        int     `json:"minutes"`
	Files          int     `json:"files"`
	Pages          int64   `json:"pages"`
	FilesPerMinute float64 `json:"files_per_minute"`
	PagesPerMinute float64 `json:"pages_per_minute"`
}

// rateMinutes are those of Status.Rates.
func rateMinutes() []int { return []int{1, 10, 60} }

// A Ledger is what the status is read from; the stores of package indexer are.
type Ledger interface {
	LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error)
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
}

// Read gives all that the ledger knows. It goes through the files that are being read and those that have failed.
func Read(ctx context.Context, l Ledger, now time.Time) (Status, error) {
	st, err := Count(ctx, l, now)
	if err == nil && st.States[schemas.Working] > 0 {
		err = st.readWorking(ctx, l)
	}
	if err == nil && st.States[schemas.Failed] > 0 {
		st.Failures, err = failures(ctx, l)
	}
	return st, err
}

// Count gives what the ledger knows without going through files: Failures and Working stay empty.
func Count(ctx context.Context, l Ledger, now time.Time) (Status, error) {
	var since []time.Time
	for _, m := range rateMinutes() {
		since = append(since, now.Add(-time.Duration(m)*time.Minute))
	}
	sum, err := l.LedgerSummary(ctx, since...)
	if err != nil {
		return Status{}, err
	}
	st := Status{Time: now.UTC(), States: map[schemas.State]int{}, Reasons: []Cause{}, Failures: []Failure{}, Working: []Working{},
		Counts: sum.Counts, OldestQueued: sum.OldestQueued, LastFinish: sum.LastFinish}
	st.count(sum.Counts)
	for i, f := range sum.Finished {
		st.Rates = append(st.Rates, rateOf(rateMinutes()[i], f, now))
	}
	st.ETASeconds = st.eta()
	return st, nil
}

func (st *Status) count(counts []indexer.LedgerCount) {
	reasons := map[schemas.Code]int{}
	for _, c := range counts {
		st.Files += c.Files
		st.States[c.State] += c.Files
		switch c.State {
		case schemas.Queued, schemas.Working:
			st.Left += c.Files
		case schemas.Indexed, schemas.Unchanged, schemas.Superseded:
			st.Pages += c.Pages
		default:
			reasons[cmp.Or(c.Code, schemas.Code(schemas.Failed))] += c.Files
		}
	}
	for _, code := range slices.Sorted(maps.Keys(reasons)) {
		st.Reasons = append(st.Reasons, Cause{code, reasons[code]})
	}
	slices.SortStableFunc(st.Reasons, func(a, b Cause) int { return cmp.Compare(b.Files, a.Files) })
}

// minRateTime bounds a rate where all of it was finished just now.
const minRateTime = 5 * time.Second

func rateOf(minutes int, f indexer.LedgerFinished, now time.Time) Rate {
	r := Rate{Minutes: minutes, Files: f.Files, Pages: f.Pages}
	took := now.Sub(f.Since)
	if f.First != nil {
		took = min(took, max(now.Sub(*f.First), minRateTime))
	}
	r.FilesPerMinute, r.PagesPerMinute = rounded(float64(f.Files)/took.Minutes()), rounded(float64(f.Pages)/took.Minutes())
	return r
}

// etaFiles is how many files a rate must be of to be believed, if a longer one has more.
const etaFiles = 10

// eta is how many seconds the files that are left take at the rate of late: that of the shortest time with enough files in it.
func (st *Status) eta() *float64 {
	best := Rate{}
	for _, r := range st.Rates {
		if best.Files < etaFiles && r.Files > best.Files {
			best = r
		}
	}
	if st.Left == 0 || best.Files == 0 {
		return nil
	}
	return new(rounded(float64(st.Left) / best.FilesPerMinute * 60))
}

func (st *Status) readWorking(ctx context.Context, l Ledger) error {
	err := l.Entries(ctx, indexer.EntryFilter{States: []schemas.State{schemas.Working}}, func(e schemas.Entry) error {
		st.Working = append(st.Working, Working{e.ID, cmp.Or(e.FileName, e.URL), e.StartedAt, e.Deliveries})
		return nil
	})
	slices.SortFunc(st.Working, func(a, b Working) int {
		if a.StartedAt == nil || b.StartedAt == nil {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Or(a.StartedAt.Compare(*b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return err
}

// rounded keeps two digits.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }
