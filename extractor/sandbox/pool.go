package sandbox

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// look is how often a working child's memory and processor time are read.
const look = 50 * time.Millisecond

// A Pool keeps children and gives each a file at a time. Any number of goroutines may use it.
type Pool struct {
	lg   *zap.Logger
	cfg  Config
	free chan *child // one entry for each child that may run; nil where none has been started
	quit chan struct{}

	mu     sync.Mutex
	closed bool
	busy   sync.WaitGroup // calls of Do
}

// NewPool returns a pool. Children are started by the first calls of Do.
func NewPool(lg *zap.Logger, cfg Config) (*Pool, error) {
	if len(cfg.Command) == 0 {
		return nil, errors.New("sandbox: no command")
	}
	cfg = cfg.or()
	if cfg.Size < 0 || cfg.Memory < 0 || cfg.MaxFiles < 0 || cfg.MaxReply < 0 || cfg.Patience < 1 {
		return nil, errors.New("sandbox: a negative size or limit")
	}
	p := &Pool{lg: lg, cfg: cfg, free: make(chan *child, cfg.Size), quit: make(chan struct{})}
	for range cfg.Size {
		p.free <- nil
	}
	return p, nil
}

// Do has a child work on req and returns its reply, waiting for a free child first. A *schemas.Rejection is the handler's,
// or timeout, memory or damaged where the child had to be killed or died of the file; it names the page. Any other error
// is no fact about the file: ctx is done, the pool is closed, no child could be started, the handler failed.
func (p *Pool) Do(ctx context.Context, req Request) ([]byte, error) {
	if len(req.Data) > maxRequest {
		return nil, schemas.Reject(schemas.TooLarge, "the file has %d bytes, the limit is %d", len(req.Data), maxRequest)
	}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	p.busy.Add(1)
	p.mu.Unlock()
	defer p.busy.Done()
	select {
	case c := <-p.free:
		return p.with(ctx, c, req)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.quit:
		return nil, ErrClosed
	}
}

// with works on req with c, which may be nil or dead, and gives a child or nil back to the pool.
func (p *Pool) with(ctx context.Context, c *child, req Request) (reply []byte, err error) {
	defer func() { p.free <- c }()
	// A child that dies before it has begun died of something else: once more with a new one.
	for range 2 {
		if c, err = p.ready(ctx, c); err != nil {
			return nil, err
		}
		j := &job{pool: p, child: c, req: req, begun: time.Now()}
		reply, err = j.run(ctx)
		keep := j.keep()
		p.lg.Debug("read in a child", zap.String("sha256", req.Digest), zap.String("file", req.Name), zap.Int("bytes", len(req.Data)), zap.Int("pages", j.pages), zap.Int("page", j.page),
			zap.Duration("wall", time.Since(j.begun)), zap.Duration("cpu", j.cpu), zap.Int64("peak_memory", j.peak), zap.Error(err))
		if !keep {
			why := j.ending(err)
			c.stop(j.done)
			c = nil
			p.cfg.Observer.ended(why)
		}
		if !errors.Is(err, errEarly) {
			return reply, err
		}
	}
	return nil, err
}

// ready returns c, or a new child that has said that it is ready.
func (p *Pool) ready(ctx context.Context, c *child) (*child, error) {
	if c != nil && c.alive() {
		return c, nil
	}
	if c != nil {
		c.stop(false)
		p.cfg.Observer.ended(c.gone())
	}
	c, err := spawn(p.cfg)
	if err != nil {
		return nil, err
	}
	p.cfg.Observer.started()
	late := time.NewTimer(p.cfg.Start)
	defer late.Stop()
	select {
	case f, ok := <-c.frames:
		if ok && f.kind == kindReady {
			return c, nil
		}
		c.stop(false)
		p.cfg.Observer.ended(Lost)
		exit, broken := c.ending()
		return nil, fmt.Errorf("sandbox: %s did not get ready: %w: %s", p.cfg.Command[0], errors.Join(exit, broken), c.stderr.reason())
	case <-late.C:
		err = fmt.Errorf("sandbox: %s was not ready after %v: %s", p.cfg.Command[0], p.cfg.Start, c.stderr.reason())
	case <-ctx.Done():
		err = ctx.Err()
	case <-p.quit:
		err = ErrClosed
	}
	c.stop(false)
	p.cfg.Observer.ended(cutOff(err))
	return nil, err
}

