package main

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// hear listens to a stream until it ends, and writes what it says to a file as it comes: hear events http://$ADDRESS/api/v1/jobs/events
// Behind a stream that has ended as it should, the file has END.
func hear(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: hear FILE URL")
	}
	var res *http.Response
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if res, err = http.Get(args[1]); err == nil && res.StatusCode == http.StatusOK {
			break
		}
		if time.Since(begun) > awaitFor {
			ts.Fatalf("hear %s: %v, %v", args[1], res, err)
		}
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Defer(func() { res.Body.Close() })
	go func() {
		defer f.Close()
		if _, err := io.Copy(f, res.Body); err == nil {
			_, _ = f.WriteString("END")
		}
	}()
}

// heard waits until a file matches a pattern: heard events '"state":"rejected"'
func heard(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: heard FILE PATTERN")
	}
	pattern := regexp.MustCompile(args[1])
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		text := ts.ReadFile(args[0])
		if pattern.MatchString(text) {
			return
		}
		if time.Since(begun) > awaitFor {
			ts.Fatalf("%s is not in what was heard:\n%s", pattern, text)
		}
	}
}
