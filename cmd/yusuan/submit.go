package main

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

// An input is one file to be published, from whatever it comes.
type input struct {
	name string // as the user calls it: a path, a URL
	err  error  // why it can't be published, if it is known already
	load func() (worker.Submission, error)
}

// inputs are those that the arguments name.
func inputs(ctx context.Context, args []string, refetch bool) []input {
	var all []input
	for it := range source.Expand(ctx, args) {
		all = append(all, input{name: it.Name(), err: it.Err, load: func() (worker.Submission, error) { return submission(it, refetch) }})
	}
	return all
}

// submission reads a file of this machine, or takes over a URL that a worker is to fetch.
func submission(it source.Item, refetch bool) (worker.Submission, error) {
	s := worker.Submission{URL: it.URL, FileName: it.FileName, Claims: it.Claims, Refetch: refetch}
	path := it.Path
	if path == "" {
		path = localPath(it.URL)
	}
	if path == "" {
		return s, nil
	}
	var err error
	it.Path = path
	s.Data, err = it.Read(maxFile)
	s.FileName = cmp.Or(s.FileName, filepath.Base(path))
	return s, err
}

// localPath is the path of a file:// URL, which names a file of the machine where the command is given, or "".
func localPath(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || !strings.EqualFold(u.Scheme, "file") || u.Host != "" && u.Host != "localhost" {
		return ""
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/") // file:///C:/folder
	}
	return filepath.FromSlash(path)
}

// submissionID is the ledger's id of what is submitted.
func submissionID(s worker.Submission) string {
	if s.Data != nil {
		return blob.Digest(s.Data)
	}
	return worker.URLID(s.URL)
}

// A publisher puts files on the queue; worker.Publisher does.
type publisher interface {
	Publish(context.Context, worker.Submission) (worker.Receipt, error)
}

// A batch is the files of one run: each input has one result, whatever became of it.
type batch struct {
	publisher publisher
	full      bool  // every result is told in the end, and not only those of which there is something to say
	failures  int   // to publish, in a row
	broken    error // why nothing more is tried

	mu      sync.Mutex
	names   []string // of the inputs that were submitted
	results []*fileResult
	alike   map[likeness]*fileResult // see keep
	byID    map[string]int           // index of the first result with this id in the ledger
	// waiting are the files that were on the queue before the run, by id. What the run does with them counts as its own.
	waiting map[string]schemas.Entry
}

// A fileResult is what became of an input.
type fileResult struct {
	Path string `json:"path"` // or URL, as it was named
	schemas.Entry
	// Earlier is the state that an unchanged file has had since an earlier run.
	Earlier schemas.State `json:"earlier,omitempty"`

	twin      int  // index of the first result of the same bytes or URL, or -1
	published bool // now or before
	ours      bool // it failed for a reason that is not the file's: it may be published another time
}

// A likeness is what is counted of a result that there is nothing to say of.
type likeness struct {
	state, earlier schemas.State
	pages          int
}

// publishPatience is how many inputs in a row may fail for reasons that are not theirs (disk full, server gone).
const publishPatience = 3

func newBatch(publisher publisher, full bool) *batch {
	return &batch{publisher: publisher, full: full, alike: map[likeness]*fileResult{}, waiting: map[string]schemas.Entry{}, byID: map[string]int{}}
}

// keep gives what is kept of a result until the run ends: where only counts are told of it, one for all that are alike, so that the
// memory of a run hardly grows with its files. The lock is held.
func (b *batch) keep(r fileResult) *fileResult {
	plain := slices.Contains([]schemas.State{schemas.Queued, schemas.Indexed, schemas.Unchanged, schemas.Superseded}, r.State)
	if b.full || !plain || !r.published || r.twin >= 0 || r.missing() || r.Dropped() {
		return &r
	}
	like := likeness{r.State, r.Earlier, r.Pages}
	if b.alike[like] == nil {
		b.alike[like] = &fileResult{Entry: schemas.Entry{State: r.State, Pages: r.Pages}, Earlier: r.Earlier, twin: -1, published: true}
	}
	return b.alike[like]
}