// Close ends the children, those at work too, and waits for them. Later calls of Do return ErrClosed.
func (p *Pool) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.quit)
	p.mu.Unlock()
	p.busy.Wait()
	for range p.cfg.Size {
		if c := <-p.free; c != nil {
			c.stop(true)
			p.cfg.Observer.ended(Closed)
		}
	}
	return nil
}

// errEarly says that a child ended before it had the whole request.
var errEarly = errors.New("sandbox: the child ended before it began")

// A job is one file at work in a child.
type job struct {
	pool  *Pool
	child *child
	req   Request

	begun    time.Time
	started  bool // the child has the whole request
	done     bool // the child has answered
	warming  bool // the child did work during this file that serves all to come
	page     int
	pages    int
	pageCPU  time.Duration // processor time when the page began
	pageWall time.Duration
	base     time.Duration // processor time of the child before this file
	cpu      time.Duration // used by this file so far
	now      int64         // resident memory, bytes
	peak     int64
}

// keep reports whether the child can take another file.
func (j *job) keep() bool {
	// One that holds half of the limit after a file would reject the next for this one's memory.
	return j.done && j.child.alive() && j.child.files < j.pool.cfg.MaxFiles && j.now < j.pool.cfg.Memory/2
}

// run sends the request and follows the child until it answers, ends or exceeds a limit.
func (j *job) run(ctx context.Context) ([]byte, error) {
	c := j.child
	c.files++
	c.stderr.reset()
	if u, ok := measure(c.cmd.Process.Pid); ok {
		j.base = u.cpu
	}
	sent := make(chan error, 1)
	go func() { sent <- c.send(j.req, j.pool.cfg) }()
	// A child that answered has read all; one that did not is killed, which ends the writing.
	defer func() {
		if !j.done {
			c.kill()
		}
		<-sent
	}()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case f, ok := <-c.frames:
			if !ok {
				return nil, j.died()
			}
			if reply, err, over := j.hear(f); over {
				j.look()
				return reply, err
			}
		case <-ticker.C:
			if err := j.exceeded(); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-j.pool.quit:
			return nil, ErrClosed
		}
	}
}

// hear takes one frame; over says that it was the answer.
func (j *job) hear(f frame) (reply []byte, err error, over bool) {
	switch f.kind {
	case kindBegun:
		j.started = true
		return nil, nil, false
	case kindWarming:
		if !j.child.warmed {
			j.child.warmed, j.warming = true, true
		}
		return nil, nil, false
	case kindProgress:
		if len(f.payload) == 8 {
			j.look()
			j.page = int(binary.BigEndian.Uint32(f.payload))
			j.pages = max(j.pages, int(binary.BigEndian.Uint32(f.payload[4:])))
			j.pageCPU, j.pageWall = j.cpu, time.Since(j.begun)
		}
		return nil, nil, false
	case kindResult:
		j.done, j.child.damaged = true, false
		return f.payload, nil, true
	case kindRejection:
		j.done = true
		var r schemas.Rejection
		if e := json.Unmarshal(f.payload, &r); e != nil {
			return nil, fmt.Errorf("sandbox: %s: rejection: %w", j.req.Name, e), true
		}
		j.child.damaged = r.Code == schemas.Damaged
		return nil, &r, true
	case kindFailure:
		j.done = true
		return nil, fmt.Errorf("sandbox: %s: %s", j.req.Name, f.payload), true
	}
	return nil, fmt.Errorf("%w: kind %q during %s", errFrame, byte(f.kind), j.req.Name), true
}

// look reads the child's usage.
func (j *job) look() bool {
	u, ok := measure(j.child.cmd.Process.Pid)
	if !ok {
		return false
	}
	j.cpu, j.now = u.cpu-j.base, u.memory
	j.peak = max(j.peak, u.memory)
	return true
}
