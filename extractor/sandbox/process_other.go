//go:build !linux

package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/metrics"
	"syscall"
	"time"
)

// isolate does nothing: the child ends when its stdin does.
func isolate(*exec.Cmd) {}

// kill ends the process at once.
func kill(p *os.Process) {
	// It has ended if this fails.
	_ = p.Kill()
}

// A usage is what a process has taken so far.
type usage struct {
	memory int64 // resident, bytes
	cpu    time.Duration
}

// measure reports false: another process's usage cannot be read here.
func measure(int) (usage, bool) { return usage{}, false }

// fence does nothing.
func fence(int, int64) error { return nil }

// watchSelf has the child watch its own memory, since the parent cannot: above the limit it ends with the words that the
// parent takes for that.
func watchSelf(memory int64) { go watchMemory(memory) }

func watchMemory(memory int64) {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(50 * time.Millisecond) {
		metrics.Read(s)
		if used := int64(s[0].Value.Uint64() - s[1].Value.Uint64()); used > memory {
			fmt.Fprintf(os.Stderr, "fatal error: out of memory: %d bytes in use, the limit is %d\n", used, memory)
			os.Exit(2)
		}
	}
}

// signal reports false: what ended the child is not told apart.
func signal(*child) (syscall.Signal, bool) { return 0, false }
