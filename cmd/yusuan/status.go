package main

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/worker"
)

type statusCommand struct {
	Watch bool `short:"w" help:"Show it again every 2 s, until stopped."`
}

// Help is the long form, with an example.
func (statusCommand) Help() string {
	return `What is being read now, what waits, how fast it goes and when it will be done; from the ledger and the queue, beside running workers. The
embedded queue is looked at only while no other process has it, and not with --watch.

  yusuan status --watch --nats nats://localhost:4222 --elasticsearch http://localhost:9200`
}

// watchEvery is how often --watch looks.
const watchEvery = 2 * time.Second

// Run shows the status.
func (c *statusCommand) Run(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	if err := p.needIndex(); err != nil {
		return err
	}
	s, noQueue, err := p.openToLook(ctx, lg, c.Watch)
	if c.Watch && ctx.Err() != nil && err != nil {
		return nil // stopped before it could begin
	}
	if err != nil {
		return err
	}
	defer s.close()
	look := func() (status, error) {
		st, err := s.look(ctx, time.Now())
		st.NoQueue = cmp.Or(st.NoQueue, noQueue)
		return st, err
	}
	if c.Watch {
		return p.watchStatus(ctx, look)
	}
	st, err := look()
	if err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(st)
	}
	p.out.printf("%s", p.statusText(st))
	return nil
}

// openToLook opens ledger and queue, or the ledger alone where the queue can't be had; noQueue then says why. Where the queue
// is embedded, whoever has it keeps all others from it, so that one who stays does without.
func (p *program) openToLook(ctx context.Context, lg *zap.Logger, stay bool) (s *station, noQueue string, err error) {
	if p.NATS == "" && stay {
		noQueue = "the embedded queue is left to others while this watches"
	} else {
		s, err = p.openStation(ctx, lg)
		if err == nil {
			return s, "", nil
		}
		if ctx.Err() != nil {
			return nil, "", err
		}
		noQueue = oneLine(err.Error())
	}
	s = &station{lg: lg}
	var second error
	if s.store.store, second = p.openIndex(ctx, lg); second != nil {
		return nil, "", cmp.Or(err, second)
	}
	return s, noQueue, nil
}

// A status is what status prints with --json.
type status struct {
	Time     time.Time             `json:"time"`
	Files    int                   `json:"files"`
	States   map[schemas.State]int `json:"states"`
	Pages    int64                 `json:"pages"`    // of the files that are in the index, as far as the ledger knows
	Reasons  []reasonCount         `json:"reasons"`  // of the files that are not, most frequent first
	Failures []failureCount        `json:"failures"` // of the failed ones, by message
	Working  []workingFile         `json:"working"`  // longest first
	// Queue is what the NATS server says; nil where it was not asked, and NoQueue says why.
	Queue   *queueStatus `json:"queue"`
	NoQueue string       `json:"no_queue,omitempty"`
	// OldestQueued is when the file that has waited longest was published, by the ledger.
	OldestQueued *time.Time `json:"oldest_queued,omitempty"`
	LastFinish   *time.Time `json:"last_finish,omitempty"`
	Rates        []rate     `json:"rates"`
	Left         int        `json:"left"`                  // files that are not in a final state
	ETASeconds   *float64   `json:"eta_seconds,omitempty"` // until none is left, at the rate of late; nil where nothing goes on
}

type reasonCount struct {
	Code  schemas.Code `json:"code"`
	Files int          `json:"files"`
}

type failureCount struct {
	Message string `json:"message"` // what differs from file to file left out
	Files   int    `json:"files"`
}

type workingFile struct {
	ID         string     `json:"id"`
	File       string     `json:"file"` // or URL
	StartedAt  *time.Time `json:"started_at,omitempty"`
	Deliveries int        `json:"deliveries"`
}

type queueStatus struct {
	Waiting       uint64     `json:"waiting"`   // jobs that no worker has been handed
	InFlight      int        `json:"in_flight"` // jobs in hand, or waiting for another try
	OldestWaiting *time.Time `json:"oldest_waiting,omitempty"`
	DeadLetters   uint64     `json:"dead_letters"`
}

// A rate is how much was finished within the last minutes. Where the first of it came later, the rate is since then.
type rate struct {
	Minutes        int     `json:"minutes"`
	Files          int     `json:"files"`
	Pages          int64   `json:"pages"`
	FilesPerMinute float64 `json:"files_per_minute"`
	PagesPerMinute float64 `json:"pages_per_minute"`
}

// rateMinutes are those of status.Rates.
func rateMinutes() []int { return []int{1, 10, 60} }

// queueTimeout is how long the NATS server may take to answer: whoever looks at the status does not want to wait for it.
const queueTimeout = 5 * time.Second

