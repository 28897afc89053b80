package sandbox

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"yusuan/schemas"
)

// A Handler works on one file. It calls progress before each page (1-based) with the number of pages, which sets the
// deadline. A *schemas.Rejection reaches Do's caller as such, any other error as its text.
type Handler func(ctx context.Context, req Request, progress func(page, pages int)) (reply []byte, err error)

// Serve is the child: it reads requests from in and writes replies to out until in ends or ctx is done, then returns nil.
// A panic of the handler is answered as a Rejection damaged, and Serve returns an error, for what the handler left behind
// cannot be trusted: the caller should exit. Nothing else may write to out.
func Serve(ctx context.Context, in io.Reader, out io.Writer, handle Handler) error {
	s := &server{out: out, handle: handle}
	if err := s.send(kindReady, nil); err != nil {
		return fmt.Errorf("sandbox: say ready: %w", err)
	}
	r := bufio.NewReaderSize(in, 64<<10)
	for ctx.Err() == nil {
		req, err := s.receive(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sandbox: read a request: %w", err)
		}
		if err := s.send(kindBegun, nil); err != nil {
			return fmt.Errorf("sandbox: begin: %w", err)
		}
		if err := s.answer(ctx, req); err != nil {
			return err
		}
	}
	return nil
}

// receive reads one request and sets this process's memory target.
func (s *server) receive(r io.Reader) (Request, error) {
	k, b, err := readFrame(r, fromParent)
	if err != nil {
		return Request{}, err
	}
	if k != kindHeader {
		return Request{}, fmt.Errorf("%w: kind %q before a header", errFrame, byte(k))
	}
	var h header
	if err := json.Unmarshal(b, &h); err != nil {
		return Request{}, fmt.Errorf("%w: header: %v", errFrame, err)
	}
	k, data, err := readFrame(r, fromParent)
	if err != nil {
		return Request{}, noEOF(err)
	}
	if k != kindData {
		return Request{}, fmt.Errorf("%w: kind %q after a header", errFrame, byte(k))
	}
	if h.Memory > 0 {
		// The collector works harder before the parent's limit is reached; the rest is for memory that Go does not manage.
		debug.SetMemoryLimit(h.Memory - h.Memory/4)
		s.watch.Do(func() { watchSelf(h.Memory) })
	}
	s.reply = h.Reply
	return Request{Name: h.Name, Data: data, Options: h.Options}, nil
}

type server struct {
	handle Handler
	reply  int // longest reply to the request at hand, in bytes; 0: any
	watch  sync.Once

	mu  sync.Mutex // of out
	out io.Writer
}

func (s *server) send(k kind, payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return writeFrame(s.out, k, payload)
}

// answer runs the handler and sends what it says. The error is of sending, or tells that the handler panicked.
func (s *server) answer(ctx context.Context, req Request) error {
	page := 0
	var over atomic.Bool
	progress := func(n, pages int) {
		if over.Load() {
			return // from a goroutine that the handler left behind: it would pass for the next file's
		}
		page = n
		var b [8]byte
		binary.BigEndian.PutUint32(b[:], uint32(max(n, 0)))
		binary.BigEndian.PutUint32(b[4:], uint32(max(pages, 0)))
		// A parent that has gone ends this process by the next read.
		_ = s.send(kindProgress, b[:])
	}
	warm := func() {
		if !over.Load() {
			_ = s.send(kindWarming, nil)
		}
	}
	reply, err, crash, stack := s.run(context.WithValue(ctx, warming{}, warm), req, progress)
	over.Store(true)
	if crash != nil {
		err = &schemas.Rejection{Code: schemas.Damaged, Page: page, Message: fmt.Sprintf("the file made the reader stop: %v", crash)}
	}
	if err == nil && s.reply > 0 && len(reply) > s.reply {
		err = fmt.Errorf("sandbox: the reply has %d bytes, the limit is %d", len(reply), s.reply)
	}
	k, payload := kindResult, reply
	if r := schemas.AsRejection(err); r != nil {
		b, e := json.Marshal(r)
		if e != nil {
			return fmt.Errorf("sandbox: rejection: %w", e)
		}
		k, payload = kindRejection, b
	} else if err != nil {
		k, payload = kindFailure, []byte(err.Error())
	}
	if k != kindResult {
		payload = payload[:min(len(payload), maxHeader)]
	}
	if err := s.send(k, payload); err != nil {
		return fmt.Errorf("sandbox: reply: %w", err)
	}
	if crash != nil {
		return fmt.Errorf("sandbox: handler: %v\n%s", crash, stack)
	}
	return nil
}

// run calls the handler; crash and stack are of its panic.
func (s *server) run(ctx context.Context, req Request, progress func(page, pages int)) (reply []byte, err error, crash any, stack []byte) {
	defer func() {
		if r := recover(); r != nil {
			crash, stack = fmt.Sprintf("panic: %v", r), debug.Stack()
		}
	}()
	reply, err = s.handle(ctx, req, progress)
	return reply, err, nil, nil
}

// warming is the key under which a handler's context holds what Warming calls.
type warming struct{}

// Warming tells the parent that the handler begins work which serves all files to come, such as compiling: Warmup is added
// to the deadline of the file at hand, once for each child. It does nothing with a context that is not a handler's.
func Warming(ctx context.Context) {
	if f, ok := ctx.Value(warming{}).(func()); ok {
		f()
	}
}
