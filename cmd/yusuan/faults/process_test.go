package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A process is a program that runs, with its output in a file.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has been waited for
	err   error         // of Wait, once ended
}

// launch starts a program in a process group of its own, appending what it prints to the file.
func launch(log string, env []string, path string, args ...string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = f, f
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// signal sends a signal to the process and to all of its group, and reports whether it still ran.
func (p *process) signal(s syscall.Signal) bool {
	select {
	case <-p.ended:
		return false
	default:
		return syscall.Kill(-p.pid(), s) == nil
	}
}

// kill ends the process at once.
func (p *process) kill() bool {
	ran := p.signal(syscall.SIGKILL)
	<-p.ended
	return ran
}

// stop asks the process to end, and kills it where it does not within a minute.
func (p *process) stop() error {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.ended:
		return p.err
	case <-time.After(time.Minute):
		p.kill()
		return errors.New("it did not end within a minute of SIGTERM")
	}
}

// children are the process IDs of what the process has started.
func (p *process) children() []int { return childrenOf(p.pid()) }

func childrenOf(parent int) []int {
	var list []int
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
		if len(f) > 1 && string(f[1]) == strconv.Itoa(parent) && string(f[0]) != "Z" {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
				list = append(list, pid)
			}
		}
	}
	return list
}

// A keeper keeps a program running: it starts it again whenever it ends.
type keeper struct {
	name  string
	start func() (*process, error)

	mu      sync.Mutex
	now     *process
	stopped bool
	starts  int
	done    chan struct{}
}

// restart is how long a keeper waits before it starts the program again.
const restart = 200 * time.Millisecond

// keep starts the program, and ends it with the test.
func keep(t *testing.T, name string, start func() (*process, error)) *keeper {
	t.Helper()
	k := &keeper{name: name, start: start, done: make(chan struct{})}
	p, err := start()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	k.now, k.starts = p, 1
	go k.watch()
	t.Cleanup(func() { k.end(func(p *process) error { p.kill(); return nil }) })
	return k
}

func (k *keeper) watch() {
	defer close(k.done)
	for {
		p := k.process()
		<-p.ended
		time.Sleep(restart)
		k.mu.Lock()
		if k.stopped {
			k.mu.Unlock()
			return
		}
		if again, err := k.start(); err == nil {
			k.now = again
			k.starts++
		}
		k.mu.Unlock()
	}
}

func (k *keeper) process() *process {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

// kill kills what runs now, and reports whether something did.
func (k *keeper) kill() bool { return k.process().kill() }

// end stops the program for good.
func (k *keeper) end(how func(*process) error) error {
	k.mu.Lock()
	k.stopped = true
	p := k.now
	k.mu.Unlock()
	err := how(p)
	<-k.done
	return err
}

// stop drains the program for good: it must end well.
func (k *keeper) stop() error {
	if err := k.end((*process).stop); err != nil {
		return fmt.Errorf("%s: %w", k.name, err)
	}
	return nil
}

// An output is what a command printed, and how it ended.
type output struct {
	stdout, stderr []byte
	code           int
}

// run runs a command to its end.
func run(ctx context.Context, env []string, path string, args ...string) (output, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	out := output{stdout.Bytes(), stderr.Bytes(), cmd.ProcessState.ExitCode()}
	if _, ok := errors.AsType[*exec.ExitError](err); ok && ctx.Err() == nil {
		err = nil
	}
	return out, err
}
