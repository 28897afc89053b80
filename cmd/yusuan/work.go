package main

import (
	"cmp"
	"context"
	"errors"
	"runtime"

	"go.uber.org/zap"

	"yusuan/worker"
)

type workerCommand struct {
	reading
	fetching
	observing
	Workers int `placeholder:"N" help:"How many files are read at a time (default: as many as there are processors)."`
}

// Help is the long form, with an example.
func (workerCommand) Help() string {
	return `Works until it is stopped. SIGTERM and Ctrl-C let it finish what it is reading, for half a minute at most; what is not finished then
goes back to the queue. Start as many as you like on the same --nats and --elasticsearch.

  yusuan worker --nats nats://localhost:4222 --elasticsearch http://localhost:9200`
}

// Run works. Being stopped is how it ends, whenever that is.
func (c *workerCommand) Run(ctx context.Context, p *program) error {
	return unlessStopped(ctx, c.work(ctx, p))
}

// unlessStopped gives nil where the error only says that the program was told to end.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}

func (c *workerCommand) work(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.InfoLevel)
	if err != nil {
		return err
	}
	p.metrics = c.metrics()
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.recover(ctx); err != nil {
		return err
	}
	jobs := cmp.Or(max(c.Workers, 0), runtime.GOMAXPROCS(0))
	crew, err := p.newCrew(s, c.reading, c.fetching, worker.Config{Jobs: jobs})
	if err != nil {
		return err
	}
	defer crew.close()
	stop, err := p.observe(ctx, c.observing, s, crew.worker)
	if err != nil {
		return err
	}
	defer stop()
	if s.broker.Embedded() {
		lg.Warn("nobody can publish while this runs: the embedded NATS server is this process's own; --nats names one for all")
	}
	lg.Info("worker is ready", zap.Int("workers", jobs), zap.String("nats", s.broker.ClientURL()), zap.String("stream", s.queue.Names().JobStream()))
	if err := crew.worker.Run(ctx); err != nil {
		return err
	}
	lg.Info("worker has ended")
	return nil
}
