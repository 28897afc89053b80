package worker

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// A ProblemKind says between which two of queue, blobs, ledger and index a disagreement is.
type ProblemKind string

// The kinds of a disagreement.
const (
	JobLost         ProblemKind = "job-lost"         // the ledger has it as queued or working, the stream has no job
	BlobMissing     ProblemKind = "blob-missing"     // the ledger names bytes that the blob store does not have
	BlobDamaged     ProblemKind = "blob-damaged"     // the blob store's bytes have another digest
	BlobUnknown     ProblemKind = "blob-unknown"     // bytes that no ledger entry names
	IndexMissing    ProblemKind = "index-missing"    // the ledger has it as indexed, the index has no such disclosure
	IndexIncomplete ProblemKind = "index-incomplete" // the index has fewer or more items of it than it recorded
	IndexVersion    ProblemKind = "index-version"    // ledger and index, or the index with itself, do not agree on whether it is superseded
	IndexUnknown    ProblemKind = "index-unknown"    // a disclosure that no ledger entry names
	LetterMissing   ProblemKind = "letter-missing"   // rejected or failed by the ledger, without a dead letter
	LetterUnknown   ProblemKind = "letter-unknown"   // a dead letter that no ledger entry goes with
)

// A Problem is one disagreement.
type Problem struct {
	Kind     ProblemKind `json:"kind"`
	ID       string      `json:"id"` // of the ledger entry, the blob or the disclosure
	FileName string      `json:"file_name,omitempty"`
	Detail   string      `json:"detail"`
	Remedy   string      `json:"remedy"`
}

// A Report is what Verify found. It is well if there are no Problems.
type Report struct {
	Problems    []Problem             `json:"problems"`
	States      map[schemas.State]int `json:"states"` // files in the ledger
	Files       int                   `json:"files"`  // the sum of States
	Jobs        int                   `json:"jobs"`   // messages on the stream
	Blobs       int                   `json:"blobs"`
	Disclosures int                   `json:"disclosures"`
	DeadLetters int                   `json:"dead_letters"`
	NoQueue     bool                  `json:"no_queue,omitempty"` // neither jobs nor dead letters were looked at
}

// VerifyParts are what Verify compares with the queue. Blobs that also have a method Get are read and checked if Deep is set.
type VerifyParts struct {
	Ledger  Ledger
	Entries EntryLister
	Blobs   BlobLister
	Index   Holdings
	Deep    bool          // read every blob and check its digest
	Limit   int64         // of a blob, in bytes, when reading; default 1 GiB
	Pause   time.Duration // before looking again at what seems not to agree; default 2 s: an index shows after a second what it has stored
}

// Verify holds stream, blobs, ledger and index against each other and lists each disagreement with what to do. It may run
// while workers do: a disagreement is what is seen twice, with a pause and the same ledger entry. It changes nothing; Repair
// does. Without a queue (nil: another process has it) it compares the others, and Report.NoQueue is set.
func Verify(ctx context.Context, lg *zap.Logger, q *Queue, parts VerifyParts) (Report, error) {
	orDefault(&parts.Limit, 1<<30)
	orDefault(&parts.Pause, 2*time.Second)
	first, err := look(ctx, lg, q, parts, nil)
	if err != nil || len(first.report.Problems) == 0 {
		return first.report, err
	}
	if !pause(ctx, parts.Pause) {
		return first.report, ctx.Err()
	}
	second, err := look(ctx, lg, q, parts, first)
	if err != nil {
		return first.report, err
	}
	second.report.Problems = slices.DeleteFunc(second.report.Problems, func(p Problem) bool { return !first.saw(p, second) })
	slices.SortFunc(second.report.Problems, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return second.report, nil
}

// look compares everything once. Of the second time, with what the first one found, it reads only blobs that were damaged.
func look(ctx context.Context, lg *zap.Logger, q *Queue, parts VerifyParts, before *verification) (*verification, error) {
	v := &verification{
		q: q, parts: parts, rec: recorder{lg: lg, ledger: parts.Ledger}, before: before,
		report:  Report{States: map[schemas.State]int{}, Problems: []Problem{}},
		entries: map[string]schemas.Entry{}, byBlob: map[string]string{}, byDoc: map[string]string{},
	}
	// The ledger is read first: everything that an entry promises was stored before the entry.
	steps := []func(context.Context) error{v.readLedger, v.checkJobs, v.checkLetters, v.checkBlobs, v.checkIndex}
	if q == nil {
		v.report.NoQueue = true
		steps = []func(context.Context) error{v.readLedger, v.checkBlobs, v.checkIndex}
	}
	// An index that shows only after a while what it has stored is asked to show it.
	if r, ok := parts.Entries.(interface{ Refresh(context.Context) error }); ok {
		if err := r.Refresh(ctx); err != nil {
			return v, fmt.Errorf("verify: %w", err)
		}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return v, fmt.Errorf("verify: %w", err)
		}
	}
	return v, nil
}

