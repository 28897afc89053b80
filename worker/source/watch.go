package source

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fsnotify/fsnotify"
	"go.uber.org/zap"
)

// WatchConfig says how folders are watched. The zero value is the defaults.
type WatchConfig struct {
	Settle time.Duration // a file is complete when neither its size nor its time has changed for so long; default 2 s
	// Rescan is how often the folders are looked through, for network folders tell of no changes; default 1 min.
	Rescan time.Duration
	Batch  int // how many files are given at a time at most; default 500
}

func (c WatchConfig) withDefaults() WatchConfig {
	if c.Settle <= 0 {
		c.Settle = 2 * time.Second
	}
	if c.Rescan <= 0 {
		c.Rescan = time.Minute
	}
	if c.Batch <= 0 {
		c.Batch = 500
	}
	return c
}

// maxPending bounds how many files are waited for at a time. What more there are is found when these are done.
const maxPending = 10_000

// Watch gives the files called *.pdf and *.zip in and under the folders: those that are there, and then those that are made or
// change, each when it is complete. An archive is given as the file that it is; Expand gives what is in it. What can't be read
// is an item with an error, once. It ends when ctx is done, or the caller stops; while the caller works on a batch, nothing is
// noticed, and nothing is lost. It remembers some 40 bytes of each file in the folders.
func Watch(ctx context.Context, lg *zap.Logger, folders []string, cfg WatchConfig) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		w := newWatch(ctx, lg, folders, cfg)
		if events, err := fsnotify.NewWatcher(); err != nil {
			lg.Warn("the system does not tell of changed files", zap.Error(err), zap.Duration("looked for every", w.cfg.Rescan))
		} else {
			defer events.Close()
			w.events = events
		}
		w.run(yield)
	}
}

// Found is a batch of what Watch gives.
type Found struct {
	Items []Item
	w     *watch
}

// Again has a file of the batch given once more after the next look through the folders, since it could not be taken. To be called
// before the next batch is asked for.
func (f Found) Again(path string) { delete(f.w.seen, f.w.hash(path)) }

// A watch is the state of watching.
type watch struct {
	ctx     context.Context
	lg      *zap.Logger
	folders []string
	cfg     WatchConfig
	events  *fsnotify.Watcher // or nil
	crowded bool              // the system watches no more folders

	seed    maphash.Seed
	seen    map[uint64]uint64    // of each file that was given: its path's hash, and that of its size, time and rights; of errors likewise
	met     map[uint64]bool      // what a scan has come across, while there is one
	pending map[string]candidate // files that are new or have changed
	more    bool                 // files were left out, for there were too many pending
	failed  []Item
}

// A candidate is a file that may be incomplete.
type candidate struct {
	stamp uint64
	since time.Time // when the stamp was seen first
}

func newWatch(ctx context.Context, lg *zap.Logger, folders []string, cfg WatchConfig) *watch {
	return &watch{
		ctx: ctx, lg: lg, folders: folders, cfg: cfg.withDefaults(),
		seed: maphash.MakeSeed(), seen: map[uint64]uint64{}, pending: map[string]candidate{},
	}
}

func (w *watch) run(yield func(Found) bool) {
	tick := time.NewTicker(min(max(w.cfg.Settle/4, 10*time.Millisecond), time.Second))
	defer tick.Stop()
	rescan := time.NewTicker(w.cfg.Rescan)
	defer rescan.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.events != nil {
		events, errs = w.events.Events, w.events.Errors
	}
	w.scan()
	for {
		select {
		case <-w.ctx.Done():
			return
		case e := <-events:
			w.event(e.Name)
		case err := <-errs: // an overflow: some changes were not told
			w.lg.Debug("changes were missed, looking through the folders", zap.Error(err))
			w.scan()
		case <-rescan.C:
			w.scan()
		case <-tick.C:
			if !w.give(yield) {
				return
			}
		}
	}
}

