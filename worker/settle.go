package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// settleTimeout is how long an answer to the queue may take. An answer that is lost leads to a redelivery, which finds the
// ledger's entry.
const settleTimeout = 10 * time.Second

// settle ends the delivery by what run gave. The order is what nothing is lost by: index, dead letter, ledger, queue.
func (d *delivery) settle(ctx context.Context, err error) {
	rejection := schemas.AsRejection(err)
	switch {
	case err == nil:
		d.finish(ctx)
	case rejection != nil:
		d.reject(ctx, rejection)
	case errors.Is(err, errOvertaken):
		d.unrecorded(ctx, err)
	case ctx.Err() != nil || errors.Is(err, errDrained):
		d.handBack(err)
	case busy(err) > 0:
		d.putOff(ctx, err)
	case d.tries >= d.w.cfg.MaxDeliver:
		d.giveUp(ctx, err)
	default:
		d.retry(ctx, err)
	}
}

// finish acks what is in the index.
func (d *delivery) finish(ctx context.Context) {
	if err := d.recordFinal(ctx); err != nil {
		d.unrecorded(ctx, err)
		return
	}
	if err := d.noteVersions(ctx); err != nil {
		d.handBackSettled(err)
		return
	}
	d.lg.Info("done", zap.String(keyState, string(d.entry.State)), zap.Int(keyPages, d.entry.Pages), d.took())
	d.ack(ctx)
}

// unrecorded ends a delivery whose entry was not written, by what record gave.
func (d *delivery) unrecorded(ctx context.Context, err error) {
	if !errors.Is(err, errOvertaken) {
		d.handBack(err)
		return
	}
	d.lg.Info("settled by another worker", zap.String(keyState, string(d.entry.State)))
	d.finishAgain(ctx)
}

// finishAgain acks what was settled before, by a worker that may have died before it had noted the versions.
func (d *delivery) finishAgain(ctx context.Context) {
	if err := d.noteVersions(ctx); err != nil {
		d.handBackSettled(err)
		return
	}
	d.ack(ctx)
}

// handBackSettled gives the message to another worker, which finds in the ledger that its file is settled.
func (d *delivery) handBackSettled(cause error) {
	d.lg.Info("handed back", zap.Error(cause))
	d.settled(d.msg.Nak(), "hand back")
}

// reject buries a fact about the document.
func (d *delivery) reject(ctx context.Context, r *schemas.Rejection) {
	state := schemas.Rejected
	if r.Code == schemas.NeedsOCR {
		state = schemas.OCRNeeded
	}
	d.bury(ctx, state, d.letter(r.Code, r.Message, r.Page))
}

// giveUp buries a job after its last delivery.
func (d *delivery) giveUp(ctx context.Context, cause error) {
	d.bury(ctx, schemas.Failed, d.letter(FailedCode, fmt.Sprintf("given up after %d tries: %v", d.tries, cause), 0))
}

// bury stores the dead letter, then the entry, then takes the message off the stream.
func (d *delivery) bury(ctx context.Context, state schemas.State, l DeadLetter) {
	if err := d.look(ctx); err != nil { // no letter where record would write no entry
		d.unrecorded(ctx, err)
		return
	}
	msgID := fmt.Sprintf("%s.%d", l.ID, d.sequence) // one letter for one message, however often this is cut off
	if err := d.w.q.bury(ctx, l, msgID); err != nil {
		d.unburied(ctx, err)
		return
	}
	e := d.entry
	e.State, e.Code, e.Message, e.Page, e.DisclosureID = state, l.Code, l.Message, l.Page, ""
	if state == schemas.Failed {
		e.Code = "" // nothing is known about the document
	}
	d.entry = e
	if err := d.recordFinal(ctx); err != nil {
		d.unrecorded(ctx, err)
		return
	}
	fields := []zap.Field{zap.String(keyState, string(state)), zap.String(keyCode, string(l.Code)), zap.String("message", l.Message), d.took()}
	if l.Page > 0 {
		fields = append(fields, zap.Int(keyPage, l.Page))
	}
	d.lg.Warn("not indexed", fields...)
	d.settled(d.msg.Term(), "term") // without a reason: servers before 2.10.4 take none, and the dead letter has it
}

// unburied keeps a job on the stream whose dead letter could not be stored, which is no try of it. The entry of one that kills its
// workers stays as it is: it is not to be begun again.
func (d *delivery) unburied(ctx context.Context, cause error) {
	if ctx.Err() != nil {
		d.handBack(cause)
		return
	}
	d.lg.Error("dead letter not stored, the job stays on the stream", zap.Error(cause))
	if !d.fatal() {
		d.requeue(oneLine(cause.Error()))
		d.entry.Deliveries = d.tries - 1
		if _, err := d.record(ctx); err != nil {
			d.unrecorded(ctx, err)
			return
		}
	}
	d.nak(jitter(d.delayAfter(d.count)))
}

