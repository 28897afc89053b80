package worker

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// settling is how old an entry must be before a missing message is taken for lost: a publisher writes the entry first, and
// may be between the two.
const settling = 10 * time.Second

// fresh reports whether the entry was queued just now. One from the future was by a machine whose clock is wrong.
func fresh(e schemas.Entry) bool { return time.Since(e.QueuedAt).Abs() < settling }

// Recover finds files that the ledger has as queued or being worked on while no job of theirs is on the stream, and publishes
// them again. That is what a publisher leaves that died between the two, or a server that lost its files. It returns
// how many there were. To be called when a program starts, and any time later.
func Recover(ctx context.Context, lg *zap.Logger, q *Queue, ledger Ledger, entries EntryLister) (int, error) {
	lost, err := orphans(ctx, q, entries)
	if err != nil {
		return 0, fmt.Errorf("recover: %w", err)
	}
	rec := recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}
	n := 0
	for _, id := range lost {
		done, err := republish(ctx, q, rec, id)
		if err != nil {
			return n, fmt.Errorf("recover: %w", err)
		}
		if done {
			n++
		}
	}
	return n, nil
}

// orphans gives the ids of the entries that are not final, not fresh, and have no message. Reading the ledger first makes sure that a
// job published in the meantime is seen on the stream; one settled in the meantime may be among them.
func orphans(ctx context.Context, q *Queue, entries EntryLister) ([]string, error) {
	var waiting []string // and not the entries, of which there may be very many
	err := entries.Entries(ctx, []schemas.State{schemas.Queued, schemas.Working}, func(e schemas.Entry) error {
		if !fresh(e) {
			waiting = append(waiting, e.ID)
		}
		return nil
	})
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	// Of ids on the stream, too, there may be very many: their hashes will do. A lost job whose hash is by chance that of another is
	// found the next time, with another seed.
	seed, onStream := maphash.MakeSeed(), map[uint64]struct{}{}
	if err := q.scanJobs(ctx, func(id string) { onStream[maphash.String(seed, id)] = struct{}{} }); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(waiting, func(id string) bool {
		_, there := onStream[maphash.String(seed, id)]
		return there
	}), nil
}

// republish puts the job of an entry on the stream again, unless it was settled in the meantime.
func republish(ctx context.Context, q *Queue, rec recorder, id string) (bool, error) {
	e, found, err := rec.entry(ctx, id)
	if err != nil || !found || e.State.Final() {
		return false, err
	}
	job := jobOf(e)
	if job.Validate() != nil { // a message that was no job, removed before its dead letter was written
		finished := rec.now()
		e.State, e.Code, e.FinishedAt, e.Parser = schemas.Rejected, schemas.BadJob, &finished, schemas.ParserVersion
		return true, rec.put(ctx, e)
	}
	if err := rec.put(ctx, queuedEntry(e, job, 0, rec.now())); err != nil {
		return false, err
	}
	if err := q.publishJob(ctx, job, plainMsgID(job)); err != nil {
		return false, err
	}
	rec.lg.Warn("job was not on the stream, published again", fileFields(e)...)
	return true, nil
}

// Repair queues again the files of those problems that reading them anew mends: a lost job, bytes that their URL still gives,
// items missing in the index, a missing dead letter, bytes that nobody asked to read. It returns how many there were; the others need what Problem.Remedy says.
func Repair(ctx context.Context, lg *zap.Logger, q *Queue, ledger Ledger, problems []Problem) (int, error) {
	rec := recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}
	n := 0
	for _, p := range problems {
		e, found, err := rec.entry(ctx, p.ID)
		if err != nil {
			return n, fmt.Errorf("repair: %w", err)
		}
		job := jobOf(e)
		if p.Kind == BlobUnknown && !found { // a publisher died before it had written the entry
			job, found = schemas.Job{ID: p.ID, Blob: schemas.BlobPrefix + p.ID}, true
		}
		if !found || !p.mendable(job) {
			continue
		}
		if err := rec.put(ctx, forget(queuedEntry(e, job, 0, rec.now()))); err != nil {
			return n, fmt.Errorf("repair: %w", err)
		}
		if err := q.publishJob(ctx, job, freshMsgID(job)); err != nil {
			return n, fmt.Errorf("repair: %w", err)
		}
		if e.ID == "" {
			e.ID = p.ID
		}
		lg.Info("queued again", append(fileFields(e), zap.String("problem", string(p.Kind)))...)
		n++
	}
	return n, nil
}

// mendable reports whether reading the job's file again mends the problem.
func (p Problem) mendable(job schemas.Job) bool {
	if job.Validate() != nil {
		return false
	}
	switch p.Kind {
	case JobLost, BlobUnknown, IndexMissing, IndexIncomplete, IndexVersion, LetterMissing:
		return true
	case BlobMissing, BlobDamaged:
		return job.URL != ""
	}
	return false
}
