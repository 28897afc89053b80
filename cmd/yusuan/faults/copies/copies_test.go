package copies_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/cmd/yusuan/faults/copies"
	"yusuan/extractor"
	"yusuan/extractor/pdf"
	"yusuan/schemas"
)

const demo = "../../demo"

// producers are how many of the demo's files can be copied: all, of three generators.
const producers = 6

func read(t *testing.T, engine pdf.Engine, name string, data []byte) *schemas.Disclosure {
	t.Helper()
	d, err := extractor.Extract(t.Context(), engine, extractor.Source{FileName: name}, data, nil)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return d
}

// makeCopies gives n copies of the demo's files in order of their names.
func makeCopies(t *testing.T, n int, seed uint64) []copies.Copy {
	t.Helper()
	set, err := copies.Folder(demo)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Originals) != producers {
		t.Fatalf("got %d originals, want %d; skipped: %v", len(set.Originals), producers, set.Skipped)
	}
	var mu sync.Mutex
	var list []copies.Copy
	if err := set.Make(t.Context(), n, seed, func(c copies.Copy) error {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(list, func(a, b copies.Copy) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// shape is what a copy has in common with its original.
type shape struct {
	Pages, Tables, Rows, Cells, Sections, Codes, Projects int
	Kind                                                  schemas.DocumentKind
	Warnings                                              []schemas.Code
}

func shapeOf(d *schemas.Disclosure) shape {
	s := shape{Pages: d.Source.Pages, Tables: len(d.Tables), Sections: len(d.Sections), Projects: len(d.Projects), Kind: d.DocumentKind}
	for _, t := range d.Tables {
		s.Rows += len(t.Rows)
		for _, r := range t.Rows {
			s.Cells += len(r.Cells)
			if r.Code != "" {
				s.Codes++
			}
		}
	}
	for _, w := range d.Warnings {
		s.Warnings = append(s.Warnings, w.Code)
	}
	return s
}

// sum adds up the amounts of all tables.
func sum(d *schemas.Disclosure) (total int64) {
	for _, t := range d.Tables {
		for _, r := range t.Rows {
			for _, c := range r.Cells {
				if a, ok := schemas.ParseAmount(c, "元"); ok && strings.Contains(c, ".") {
					total += int64(a.Fen)
				}
			}
		}
	}
	return total
}

// TestReadBack reads two copies of each original: they say what the manifest says, and are built like the original.
func TestReadBack(t *testing.T) {
	engine, err := extractor.NewEngine(extractor.AutoEngine, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	for _, c := range makeCopies(t, 2*producers, 7) {
		t.Run(c.Source+" "+c.Name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(demo, c.Source))
			if err != nil {
				t.Fatal(err)
			}
			got, original := read(t, engine, c.Name, c.Data), read(t, engine, c.Source, data)
			if got.FiscalYear == nil || *got.FiscalYear != c.Year || got.Unit != c.Unit || got.Region != c.Region {
				t.Errorf("got %q in %q, year %v, want %q in %q, %d", got.Unit, got.Region, got.FiscalYear, c.Unit, c.Region, c.Year)
			}
			if diff := cmp.Diff(shapeOf(got), shapeOf(original)); diff != "" {
				t.Errorf("built like the original, got - want +:\n%s", diff)
			}
			if a, b := sum(got), sum(original); a >= b || a < b*6/10 {
				t.Errorf("got amounts of %d in all, want 0.7 to 0.999 of the original's %d", a, b)
			}
			if got.Source.Pages != c.Pages {
				t.Errorf("the copy says %d pages, and has %d", c.Pages, got.Source.Pages)
			}
		})
	}
}

// TestDistinct makes many: no two are of the same unit and year, and the seed decides.
func TestDistinct(t *testing.T) {
	one, again, other := makeCopies(t, 60, 1), makeCopies(t, 60, 1), makeCopies(t, 60, 2)
	seen := map[copies.Facts]bool{}
	equal := 0
	for i, c := range one {
		if seen[c.Facts] {
			t.Errorf("%s: %+v is there twice", c.Name, c.Facts)
		}
		seen[c.Facts] = true
		if !bytes.Equal(c.Data, again[i].Data) {
			t.Errorf("%s is other with the same seed", c.Name)
		}
		if bytes.Equal(c.Data, other[i].Data) {
			equal++
		}
	}
	if equal > 0 {
		t.Errorf("got %d equal files with another seed, want none", equal)
	}
}

// TestNoOriginal has files that cannot be copied.
func TestNoOriginal(t *testing.T) {
	facts := copies.Facts{Unit: "澄湖县图书馆", Region: "澄湖县", Year: 2024}
	tests := []struct {
		name, file string
		facts      copies.Facts
		want       string
	}{
		{"encrypted", "../../../../extractor/testdata/encrypted-aes-128.pdf", facts, "encrypted"},
		{"no PDF", "../../../../extractor/testdata/bad/html-as-pdf.pdf", facts, "no trailer"},
		{"another place", "../../../../extractor/testdata/borderless.pdf", copies.Facts{Unit: "海边县图书馆", Region: "海边县", Year: 2024}, "does not occur"},
		{"unit of no place", "../../../../extractor/testdata/borderless.pdf", copies.Facts{Unit: "图书馆", Region: "澄湖县", Year: 2024}, "is not named for"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			data, err := os.ReadFile(tc.file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := copies.Open(tc.name, data, tc.facts); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one with %q", err, tc.want)
			}
		})
	}
}

// TestWrite makes a folder of copies that is itself one of originals.
func TestWrite(t *testing.T) {
	set, err := copies.Folder(demo)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := set.Write(context.Background(), dir, 8, 3); err != nil {
		t.Fatal(err)
	}
	again, err := copies.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Originals) != 8 || len(again.Skipped) != 0 {
		t.Errorf("got %d originals among the copies, want 8; skipped: %v", len(again.Originals), again.Skipped)
	}
}
