package extractor_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/extractor"
	"yusuan/schemas"
)

// TestMain lets the test binary be the child of its own pools.
func TestMain(m *testing.M) {
	if os.Getenv("YUSUAN_TEST_CHILD") != "" {
		if err := extractor.ServeChild(context.Background(), os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func newPool(t *testing.T) *extractor.Pool {
	t.Helper()
	t.Setenv("YUSUAN_TEST_CHILD", "1")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := extractor.NewPool(zap.NewNop(), extractor.PoolConfig{Command: []string{self}, CacheDir: t.TempDir(), Children: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestBadInput gives a pool every file of testdata/bad and holds the outcome against the manifest; good files go in between, and
// nothing may happen to them.
func TestBadInput(t *testing.T) {
	f, err := os.Open("testdata/bad/manifest.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes = '\t', true
	lines, err := r.ReadAll()
	if err != nil || len(lines) < 10 {
		t.Fatalf("manifest has %d lines, %v", len(lines), err)
	}
	pool := newPool(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for _, line := range lines[1:] {
		file, expect, code := line[0], line[1], schemas.Code(line[2])
		t.Run(file, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata/bad", file))
			if err != nil {
				t.Fatal(err)
			}
			d, err := pool.Extract(ctx, extractor.Source{FileName: file}, data)
			rejection := schemas.AsRejection(err)
			if err != nil && rejection == nil {
				t.Fatalf("transient error: %v", err)
			}
			switch expect {
			case "reject":
				if rejection == nil || rejection.Code != code {
					t.Errorf("rejection %v, want %s", rejection, code)
				}
			case "reject-or-partial":
				if rejection != nil && rejection.Code != code || rejection == nil && !warned(d, code) {
					t.Errorf("rejection %v, want %s or a document with that warning", rejection, code)
				}
			case "accept-with-warning":
				if rejection != nil || !warned(d, code) {
					t.Errorf("rejection %v, want a document with the warning %s", rejection, code)
				}
			default:
				t.Fatalf("the manifest expects %q", expect)
			}
			if d != nil && code == schemas.UndecodableText {
				if text, err := json.Marshal(d); err != nil || strings.Contains(string(text), "\uFFFD") {
					t.Errorf("what says nothing is passed on, %v", err)
				}
			}
		})
	}
	data, err := os.ReadFile("testdata/brackets.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if d, err := pool.Extract(ctx, extractor.Source{FileName: "brackets.pdf"}, data); err != nil || len(d.Tables) == 0 {
		t.Errorf("a good file after the bad ones: %v", err)
	}
}

func warned(d *schemas.Disclosure, code schemas.Code) bool {
	if d == nil {
		return false
	}
	for _, w := range d.Warnings {
		if w.Code == code {
			return true
		}
	}
	return false
}

// BenchmarkExtract reads one disclosure whole, engine to Disclosure, in this process.
func BenchmarkExtract(b *testing.B) {
	for _, engine := range []string{extractor.LedongthucEngine, extractor.PDFiumEngine} {
		b.Run(engine, func(b *testing.B) {
			e, err := extractor.NewEngine(engine, b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			data, err := os.ReadFile("testdata/table-two-pages.pdf")
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			pages := 0
			for b.Loop() {
				d, err := extractor.Extract(context.Background(), e, extractor.Source{FileName: "a.pdf"}, data, nil)
				if err != nil {
					b.Fatal(err)
				}
				pages += d.Source.Pages
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(pages), "µs/page")
		})
	}
}
