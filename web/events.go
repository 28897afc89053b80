package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/web/access"
)

// Changes are those of files in the ledger, as they happen.
type Changes interface {
	// Listen has changed called with each from when it returns until ctx is done, and lost where some may have been missed. Neither may be
	// called by the goroutine that calls Listen.
	Listen(ctx context.Context, changed func(schemas.Entry), lost func()) error
}

// EventsPath is where changes are told as they happen. Its answers go on for long: whoever measures or bounds answers should leave them out.
const EventsPath = jobsPath + "/events"

// The numbers of listening.
const (
	maxListeners = 64               // at a time
	maxFrames    = 256              // that wait for a slow listener; beyond it they are lost to it
	listenFor    = 15 * time.Minute // then it asks anew: its key may have been revoked
	frameWithin  = 45 * time.Second // for each part; longer than between two signs of life
	signEvery    = 15 * time.Second // of life, so that proxies keep it open
)

// An audience is who listens to changes. All hear what one call of Changes.Listen tells, which lasts while there are any.
type audience struct {
	mu   sync.Mutex
	all  map[*listener]bool
	stop context.CancelFunc // ends Listen
}

// A listener is one of them.
type listener struct {
	frames chan []byte   // events as they are sent
	behind chan struct{} // has room for one: some were lost to it
}

// eventRoute is about changes.
func (a *api) eventRoute() route {
	return route{path: EventsPath, need: access.Ingest, long: true, content: []string{"text/event-stream"}, answer: a.events,
		summary: "Tells each change of a file as it happens, as server-sent events: job, whose data is the job as /api/v1/jobs/{id} has it; and resync, where some were lost, so " +
			"that a list is to be read anew. It ends after a quarter of an hour at the latest, and is to be asked for again, as browsers do."}
}

// events sends changes until who listens goes away, the server stops, or it has been long enough.
func (a *api) events(w http.ResponseWriter, r *http.Request, _ *params) error {
	if a.Changes == nil {
		return problem{Status: http.StatusServiceUnavailable, Detail: "no changes are told of here"}
	}
	header := w.Header()
	if r.Method == http.MethodHead {
		header.Set("Content-Type", "text/event-stream")
		return nil
	}
	l, err := a.audience.join(r.Context(), a.Changes)
	if err != nil {
		return a.notHeard(err)
	}
	defer a.audience.leave(l)
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Accel-Buffering", "no") // or nginx keeps it until there is more of it
	defer allowTime(w)                    // what is asked next on this connection
	a.send(r.Context(), w, l)
	return nil
}

// send writes what the listener hears. Who does not take it for long is left.
func (a *api) send(ctx context.Context, w http.ResponseWriter, l *listener) {
	c := http.NewResponseController(w)
	write := func(frame []byte) bool {
		_ = c.SetWriteDeadline(time.Now().Add(frameWithin)) // not every writer has one
		_, err := w.Write(frame)
		return err == nil && c.Flush() == nil
	}
	alive := time.NewTicker(cmp.Or(a.SignEvery, signEvery))
	defer alive.Stop()
	enough := time.NewTimer(listenFor)
	defer enough.Stop()
	for frame := []byte("retry: 3000\n\n"); write(frame); {
		select {
		case frame = <-l.frames:
		case <-l.behind:
			l.forget()
			frame = []byte("event: resync\ndata: {}\n\n")
		case <-alive.C:
			frame = []byte(": still here\n\n")
		case <-enough.C:
			return
		case <-a.Done:
			return
		case <-ctx.Done():
			return
		}
	}
}

// notHeard says why nobody can listen.
func (a *api) notHeard(err error) error {
	if err == errFull {
		return problem{Status: http.StatusServiceUnavailable, Detail: err.Error(), later: "30"}
	}
	a.lg.Error("changes cannot be listened to", zap.Error(err))
	return problem{Status: http.StatusServiceUnavailable, Detail: "the queue does not answer; that is our fault, and in our log", later: "30"}
}

// errFull is for who comes when maxListeners are there.
var errFull = errors.New("too many listen to changes at the moment: try again later")

// join has somebody listen.
func (h *audience) join(ctx context.Context, changes Changes) (*listener, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.all) >= maxListeners {
		return nil, errFull
	}
	if len(h.all) == 0 {
		ctx, stop := context.WithCancel(context.WithoutCancel(ctx)) // others may listen when this one has gone
		if err := changes.Listen(ctx, h.tell, h.lost); err != nil {
			stop()
			return nil, err
		}
		h.all, h.stop = map[*listener]bool{}, stop
	}
	l := &listener{frames: make(chan []byte, maxFrames), behind: make(chan struct{}, 1)}
	h.all[l] = true
	return l, nil
}

// leave ends that.
func (h *audience) leave(l *listener) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, l)
	if len(h.all) == 0 {
		h.stop()
	}
}

// tell has all hear of a change.
func (h *audience) tell(e schemas.Entry) {
	job, err := json.Marshal(jobOf(e))
	if err != nil {
		h.lost() // of an entry from elsewhere
		return
	}
	frame := append(append([]byte("event: job\ndata: "), job...), "\n\n"...)
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.all {
		select {
		case l.frames <- frame:
		default:
			l.lose()
		}
	}
}

// lost has all hear that they may have missed something.
func (h *audience) lost() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for l := range h.all {
		l.lose()
	}
}

// lose notes that an event was lost to the listener.
func (l *listener) lose() {
	select {
	case l.behind <- struct{}{}:
	default:
	}
}

// forget leaves out the events that wait: who reads all anew needs none of them.
func (l *listener) forget() {
	for {
		select {
		case <-l.frames:
		default:
			return
		}
	}
}