// give yields what is complete, and reports whether to go on.
func (w *watch) give(yield func(Found) bool) bool {
	for w.ctx.Err() == nil {
		batch := w.complete()
		if len(batch) == 0 {
			return true
		}
		if !yield(Found{batch, w}) {
			return false
		}
		if w.more && len(w.pending) < maxPending/2 {
			w.scan()
		}
	}
	return false
}

// complete takes up to a batch of the errors and of the files that have not changed for long enough.
func (w *watch) complete() []Item {
	n := min(len(w.failed), w.cfg.Batch)
	batch := slices.Clone(w.failed[:n])
	w.failed = w.failed[n:]
	now := time.Now()
	for _, name := range slices.Sorted(maps.Keys(w.pending)) {
		c := w.pending[name]
		if len(batch) == w.cfg.Batch {
			break
		}
		if now.Sub(c.since) < w.cfg.Settle {
			continue
		}
		w.note(name) // which forgets one that is gone, and waits on for one that has changed
		if w.pending[name] == c {
			delete(w.pending, name)
			w.seen[w.hash(name)] = c.stamp
			batch = append(batch, Item{Path: name, FileName: baseName(name)})
		}
	}
	return batch
}

// note looks at a file that may have changed.
func (w *watch) note(name string) {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		delete(w.pending, name) // deleted or renamed; what else is wrong, a scan finds
		return
	}
	key, stamp := w.hash(name), w.hash(fmt.Sprint(info.Size(), info.ModTime().UnixNano(), info.Mode()))
	if w.met != nil {
		w.met[key] = true
	}
	if old, ok := w.seen[key]; ok && old == stamp {
		delete(w.pending, name)
		return
	}
	c, ok := w.pending[name]
	switch {
	case ok && c.stamp == stamp:
	case !ok && len(w.pending) >= maxPending:
		w.more = true
	default:
		w.pending[name] = candidate{stamp, time.Now()}
	}
}

func (w *watch) hash(s string) uint64 { return maphash.String(w.seed, s) }

// event looks at what the system says has changed.
func (w *watch) event(name string) {
	if hidden(filepath.Base(name)) {
		return
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		w.walk(func(e *expansion) { e.folder(name, Item{}, 0) })
	} else if isPDF(name) || isArchive(name) {
		w.note(name)
	}
}

// scan looks through all folders, and forgets the files that are gone.
func (w *watch) scan() {
	w.more, w.met = false, map[uint64]bool{}
	whole := w.walk(func(e *expansion) {
		for _, folder := range w.folders {
			e.argument(folder, "", Item{}, false)
		}
	})
	if whole { // else files are only out of sight, on a network folder that is away for the moment, say
		maps.DeleteFunc(w.seen, func(key, _ uint64) bool { return !w.met[key] })
	}
	w.met = nil
}

// walk notes the files that do expands to, watches their folders, and reports whether all could be read.
func (w *watch) walk(do func(*expansion)) bool {
	whole := true
	do(&expansion{ctx: w.ctx, visited: map[string]bool{}, folders: w.watchFolder, yield: func(it Item) bool {
		if it.Err == nil {
			w.note(it.Path)
			return true
		}
		whole = whole && (isPDF(it.Path) || isArchive(it.Path)) // a folder hides others, a file only itself
		key, stamp := w.hash("!"+it.Path), w.hash(it.Err.Error())
		if w.met != nil {
			w.met[key] = true
		}
		if w.seen[key] != stamp && len(w.failed) < maxPending {
			w.seen[key] = stamp
			w.failed = append(w.failed, it)
		}
		return true
	}})
	return whole && w.ctx.Err() == nil
}

func (w *watch) watchFolder(name string) {
	if w.events == nil {
		return
	}
	err := w.events.Add(name)
	if err == nil || errors.Is(err, os.ErrNotExist) || w.crowded {
		return
	}
	w.crowded = true
	w.lg.Warn("the system can't watch all folders; changes in the others are looked for now and then", zap.String("folder", name),
		zap.Error(err), zap.Duration("every", w.cfg.Rescan))
}
