package sandbox

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"yusuan/schemas"
)

// exceeded returns a Rejection if the file has taken more than it may.
func (j *job) exceeded() error {
	cfg := j.pool.cfg
	j.look()
	if j.now > cfg.Memory {
		return j.reject(schemas.Memory, "reading it took %d MiB of memory, the limit is %d", j.now>>20, cfg.Memory>>20)
	}
	total := cfg.Deadline + time.Duration(j.pages)*cfg.PerPage
	stall := cfg.Stall
	if j.child.files == 1 || j.warming {
		total += cfg.Warmup
		stall += cfg.Warmup
	}
	wall := time.Since(j.begun)
	patience := time.Duration(cfg.Patience)
	switch {
	case !j.started && wall > stall*patience:
		return fmt.Errorf("sandbox: %s: the child did not take the file for %v", j.req.Name, wall)
	case !j.started:
		return nil
	case j.cpu > total, wall > total*patience:
		return j.reject(schemas.Timeout, "reading it took longer than %v, the limit for %d pages", total, j.pages)
	case j.cpu-j.pageCPU > stall, wall-j.pageWall > stall*patience:
		return j.reject(schemas.Timeout, "one page took longer than %v", stall)
	}
	return nil
}

func (j *job) reject(code schemas.Code, format string, args ...any) error {
	return &schemas.Rejection{Code: code, Page: j.page, Message: fmt.Sprintf(format, args...)}
}

// died says what it means that the child ended without an answer.
func (j *job) died() error {
	exit, broken := j.child.ending()
	reason := j.child.stderr.reason()
	if broken != nil {
		return fmt.Errorf("sandbox: %s: %w", j.req.Name, broken)
	}
	if !j.started {
		return fmt.Errorf("%w: %v: %s", errEarly, exit, reason)
	}
	if outOfMemory(reason) {
		return j.reject(schemas.Memory, "reading it ran out of memory: %s", reason)
	}
	if s, ok := signal(j.child); ok {
		switch {
		case s != syscall.SIGKILL && s != syscall.SIGTERM && s != syscall.SIGINT && s != syscall.SIGHUP:
			return j.reject(schemas.Damaged, "the file made the reader crash: %v %s", s, reason)
		case s == syscall.SIGKILL && j.peak > j.pool.cfg.Memory/2:
			// The kernel frees memory this way.
			return j.reject(schemas.Memory, "reading it took %d MiB of memory until the system ended it", j.peak>>20)
		}
		return fmt.Errorf("sandbox: %s: the child was ended from outside: %v", j.req.Name, s)
	}
	return j.reject(schemas.Damaged, "the file made the reader stop: %s", because(exit, reason))
}

func because(exit error, reason string) string {
	if reason != "" {
		return reason
	}
	if exit == nil {
		exit = errors.New("it ended without an answer")
	}
	return exit.Error()
}

// outOfMemory reports whether a process's last words are those of one whose memory was refused.
func outOfMemory(reason string) bool {
	for _, s := range []string{"out of memory", "cannot allocate memory", "failed to allocate"} {
		if strings.Contains(reason, s) {
			return true
		}
	}
	return false
}
