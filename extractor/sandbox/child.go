package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	// linger is how long a child may take to end once it is asked to, or has closed its stdout.
	linger = 2 * time.Second
	// tailSize is how much of a child's stderr is kept, from its beginning and from its end each.
	tailSize = 8 << 10
)

// A frame is what a child says.
type frame struct {
	kind    kind
	payload []byte
}

// A child is one running process. Its frames arrive on frames, which is closed when it has ended and been waited for;
// then ended says how.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr *tail
	frames chan frame
	quit   chan struct{} // closed when nobody reads frames any more
	files  int           // worked on
	warmed bool          // it has called Warming

	damaged bool // its last answer, failures aside, was that the file is damaged

	mu     sync.Mutex
	waited bool
	exit   error // of Wait
	broken error // a frame that could not be read
}

// spawn starts a child. It is not ready yet.
func spawn(cfg Config) (*child, error) {
	cmd := exec.Command(cfg.Command[0], cfg.Command[1:]...)
	cmd.Env = cfg.Env
	cmd.WaitDelay = linger
	isolate(cmd)
	c := &child{cmd: cmd, stderr: &tail{}, frames: make(chan frame), quit: make(chan struct{})}
	cmd.Stderr = c.stderr
	var err error
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("sandbox: stdin: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("sandbox: stdout: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("sandbox: start %s: %w", cfg.Command[0], err)
	}
	// Without the fence the parent's own look at the memory remains.
	_ = fence(cmd.Process.Pid, cfg.Memory)
	go c.listen(stdout, cfg.MaxReply)
	return c, nil
}

// listen hands on the child's frames until its stdout ends, then waits for it.
func (c *child) listen(stdout io.Reader, reply int) {
	defer close(c.frames)
	for {
		k, b, err := readFrame(stdout, fromChild(reply))
		if err != nil {
			if errors.Is(err, errFrame) {
				c.mu.Lock()
				c.broken = err
				c.mu.Unlock()
				c.kill()
			}
			break
		}
		select {
		case c.frames <- frame{k, b}:
		case <-c.quit:
		}
	}
	late := time.AfterFunc(linger, c.kill)
	err := c.cmd.Wait()
	late.Stop()
	c.mu.Lock()
	c.waited, c.exit = true, err
	c.mu.Unlock()
}

// kill ends the process now.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.waited {
		kill(c.cmd.Process)
	}
}

// send writes a request. It blocks while the child does not read, until the child is killed.
func (c *child) send(req Request, cfg Config) error {
	h, err := json.Marshal(header{Name: req.Name, Options: req.Options, Memory: cfg.Memory, Reply: cfg.MaxReply})
	if err != nil {
		return fmt.Errorf("sandbox: header: %w", err)
	}
	if err := writeFrame(c.stdin, kindHeader, h); err != nil {
		return fmt.Errorf("sandbox: send: %w", err)
	}
	if err := writeFrame(c.stdin, kindData, req.Data); err != nil {
		return fmt.Errorf("sandbox: send: %w", err)
	}
	return nil
}

// alive reports whether the child has not ended, as far as is known.
func (c *child) alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.waited
}

// stop ends the child, gently if it has nothing to do, and waits until it has ended.
func (c *child) stop(gently bool) {
	close(c.quit)
	if gently {
		// It reads the end of its requests and returns; one that does not is killed by the timer.
		_ = c.stdin.Close()
		late := time.AfterFunc(linger, c.kill)
		defer late.Stop()
	} else {
		c.kill()
	}
	for range c.frames {
	}
	_ = c.stdin.Close()
}

// ending says how the child ended, once its frames are over.
func (c *child) ending() (exit, broken error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit, c.broken
}

// A tail keeps the beginning and the end of what is written to it: a Go crash says why at its beginning.
type tail struct {
	mu         sync.Mutex
	head, last []byte
}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if room := tailSize - len(t.head); room > 0 {
		k := min(room, len(p))
		t.head = append(t.head, p[:k]...)
		p = p[k:]
	}
	t.last = append(t.last, p...)
	if over := len(t.last) - tailSize; over > 0 {
		t.last = append(t.last[:0], t.last[over:]...)
	}
	return n, nil
}

// reset forgets what was written.
func (t *tail) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.head, t.last = t.head[:0], t.last[:0]
}

// reason returns the line that tells most: the first of Go's own last words, else the last line.
func (t *tail) reason() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := ""
	for line := range strings.Lines(string(t.head) + string(t.last)) {
		line = strings.TrimSpace(line)
		for _, p := range []string{"fatal error:", "panic:", "runtime: goroutine stack exceeds", "SIG", "unexpected fault address"} {
			if strings.HasPrefix(line, p) {
				return shorten(line)
			}
		}
		if line != "" {
			last = line
		}
	}
	return shorten(last)
}

// shorten cuts a line to what fits a message.
func shorten(s string) string {
	const most = 200
	s = strings.ToValidUTF8(s, "\uFFFD")
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
