package main

import (
	"cmp"
	"context"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/headway"
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
type status struct{ headway.Status }

// queueTimeout is how long the NATS server may take to answer: whoever looks at the status does not want to wait for it.
const queueTimeout = 5 * time.Second

// look reads ledger and queue.
func (s *station) look(ctx context.Context, now time.Time) (status, error) {
	var st status
	var err error
	st.Status, err = headway.Read(ctx, s.store.store, now)
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
	st.Queue = new(b.queue())
	return st, nil
}

// queue is the backlog as others see it.
func (b backlog) queue() headway.Queue {
	return headway.Queue{Waiting: b.Waiting(), InFlight: b.InFlight, OldestWaiting: b.Oldest, DeadLetters: b.DeadLetters}
}
