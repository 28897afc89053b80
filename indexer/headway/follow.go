package headway

import (
	"context"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// How Follow looks. What was stored a moment ago an Elasticsearch shows a second later, and clocks of two processes differ a little: so each
// look goes back by overlap.
const (
	overlap = 10 * time.Second
	atMost  = 1000 // entries of each kind that a look reads
)

// A sight is what was last seen of a file.
type sight struct {
	state      schemas.State
	code       schemas.Code
	message    string
	deliveries int
	queuedAt   int64 // in milliseconds since 1970
}

// A follower looks into a ledger again and again.
type follower struct {
	ledger  Ledger
	changed func(schemas.Entry)
	lost    func()

	seen   map[string]sight // by id; nil before the first look
	since  time.Time        // of the last look
	missed bool             // a look has failed or had too much to see
}

// Follow looks into the ledger every so often, where no queue tells of what changes, until ctx is done: changed is called with what was put on
// the queue, is being read or got to a final state since the last look. Changes that follow each other quickly are one. Where some may have
// been missed, lost is called after it.
func Follow(ctx context.Context, l Ledger, every time.Duration, changed func(schemas.Entry), lost func()) {
	f := &follower{ledger: l, changed: changed, lost: lost}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		f.look(ctx, time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// look tells what has changed since the last one.
func (f *follower) look(ctx context.Context, now time.Time) {
	since := f.since.Add(-overlap)
	if f.seen == nil {
		since = now.Add(-overlap)
	}
	found := map[string]schemas.Entry{}
	for _, filter := range []indexer.EntryFilter{
		{States: []schemas.State{schemas.Queued}, QueuedSince: since}, {States: []schemas.State{schemas.Working}}, {FinishedSince: since},
	} {
		filter.Limit = atMost
		n := 0
		err := f.ledger.Entries(ctx, filter, func(e schemas.Entry) error {
			n++
			found[e.ID] = e
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.missed = true
			return
		}
		f.missed = f.missed || n == atMost
	}
	f.tell(found, now)
}

// tell compares what was found with what was seen before.
func (f *follower) tell(found map[string]schemas.Entry, now time.Time) {
	seen := map[string]sight{}
	for id, e := range found {
		s := sight{e.State, e.Code, e.Message, e.Deliveries, e.QueuedAt.UnixMilli()}
		seen[id] = s
		if old, ok := f.seen[id]; f.seen != nil && (!ok || old != s) {
			f.changed(e)
		}
	}
	f.seen, f.since = seen, now
	if f.missed {
		f.missed = false
		f.lost()
	}
}