// A verification is one look at everything.
type verification struct {
	q       *Queue
	parts   VerifyParts
	rec     recorder
	report  Report
	before  *verification            // the first look, where this is the second
	entries map[string]schemas.Entry // by id
	byBlob  map[string]string        // ids by the bytes' digest
	byDoc   map[string]string        // ids by the disclosure's id
}

// saw reports whether this look found the same problem as a later one, with the same entry.
func (v *verification) saw(p Problem, later *verification) bool {
	if !slices.ContainsFunc(v.report.Problems, func(q Problem) bool { return q.Kind == p.Kind && q.ID == p.ID }) {
		return false
	}
	a, b := v.entries[p.ID], later.entries[p.ID]
	return a.State == b.State && a.QueuedAt.Equal(b.QueuedAt) && a.Deliveries == b.Deliveries
}

func (v *verification) found(kind ProblemKind, e schemas.Entry, remedy, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{
		Kind: kind, ID: e.ID, FileName: e.FileName, Detail: fmt.Sprintf(format, args...), Remedy: remedy,
	})
}

func (v *verification) foundUnknown(kind ProblemKind, id, remedy, format string, args ...any) {
	v.found(kind, schemas.Entry{ID: id}, remedy, format, args...)
}

func (v *verification) readLedger(ctx context.Context) error {
	return v.parts.Entries.Entries(ctx, nil, func(e schemas.Entry) error {
		if old, ok := v.entries[e.ID]; ok { // a listing by pages may give one twice
			v.report.States[old.State]--
		}
		e.Claims = nil // not needed, and there may be a million
		v.entries[e.ID] = e
		v.report.States[e.State]++
		v.report.Files = len(v.entries)
		if e.SHA256 != "" {
			v.byBlob[e.SHA256] = e.ID
			v.byDoc[schemas.DisclosureID(e.SHA256)] = e.ID
		}
		return nil
	})
}

