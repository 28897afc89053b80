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
}

// VerifyParts are what Verify compares with the queue. Blobs that also have a method Get are read and checked if Deep is set.
type VerifyParts struct {
	Ledger  Ledger
	Entries EntryLister
	Blobs   BlobLister
	Index   Holdings
	Deep    bool  // read every blob and check its digest
	Limit   int64 // of a blob, in bytes, when reading; default 1 GiB
}

// Verify holds stream, blobs, ledger and index against each other and lists each disagreement with what to do. It may run
// while workers do: what is seen twice and has not changed in between is a disagreement, a file on its way is none. It
// changes nothing; Repair does.
func Verify(ctx context.Context, lg *zap.Logger, q *Queue, parts VerifyParts) (Report, error) {
	if parts.Limit <= 0 {
		parts.Limit = 1 << 30
	}
	v := &verification{
		q: q, parts: parts, rec: recorder{lg, parts.Ledger, q.nc, q.names},
		report: Report{States: map[schemas.State]int{}, Problems: []Problem{}},
	}
	// The ledger is read first. Everything that an entry promises was stored before the entry, so that it is there when
	// it is looked for after; what is stored later belongs to entries that are looked up once more.
	for _, step := range []func(context.Context) error{v.readLedger, v.checkJobs, v.checkLetters, v.checkBlobs, v.checkIndex, v.settle} {
		if err := step(ctx); err != nil {
			return v.report, fmt.Errorf("verify: %w", err)
		}
	}
	return v.report, nil
}

// A verification is the state of Verify.
type verification struct {
	q       *Queue
	parts   VerifyParts
	rec     recorder
	report  Report
	entries map[string]schemas.Entry // by id
	byBlob  map[string]string        // ids by the bytes' digest
	byDoc   map[string]string        // ids by the disclosure's id
	unknown bool                     // something was found that no entry names
}

func (v *verification) found(kind ProblemKind, e schemas.Entry, remedy, format string, args ...any) {
	v.report.Problems = append(v.report.Problems, Problem{
		Kind: kind, ID: e.ID, FileName: e.FileName, Detail: fmt.Sprintf(format, args...), Remedy: remedy,
	})
}

func (v *verification) foundUnknown(kind ProblemKind, id, remedy, format string, args ...any) {
	v.unknown = true
	v.found(kind, schemas.Entry{ID: id}, remedy, format, args...)
}

func (v *verification) readLedger(ctx context.Context) error {
	v.entries, v.byBlob, v.byDoc = map[string]schemas.Entry{}, map[string]string{}, map[string]string{}
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
		if e.State.Final() || onStream[id] || time.Since(e.QueuedAt) < settling {
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
		if slices.Contains(unread(), e.State) && !letters[id] && !Dropped(e) {
			v.found(LetterMissing, e, "yusuan verify --repair reads the file again; or yusuan deadletter drop "+id,
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
		case !kept[e.SHA256]:
			v.found(BlobMissing, e, "ingest the file again", "its bytes (%s) are not in the blob store", e.SHA256)
		case v.parts.Deep:
			v.readBlob(ctx, e)
		}
	}
	for digest := range kept {
		if v.byBlob[digest] == "" {
			v.foundUnknown(BlobUnknown, digest, "ingest the file again, or remove the blob", "bytes that no ledger entry names")
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
	kept := map[string]bool{}
	err := v.parts.Index.Holdings(ctx, func(id string, expected, actual int64) error {
		kept[id] = true
		e := v.entries[v.byDoc[id]]
		switch {
		case e.ID == "":
			v.foundUnknown(IndexUnknown, id, "ingest the file again", "a disclosure that no ledger entry names")
		case expected != actual:
			v.found(IndexIncomplete, e, "yusuan verify --repair reads the file again",
				"disclosure %s has %d items in the index, and should have %d", id, actual, expected)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.report.Disclosures = len(kept)
	for _, id := range v.sorted() {
		e := v.entries[id]
		stored := e.State == schemas.Indexed || e.State == schemas.Unchanged || e.State == schemas.Superseded
		if stored && !kept[e.DisclosureID] {
			v.found(IndexMissing, e, "yusuan verify --repair reads the file again",
				"the ledger has it as %s, and the index has no disclosure %s", e.State, cmp.Or(e.DisclosureID, "of its"))
		}
	}
	return nil
}

// settle drops what changed while it was looked at, and puts the rest in order.
func (v *verification) settle(ctx context.Context) error {
	before, problems := v.entries, v.report.Problems
	if v.unknown { // entries may have come since
		report := v.report
		v.report = Report{States: map[schemas.State]int{}}
		err := v.readLedger(ctx)
		v.report = report
		if err != nil {
			return err
		}
	}
	kept := problems[:0]
	for _, p := range problems {
		changed, err := v.changed(ctx, p, before)
		if err != nil {
			return err
		}
		if !changed {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, func(a, b Problem) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	v.report.Problems = kept
	return nil
}

// changed reports whether the problem was one of a moment only.
func (v *verification) changed(ctx context.Context, p Problem, before map[string]schemas.Entry) (bool, error) {
	switch p.Kind {
	case BlobUnknown:
		return v.byBlob[p.ID] != "", nil
	case IndexUnknown:
		return v.byDoc[p.ID] != "", nil
	case LetterUnknown:
		_, ok := v.entries[p.ID]
		return ok, nil
	}
	e, found, err := v.rec.entry(ctx, p.ID)
	if err != nil {
		return false, err
	}
	old := before[p.ID]
	return !found || e.State != old.State || !e.QueuedAt.Equal(old.QueuedAt) || e.Deliveries != old.Deliveries, nil
}
