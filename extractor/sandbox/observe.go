package sandbox

import (
	"context"
	"errors"

	"yusuan/schemas"
)

// An Ending says why a child ended.
type Ending string

// The endings.
const (
	TimedOut    Ending = "timeout"   // killed: its file took too long
	OutOfMemory Ending = "memory"    // killed, or dead: its file took too much memory
	Crashed     Ending = "crash"     // its file made it crash
	Worn        Ending = "worn"      // replaced after Config.MaxFiles files
	Bloated     Ending = "bloated"   // replaced: it held much memory after its file
	Cancelled   Ending = "cancelled" // killed: nobody waits for its file any more
	Closed      Ending = "closed"    // the pool was closed
	Lost        Ending = "lost"      // not for its file: ended from outside, did not get ready, made no sense
)

// An Observer is told of a pool's children. Each function may be nil; they are called from many goroutines, and must return at
// once. Each child that started ends once.
type Observer struct {
	Started func()
	Ended   func(Ending)
}

func (o Observer) started() {
	if o.Started != nil {
		o.Started()
	}
}

func (o Observer) ended(why Ending) {
	if o.Ended != nil {
		o.Ended(why)
	}
}

// ending says why the child is not kept after the job, which gave err.
func (j *job) ending(err error) Ending {
	if j.done {
		switch {
		case !j.child.alive():
			return j.child.gone()
		case j.child.files >= j.pool.cfg.MaxFiles:
			return Worn
		}
		return Bloated
	}
	if r := schemas.AsRejection(err); r != nil {
		switch r.Code {
		case schemas.Timeout:
			return TimedOut
		case schemas.Memory:
			return OutOfMemory
		}
		return Crashed
	}
	if errors.Is(err, errEarly) {
		return j.child.gone()
	}
	return cutOff(err)
}

// gone says why a child ended that had nothing to do: one that rejected its last file as damaged may have panicked over it, which
// it answers before it ends.
func (c *child) gone() Ending {
	if c.damaged {
		return Crashed
	}
	return Lost
}

// cutOff tells a child that nobody wants any more from one that failed.
func cutOff(err error) Ending {
	switch {
	case errors.Is(err, ErrClosed):
		return Closed
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Cancelled
	}
	return Lost
}
