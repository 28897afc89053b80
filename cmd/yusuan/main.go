package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"yusuan/extractor"
	"yusuan/indexer"
)

func main() {
	os.Exit(start())
}

// start runs the program until it ends or is told to: the first SIGINT or SIGTERM asks it to, a second one ends it.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
}

// The exit codes. Other programs rely on them.
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitPartial = 3 // some files were rejected or failed, the rest is stored
	exitVerify  = 5 // queue, blobs, ledger and index do not agree
)

// childCommand is the argument by which the program reads PDFs for another one of itself, see extractor.ServeChild.
const childCommand = "read-child"

// run is the program: parse, build, run, exit code. env has KEY=VALUE.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	if len(args) == 1 && args[0] == childCommand {
		return exitCode(stderr, extractor.ServeChild(ctx, stdin, stdout))
	}
	command, err := parse(args, stdout, env)
	if err != nil {
		return exitCode(stderr, err)
	}
	p := build(command, stdout, stderr, env)
	err = command.run(ctx, p)
	if flushErr := p.out.flush(); flushErr != nil && err == nil {
		err = fmt.Errorf("write the result: %w", flushErr)
	}
	return exitCode(stderr, err)
}

// An exit ends the program with a code other than 1.
type exit struct {
	code int
	err  error // nil where everything has been said
}

// Error gives the reason, or the code.
func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

// exitCode says on one line what went wrong, if that has not been said, and returns the code.
func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitDone
	}
	code, silent := exitFailed, false
	if e, ok := errors.AsType[*exit](err); ok {
		code, silent = e.code, e.err == nil
	} else if _, ok := errors.AsType[*indexer.QueryError](err); ok {
		code = exitUsage
	}
	if !silent {
		// Nothing is left to tell it to if stderr is gone.
		_, _ = fmt.Fprintln(stderr, "yusuan: "+oneLine(err.Error()))
	}
	return code
}

// oneLine joins the lines of a message.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// plainly says what is wrong with a file that is named beside it.
func plainly(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return oneLine(err.Error())
}
