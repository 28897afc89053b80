package sandbox_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"yusuan/extractor/sandbox"
)

// A register counts children.
type register struct {
	mu      sync.Mutex
	started int
	ended   []sandbox.Ending
}

func (r *register) observer() sandbox.Observer {
	return sandbox.Observer{
		Started: func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.started++
		},
		Ended: func(why sandbox.Ending) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.ended = append(r.ended, why)
		},
	}
}

// TestObserver has each child that started end once, for the right reason.
func TestObserver(t *testing.T) {
	tests := []struct {
		how      string
		requests []string
		set      func(*sandbox.Config)
		want     []sandbox.Ending
	}{
		{"serve", []string{"echo", "reject", "fail"}, nil, []sandbox.Ending{sandbox.Closed}},
		{"serve", []string{"spin", "echo"}, nil, []sandbox.Ending{sandbox.TimedOut, sandbox.Closed}},
		{"serve", []string{"eat"}, nil, []sandbox.Ending{sandbox.OutOfMemory}},
		{"serve", []string{"signal SEGV", "panic 5", "echo"}, nil, []sandbox.Ending{sandbox.Crashed, sandbox.Crashed, sandbox.Closed}},
		{"serve", []string{"signal KILL", "garbage"}, nil, []sandbox.Ending{sandbox.Lost, sandbox.Lost}},
		{"serve", []string{"echo", "echo", "echo"}, func(c *sandbox.Config) { c.MaxFiles = 2 }, []sandbox.Ending{sandbox.Worn, sandbox.Closed}},
		{"die", []string{"echo"}, nil, []sandbox.Ending{sandbox.Lost}},
	}
	for _, tt := range tests {
		t.Run(tt.how+" "+tt.requests[0], func(t *testing.T) {
			var r register
			cfg := brief()
			cfg.Observer = r.observer()
			if tt.set != nil {
				tt.set(&cfg)
			}
			p := pool(t, tt.how, cfg)
			for _, name := range tt.requests {
				_, _ = p.Do(t.Context(), sandbox.Request{Name: name, Data: []byte("x")}) // TestDo looks at what it gives
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.ended, tt.want) || r.started != len(tt.want) {
				t.Errorf("got %d started, ended %v; want %v", r.started, r.ended, tt.want)
			}
		})
	}
}

// TestObserverOfCancelled has a file that nobody waits for any more.
func TestObserverOfCancelled(t *testing.T) {
	var r register
	cfg := brief()
	cfg.Observer = r.observer()
	p := pool(t, "serve", cfg)
	echo(t, p, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, _ = p.Do(ctx, sandbox.Request{Name: "sleep"})
	if want := []sandbox.Ending{sandbox.Cancelled}; !slices.Equal(r.ended, want) {
		t.Errorf("got %v, want %v", r.ended, want)
	}
}
