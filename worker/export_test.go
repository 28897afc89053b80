package worker

import (
	"context"
	"time"
)

// Hasten has the tracker look for lost jobs after d without a change.
func (t *Tracker) Hasten(d time.Duration) { t.quiet = d }

// PurgeSettled removes messages up to the floor, as opening the consumer does.
func (q *Queue) PurgeSettled(ctx context.Context, floor uint64) error {
	return q.purgeSettled(ctx, floor)
}
