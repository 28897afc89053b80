package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"go.uber.org/zap"

	"yusuan/indexer"
)

func TestExitCode(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code int
		said string
	}{
		{"done", nil, exitDone, ""},
		{"failed", errors.New("no"), exitFailed, "yusuan: no\n"},
		{"several lines", errors.Join(errors.New("one"), errors.New("two")), exitFailed, "yusuan: one; two\n"},
		{"usage", usageError("what is %s", "x"), exitUsage, "yusuan: what is x\n"},
		{"query", &indexer.QueryError{Message: "bad"}, exitUsage, "yusuan: query: bad\n"},
		{"said already", &exit{code: exitPartial}, exitPartial, ""},
		{"said already, among others", errors.Join(&exit{code: exitVerify}), exitVerify, ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := exitCode(&stderr, tc.err); got != tc.code {
				t.Errorf("got exit code %d, want %d", got, tc.code)
			}
			if got := stderr.String(); got != tc.said {
				t.Errorf("got %q, want %q", got, tc.said)
			}
		})
	}
}

func TestPlainly(t *testing.T) {
	if got, want := plainly(&fs.PathError{Op: "stat", Path: "x", Err: fs.ErrNotExist}), fs.ErrNotExist.Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// ended runs the program in this process.
func ended(ctx context.Context, t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, msg bytes.Buffer
	code = run(ctx, args, strings.NewReader(""), &out, &msg, append(env, "YUSUAN_CACHE=-"))
	return code, out.String(), msg.String()
}

func TestStoppedBeforeTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupt signal received"))
	data := "YUSUAN_DATA=" + t.TempDir()
	code, _, stderr := ended(ctx, t, []string{data}, "ingest", "demo")
	if want := "yusuan: stopped before the end\n"; code != exitFailed || stderr != want {
		t.Errorf("ingest: got %d %q, want %d %q", code, stderr, exitFailed, want)
	}
	if code, _, stderr := ended(ctx, t, []string{data}, "worker", "--log-level", "error"); code != exitDone || stderr != "" {
		t.Errorf("worker: got %d %q, want %d and nothing", code, stderr, exitDone)
	}
}

func TestResultNotWritten(t *testing.T) {
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"version"}, strings.NewReader(""), full{}, &stderr, nil)
	if want := "yusuan: write the result: no space left\n"; code != exitFailed || stderr.String() != want {
		t.Errorf("got %d %q, want %d %q", code, stderr.String(), exitFailed, want)
	}
}

// TestEveryCommandHasAnExample asks each command for help.
func TestEveryCommandHasAnExample(t *testing.T) {
	commands := []string{
		"demo", "ingest", "search", "items", "extract", "publish", "worker", "deadletter", "serve", "key", "verify", "doctor", "version",
	}
	_, overview, _ := ended(t.Context(), t, nil, "--help")
	for _, c := range commands {
		if !strings.Contains(overview, "\n  "+c+" ") {
			t.Errorf("%s is not in the overview", c)
		}
		code, help, stderr := ended(t.Context(), t, nil, c, "--help")
		if code != exitDone || stderr != "" {
			t.Errorf("%s --help: got %d %q, want %d and nothing", c, code, stderr, exitDone)
		}
		if !strings.Contains(help, "\n    yusuan "+c) && !strings.Contains(help, "\n  yusuan "+c) {
			t.Errorf("%s --help has no example:\n%s", c, help)
		}
	}
}

// TestLogger shortens digests for people, and for nobody else.
func TestLogger(t *testing.T) {
	digest := strings.Repeat("0a", 32)
	for format, want := range map[string]string{
		"":     `WARN  not indexed  {"job": "url-0a0a0a0a", "sha256": "0a0a0a0a0a0a", "file": "a.pdf", "page": 3}`,
		"json": `"message":"not indexed","job":"url-` + digest + `","sha256":"` + digest + `","file":"a.pdf","page":3}`,
	} {
		var out bytes.Buffer
		p := &program{common: common{LogFormat: format}, msg: newScreen(&out, nil)}
		lg, err := p.logger(zap.WarnLevel)
		if err != nil {
			t.Fatal(err)
		}
		lg = lg.With(zap.String("job", "url-"+digest))
		lg.Info("not asked for")
		lg.Warn("not indexed", zap.String("sha256", digest), zap.String("file", "a.pdf"), zap.Int("page", 3))
		if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", format, got, want)
		}
	}
}
