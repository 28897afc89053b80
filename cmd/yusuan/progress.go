package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"yusuan/schemas"
)

// progressEvery is how often progress is told where there is no terminal.
const progressEvery = 10 * time.Second

// A progress tells how far a command is: a bar on a terminal, else a line now and then, or (events) objects of JSON, or (--quiet)
// nothing. It may be used from many goroutines. End it.
type progress struct {
	msg    *screen
	what   string
	quiet  bool
	events bool                     // tell of each file and of progress as JSON, an object a line
	bar    *progressbar.ProgressBar // nil where there is no terminal

	stop, ended chan struct{} // of the goroutine that tells of progress; nil where nobody is told

	mu    sync.Mutex
	count progressCount
	pace  pace
}

// A progressCount is how much of the files is done. It is a progress event.
type progressCount struct {
	Event          string   `json:"event"` // progress
	Done           int      `json:"done"`
	Total          int      `json:"total"`
	Pages          int      `json:"pages"` // of the files that were indexed
	NeedsOCR       int      `json:"needs_ocr"`
	Rejected       int      `json:"rejected"`
	Failed         int      `json:"failed"`
	FilesPerSecond float64  `json:"files_per_second"`      // of late
	ETASeconds     *float64 `json:"eta_seconds,omitempty"` // nil while nothing goes on
	Seconds        float64  `json:"seconds"`               // since the beginning
}

// A fileEvent tells what became of one file.
type fileEvent struct {
	Event   string        `json:"event"` // file
	Path    string        `json:"path"`  // or URL, as it was named
	ID      string        `json:"id,omitempty"`
	State   schemas.State `json:"state"`
	Code    schemas.Code  `json:"code,omitempty"`
	Page    int           `json:"page,omitempty"`
	Message string        `json:"message,omitempty"`
	Pages   int           `json:"pages"`
}

func (p *program) progress(what string, total int) *progress {
	return p.startProgress(what, total, false)
}

// eventProgress is progress that is told as JSON where the command's result is.
func (p *program) eventProgress(what string, total int) *progress {
	return p.startProgress(what, total, p.JSON)
}

func (p *program) startProgress(what string, total int, events bool) *progress {
	g := &progress{msg: p.msg, what: what, quiet: p.Quiet, events: events, pace: pace{begun: time.Now()}}
	g.count.Total = total
	every := progressEvery
	if p.msg.terminal && !p.Quiet && !events {
		g.bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(barWriter{p.msg}), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("files"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(), progressbar.OptionUseANSICodes(true))
		p.msg.keepLine(true)
		every = time.Second
	}
	if !p.Quiet {
		g.stop, g.ended = make(chan struct{}), make(chan struct{})
		go g.keepTelling(every)
	}
	return g
}

// keepTelling tells of progress every so often, also while no file is done.
func (g *progress) keepTelling(every time.Duration) {
	defer close(g.ended)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			g.tell(now)
		case <-g.stop:
			return
		}
	}
}

// add counts files that are done.
func (g *progress) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.done(n)
}

// done is add with the lock held.
func (g *progress) done(n int) {
	g.count.Done += n
	if g.bar != nil {
		_ = g.bar.Add(n) // more than the total is the only error, and of no harm
	}
}

// finished counts a file by what became of it, and tells of it.
func (g *progress) finished(path string, e schemas.Entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch e.State {
	case schemas.Indexed:
		g.count.Pages += e.Pages
	case schemas.OCRNeeded:
		g.count.NeedsOCR++
	case schemas.Rejected:
		g.count.Rejected++
	case schemas.Failed:
		g.count.Failed++
	}
	g.done(1)
	if g.events && !g.quiet {
		g.event(fileEvent{"file", path, e.ID, e.State, e.Code, e.Page, e.Message, e.Pages})
	}
}

// grow adds to the total.
func (g *progress) grow(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.count.Total += n
	if g.bar != nil {
		g.bar.ChangeMax(g.count.Total)
	}
}

