package copies

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// A Set is originals to make copies of.
type Set struct {
	Originals []*Original
	Skipped   []error // why other files are none
}

// Folder opens the PDFs of a folder whose facts are known: from its manifest.tsv, with the columns file, unit, region and
// year, or from a NAME.truth.json beside NAME.pdf.
func Folder(dir string) (*Set, error) {
	facts, err := manifest(filepath.Join(dir, "manifest.tsv"))
	if err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil {
		return nil, err
	}
	s := &Set{}
	for _, path := range names {
		f, ok := facts[filepath.Base(path)]
		if !ok {
			if f, err = truth(strings.TrimSuffix(path, ".pdf") + ".truth.json"); err != nil {
				s.Skipped = append(s.Skipped, err)
				continue
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		o, err := Open(filepath.Base(path), data, f)
		if err != nil {
			s.Skipped = append(s.Skipped, err)
			continue
		}
		s.Originals = append(s.Originals, o)
	}
	if len(s.Originals) == 0 {
		return nil, fmt.Errorf("no PDF in %s can be copied: %w", dir, errors.Join(s.Skipped...))
	}
	return s, nil
}

// manifest reads the facts by file name; a file that is not there has none.
func manifest(path string) (map[string]Facts, error) {
	facts := map[string]Facts{}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return facts, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	column := map[string]int{}
	for i, row := range rows {
		if i == 0 {
			for k, name := range row {
				column[name] = k + 1
			}
			continue
		}
		cell := func(name string) string {
			if k := column[name]; k > 0 {
				return row[k-1]
			}
			return ""
		}
		year, err := strconv.Atoi(cell("year"))
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, i+1, err)
		}
		facts[cell("file")] = Facts{Unit: cell("unit"), Region: cell("region"), Year: year}
	}
	return facts, nil
}

// truth reads the facts from what is known of a sample.
func truth(path string) (Facts, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Facts{}, err
	}
	var d struct {
		Unit   string `json:"unit"`
		Region string `json:"region"`
		Year   int    `json:"fiscal_year"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return Facts{}, fmt.Errorf("%s: %w", path, err)
	}
	return Facts(d), nil
}

// A Copy is a PDF that was made.
type Copy struct {
	Facts
	Name   string // of the file
	Source string // the original's name
	Pages  int
	Data   []byte
}

// maxTries bounds the search for a copy that no other is equal to.
const maxTries = 1000

// plans draws n copies of which no two have the same unit and year, taking the originals in turn. The same seed gives the same ones.
func (s *Set) plans(n int, seed uint64) ([]Plan, error) {
	seen := map[Facts]bool{}
	for _, o := range s.Originals {
		seen[o.Facts] = true
	}
	plans := make([]Plan, 0, n)
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		o := s.Originals[i%len(s.Originals)]
		var p Plan
		tries := 0
		for p = o.Plan(rng); seen[p.Facts]; p = o.Plan(rng) {
			if tries++; tries == maxTries {
				return nil, fmt.Errorf("%s has not enough characters for copy %d", o.Name, i+1)
			}
		}
		seen[p.Facts] = true
		plans = append(plans, p)
	}
	return plans, nil
}

// Make makes n copies, each of another unit or year, and calls fn with each, in no order and from several goroutines. The same
// originals and seed give the same copies.
func (s *Set) Make(ctx context.Context, n int, seed uint64, fn func(Copy) error) error {
	plans, err := s.plans(n, seed)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range plans {
		o := s.Originals[i%len(s.Originals)]
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			c := Copy{Facts: p.Facts, Name: fmt.Sprintf("copy-%05d.pdf", i+1), Source: o.Name, Pages: o.pages}
			c.Data = o.Render(p)
			return fn(c)
		})
	}
	return g.Wait()
}

// Write makes n copies in a folder, which must be there, and lists them in its manifest.tsv.
func (s *Set) Write(ctx context.Context, dir string, n int, seed uint64) error {
	lines := make(chan string, n)
	err := s.Make(ctx, n, seed, func(c Copy) error {
		lines <- strings.Join([]string{c.Name, c.Unit, c.Region, strconv.Itoa(c.Year), strconv.Itoa(c.Pages), c.Source}, "\t")
		return os.WriteFile(filepath.Join(dir, c.Name), c.Data, 0o644)
	})
	if err != nil {
		return err
	}
	close(lines)
	return writeManifest(filepath.Join(dir, "manifest.tsv"), lines)
}

func writeManifest(path string, lines <-chan string) error {
	all := []string{}
	for l := range lines {
		all = append(all, l+"\n")
	}
	slices.Sort(all)
	return os.WriteFile(path, []byte("file\tunit\tregion\tyear\tpages\tsource\n"+strings.Join(all, "")), 0o644)
}
