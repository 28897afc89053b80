package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"yusuan/schemas"
)

// pollEvery is how often a Tracker asks the ledger, and pollBatch for how many files at a time: events tell of nearly all
// changes, and the ledger of those whose event was lost.
const (
	pollEvery = time.Second
	pollBatch = 50
)

// earlyEvents bounds how many events of files not yet added are kept; the ledger tells of the others.
const earlyEvents = 4096

// A Tracker follows the files of one run until what becomes of each is known. Close it.
type Tracker struct {
	lg       *zap.Logger
	q        *Queue
	rec      recorder
	sub      *nats.Subscription
	onChange func(schemas.Entry)
	quiet    time.Duration // without a change, before lost jobs are looked for
	changed  chan struct{} // has room for one: something has changed since it was last read

	mu    sync.Mutex
	open  map[string]heard         // not final yet
	order []string                 // ids to ask the ledger for, in turn; those not open any more are skipped
	early map[string]schemas.Entry // of files not added yet
	done  map[string]time.Time     // when those that are final were queued
}

// heard is what was last heard of a file, by its entry.
type heard struct {
	state      schemas.State
	deliveries int
	message    string
	queuedAt   time.Time
}

func heardOf(e schemas.Entry) heard { return heard{e.State, e.Deliveries, e.Message, e.QueuedAt} }

// Track begins to listen. onChange is called for every change of a file that was added, one call at a time, and for its last
// one exactly once; it must not call the Tracker. Call Track before the first file is published.
func Track(lg *zap.Logger, q *Queue, ledger Ledger, onChange func(schemas.Entry)) (*Tracker, error) {
	t := &Tracker{
		lg: lg, q: q, rec: recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}, onChange: onChange, quiet: settling,
		changed: make(chan struct{}, 1), open: map[string]heard{}, early: map[string]schemas.Entry{}, done: map[string]time.Time{},
	}
	sub, err := q.nc.Subscribe(q.names.prefix+".events.*", t.hear)
	if err == nil {
		err = q.nc.Flush() // the server has it before anything is published
	}
	if err != nil {
		return nil, fmt.Errorf("track: listen for events: %w", err)
	}
	t.sub = sub
	return t, nil
}

// Close stops listening.
func (t *Tracker) Close() {
	if err := t.sub.Unsubscribe(); err != nil {
		t.lg.Debug("events not unsubscribed", zap.Error(err))
	}
}

// Add follows a file that was published, by the entry of its Receipt. The same bytes under two names are one
// file: adding it twice is adding it once.
func (t *Tracker) Add(e schemas.Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.open[e.ID]; ok {
		return
	}
	if queued, ok := t.done[e.ID]; ok && !e.QueuedAt.After(queued) {
		return
	}
	t.open[e.ID] = heardOf(e)
	t.order = append(t.order, e.ID)
	if early, ok := t.early[e.ID]; ok {
		delete(t.early, e.ID)
		t.hearOf(early)
	}
}

// Left is how many of the added files are not final yet.
func (t *Tracker) Left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open)
}

// Wait returns when every file added so far is final, or with the error of ctx. A file that nothing is heard of while the
// stream is empty has lost its job (to a second publisher at the wrong moment, or to somebody's purge), and is published again.
func (t *Tracker) Wait(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	heard := time.Now()
	for t.Left() > 0 {
		select {
		case <-t.changed:
			heard = time.Now()
		case <-tick.C:
			t.poll(ctx)
			if time.Since(heard) > t.quiet {
				heard = time.Now()
				t.resend(ctx)
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return ctx.Err()
}

func (t *Tracker) hear(msg *nats.Msg) {
	var e schemas.Entry
	if err := json.Unmarshal(msg.Data, &e); err != nil {
		t.lg.Debug("event is no ledger entry", zap.Error(err))
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.open[e.ID]; ok {
		t.hearOf(e)
	} else if len(t.early) < earlyEvents {
		t.early[e.ID] = e
	}
}

// hearOf takes over an event about an open file, unless it is of an earlier publication: an event may come late. Of that only the
// publishers' clocks tell, which may differ: what they hide, poll finds. The lock is held.
func (t *Tracker) hearOf(e schemas.Entry) {
	// A second's play, since a store may keep less of a time than the event has.
	if !e.QueuedAt.Before(t.open[e.ID].queuedAt.Add(-time.Second)) {
		t.advance(e)
	}
}

// advance takes over what is new about an open file. The lock is held.
func (t *Tracker) advance(e schemas.Entry) {
	known := t.open[e.ID]
	same := heardOf(e) == heard{known.state, known.deliveries, known.message, e.QueuedAt}
	if same || !e.State.Final() && e.Deliveries < known.deliveries {
		return
	}
	if e.State.Final() {
		delete(t.open, e.ID)
		t.done[e.ID] = e.QueuedAt
	} else {
		t.open[e.ID] = heardOf(e)
	}
	t.onChange(e)
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// poll asks the ledger for the next files in turn. It is the record: what it has goes, whenever it says that the file was queued.
func (t *Tracker) poll(ctx context.Context) {
	for _, id := range t.next() {
		t.mu.Lock()
		before := t.open[id]
		t.mu.Unlock()
		e, found, err := t.rec.entry(ctx, id)
		if err != nil {
			t.lg.Debug("ledger not read, asking again later", zap.Error(err))
			return
		}
		t.mu.Lock()
		if now, ok := t.open[id]; ok && found && now == before { // else an event was faster, or it was published again
			t.advance(e)
		}
		t.mu.Unlock()
	}
}

// resend publishes the open files again if the stream is empty.
func (t *Tracker) resend(ctx context.Context) {
	status, err := t.q.Status(ctx)
	if err != nil || status.Jobs > 0 {
		return
	}
	t.mu.Lock()
	lost := slices.Collect(maps.Keys(t.open))
	t.mu.Unlock()
	for _, id := range lost {
		if _, err := republish(ctx, t.q, t.rec, id); err != nil {
			t.lg.Debug("job not published again", zap.String(keyJob, id), zap.Error(err))
			return
		}
	}
}

// next takes up to pollBatch open ids from the front of the order and puts them at its end.
func (t *Tracker) next() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var batch []string
	for len(t.order) > 0 && len(batch) < min(pollBatch, len(t.open)) {
		id := t.order[0]
		t.order = t.order[1:]
		if _, ok := t.open[id]; ok {
			batch = append(batch, id)
		}
	}
	t.order = append(t.order, batch...)
	return batch
}
