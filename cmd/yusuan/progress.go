package main

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progressEvery is how often a line tells of progress where there is no terminal.
const progressEvery = 10 * time.Second

// A progress tells how far a command is: a bar on a terminal, else a line now and then, else (--quiet) nothing. It may be used
// from many goroutines.
type progress struct {
	msg   *screen
	what  string
	quiet bool
	bar   *progressbar.ProgressBar // nil where there is no terminal

	mu    sync.Mutex
	done  int
	total int
	told  time.Time
}

func (p *program) progress(what string, total int) *progress {
	g := &progress{msg: p.msg, what: what, quiet: p.Quiet, total: total, told: time.Now()}
	if p.msg.terminal && !p.Quiet {
		g.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(io.Writer(p.msg)), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true))
	}
	return g
}

func (g *progress) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done += n
	switch {
	case g.bar != nil:
		_ = g.bar.Add(n) // more than the total is the only error, and of no harm
	case !g.quiet && time.Since(g.told) >= progressEvery:
		g.told = time.Now()
		g.msg.printf("%s: %d of %d files\n", g.what, g.done, g.total)
	}
}

// grow adds to the total.
func (g *progress) grow(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total += n
	if g.bar != nil {
		g.bar.ChangeMax(g.total)
	}
}

// line prints a message above the bar. It is printed even if --quiet: it is about a file that failed.
func (g *progress) line(format string, args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil {
		_ = g.bar.Clear()
	}
	g.msg.printf(format+"\n", args...)
}

func (g *progress) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil {
		_ = g.bar.Finish()
	}
}
