package worker

import (
	"context"
	"time"

	"yusuan/schemas"
)

// A Stage is one part of the work on a job.
type Stage string

// The stages, in their order.
const (
	FetchStage   Stage = "fetch"   // the bytes: from the blob store, or from the URL
	ExtractStage Stage = "extract" // the PDF is read
	IndexStage   Stage = "index"   // the disclosure is stored
	SettleStage  Stage = "settle"  // ledger, dead letter and queue are told
)

// An Observer is told what a Worker does. Each function may be nil; they are called from many goroutines, and must return at once.
type Observer struct {
	Delivered func(count int)                   // a job is in hand, for the count-th time
	Fetched   func(bytes int64)                 // its bytes are
	Stage     func(s Stage, took time.Duration) // a stage has ended, well or not
	Finished  func(e schemas.Entry)             // the ledger has its final state
	PutBack   func(again bool)                  // the job is on the queue again: for another try, or (false) because this worker stops
}

func (o Observer) delivered(count int) {
	if o.Delivered != nil {
		o.Delivered(count)
	}
}

func (o Observer) fetched(bytes int64) {
	if o.Fetched != nil {
		o.Fetched(bytes)
	}
}

func (o Observer) stage(s Stage, took time.Duration) {
	if o.Stage != nil {
		o.Stage(s, took)
	}
}

func (o Observer) finished(e schemas.Entry) {
	if o.Finished != nil {
		o.Finished(e)
	}
}

func (o Observer) putBack(again bool) {
	if o.PutBack != nil {
		o.PutBack(again)
	}
}

// stage runs one stage within a span of its own, and tells the observer and the pulse.
func (d *delivery) stage(ctx context.Context, s Stage, fn func(context.Context) error) (err error) {
	d.pulse.beat()
	ctx, span := d.w.q.tracing.stage(ctx, s)
	begun := time.Now()
	defer func() { // also where fn panics
		d.w.parts.Observer.stage(s, time.Since(begun))
		end(span, err)
		d.pulse.beat()
	}()
	return fn(ctx)
}

// staged is stage for what gives a value.
func staged[T any](ctx context.Context, d *delivery, s Stage, fn func(context.Context) (T, error)) (T, error) {
	var value T
	err := d.stage(ctx, s, func(ctx context.Context) (err error) {
		value, err = fn(ctx)
		return err
	})
	return value, err
}
