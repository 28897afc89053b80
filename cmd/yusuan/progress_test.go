package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"yusuan/schemas"
)

// started is a progress that began a while before, and what it has printed.
func started(t *testing.T, c common, before time.Duration) (*progress, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	p := &program{common: c, msg: newScreen(&out, nil)}
	g := p.eventProgress("ingest", 100)
	g.pace.begun = g.pace.begun.Add(-before)
	t.Cleanup(g.end)
	return g, &out
}

func someFiles(g *progress) {
	g.grow(20)
	g.add(36)
	g.finished("a.pdf", schemas.Entry{State: schemas.Indexed, Pages: 30})
	g.finished("b.pdf", schemas.Entry{ID: "b1", State: schemas.Rejected, Code: schemas.Damaged, Page: 3, Message: "cut off"})
	g.finished("c.pdf", schemas.Entry{State: schemas.OCRNeeded, Code: schemas.NeedsOCR})
	g.finished("d.pdf", schemas.Entry{State: schemas.Failed})
}

func TestProgressLines(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	g, out := started(t, common{}, 20*time.Second)
	someFiles(g)
	g.tell(g.pace.begun.Add(20 * time.Second))
	want := "ingest: 40 of 120 files, 30 pages, 1 rejected, 1 needs-ocr, 1 failed, 2.0 files/s, about 40 s left\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	g.line("x.pdf: %s", "damaged")
	g.end()
	if got := out.String(); got != want+"x.pdf: damaged\n" {
		t.Errorf("got %q", got)
	}
}

func TestProgressEvents(t *testing.T) {
	g, out := started(t, common{JSON: true}, 20*time.Second)
	someFiles(g)
	g.tell(g.pace.begun.Add(20 * time.Second))
	g.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Fatalf("got %q, want five events", lines)
	}
	if want := `{"event":"file","path":"b.pdf","id":"b1","state":"rejected","code":"damaged","page":3,"message":"cut off","pages":0}`; lines[1] != want {
		t.Errorf("got %s, want %s", lines[1], want)
	}
	var c progressCount
	if err := json.Unmarshal([]byte(lines[4]), &c); err != nil || c.Event != "progress" || c.Done != 40 || c.Total != 120 || c.Pages != 30 ||
		c.Rejected != 1 || c.NeedsOCR != 1 || c.Failed != 1 || c.FilesPerSecond != 2 || *c.ETASeconds != 40 || c.Seconds != 20 {
		t.Errorf("got %s, %v", lines[4], err)
	}
}

func TestProgressQuiet(t *testing.T) {
	for _, c := range []common{{Quiet: true}, {Quiet: true, JSON: true}} {
		g, out := started(t, c, 0)
		someFiles(g)
		g.end()
		if got := out.String(); got != "" {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// TestProgressTicks tells also while no file is done.
func TestProgressTicks(t *testing.T) {
	var out lockedBuffer
	g := &progress{msg: newScreen(&out, nil), what: "ingest", stop: make(chan struct{}), ended: make(chan struct{}), pace: pace{begun: time.Now()}}
	go g.keepTelling(time.Millisecond)
	for deadline := time.Now().Add(time.Minute); strings.Count(out.String(), "ingest: 0 of 0 files") < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("got %q, want a line now and then", out.String())
		}
	}
	g.end()
}

// TestTitle leaves room for the bar.
func TestTitle(t *testing.T) {
	c := progressCount{Pages: 1089, Rejected: 12, NeedsOCR: 12, Failed: 1}
	for _, tc := range []struct {
		columns int
		count   progressCount
		want    string
	}{
		{120, c, "ingest · 1089 pages · 12 rejected · 12 needs-ocr · 1 failed"},
		{100, c, "ingest · 1089 pages · 25 not indexed"},
		{80, c, "ingest · 25 not indexed"},
		{60, c, "ingest"},
		{80, progressCount{Pages: 1}, "ingest · 1 page"},
		{80, progressCount{}, "ingest"},
	} {
		if got := tc.count.title("ingest", tc.columns); got != tc.want {
			t.Errorf("%d columns: got %q, want %q", tc.columns, got, tc.want)
		}
	}
}

// TestPace forgets what was long ago: files read before go by in no time.
func TestPace(t *testing.T) {
	begun := statusTime
	p := pace{begun: begun}
	at := func(s int) time.Time { return begun.Add(time.Duration(s) * time.Second) }
	if got := p.of(at(10), 1000); got != 100 {
		t.Errorf("at first: got %v, want 100", got)
	}
	for s := 20; s <= 600; s += 10 {
		p.of(at(s), 1000+(s-10)/10)
	}
	if got := p.of(at(610), 1060); got < .09 || got > .11 {
		t.Errorf("later: got %v, want 0.1", got)
	}
	if len(p.marks) > 10 {
		t.Errorf("got %d marks kept", len(p.marks))
	}
}

// TestBarLine has what is printed take the place of the bar.
func TestBarLine(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, nil)
	bar := barWriter{s}
	s.keepLine(true)
	bar.Write([]byte("\r50%"))
	s.printf("a.pdf: damaged\n")
	bar.Write([]byte("\r51%"))
	s.keepLine(false)
	s.printf("done\n")
	if want := "\r50%\r\x1b[2Ka.pdf: damaged\n\r51%done\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// A lockedBuffer may be read while it is written to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
