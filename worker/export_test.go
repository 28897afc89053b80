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

// A TracingForTest makes the spans of a job.
type TracingForTest struct{ tracing }

// NewTracingForTest is what a queue with this tracing has.
func NewTracingForTest(t Tracing) TracingForTest { return TracingForTest{newTracing(t)} }

// Job makes the spans that a job has.
func (t TracingForTest) Job(ctx context.Context) {
	ctx, span := t.process(ctx, nil, "yusuan.jobs")
	for _, s := range []Stage{FetchStage, ExtractStage, IndexStage, SettleStage} {
		_, span := t.stage(ctx, s)
		end(span, nil)
	}
	end(span, nil)
}