// tell says how far it is.
func (g *progress) tell(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.now(now)
	switch {
	case g.bar != nil:
		g.bar.Describe(c.title(g.what, g.msg.columns()))
	case g.events:
		g.event(c)
	default:
		g.msg.printf("%s\n", g.what+": "+c.String())
	}
}

// now gives the count with the pace of late.
func (g *progress) now(now time.Time) progressCount {
	c := g.count
	c.Event, c.Seconds = "progress", seconds(now.Sub(g.pace.begun))
	c.FilesPerSecond = g.pace.of(now, c.Done)
	if left := c.Total - c.Done; left > 0 && c.FilesPerSecond > 0 {
		c.ETASeconds = new(rounded(float64(left) / c.FilesPerSecond))
	}
	c.FilesPerSecond = rounded(c.FilesPerSecond)
	return c
}

// rounded has two digits behind the point: nothing here is known any better.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

// String is a line for people.
func (c progressCount) String() string {
	text := fmt.Sprintf("%d of %s", c.Done, plural(c.Total, "file"))
	for _, n := range c.notes() {
		text += ", " + n
	}
	text += fmt.Sprintf(", %.1f files/s", c.FilesPerSecond)
	if c.ETASeconds != nil {
		text += ", about " + roughly(time.Duration(*c.ETASeconds*float64(time.Second))) + " left"
	}
	return text
}

// notes say what there is beside the number of files.
func (c progressCount) notes() []string {
	var notes []string
	if c.Pages > 0 {
		notes = append(notes, plural(c.Pages, "page"))
	}
	for _, n := range []struct {
		files int
		what  string
	}{{c.Rejected, "rejected"}, {c.NeedsOCR, "needs-ocr"}, {c.Failed, "failed"}} {
		if n.files > 0 {
			notes = append(notes, fmt.Sprintf("%d %s", n.files, n.what))
		}
	}
	return notes
}

// barColumns is what the bar itself takes, with share, count, pace and times.
const barColumns = 56

// title is what stands before the bar on a terminal of so many columns: the notes, or as much of them as leaves room for it.
func (c progressCount) title(what string, columns int) string {
	titles := []string{what + " · " + strings.Join(c.notes(), " · ")}
	if n := c.NeedsOCR + c.Rejected + c.Failed; n > 0 {
		titles = append(titles, fmt.Sprintf("%s · %s · %d not indexed", what, plural(c.Pages, "page"), n), fmt.Sprintf("%s · %d not indexed", what, n))
	}
	for _, title := range titles {
		if title = strings.TrimSuffix(title, " · "); width(title) <= columns-barColumns {
			return title
		}
	}
	return what
}

func (g *progress) event(v any) {
	line, err := json.Marshal(v)
	if err == nil {
		g.msg.printf("%s\n", line)
	}
}

// line prints a message above the bar. It is printed even if --quiet: it is about a file that failed.
func (g *progress) line(format string, args ...any) { g.msg.printf(format+"\n", args...) }

// end stops telling and removes the bar. Ending twice does nothing.
func (g *progress) end() {
	if g.stop != nil {
		close(g.stop)
		<-g.ended
		g.stop = nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil {
		_ = g.bar.Finish()
		g.msg.keepLine(false)
		g.bar = nil
	}
}

// paceTime is how far back the pace of late looks.
const paceTime = time.Minute

// A pace is how fast files get done: of late, since what was read before goes by in no time.
type pace struct {
	begun time.Time
	marks []mark // within paceTime, oldest first
}

type mark struct {
	at   time.Time
	done int
}

// of notes how many are done now, and gives how many a second that is since the oldest mark.
func (p *pace) of(now time.Time, done int) float64 {
	for len(p.marks) > 1 && now.Sub(p.marks[1].at) >= paceTime {
		p.marks = p.marks[1:]
	}
	from := mark{at: p.begun}
	if len(p.marks) > 0 && now.Sub(p.begun) > paceTime {
		from = p.marks[0]
	}
	p.marks = append(p.marks, mark{now, done})
	took := now.Sub(from.at).Seconds()
	return float64(done-from.done) / cmp.Or(max(took, 0), 1)
}
