package sandbox

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// isolate gives the child a process group of its own, so that Ctrl-C reaches only the parent and a kill reaches all it
// started, and has the kernel end it with the parent.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// kill ends the process group of pid at once.
func kill(p *os.Process) {
	// The group is gone if this fails.
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// A usage is what a process has taken so far.
type usage struct {
	memory int64 // resident, bytes
	cpu    time.Duration
}

// tick is the unit of processor time in /proc: USER_HZ, 100 on every Linux that Go runs on (proc(5)).
const tick = time.Second / 100

// measure reads a process's usage, and reports false if that cannot be told.
func measure(pid int) (usage, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return usage{}, false
	}
	// Fields are counted from after the command, which may hold anything: field 3 (state) comes first.
	_, rest, found := bytes.Cut(b[bytes.LastIndexByte(b, ')')+1:], []byte(" "))
	f := bytes.Fields(rest)
	if !found || len(f) < 22 {
		return usage{}, false
	}
	number := func(field int) int64 {
		n, err := strconv.ParseInt(string(f[field-3]), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	return usage{
		memory: number(24) * int64(os.Getpagesize()),
		cpu:    time.Duration(number(14)+number(15)) * tick,
	}, true
}

// fence sets a limit of the kernel far enough above memory that only a burst between two looks meets it. It counts what is
// mapped to be written, touched or not: an address space limit would also count what Go and WebAssembly only reserve.
func fence(pid int, memory int64) error {
	limit := uint64(memory) + 2<<30
	return unix.Prlimit(pid, unix.RLIMIT_DATA, &unix.Rlimit{Cur: limit, Max: limit}, nil)
}

// watchSelf does nothing: the parent watches.
func watchSelf(int64) {}

// signal returns the signal that ended the child, if one did.
func signal(c *child) (syscall.Signal, bool) {
	if s, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		return s.Signal(), true
	}
	return 0, false
}
