package source

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The numbers of turns. A host's requests follow each other, each a delay after the end of the one before, as crawlers do
// (wget --wait, Scrapy's DOWNLOAD_DELAY with one request per domain).
const (
	turnWait  = 2 * time.Second  // a fetch waits this long for its turn if it is the next; else its worker has better to do
	turnLimit = 5 * time.Minute  // the longest time that a fetch is put off; then it asks again
	turnTaken = 10 * time.Second // the longest that a request is expected to take when others are put off
)

// hosts gives out turns. The zero value with a delay is ready; with none, nobody waits.
type hosts struct {
	delay time.Duration

	mu    sync.Mutex
	known map[string]*host
}

// A host is what is known of a server that was asked lately.
type host struct {
	running  bool
	waiting  bool      // somebody waits for the delay to pass
	free     time.Time // when the next request may begin
	taken    time.Duration
	promised time.Time // until when turns were promised to those who were put off
}

// A turn is the right to ask one host, until end.
type turn struct {
	all   *hosts
	name  string
	begun time.Time
	rest  time.Duration // for which the server asked to be left alone
}

// A BusyError says that a host has others to answer first. It is no failure: the URL is to be fetched in a while.
type BusyError struct {
	Host string
	wait time.Duration
}

// Error names the host.
func (e *BusyError) Error() string { return fmt.Sprintf("waiting for its turn at %s", e.Host) }

// Busy is how long to wait before the next try.
func (e *BusyError) Busy() time.Duration { return e.wait }

// hostOf names the server of a URL: http and https of one name are one.
func hostOf(u *url.URL) string {
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if port := u.Port(); port != "" && port != "80" && port != "443" {
		name += ":" + port
	}
	return name
}

// take gives a turn at the host, waiting for the end of its delay if nobody else does, or a BusyError. Nobody starves: those
// put off come back one after the other.
func (h *hosts) take(ctx context.Context, name string) (*turn, error) {
	if h.delay <= 0 {
		return nil, nil
	}
	h.mu.Lock()
	x := h.host(name)
	now := time.Now()
	gap := x.free.Sub(now)
	if x.running || x.waiting || gap > turnWait {
		defer h.mu.Unlock()
		return nil, &BusyError{name, x.promise(now, h.delay)}
	}
	x.waiting = true
	h.mu.Unlock()
	err := pause(ctx, gap)
	h.mu.Lock()
	defer h.mu.Unlock()
	x.waiting = false
	if err != nil {
		return nil, err
	}
	x.running = true
	return &turn{all: h, name: name, begun: time.Now()}, nil
}

// host gives the host's record, and forgets those that make nobody wait any more. The lock is held.
func (h *hosts) host(name string) *host {
	if x := h.known[name]; x != nil {
		return x
	}
	now := time.Now()
	for n, x := range h.known {
		if !x.running && !x.waiting && x.free.Before(now) && x.promised.Before(now) {
			delete(h.known, n)
		}
	}
	if h.known == nil {
		h.known = map[string]*host{}
	}
	x := &host{}
	h.known[name] = x
	return x
}

// promise gives the time until the first turn that nobody else was promised.
func (x *host) promise(now time.Time, delay time.Duration) time.Duration {
	after := now.Add(max(x.free.Sub(now), 0))
	if x.promised.After(after) {
		after = x.promised
	}
	next := after.Add(delay + min(x.taken, turnTaken))
	if wait := next.Sub(now); wait <= turnLimit {
		x.promised = next
		return wait
	}
	// A line that long is only a guess; they come back apart, not all at once.
	return turnLimit - time.Duration(rand.Int64N(int64(turnLimit/4)))
}

// end gives the turn back. It may be called on nil.
func (t *turn) end() {
	if t == nil {
		return
	}
	t.all.mu.Lock()
	defer t.all.mu.Unlock()
	x := t.all.known[t.name]
	now := time.Now()
	x.running, x.free = false, now.Add(max(t.all.delay, min(t.rest, turnLimit)))
	x.taken = (3*x.taken + now.Sub(t.begun)) / 4
}

// after takes note of an answer that asks to wait, which is about the whole server (429, 503). It may be called on nil.
func (t *turn) after(err error) {
	if busy, ok := errors.AsType[*StatusError](err); ok && t != nil {
		t.rest = busy.RetryAfter()
	}
}

// pause waits, or gives the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
