package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zaptest"

	"yusuan/extractor/sandbox"
	"yusuan/schemas"
)

// pool returns a pool of children of this test binary.
func pool(t *testing.T, how string, cfg sandbox.Config) *sandbox.Pool {
	t.Helper()
	cfg.Command = []string{os.Args[0]}
	cfg.Env = append(os.Environ(), startEnv+"="+how)
	p, err := sandbox.NewPool(zaptest.NewLogger(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// brief are limits that a test can wait for.
func brief() sandbox.Config {
	return sandbox.Config{Deadline: 200 * time.Millisecond, PerPage: 10 * time.Millisecond, Stall: 150 * time.Millisecond,
		Warmup: 50 * time.Millisecond, Patience: 20, Memory: 200 << 20, MaxReply: 1 << 20}
}

func echo(t *testing.T, p *sandbox.Pool, data string) (pid string) {
	t.Helper()
	b, err := p.Do(t.Context(), sandbox.Request{Name: "echo", Data: []byte(data), Options: json.RawMessage(`{"a":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(string(b), " ", 3)
	if len(parts) != 3 || parts[1] != `{"a":1}` || parts[2] != data {
		t.Fatalf("got %q, want the options and the data %q", b, data)
	}
	return parts[0]
}

func TestDo(t *testing.T) {
	tests := []struct {
		request string
		code    schemas.Code // of the rejection; "" for another error
		page    int
		says    string
	}{
		{"reject", schemas.PasswordNeeded, 9, "locked"},
		{"fail", "", 0, "disk is full"},
		{"panic 5", schemas.Damaged, 2, "index out of range 5"},
		{"exit", schemas.Damaged, 2, "exit status 3"},
		{"complain", schemas.Damaged, 2, "cannot go on"},
		{"spin", schemas.Timeout, 2, "longer than"},
		{"sleep", schemas.Timeout, 2, "longer than"},
		{"eat", schemas.Memory, 2, "MiB"},
		{"recurse", schemas.Damaged, 2, "stack exceeds"},
		{"gofatal", schemas.Damaged, 2, "concurrent map"},
		{"signal SEGV", schemas.Damaged, 2, "SIGSEGV"},
		{"signal KILL", "", 0, "outside"},
		{"signal TERM", "", 0, "outside"},
		{"garbage", "", 0, "bad frame"},
		{"big", "", 0, "limit is 1048576"},
		{"pages", schemas.Timeout, 0, "40 pages"},
	}
	for _, tt := range tests {
		t.Run(tt.request, func(t *testing.T) {
			cfg := brief()
			switch tt.request {
			case "recurse":
				cfg.Deadline, cfg.Stall, cfg.Memory = time.Minute, time.Minute, 4<<30
			case "pages":
				cfg.Deadline, cfg.PerPage, cfg.Stall = 100*time.Millisecond, time.Microsecond, time.Minute
			}
			p := pool(t, "serve", cfg)
			_, err := p.Do(t.Context(), sandbox.Request{Name: tt.request, Data: []byte("x")})
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v, want one line that says %q", err, tt.says)
			}
			r := schemas.AsRejection(err)
			if tt.code == "" {
				if r != nil {
					t.Errorf("got the rejection %v, want another error", r)
				}
			} else if r == nil || r.Code != tt.code {
				t.Fatalf("got %v, want %s", err, tt.code)
			}
			if tt.page > 0 && r.Page != tt.page {
				t.Errorf("got page %d, want %d", r.Page, tt.page)
			}
			echo(t, p, "the next file")
		})
	}
}

func TestDoReuses(t *testing.T) {
	cfg := brief()
	cfg.MaxFiles = 3
	p := pool(t, "serve", cfg)
	var pids []string
	for i := range 7 {
		pids = append(pids, echo(t, p, fmt.Sprint(i)))
	}
	want := []bool{true, true, false, true, true, false} // whether the next file has the same child
	for i, same := range want {
		if got := pids[i] == pids[i+1]; got != same {
			t.Errorf("files %d and %d in one child: got %v, want %v (%v)", i, i+1, got, same, pids)
		}
	}
}

func TestDoLargeFile(t *testing.T) {
	p := pool(t, "serve", sandbox.Config{})
	echo(t, p, string(bytes.Repeat([]byte("0123456789abcdef"), 1<<20)))
}

// A file that hangs costs nobody else anything.
func TestDoSideBySide(t *testing.T) {
	cfg := brief()
	cfg.Size = 3
	cfg.Deadline, cfg.Stall = time.Minute, time.Minute
	p := pool(t, "serve", cfg)
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	go func() {
		_, err := p.Do(ctx, sandbox.Request{Name: "sleep"})
		hung <- err
	}()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			b, err := p.Do(ctx, sandbox.Request{Name: "echo", Data: fmt.Append(nil, i)})
			if err != nil || !bytes.HasSuffix(b, fmt.Appendf(nil, " %d", i)) {
				t.Errorf("file %d: got %q, %v", i, b, err)
			}
		})
	}
	wg.Wait()
	cancel()
	if err := <-hung; !errors.Is(err, context.Canceled) {
		t.Errorf("the hanging file: got %v, want %v", err, context.Canceled)
	}
}

// Do waits for a child no longer than its context lasts.
func TestDoWaits(t *testing.T) {
	cfg := brief()
	cfg.Deadline, cfg.Stall = time.Minute, time.Minute
	p := pool(t, "serve", cfg)
	ctx, cancel := context.WithCancel(t.Context())
	hung := make(chan error)
	go func() {
		_, err := p.Do(ctx, sandbox.Request{Name: "sleep"})
		hung <- err
	}()
	short, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	// Which of the two gets the only child is open; both end by their context.
	_, err := p.Do(short, sandbox.Request{Name: "sleep"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	cancel()
	if err := <-hung; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// What goes wrong before the file is begun is no fact about it.
func TestDoStart(t *testing.T) {
	tests := []struct{ how, says string }{
		{"die", "no font cache"},
		{"mute", "not ready after"},
		{"babble", "bad frame"},
	}
	for _, tt := range tests {
		t.Run(tt.how, func(t *testing.T) {
			cfg := brief()
			cfg.Start = 300 * time.Millisecond
			if tt.how != "mute" {
				cfg.Start = time.Minute
			}
			_, err := pool(t, tt.how, cfg).Do(t.Context(), sandbox.Request{Name: "echo"})
			if err == nil || schemas.AsRejection(err) != nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error, no rejection, that says %q", err, tt.says)
			}
		})
	}
	t.Run("no such binary", func(t *testing.T) {
		p, err := sandbox.NewPool(zaptest.NewLogger(t), sandbox.Config{Command: []string{"/nowhere/yusuan", "read-child"}})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err = p.Do(t.Context(), sandbox.Request{Name: "echo"}); err == nil || schemas.AsRejection(err) != nil {
			t.Errorf("got %v, want an error, no rejection", err)
		}
	})
}

// A child that died while it had nothing to do is replaced without a word.
func TestDoAfterIdleDeath(t *testing.T) {
	p := pool(t, "serve", brief())
	var pid int
	if _, err := fmt.Sscan(echo(t, p, "a"), &pid); err != nil {
		t.Fatal(err)
	}
	proc, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := proc.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := echo(t, p, "b"); got == fmt.Sprint(pid) {
		t.Errorf("got the killed child %s again", got)
	}
}

// A handler's goroutine that outlives its file doesn't speak for the next one.
func TestDoLateProgress(t *testing.T) {
	p := pool(t, "serve", brief())
	if _, err := p.Do(t.Context(), sandbox.Request{Name: "late"}); err != nil {
		t.Fatal(err)
	}
	_, err := p.Do(t.Context(), sandbox.Request{Name: "spin"})
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.Timeout || r.Page != 2 {
		t.Errorf("got %v, want timeout on page 2", err)
	}
}

func TestClose(t *testing.T) {
	cfg := brief()
	cfg.Deadline, cfg.Stall = time.Minute, time.Minute
	p := pool(t, "serve", cfg)
	echo(t, p, "a")
	hung := make(chan error)
	go func() {
		_, err := p.Do(context.Background(), sandbox.Request{Name: "sleep"})
		hung <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-hung; !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("file at work: got %v, want %v", err, sandbox.ErrClosed)
	}
	if _, err := p.Do(t.Context(), sandbox.Request{Name: "echo"}); !errors.Is(err, sandbox.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, sandbox.ErrClosed)
	}
}

func TestNewPool(t *testing.T) {
	for _, cfg := range []sandbox.Config{{}, {Command: []string{"x"}, Size: -1}, {Command: []string{"x"}, Memory: -1}} {
		if _, err := sandbox.NewPool(zaptest.NewLogger(t), cfg); err == nil {
			t.Errorf("%+v: got no error", cfg)
		}
	}
}

// A child that compiles during a later file than its first is given time for it, once.
func TestWarming(t *testing.T) {
	cfg := brief()
	cfg.Deadline, cfg.Stall, cfg.Warmup, cfg.Patience = 300*time.Millisecond, 300*time.Millisecond, 30*time.Second, 100
	p := pool(t, "serve", cfg)
	for _, name := range []string{"echo", "compile"} {
		if _, err := p.Do(t.Context(), sandbox.Request{Name: name}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if _, err := p.Do(t.Context(), sandbox.Request{Name: "compile"}); schemas.AsRejection(err) == nil {
		t.Errorf("compiling a second time: %v, want timeout", err)
	}
}