// retry puts the job off.
func (d *delivery) retry(ctx context.Context, cause error) {
	wait := jitter(max(d.delayAfter(d.tries), retryAfter(cause)))
	d.requeue(oneLine(cause.Error()))
	if _, err := d.record(ctx); err != nil {
		d.unrecorded(ctx, err)
		return
	}
	d.w.parts.Observer.putBack(true)
	d.lg.Warn("not done, trying again later", zap.Duration(keyWait, wait), zap.Error(cause))
	d.nak(wait)
}

// putOff gives the job back until its server has time for it, or the index takes disclosures again. That is no try: the queue
// counts it, the ledger does not, so that a file never is given up for the number of others on the same server, or for an
// index that is full.
func (d *delivery) putOff(ctx context.Context, cause error) {
	wait := busy(cause)
	d.requeue(oneLine(cause.Error()))
	d.entry.Deliveries = d.tries - 1
	if _, err := d.record(ctx); err != nil {
		d.unrecorded(ctx, err)
		return
	}
	d.lg.Debug("put off", zap.Duration(keyWait, wait), zap.Error(cause))
	d.nak(wait)
}

// busy is how long the error asks to wait for what is no fault of the file's, or 0.
func busy(err error) time.Duration {
	var waits interface{ Busy() time.Duration }
	if errors.As(err, &waits) {
		return waits.Busy()
	}
	return 0
}

// delayAfter is how long the job waits for its next try after so many.
func (d *delivery) delayAfter(tries int) time.Duration {
	delays := d.w.cfg.Delays
	return delays[min(max(tries, 1), len(delays))-1]
}

// maxRetryAfter bounds what a publisher's server may ask for.
const maxRetryAfter = time.Hour

// retryAfter is how long the error asks to wait, or 0.
func retryAfter(err error) time.Duration {
	var asks interface{ RetryAfter() time.Duration }
	if errors.As(err, &asks) {
		return min(asks.RetryAfter(), maxRetryAfter)
	}
	return 0
}

// handBack gives the job to another worker at once, because this one stops, which is no try. The ledger is told if it can be: a
// job that it knows as queued has not killed its worker. One that has, again and again, is not to be begun by the next.
func (d *delivery) handBack(cause error) {
	d.w.parts.Observer.putBack(false)
	d.lg.Info("handed back", zap.Error(cause))
	if d.entry.ID != "" && !d.fatal() { // else the ledger was not even read
		d.requeue("handed back: " + cause.Error())
		d.entry.Deliveries = d.tries - 1
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.stop), settleTimeout/2)
		defer cancel()
		if err := d.recordOnce(ctx); err != nil && !errors.Is(err, errOvertaken) {
			d.lg.Warn("handed back without a note in the ledger", zap.Error(err))
		}
	}
	d.settled(d.msg.Nak(), "hand back")
}

// requeue makes the entry that of a job still to be done: with nothing of what this try has found out, since that would let the
// next one take the file for read.
func (d *delivery) requeue(message string) {
	e := d.entry
	e.State, e.Message, e.StartedAt, e.FinishedAt = schemas.Queued, message, nil, nil
	e.Code, e.Page, e.Parser, e.Delivery = "", 0, d.before.Parser, d.before.Delivery
	if e.DisclosureID != d.before.DisclosureID {
		e.DisclosureID = ""
	}
	d.entry = e
}

// recordFinal writes the entry as the last word of this parser.
func (d *delivery) recordFinal(ctx context.Context) error {
	finished := d.w.rec.now()
	d.entry.FinishedAt, d.entry.Parser, d.entry.Delivery = &finished, schemas.ParserVersion, d.name()
	_, err := d.record(ctx)
	if err == nil {
		d.w.parts.Observer.finished(d.entry)
	}
	return err
}

// took is how long this delivery has been worked on.
func (d *delivery) took() zap.Field {
	if d.entry.StartedAt == nil {
		return zap.Skip()
	}
	return zap.Duration(keyTook, time.Since(*d.entry.StartedAt).Round(time.Millisecond))
}

// ack takes the message off the stream and waits for the server to say so.
func (d *delivery) ack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	d.settled(d.msg.DoubleAck(ctx), "ack")
}

func (d *delivery) nak(wait time.Duration) { d.settled(d.msg.NakWithDelay(wait), "nak") }

func (d *delivery) settled(err error, how string) { settled(d.lg, err, how) }

// settled logs an answer that did not get through. Nothing else is to be done: the message comes again, and the ledger knows.
func settled(lg *zap.Logger, err error, how string) {
	if err != nil {
		lg.Warn("queue not told, the message will come again", zap.String("answer", how), zap.Error(err))
	}
}
