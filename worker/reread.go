package worker

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// Reread queues every settled file again whose bytes or URL are known: those that an older parser has read, or all of them.
// What was read stays in the index until it is replaced. Dropped ones are left alone. It returns how many there were.
func Reread(ctx context.Context, lg *zap.Logger, q *Queue, ledger Ledger, entries EntryLister, all bool) (int, error) {
	rec := recorder{lg: lg, ledger: ledger, nc: q.nc, names: q.names}
	final := []schemas.State{schemas.Indexed, schemas.Unchanged, schemas.Superseded, schemas.OCRNeeded, schemas.Rejected, schemas.Failed}
	n := 0
	err := entries.Entries(ctx, final, func(e schemas.Entry) error {
		if e.Dropped() || !all && e.Parser >= schemas.ParserVersion {
			return nil
		}
		job := jobOf(e)
		if job.Blob == "" && e.SHA256 != "" {
			job.Blob = schemas.BlobPrefix + e.SHA256 // what was read then, and not what the URL has now
		}
		if job.Validate() != nil {
			return nil // a message that was no job
		}
		if err := rec.put(ctx, forget(queuedEntry(e, job, 0, rec.now()))); err != nil {
			return err
		}
		if err := q.publishJob(ctx, job, freshMsgID(job)); err != nil {
			return err
		}
		n++
		return nil
	})
	if err != nil {
		return n, fmt.Errorf("read again: %w", err)
	}
	return n, nil
}
