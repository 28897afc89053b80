package faults

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"yusuan/cmd/yusuan/faults/copies"
)

// A set is files with what a run gives in which nothing breaks.
type set struct {
	dir   string // of the files
	files int
	want  account
}

// An account is what there is at the end.
type account struct {
	states  map[string]int    // files by state; superseded ones count as indexed
	letters map[string]string // code by file name
	items   int               // line items
	sums    string            // of the line items by unit, year and form, as JSON
}

// sets are those made so far, by the number of copies.
var sets struct {
	sync.Mutex
	made map[int]func() (*set, error)
}

// files gives the set with n copies beside our own samples, of which some are bad.
func files(t *testing.T, n int) *set {
	t.Helper()
	sets.Lock()
	if sets.made == nil {
		sets.made = map[int]func() (*set, error){}
	}
	if sets.made[n] == nil {
		sets.made[n] = sync.OnceValues(func() (*set, error) { return makeSet(n) })
	}
	get := sets.made[n]
	sets.Unlock()
	s, err := get()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func makeSet(n int) (*set, error) {
	s := &set{dir: filepath.Join(programs.dir, fmt.Sprintf("files-%d", n))}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, err
	}
	originals, err := copies.Folder("../demo")
	if err != nil {
		return nil, err
	}
	if err := originals.Write(context.Background(), s.dir, n, 1); err != nil {
		return nil, err
	}
	for prefix, dir := range map[string]string{"demo-": "../demo", "sample-": "../../../extractor/testdata", "bad-": "../../../extractor/testdata/bad"} {
		if err := link(s.dir, prefix, dir); err != nil {
			return nil, err
		}
	}
	pdfs, err := filepath.Glob(filepath.Join(s.dir, "*.pdf"))
	if err != nil {
		return nil, err
	}
	s.files = len(pdfs)
	return s, s.reference()
}

// link copies the PDFs of a folder.
func link(to, prefix, from string) error {
	pdfs, err := filepath.Glob(filepath.Join(from, "*.pdf"))
	if err == nil && len(pdfs) == 0 {
		err = fmt.Errorf("no PDF in %s", from)
	}
	for _, path := range pdfs {
		var data []byte
		if data, err = os.ReadFile(path); err != nil {
			break
		}
		if err = os.WriteFile(filepath.Join(to, prefix+filepath.Base(path)), data, 0o644); err != nil {
			break
		}
	}
	return err
}

// reference reads the files with everything embedded and nothing broken.
func (s *set) reference() error {
	c := &client{env: []string{"YUSUAN_DATA=" + s.dir + "-reference", "YUSUAN_CACHE=" + programs.cache}}
	out, err := c.run("ingest", "--json", s.dir)
	if err != nil {
		return err
	}
	if out.code != exitPartial {
		return fmt.Errorf("the run that nothing breaks: got exit code %d, want %d: some files are bad: %s", out.code, exitPartial, out.stderr)
	}
	if s.want, err = c.account(); err != nil {
		return err
	}
	if s.want.states["failed"] != 0 || s.want.states["rejected"] == 0 || s.want.states["indexed"] == 0 {
		return fmt.Errorf("the run that nothing breaks: got %v, want no failed file, and some indexed and rejected", s.want.states)
	}
	return nil
}

// The exit codes of the program that tests branch on.
const (
	exitDone    = 0
	exitPartial = 3
)

// A client runs the program's commands.
type client struct {
	env []string
}

func (c *client) run(args ...string) (output, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return run(ctx, c.env, programs.yusuan, args...)
}

// query runs a command that must succeed, and reads its JSON.
func (c *client) query(v any, args ...string) error {
	out, err := c.run(append(args, "--json")...)
	if err == nil && out.code != exitDone {
		err = fmt.Errorf("exit code %d: %s%s", out.code, out.stderr, out.stdout)
	}
	if err == nil {
		err = json.Unmarshal(out.stdout, v)
	}
	if err != nil {
		return fmt.Errorf("yusuan %v: %w", args, err)
	}
	return nil
}

// account asks for all that is there. That verify finds nothing is part of it.
func (c *client) account() (account, error) {
	a := account{states: map[string]int{}, letters: map[string]string{}}
	var report struct {
		States      map[string]int `json:"states"`
		Jobs        int            `json:"jobs"`
		Disclosures int            `json:"disclosures"`
		DeadLetters int            `json:"dead_letters"`
	}
	var letters []struct {
		FileName string `json:"file_name"`
		Code     string `json:"code"`
	}
	var first struct {
		Total int `json:"total"`
	}
	var sums struct {
		Groups json.RawMessage `json:"groups"`
	}
	if err := c.query(&report, "verify"); err != nil {
		return a, err
	}
	if err := c.query(&letters, "deadletter", "list"); err != nil {
		return a, err
	}
	if err := c.query(&first, "items", "--limit", "1"); err != nil {
		return a, err
	}
	if err := c.query(&sums, "items", "--sum-by", "unit,year,form"); err != nil {
		return a, err
	}
	for state, n := range report.States {
		if state == "superseded" || state == "unchanged" {
			state = "indexed"
		}
		a.states[state] += n
	}
	a.states["disclosures"], a.states["jobs"], a.states["dead letters"] = report.Disclosures, report.Jobs, report.DeadLetters
	for _, l := range letters {
		if a.letters[l.FileName] != "" {
			return a, fmt.Errorf("%s has two dead letters", l.FileName)
		}
		a.letters[l.FileName] = l.Code
	}
	a.items, a.sums = first.Total, string(sums.Groups)
	return a, nil
}
