// Package sandbox runs work on strangers' files in child processes of the same binary, under a deadline and a memory limit,
// so that a file which hangs, eats memory or crashes its reader costs only its own child. It knows nothing of PDFs: a
// request and its reply are bytes. It does not take rights away from the child (no seccomp, no user switch).
//
// The parent side is Pool.Do, the child side Serve. They talk over the child's stdin and stdout in frames (wire.go).
package sandbox

import (
	"encoding/json"
	"errors"
	"time"
)

// A Request is one file to work on.
type Request struct {
	Name    string          // for messages and logs
	Digest  string          // of Data, for logs; may be ""
	Data    []byte          // the file
	Options json.RawMessage // for the handler; may be nil
}

// Config sets up a Pool. Zero fields take their defaults.
type Config struct {
	// Command is the argv of the child, which must call Serve on its stdin and stdout and write nothing else to stdout.
	Command []string
	// Env is the child's environment as KEY=VALUE; nil means the parent's.
	Env []string
	// Size is how many children work at once; default 1.
	Size int
	// Deadline is the processor time that a file may take beside its pages; default 5 s. Where processor time cannot be
	// measured (not Linux), and against sleepers, wall time counts, Patience times as long: a busy machine must not turn
	// into a fact about a document.
	Deadline time.Duration
	// PerPage is added to Deadline for each page that the child reports; default 200 ms.
	PerPage time.Duration
	// Stall is the processor time that one page may take; default 20 s. It ends a file of many pages that hangs on one.
	Stall time.Duration
	// Warmup is added to Deadline for the first file of each child, and for the one during which it calls Warming; default
	// 10 s.
	Warmup time.Duration
	// Patience is how much longer than the processor time the wall time may be; default 5.
	Patience int
	// Start is the wall time that a child may take until it is ready; default 60 s.
	Start time.Duration
	// Memory is the resident memory of a child in bytes above which it is killed; default 1 GiB.
	Memory int64
	// MaxFiles is how many files a child works on before it is replaced; default 500.
	MaxFiles int
	// MaxReply bounds a reply in bytes; default 256 MiB.
	MaxReply int
	// Observer is told of the children; the zero value is told nothing.
	Observer Observer
}

// or returns c with zero fields set to their defaults.
func (c Config) or() Config {
	set := func(p *time.Duration, v time.Duration) {
		if *p == 0 {
			*p = v
		}
	}
	set(&c.Deadline, 5*time.Second)
	set(&c.PerPage, 200*time.Millisecond)
	set(&c.Stall, 20*time.Second)
	set(&c.Warmup, 10*time.Second)
	set(&c.Start, time.Minute)
	if c.Size == 0 {
		c.Size = 1
	}
	if c.Patience == 0 {
		c.Patience = 5
	}
	if c.Memory == 0 {
		c.Memory = 1 << 30
	}
	if c.MaxFiles == 0 {
		c.MaxFiles = 500
	}
	if c.MaxReply == 0 {
		c.MaxReply = 256 << 20
	}
	return c
}

// ErrClosed is returned by Do after Close.
var ErrClosed = errors.New("sandbox: pool is closed")