// submit publishes one input and gives its result: where that is queued, it is not the last one. It gives an error only where ctx is
// done.
func (b *batch) submit(ctx context.Context, in input) (fileResult, error) {
	r := fileResult{Path: in.name, twin: -1}
	sub, err := b.load(in)
	if err == nil {
		id := submissionID(sub)
		if i, ok := b.find(id); ok {
			r.twin = i
			r.Entry = schemas.Entry{ID: id, State: schemas.Unchanged, FileName: sub.FileName, Message: "the same file as " + b.names[i]}
		} else if r.Entry, r.Earlier, err = b.publish(ctx, sub); ctx.Err() != nil {
			return r, context.Cause(ctx)
		}
	}
	r.published = err == nil
	if err != nil {
		r.Entry, r.ours = unpublished(in, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.ID != "" && r.twin < 0 {
		b.byID[r.ID] = len(b.results)
	}
	b.names = append(b.names, in.name)
	b.results = append(b.results, b.keep(r))
	return r, nil
}

// find gives the index of the first result with this id.
func (b *batch) find(id string) (int, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, ok := b.byID[id]
	return i, ok
}

// wasWaiting reports whether the file was on the queue before the run.
func (b *batch) wasWaiting(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.waiting[id]
	return ok
}

func (b *batch) load(in input) (worker.Submission, error) {
	switch {
	case in.err != nil:
		return worker.Submission{}, in.err
	case b.broken != nil:
		return worker.Submission{}, &notPublished{b.broken}
	}
	return in.load()
}

// publish gives the entry, queued or unchanged. For an unchanged one, earlier is the state that it has in the ledger.
func (b *batch) publish(ctx context.Context, sub worker.Submission) (e schemas.Entry, earlier schemas.State, err error) {
	receipt, err := b.publisher.Publish(ctx, sub)
	if err != nil {
		if b.failures++; b.failures >= publishPatience {
			b.broken = err
		}
		return e, "", &notPublished{err}
	}
	b.failures = 0
	e = receipt.Entry
	if receipt.State == schemas.Unchanged && !b.wasWaiting(e.ID) {
		e.State, earlier = schemas.Unchanged, e.State
	}
	return e, earlier, nil
}

// notPublished is about the queue or a store, and not about the file.
type notPublished struct{ err error }

func (e *notPublished) Error() string { return "not published: " + oneLine(e.err.Error()) }
func (e *notPublished) Unwrap() error { return e.err }

// unpublished is the entry of an input that did not get as far as the ledger, and whether that is not its fault.
func unpublished(in input, err error) (e schemas.Entry, ours bool) {
	e = schemas.Entry{State: schemas.Failed, FileName: filepath.Base(in.name), Message: plainly(err)}
	if not, ok := errors.AsType[*notPublished](err); ok {
		e.Message = not.Error() // with the path in it, which is another one than the file's
		return e, true
	}
	if r := schemas.AsRejection(err); r != nil {
		e.State, e.Code, e.Message, e.Page = schemas.Rejected, r.Code, r.Message, r.Page
	}
	return e, false
}

// settle takes over what became of a file that was published, or was waiting. It gives the input's result if it is of one.
func (b *batch) settle(e schemas.Entry) (fileResult, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i, ok := b.byID[e.ID]; ok {
		r := fileResult{Path: b.names[i], Entry: e, Earlier: b.results[i].Earlier, twin: -1, published: true}
		b.results[i] = b.keep(r)
		return r, true
	}
	b.waiting[e.ID] = e
	return fileResult{}, false
}

// supersede takes over the entry of a file that the run has indexed.
func (b *batch) supersede(e schemas.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i, ok := b.byID[e.ID]; ok {
		if b.results[i].State == schemas.Indexed {
			b.results[i] = b.keep(fileResult{Path: b.names[i], Entry: e, twin: -1, published: true})
		}
	} else if w, ok := b.waiting[e.ID]; ok && w.State == schemas.Indexed {
		b.waiting[e.ID] = e
	}
}

// waitingPath is what a file is called that was waiting.
func waitingPath(e schemas.Entry) string { return cmp.Or(e.URL, e.FileName, e.ID) }

// wait takes note of a file that is on the queue before the run.
func (b *batch) wait(e schemas.Entry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[e.ID] = e
}

// others are the files that were waiting and are no input, as last heard of, in the order of their ids.
func (b *batch) others() []*fileResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*fileResult
	for _, id := range slices.Sorted(maps.Keys(b.waiting)) {
		if _, ok := b.byID[id]; !ok {
			e := b.waiting[id]
			list = append(list, &fileResult{Path: waitingPath(e), Entry: e, twin: -1, published: true})
		}
	}
	return list
}

// abandon gives the inputs that were not submitted a result.
func (b *batch) abandon(rest []input) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, in := range rest {
		e := schemas.Entry{State: schemas.Queued, FileName: filepath.Base(in.name), Message: "not published: stopped before"}
		b.results = append(b.results, &fileResult{Path: in.name, Entry: e, twin: -1})
	}
}

// all gives the results, in the order of the inputs; without full, some of them have nothing but what is counted.
func (b *batch) all() []*fileResult {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, r := range b.results {
		if r.twin >= 0 {
			first := b.results[r.twin]
			b.results[i].Earlier, b.results[i].Code = cmp.Or(first.Earlier, first.State), first.Code
			if first.Dropped() {
				b.results[i].Message = first.Message
			}
		}
	}
	return slices.Clone(b.results)
}
