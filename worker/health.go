package worker

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Health says how a Worker is.
type Health struct {
	Jobs    int // how many it may have in hand
	Working int // how many it has
	// Stuck says that none of its goroutines has got any further for a quarter longer than Config.JobTimeout, which bounds
	// what each of their steps may take. Waiting for the ledger is not being stuck.
	Stuck bool
	// StoreErr is why it takes no jobs: the ledger is out of reach. nil where it is not, as far as the worker knows.
	StoreErr error
}

// Health may be called at any time, also before Run.
func (w *Worker) Health() Health {
	h := Health{Jobs: w.cfg.Jobs}
	opened, err := w.gate.state()
	h.StoreErr = err
	limit := time.Now().Add(-w.cfg.JobTimeout - w.cfg.JobTimeout/4)
	h.Stuck = err == nil && opened.Before(limit)
	for i := range w.pulses {
		p := &w.pulses[i]
		if p.working.Load() {
			h.Working++
		}
		at := p.at.Load()
		if at == 0 || at > limit.UnixNano() { // has not begun, or has moved
			h.Stuck = false
		}
	}
	return h
}

// A pulse is the signs of life of one goroutine that takes jobs.
type pulse struct {
	at      atomic.Int64 // nanoseconds since 1970; 0 before the first
	working atomic.Bool
}

func (p *pulse) beat() { p.at.Store(time.Now().UnixNano()) }

// work notes that a job is in hand, until the returned function is called.
func (p *pulse) work() (done func()) {
	p.working.Store(true)
	p.beat()
	return func() {
		p.working.Store(false)
		p.beat()
	}
}

// state gives when the gate opened last (the zero time where it was never shut), and why it is shut, or nil.
func (g *gate) state() (opened time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		err = g.err
	}
	return g.opened, err
}

// pingTimeout is how long the server may take for a sign of life, if the caller does not want it sooner.
const pingTimeout = 5 * time.Second

// Ping asks the server for a sign of life.
func (q *Queue) Ping(ctx context.Context) error {
	if !q.nc.IsConnected() {
		return fmt.Errorf("NATS is %s", q.nc.Status())
	}
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	if err := q.nc.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("NATS does not answer: %w", err)
	}
	return nil
}

// OldestWaiting gives when the oldest job was published that has not been handed out yet, and whether there is one.
func (q *Queue) OldestWaiting(ctx context.Context) (published time.Time, waiting bool, err error) {
	next := uint64(1)
	c, err := q.consumerInfo(ctx)
	if err != nil {
		return published, false, err
	}
	if c != nil {
		next = c.Delivered.Stream + 1
	}
	msg, err := q.jobs.GetMsg(ctx, next, jetstream.WithGetMsgSubject(q.names.JobSubject()))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return published, false, nil
	}
	if err != nil {
		return published, false, fmt.Errorf("look for the oldest job: %w", err)
	}
	return msg.Time, true, nil
}
