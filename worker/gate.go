package worker

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// A gate is shut while the ledger is out of reach. Workers then fetch nothing, and hold the jobs that they have: handing
// them back would count as deliveries, and a job would be given up for what is no fault of its own. It opens when one
// of those who hold gets through.
type gate struct {
	lg       *zap.Logger
	patience time.Duration // 0: for ever

	mu     sync.Mutex
	open   chan struct{} // closed while open
	shut   bool
	since  time.Time
	opened time.Time // the last time
	err    error     // why it is shut
	timer  *time.Timer
	giveUp func(error)
}

func newGate(lg *zap.Logger, patience time.Duration) *gate {
	g := &gate{lg: lg, patience: patience, open: make(chan struct{})}
	close(g.open)
	return g
}

// onGiveUp has fn called when the gate was shut for longer than its patience.
func (g *gate) onGiveUp(fn func(error)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveUp = fn
}

// wait waits for the gate to be open; it gives false if ctx is done.
func (g *gate) wait(ctx context.Context) bool {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// failed shuts the gate.
func (g *gate) failed(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = err
	if g.shut {
		return
	}
	g.shut, g.since, g.open = true, time.Now(), make(chan struct{})
	if g.patience > 0 {
		g.timer = time.AfterFunc(g.patience, g.lostPatience)
	}
	g.lg.Error("the ledger is out of reach; jobs wait until it is back", zap.Error(err))
}

// isShut reports whether the gate is shut now.
func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

// worked opens the gate after a call that succeeded, if the gate was shut when the call began: one that began before says
// nothing about now.
func (g *gate) worked(wasShut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut || !wasShut {
		return
	}
	g.shut, g.opened = false, time.Now()
	close(g.open)
	g.stopTimer()
	g.lg.Info("the ledger is back", zap.Duration("after", time.Since(g.since)))
}

func (g *gate) lostPatience() {
	g.mu.Lock()
	fn, err, shut := g.giveUp, g.err, g.shut
	g.mu.Unlock()
	if shut && fn != nil {
		fn(err)
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopTimer()
}

func (g *gate) stopTimer() {
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
}

// hold calls fn with ctx until it succeeds, and reports whether that took more than one call. It gives up when ctx is done,
// and after a failure when stop is: a worker that drains does not wait for a ledger.
func (g *gate) hold(ctx, stop context.Context, fn func(context.Context) error) (waited bool, err error) {
	for n := 0; ; n++ {
		wasShut := g.isShut()
		err := fn(ctx)
		if err == nil {
			g.worked(wasShut)
			return n > 0, nil
		}
		if ctx.Err() != nil {
			return true, context.Cause(ctx)
		}
		g.failed(err)
		if !pause(stop, growing(n, 100*time.Millisecond, 15*time.Second)) {
			return true, errDrained
		}
	}
}

// A brake slows fetching down while the index refuses disclosures and the ledger works: without it, the whole queue would be
// read for nothing.
type brake struct {
	lg       *zap.Logger
	patience time.Duration // after which a refusal is a try, though nobody's disclosure is taken
	giveUp   func(error)   // called instead, where several files are refused and somebody waits; or nil

	mu      sync.Mutex
	takes   bool // it has taken one since the worker began
	fails   int  // in a row, over all goroutines
	since   time.Time
	first   string // job that was refused first
	several bool   // others were refused too
}

// refusalPatience is the brake's, where Config.StorePatience sets none: an index that was full over night is no fault of the
// files, but one that is refused alone, with no other to be stored, must come to an end.
const refusalPatience = 24 * time.Hour

// maxRefusalWait bounds how long is waited between two tries while the index refuses.
const maxRefusalWait = 30 * time.Second

func newBrake(lg *zap.Logger, patience time.Duration) *brake {
	orDefault(&patience, refusalPatience)
	return &brake{lg: lg, patience: patience}
}

// failed gives the error to settle the job by. One refusal after disclosures were taken may be this file's own fault, and is a try;
// those that follow, with none taken in between, are the index's: they say how long to wait, see busy. lg names the file.
func (b *brake) failed(lg *zap.Logger, job string, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails++
	if b.fails == 1 {
		b.since, b.first, b.several = time.Now(), job, false
		lg.Warn("the index does not take a disclosure; working more slowly until it does", zap.Error(err))
	}
	b.several = b.several || job != b.first
	impatient := time.Since(b.since) > b.patience
	if impatient && b.several && b.giveUp != nil {
		b.giveUp(err)
	} else if impatient || b.fails == 1 && b.takes {
		return err
	}
	return refusal{err, b.pace()}
}

func (b *brake) worked() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.lg.Info("the index takes disclosures again")
	}
	b.takes, b.fails = true, 0
}

// pace is how long is waited after the failures so far. The lock is held.
func (b *brake) pace() time.Duration { return growing(b.fails-1, 100*time.Millisecond, maxRefusalWait) }

// wait waits as long as the failures so far ask for; it gives false if ctx is done.
func (b *brake) wait(ctx context.Context) bool {
	b.mu.Lock()
	var d time.Duration
	if b.fails > 0 {
		d = b.pace()
	}
	b.mu.Unlock()
	return pause(ctx, d)
}

// A refusal is an error of an index that takes nobody's disclosure.
type refusal struct {
	error
	wait time.Duration
}

func (r refusal) Unwrap() error       { return r.error }
func (r refusal) Busy() time.Duration { return r.wait }
