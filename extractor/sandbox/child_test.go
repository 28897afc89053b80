package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"

	"yusuan/extractor/sandbox"
	"yusuan/schemas"
)

// startEnv makes the test binary a child; its value says how it starts.
const startEnv = "SANDBOX_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(startEnv); how != "" {
		os.Exit(childMain(how))
	}
	goleak.VerifyTestMain(m)
}

// childMain is the child's main; it returns its exit code.
func childMain(how string) int {
	switch how {
	case "die":
		fmt.Fprintln(os.Stderr, "no font cache")
		return 7
	case "mute":
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	case "babble":
		fmt.Println("yusuan version 1.0, ready to go")
		_, _ = io.Copy(io.Discard, os.Stdin)
		return 0
	}
	if how == "parent" {
		return parentMain()
	}
	if err := sandbox.Serve(context.Background(), os.Stdin, os.Stdout, misbehave); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// parentMain has a child of its own hang, and says that it does.
func parentMain() int {
	p, err := sandbox.NewPool(zap.NewNop(), sandbox.Config{Command: []string{os.Args[0]}, Env: append(os.Environ(), startEnv+"=serve")})
	if err != nil {
		return 1
	}
	b, err := p.Do(context.Background(), sandbox.Request{Name: "echo"})
	if err != nil {
		return 1
	}
	fmt.Println(string(b))
	_, _ = p.Do(context.Background(), sandbox.Request{Name: "spin"})
	return 0
}

// misbehave does what the request's name says.
func misbehave(ctx context.Context, req sandbox.Request, progress func(page, pages int)) ([]byte, error) {
	what, arg, _ := strings.Cut(req.Name, " ")
	progress(1, 3)
	progress(2, 3)
	switch what {
	case "echo":
		return append([]byte(fmt.Sprintf("%d %s ", os.Getpid(), req.Options)), req.Data...), nil
	case "reject":
		return nil, fmt.Errorf("open: %w", &schemas.Rejection{Code: schemas.PasswordNeeded, Message: "locked", Page: 9})
	case "fail":
		return nil, errors.New("disk is full")
	case "panic":
		panic("index out of range " + arg)
	case "exit":
		os.Exit(3)
	case "complain":
		fmt.Fprintln(os.Stderr, "cannot go on")
		os.Exit(3)
	case "spin":
		for {
		}
	case "sleep":
		time.Sleep(time.Hour)
	case "eat":
		eat()
	case "burst":
		b := make([]byte, 6<<30)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
	case "recurse":
		fmt.Fprintln(os.Stderr, recurse(1))
	case "gofatal":
		m := map[int]int{}
		for range 8 {
			go func() {
				for i := 0; ; i++ {
					m[i%100] = i
				}
			}()
		}
		time.Sleep(time.Hour)
	case "signal":
		return nil, raise(arg)
	case "garbage":
		fmt.Println("a line that a library printed to stdout")
	case "big":
		return make([]byte, 2<<20), nil
	case "pages":
		for i := range 40 {
			progress(i+1, 40)
			burn(15 * time.Millisecond)
		}
	case "compile":
		if arg != "silently" {
			sandbox.Warming(ctx)
		}
		burn(700 * time.Millisecond)
	case "late":
		go func() {
			time.Sleep(20 * time.Millisecond)
			progress(99, 99)
		}()
	default:
		return nil, errors.New("unknown request " + req.Name)
	}
	return []byte("done"), nil
}

func eat() {
	var all [][]byte
	for {
		b := make([]byte, 8<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		all = append(all, b)
		time.Sleep(time.Millisecond)
		_ = all
	}
}

func recurse(n int) int { return recurse(n+1) + n }

func burn(d time.Duration) {
	for t := time.Now(); time.Since(t) < d; {
	}
}

func raise(name string) error {
	s := map[string]syscall.Signal{"KILL": syscall.SIGKILL, "SEGV": syscall.SIGSEGV, "TERM": syscall.SIGTERM}[name]
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	if err := p.Signal(s); err != nil {
		return err
	}
	time.Sleep(time.Hour)
	return nil
}
