//go:build load

package faults

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"yusuan/cmd/yusuan/faults/copies"
)

// loadFiles is how many files are measured: YUSUAN_LOAD_FILES, default 10,000.
func loadFiles(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv("YUSUAN_LOAD_FILES"), "10000"))
	if err != nil || n < 10 {
		t.Fatalf("YUSUAN_LOAD_FILES=%s: want a number from 10 on", os.Getenv("YUSUAN_LOAD_FILES"))
	}
	return n
}

// loadSet makes the files.
func loadSet(t *testing.T, n int) (dir string, pages int) {
	t.Helper()
	dir = t.TempDir()
	begun := time.Now()
	originals, err := copies.Folder(cmp.Or(os.Getenv("YUSUAN_LOAD_FROM"), "../demo"))
	if err != nil {
		t.Fatal(err)
	}
	if err := originals.Write(t.Context(), dir, n, 1); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		pages += originals.Originals[i%len(originals.Originals)].Pages()
	}
	t.Logf("%d files of %d pages, made of %d originals in %.0f s", n, pages, len(originals.Originals), time.Since(begun).Seconds())
	return dir, pages
}

// A sample is what a process and its children have taken so far.
type sample struct {
	own, children time.Duration // processor time; children that have ended and those that live
	rss, readers  int64         // resident memory in bytes, now: its own, and that of the largest child
}

// A watch looks at processes while they run.
type watch struct {
	mu     sync.Mutex
	peaks  map[string]sample // of each process, until now; the processor time is the last
	at     map[string]sample // the peaks when a tenth of the files were through
	procs  map[string]observed
	cancel context.CancelFunc
	done   chan struct{}
}

// An observed is a process that is looked at. Where it maps the files that it reads, these are no memory of its own.
type observed struct {
	pid  func() int
	maps bool
}

// look is how often processes are looked at.
const look = 200 * time.Millisecond

func newWatch(procs map[string]observed) *watch {
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{peaks: map[string]sample{}, procs: procs, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(w.done)
		for ctx.Err() == nil {
			w.look()
			select {
			case <-ctx.Done():
			case <-time.After(look):
			}
		}
	}()
	return w
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for name, p := range w.procs {
		now, ok := measure(p)
		if !ok {
			continue
		}
		old := w.peaks[name]
		now.rss, now.readers = max(now.rss, old.rss), max(now.readers, old.readers)
		now.own, now.children = max(now.own, old.own), max(now.children, old.children)
		w.peaks[name] = now
	}
}

// mark keeps the peaks so far.
func (w *watch) mark() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = map[string]sample{}
	for name, s := range w.peaks {
		w.at[name] = s
	}
}

func (w *watch) stop() {
	w.cancel()
	<-w.done
}

// tick is the unit of processor time in /proc: a hundredth of a second on every Linux that Go runs on (proc(5)).
const tick = time.Second / 100

// stat reads numbers of /proc/PID/stat, whose fields are counted from 1.
func stat(pid int) (field func(int) int64, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, false
	}
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	return func(i int) int64 {
		if i-3 >= len(f) {
			return 0
		}
		n, err := strconv.ParseInt(string(f[i-3]), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}, true
}

func measure(p observed) (s sample, ok bool) {
	f, ok := stat(p.pid())
	if !ok {
		return s, false
	}
	page := int64(os.Getpagesize())
	s.own, s.children, s.rss = time.Duration(f(14)+f(15))*tick, time.Duration(f(16)+f(17))*tick, f(24)*page
	if p.maps {
		s.rss -= mapped(p.pid())
	}
	for _, child := range childrenOf(p.pid()) {
		if f, ok := stat(child); ok {
			s.children += time.Duration(f(14)+f(15)) * tick
			s.readers = max(s.readers, f(24)*page)
		}
	}
	return s, true
}

// mapped is how much of a process's resident memory are files, in bytes (RssFile in /proc/PID/status, in kB).
func mapped(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var kb int64
	if _, rest, ok := bytes.Cut(b, []byte("RssFile:")); ok {
		fmt.Sscan(string(rest), &kb)
	}
	return kb << 10
}

// elasticPID is the process of the Elasticsearch node, if it is on this machine.
func elasticPID(t *testing.T, url string) int {
	t.Helper()
	var nodes struct {
		Nodes map[string]struct {
			Process struct {
				ID int `json:"id"`
			} `json:"process"`
		} `json:"nodes"`
	}
	if err := get(url+"/_nodes/process", &nodes); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes.Nodes {
		return n.Process.ID
	}
	return 0
}

// A result is a line of the table.
type result struct {
	what  string
	files int
	pages int
	took  time.Duration
	watch *watch
}

// print writes the table: speed, then memory and processor time of each process.
func (r result) print(t *testing.T) {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	secs := r.took.Seconds()
	fmt.Fprintf(w, "%s: %d files, %d pages in %.1f s: %.1f files/s, %.0f pages/s\n", r.what, r.files, r.pages, secs, float64(r.files)/secs, float64(r.pages)/secs)
	fmt.Fprintln(w, "process\tpeak MiB at a tenth\tat the end\treaders MiB at a tenth\tat the end\tCPU s\tof readers\treaders' share")
	var own, children time.Duration
	for name, s := range r.watch.peaks {
		before := r.watch.at[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%s\n", name, before.rss>>20, s.rss>>20, before.readers>>20, s.readers>>20,
			s.own.Seconds(), s.children.Seconds(), share(s.children, s.own))
		if !r.watch.procs[name].maps {
			own, children = own+s.own, children+s.children
		}
	}
	fmt.Fprintf(w, "all but Elasticsearch\t\t\t\t\t%.1f\t%.1f\t%s\n", own.Seconds(), children.Seconds(), share(children, own))
	w.Flush()
	t.Logf("on %d processors\n%s", runtime.NumCPU(), b.String())
}