// look reads ledger and queue.
func (s *station) look(ctx context.Context, now time.Time) (status, error) {
	st, err := readLedger(ctx, s.store, now)
	if err != nil || s.queue == nil {
		return st, err
	}
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	b, err := s.backlog(ctx)
	if err != nil {
		st.NoQueue = oneLine(err.Error())
		return st, nil
	}
	st.Queue = &queueStatus{Waiting: b.Waiting(), InFlight: b.InFlight, OldestWaiting: b.Oldest, DeadLetters: b.DeadLetters}
	return st, nil
}

// readLedger is the part of the status that the ledger knows.
func readLedger(ctx context.Context, l indexed, now time.Time) (status, error) {
	var since []time.Time
	for _, m := range rateMinutes() {
		since = append(since, now.Add(-time.Duration(m)*time.Minute))
	}
	sum, err := l.LedgerSummary(ctx, since...)
	if err != nil {
		return status{}, err
	}
	st := status{Time: now.UTC(), States: map[schemas.State]int{}, Reasons: []reasonCount{}, Failures: []failureCount{}, Working: []workingFile{},
		OldestQueued: sum.OldestQueued, LastFinish: sum.LastFinish}
	st.count(sum.Counts)
	for i, f := range sum.Finished {
		st.Rates = append(st.Rates, rateOf(rateMinutes()[i], f, now))
	}
	st.ETASeconds = st.eta()
	if st.States[schemas.Working] > 0 {
		if err := st.readWorking(ctx, l); err != nil {
			return st, err
		}
	}
	if st.States[schemas.Failed] > 0 {
		st.Failures, err = failures(ctx, l)
	}
	return st, err
}

func (st *status) count(counts []indexer.LedgerCount) {
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
			reasons[cmp.Or(c.Code, worker.FailedCode)] += c.Files
		}
	}
	for _, code := range slices.Sorted(maps.Keys(reasons)) {
		st.Reasons = append(st.Reasons, reasonCount{code, reasons[code]})
	}
	slices.SortStableFunc(st.Reasons, func(a, b reasonCount) int { return cmp.Compare(b.Files, a.Files) })
}

// minRateTime bounds a rate where all of it was finished just now.
const minRateTime = 5 * time.Second

func rateOf(minutes int, f indexer.LedgerFinished, now time.Time) rate {
	r := rate{Minutes: minutes, Files: f.Files, Pages: f.Pages}
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
func (st *status) eta() *float64 {
	best := rate{}
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

func (st *status) readWorking(ctx context.Context, l indexed) error {
	err := l.Entries(ctx, []schemas.State{schemas.Working}, func(e schemas.Entry) error {
		st.Working = append(st.Working, workingFile{e.ID, cmp.Or(e.FileName, e.URL), e.StartedAt, e.Deliveries})
		return nil
	})
	slices.SortFunc(st.Working, func(a, b workingFile) int {
		if a.StartedAt == nil || b.StartedAt == nil {
			return cmp.Compare(a.ID, b.ID)
		}
		return cmp.Or(a.StartedAt.Compare(*b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	return err
}

// failures counts the failed files by message, most frequent first.
func failures(ctx context.Context, l indexed) ([]failureCount, error) {
	counts := map[string]int{}
	err := l.Entries(ctx, []schemas.State{schemas.Failed}, func(e schemas.Entry) error {
		if m := gist(e.Message); len(counts) < maxGists || counts[m] > 0 {
			counts[m]++
		} else {
			counts[otherGist]++
		}
		return nil
	})
	list := []failureCount{}
	for _, m := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, failureCount{m, counts[m]})
	}
	slices.SortStableFunc(list, func(a, b failureCount) int { return cmp.Compare(b.Files, a.Files) })
	return list, err
}

// maxGists bounds how many kinds of messages are told apart; the others are otherGist.
const (
	maxGists  = 200
	otherGist = "others"
)

var (
	messageURL    = regexp.MustCompile(`\b[a-z]+://[^\s"']*[^\s"':;,.]`)
	messageDigest = regexp.MustCompile(`\b(url-|bad-)?[0-9a-f]{16,}\b`)
	messageQuote  = regexp.MustCompile(`"[^"]*"`)
	messageNumber = regexp.MustCompile(`[0-9]{4,}|[0-9]+\.[0-9]+|\b[0-9]+(ns|µs|ms|s|m)\b`)
)

// gist is a message without what differs from file to file: addresses, digests, names in quotes, long numbers and durations.
func gist(message string) string {
	for _, cut := range []struct {
		what *regexp.Regexp
		by   string
	}{{messageURL, "URL"}, {messageQuote, "…"}, {messageDigest, "…"}, {messageNumber, "N"}} {
		message = cut.what.ReplaceAllString(message, cut.by)
	}
	return message
}