// sorted gives the ids of the entries in order, so that a report is the same every time.
func (v *verification) sorted() []string {
	ids := make([]string, 0, len(v.entries))
	for id := range v.entries {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (v *verification) checkJobs(ctx context.Context) error {
	onStream := map[string]bool{}
	err := v.q.scanJobs(ctx, func(id string) {
		onStream[id] = true
		v.report.Jobs++
	})
	if err != nil {
		return err
	}
	for _, id := range v.sorted() {
		e := v.entries[id]
		if e.State.Final() || onStream[id] || fresh(e) {
			continue
		}
		v.found(JobLost, e, "yusuan verify --repair, or start a worker: either publishes the job again",
			"the ledger has it as %s since %s, and no job is on the stream", e.State, e.QueuedAt.Format(time.DateTime))
	}
	return nil
}

func (v *verification) checkLetters(ctx context.Context) error {
	letters := map[string]bool{}
	l := &DeadLetters{lg: v.rec.lg, q: v.q, rec: v.rec, entries: v.parts.Entries}
	err := l.scan(ctx, func(d DeadLetter) error {
		letters[d.ID] = true
		v.report.DeadLetters++
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range v.sorted() {
		e := v.entries[id]
		if e.State.Unread() && !letters[id] && !e.Dropped() {
			v.found(LetterMissing, e, rereads+"; or yusuan deadletter drop "+id,
				"the ledger has it as %s (%s), and its dead letter is gone", e.State, e.Message)
		}
		delete(letters, id)
	}
	for id := range letters {
		v.foundUnknown(LetterUnknown, id, "publish the file again", "a dead letter that no ledger entry goes with")
	}
	return nil
}

func (v *verification) checkBlobs(ctx context.Context) error {
	kept := map[string]bool{}
	err := v.parts.Blobs.List(ctx, func(digest string) error {
		kept[digest] = true
		return nil
	})
	if err != nil {
		return err
	}
	v.report.Blobs = len(kept)
	for _, id := range v.sorted() {
		e := v.entries[id]
		switch {
		case e.SHA256 == "":
		case !kept[e.SHA256] && !e.State.Final() && e.ID != e.SHA256: // being fetched
		case !kept[e.SHA256]:
			v.found(BlobMissing, e, "ingest the file again", "its bytes (%s) are not in the blob store", e.SHA256)
		case v.parts.Deep && (v.before == nil || v.before.saw(Problem{Kind: BlobDamaged, ID: id}, v)):
			v.readBlob(ctx, e)
		}
	}
	for digest := range kept {
		if v.byBlob[digest] == "" {
			v.foundUnknown(BlobUnknown, digest, "ingest the file again; or "+rereads, "bytes that no ledger entry names")
		}
	}
	return nil
}

// readBlob reads the bytes: the blob store checks their digest.
func (v *verification) readBlob(ctx context.Context, e schemas.Entry) {
	reader, ok := v.parts.Blobs.(interface {
		Get(ctx context.Context, digest string, limit int64) ([]byte, error)
	})
	if !ok {
		return
	}
	if _, err := reader.Get(ctx, e.SHA256, v.parts.Limit); err != nil {
		v.found(BlobDamaged, e, "ingest the file again", "%v", err)
	}
}

func (v *verification) checkIndex(ctx context.Context) error {
	kept := map[string]Holding{}
	err := v.parts.Index.Holdings(ctx, func(h Holding) error {
		kept[h.DisclosureID] = h
		e := v.entries[v.byDoc[h.DisclosureID]]
		switch {
		case e.ID == "":
			v.foundUnknown(IndexUnknown, h.DisclosureID, "ingest the file again", "a disclosure that no ledger entry names")
		case !e.State.Final(): // it is being stored
		case h.Expected != h.Actual:
			v.found(IndexIncomplete, e, rereads, "disclosure %s has %d items in the index, and should have %d", h.DisclosureID, h.Actual, h.Expected)
		case h.Strays > 0:
			v.found(IndexVersion, e, rereads, "%d items of disclosure %s are not marked as its record is: newest version %v", h.Strays, h.DisclosureID, h.Current)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.report.Disclosures = len(kept)
	for _, id := range v.sorted() {
		v.checkHolding(v.entries[id], kept)
	}
	return nil
}

// rereads is the remedy of what reading the file again mends.
const rereads = "yusuan verify --repair has the file read again"

// checkHolding compares an entry with what the index has.
func (v *verification) checkHolding(e schemas.Entry, kept map[string]Holding) {
	h, found := kept[e.DisclosureID]
	switch e.State {
	case schemas.Indexed, schemas.Unchanged, schemas.Superseded:
	default:
		return
	}
	switch {
	case e.State == schemas.Superseded && e.DisclosureID == "": // never indexed, and its URL has another file now
	case !found:
		v.found(IndexMissing, e, rereads, "the ledger has it as %s, and the index has no disclosure %s", e.State, cmp.Or(e.DisclosureID, "of its"))
	case h.Current == (e.State == schemas.Superseded):
		v.found(IndexVersion, e, rereads, "the ledger has it as %s, and the index has it as newest version: %v", e.State, h.Current)
	}
}