func share(part, rest time.Duration) string {
	if part+rest == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(part+rest))
}

// growth is how much more memory a process may have at the end than after a tenth of the files, beside a margin for what the
// collector has not collected yet.
const (
	growth = 1.25
	margin = 16 << 20
)

// checkFlat checks that memory does not grow with the number of files.
func (r result) checkFlat(t *testing.T) {
	t.Helper()
	for name, s := range r.watch.peaks {
		if r.watch.procs[name].maps {
			continue // its heap is as large as it was told
		}
		before := r.watch.at[name]
		for what, pair := range map[string][2]int64{name: {before.rss, s.rss}, name + "'s readers": {before.readers, s.readers}} {
			if limit := int64(math.Round(float64(pair[0])*growth)) + margin; pair[1] > limit {
				t.Errorf("%s: got %d MiB at the end, and %d after a tenth of the files: it grows", what, pair[1]>>20, pair[0]>>20)
			}
		}
	}
}

// TestLoadServers works through the files with two workers, a NATS server and an Elasticsearch.
func TestLoadServers(t *testing.T) {
	n := loadFiles(t)
	dir, pages := loadSet(t, n)
	es := elasticsearch(t)
	node := elasticPID(t, es)
	st := newStation(t, "nothing: two workers, NATS and Elasticsearch", &set{dir: dir, files: n}, es, "")
	publishing := time.Now()
	out, err := st.run("publish", dir)
	if err != nil || out.code != exitDone {
		t.Fatalf("publish: %v, exit code %d: %s", err, out.code, out.stderr)
	}
	t.Logf("published in %.1f s, %.0f files/s", time.Since(publishing).Seconds(), float64(n)/time.Since(publishing).Seconds())
	begun := time.Now()
	st.work(2, st.env, "--log-level", "warn")
	w := newWatch(map[string]observed{
		"worker 1": {pid: func() int { return st.workers[0].process().pid() }}, "worker 2": {pid: func() int { return st.workers[1].process().pid() }},
		"NATS server": {pid: func() int { return st.nats.now.pid() }}, "Elasticsearch": {pid: func() int { return node }, maps: true},
	})
	defer w.stop()
	st.through(t, w)
	r := result{"two workers", n, pages, time.Since(begun), w}
	for _, k := range st.workers {
		if k.starts != 1 {
			t.Errorf("%s was started %d times, want once", k.name, k.starts)
		}
		if err := k.stop(); err != nil {
			t.Error(err)
		}
	}
	w.stop()
	r.print(t)
	r.checkFlat(t)
	st.whole(t, n)
}

// through waits until the queue is empty, and marks when a tenth of the files are through.
func (st *station) through(t *testing.T, w *watch) {
	t.Helper()
	marked, last, since := false, math.MaxInt, time.Now()
	for {
		n, err := st.nats.jobs(st.prefix)
		switch {
		case err != nil:
		case n == 0:
			return
		case n < last:
			last, since = n, time.Now()
		}
		if !marked && last <= st.set.files*9/10 {
			w.mark()
			marked = true
		}
		if time.Since(since) > patience {
			t.Fatalf("%d jobs stay on the stream", n)
		}
		time.Sleep(look)
	}
}

// whole checks that every file is in the index, and says how long verifying takes.
func (st *station) whole(t *testing.T, n int) {
	t.Helper()
	begun := time.Now()
	a, err := st.account()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("verified and added up in %.1f s", time.Since(begun).Seconds())
	st.row.settled = true
	st.row.lost, st.row.twice = max(0, n-a.states["disclosures"]), max(0, a.states["disclosures"]-n)
	if a.states["indexed"] != n || a.states["disclosures"] != n {
		t.Errorf("got %v, want %d indexed", a.states, n)
	}
}

// TestLoadEmbedded ingests the files with everything embedded.
func TestLoadEmbedded(t *testing.T) {
	n := loadFiles(t)
	dir, pages := loadSet(t, n)
	data := filepath.Join(t.TempDir(), "data")
	st := &station{t: t, set: &set{dir: dir, files: n}, row: &row{fault: "nothing: embedded", files: n}, dir: t.TempDir()}
	addRow(st.row)
	st.env = []string{"YUSUAN_DATA=" + data, "YUSUAN_CACHE=" + programs.cache}
	begun := time.Now()
	t.Cleanup(func() { st.row.took = time.Since(begun) })
	log := filepath.Join(st.dir, "ingest.log")
	p, err := launch(log, st.env, programs.yusuan, "ingest", "--log-level", "info", dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.kill() })
	w := newWatch(map[string]observed{"ingest": {pid: p.pid}})
	defer w.stop()
	marked := false
	for running := true; running; {
		select {
		case <-p.ended:
			running = false
		case <-time.After(look):
			if !marked && linesWith(log, []byte("  done  ")) >= n/10 {
				w.mark()
				marked = true
			}
		}
	}
	r := result{"ingest", n, pages, time.Since(begun), w}
	w.stop()
	if code := p.cmd.ProcessState.ExitCode(); code != exitDone {
		printed, _ := os.ReadFile(log)
		t.Fatalf("ingest: got exit code %d, want %d: %s", code, exitDone, printed[max(0, len(printed)-2000):])
	}
	r.print(t)
	r.checkFlat(t)
	st.whole(t, n)
}

// linesWith counts the lines of a log that have the text.
func linesWith(log string, text []byte) int {
	b, err := os.ReadFile(log)
	if err != nil {
		return 0 // not yet
	}
	return bytes.Count(b, text)
}
