package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

// A watched is a folder that is being watched.
type watched struct {
	t     *testing.T
	root  string
	found chan string
}

// watchFolder watches with hardly a rescan, unless cfg asks for one.
func watchFolder(t *testing.T, root string, cfg WatchConfig) *watched {
	t.Helper()
	w := &watched{t, root, make(chan string, 100_000)}
	if cfg.Rescan == 0 {
		cfg.Rescan = time.Hour
	}
	if cfg.Settle == 0 {
		cfg.Settle = 100 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for batch := range Watch(ctx, zap.NewNop(), []string{root}, cfg) {
			for _, it := range batch.Items {
				line := strings.TrimPrefix(it.Path, root+"/")
				if it.Err != nil {
					line += " !"
				}
				w.found <- line
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

// expect waits for the files, in any order, and for no other ones.
func (w *watched) expect(names ...string) {
	w.t.Helper()
	want := map[string]bool{}
	for _, name := range names {
		want[name] = true
	}
	deadline := time.After(time.Minute)
	for len(want) > 0 {
		select {
		case name := <-w.found:
			if !want[name] {
				w.t.Fatalf("got %s, want one of %v", name, want)
			}
			delete(want, name)
		case <-deadline:
			w.t.Fatalf("waited in vain for %v", want)
		}
	}
}

func (w *watched) write(name, text string) {
	w.t.Helper()
	write(w.t, filepath.Join(w.root, name), []byte(text))
}

func TestWatch(t *testing.T) {
	root := tree(t, "there.pdf", "sub/a.ZIP", "notes.txt", ".hidden/x.pdf")
	w := watchFolder(t, root, WatchConfig{})
	w.expect("there.pdf", "sub/a.ZIP")
	w.write("new.pdf", "1")
	w.expect("new.pdf")
	w.write("later/deep/er/b.pdf", "1")
	w.write(".x/c.pdf", "1")
	w.write("~$new.pdf", "1")
	w.write("d.txt", "1")
	w.expect("later/deep/er/b.pdf")
	w.write("later/deep/er/c.pdf", "1") // the new folders are watched too
	w.expect("later/deep/er/c.pdf")
	w.write("new.pdf", "changed")
	w.expect("new.pdf")
	if err := os.Rename(filepath.Join(root, "new.pdf"), filepath.Join(root, "sub", "renamed.pdf")); err != nil {
		t.Fatal(err)
	}
	w.expect("sub/renamed.pdf")
	if err := os.Rename(filepath.Join(root, "later"), filepath.Join(root, "moved")); err != nil {
		t.Fatal(err)
	}
	w.expect("moved/deep/er/b.pdf", "moved/deep/er/c.pdf")
}

// TestWatchWaits has a file that is written slowly, one that is gone before it is complete, and one that is renamed when it is.
func TestWatchWaits(t *testing.T) {
	root := t.TempDir()
	w := watchFolder(t, root, WatchConfig{Settle: 400 * time.Millisecond})
	w.write("gone.pdf", "1")
	w.write("slow.pdf", "")
	w.write("download.part", "1")
	var last time.Time
	f, err := os.OpenFile(filepath.Join(root, "slow.pdf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for i := range 20 {
		select {
		case name := <-w.found:
			t.Fatalf("got %s, which is not complete", name)
		case <-tick.C:
		}
		if i == 2 {
			if err := os.Remove(filepath.Join(root, "gone.pdf")); err != nil {
				t.Fatal(err)
			}
		}
		last = time.Now()
		if _, err := f.WriteString("more"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename(filepath.Join(root, "download.part"), filepath.Join(root, "download.pdf")); err != nil {
		t.Fatal(err)
	}
	w.expect("slow.pdf", "download.pdf")
	if since := time.Since(last); since < 300*time.Millisecond {
		t.Errorf("the slow file was taken %s after its last byte", since)
	}
}

// TestWatchAgain has a file that the caller could not take at first, and one whose rights change.
func TestWatchAgain(t *testing.T) {
	root := tree(t, "a.pdf", "b.pdf")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	times := map[string]int{}
	for batch := range Watch(ctx, zap.NewNop(), []string{root}, WatchConfig{Settle: 20 * time.Millisecond, Rescan: 50 * time.Millisecond}) {
		for _, it := range batch.Items {
			name := filepath.Base(it.Path)
			times[name]++
			if name == "a.pdf" && times[name] < 3 {
				batch.Again(it.Path)
			}
			if name == "b.pdf" && times[name] == 1 {
				if err := os.Chmod(it.Path, 0o400); err != nil {
					t.Fatal(err)
				}
			}
		}
		if times["a.pdf"] == 3 && times["b.pdf"] == 2 {
			return
		}
	}
	t.Errorf("got %v, want a.pdf three times and b.pdf twice", times)
}

// watchedBytes is what is remembered of each file at most, in bytes; the test remembers its name beside it.
const watchedBytes = 200

// TestWatchBurst has more files at a time than are waited for, while the caller is slow; and measures memory.
func TestWatchBurst(t *testing.T) {
	root := t.TempDir()
	const files = maxPending + 3000
	for i := range files {
		write(t, filepath.Join(root, fmt.Sprint(i%50), fmt.Sprintf("%d.pdf", i)), nil)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	seen := map[string]bool{}
	largest := 0
	for batch := range Watch(ctx, zap.NewNop(), []string{root}, WatchConfig{Settle: 10 * time.Millisecond, Rescan: time.Hour}) {
		largest = max(largest, len(batch.Items))
		for _, it := range batch.Items {
			if it.Err != nil || seen[it.Path] {
				t.Fatalf("got %+v, a second time: %v", it, seen[it.Path])
			}
			seen[it.Path] = true
		}
		if len(seen) == files {
			break
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if len(seen) != files || largest > 500 {
		t.Errorf("got %d files, at most %d at a time, want %d and 500", len(seen), largest, files)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > files*watchedBytes {
		t.Errorf("the heap grew by %d KB, want at most %d bytes a file", grown>>10, watchedBytes)
	}
}

// TestWatchRescans has a system that tells of nothing, as with network folders.
func TestWatchRescans(t *testing.T) {
	root := tree(t, "a.pdf", "gone.pdf -> nowhere")
	w := &watched{t, root, make(chan string, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		x := newWatch(ctx, zap.NewNop(), []string{root}, WatchConfig{Settle: 20 * time.Millisecond, Rescan: 50 * time.Millisecond})
		x.run(func(batch Found) bool {
			for _, it := range batch.Items {
				line := strings.TrimPrefix(it.Path, root+"/")
				if it.Err != nil {
					line += " !"
				}
				w.found <- line
			}
			return true
		})
	}()
	t.Cleanup(func() { cancel(); <-done })
	w.expect("a.pdf", "gone.pdf !")
	w.write("sub/b.pdf", "1")
	w.expect("sub/b.pdf")
	w.write("a.pdf", "other")
	w.expect("a.pdf")
	aside := root + ".aside"
	if err := os.Rename(root, aside); err != nil {
		t.Fatal(err)
	}
	w.expect(root + " !")
	if err := os.Rename(aside, root); err != nil {
		t.Fatal(err)
	}
	w.write("c.pdf", "1") // what was seen before the folder was away is not given again
	w.expect("c.pdf")
}
