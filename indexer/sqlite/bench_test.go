package sqlite_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// sized returns the i-th of many different disclosures of the size of a real one: some 250 passages, 300 line items.
func sized(i int) *schemas.Disclosure {
	d := indextest.Disclosures()[i%2]
	sum := sha256.Sum256(fmt.Appendf(nil, "sized %d", i))
	year := 2015 + i%10
	d.Source.SHA256, d.FiscalYear = hex.EncodeToString(sum[:]), &year
	d.Region = fmt.Sprintf("云岭%d县", i%40)
	d.Unit = d.Region + d.Unit
	for k := range 8 {
		t := d.Tables[k%4]
		t.Rows = nil
		for r := range 12 {
			for _, row := range d.Tables[k%4].Rows {
				row.Cells = append([]string{}, row.Cells...)
				for c := range row.Cells {
					if t.Columns[c].Role == schemas.AmountRole && row.Cells[c] != "" {
						row.Cells[c] = fmt.Sprintf("%d.%02d", i*r%9973, c)
					}
				}
				t.Rows = append(t.Rows, row)
			}
		}
		if k >= 4 {
			t.Rows = t.Rows[:min(6, len(t.Rows))]
		}
		d.Tables = append(d.Tables, t)
	}
	d.Tables = d.Tables[5:]
	for range 3 {
		d.Sections = append(d.Sections, d.Sections[:2]...)
	}
	return d
}

func BenchmarkPut(b *testing.B) {
	path := filepath.Join(b.TempDir(), "index.sqlite")
	s := open(b, path)
	i := 0
	for b.Loop() {
		if _, err := s.Put(b.Context(), sized(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.StopTimer()
	batch, err := indexer.Records(sized(0))
	if err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(batch.Disclosure.Counts.Passages+batch.Disclosure.Counts.Items), "records/op")
	b.ReportMetric(float64(info.Size())/float64(i), "file-B/op")
}

// BenchmarkReplace puts the same disclosure again and again.
func BenchmarkReplace(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "index.sqlite"))
	for b.Loop() {
		if _, err := s.Put(b.Context(), sized(0)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLedgerSummary counts a ledger of 200,000 files, of which half were finished within the hour, and puts entries into it.
func BenchmarkLedgerSummary(b *testing.B) {
	const files = 200_000
	s := open(b, filepath.Join(b.TempDir(), "index.sqlite"))
	begin := time.Date(2024, 3, 1, 8, 30, 0, 0, time.UTC)
	entry := func(i int) schemas.Entry {
		at := begin.Add(time.Duration(i) * 36 * time.Millisecond) // two hours for all
		e := schemas.Entry{ID: fmt.Sprintf("%064x", i), State: schemas.Indexed, FileName: fmt.Sprintf("文件 %d.pdf", i), Pages: 30,
			URL: fmt.Sprintf("https://www.example.com/%d.pdf", i), QueuedAt: begin, StartedAt: &at, FinishedAt: &at}
		switch i % 10 {
		case 7:
			e.State, e.Code, e.Message = schemas.Rejected, schemas.Damaged, "nothing could be read"
		case 8:
			e.State, e.FinishedAt = schemas.Queued, nil
		}
		return e
	}
	if err := s.PutEntries(b.Context(), files, entry); err != nil {
		b.Fatal(err)
	}
	last := entry(files).QueuedAt.Add(2 * time.Hour)
	b.Run("summary", func(b *testing.B) {
		for b.Loop() {
			sum, err := s.LedgerSummary(b.Context(), last.Add(-time.Minute), last.Add(-10*time.Minute), last.Add(-time.Hour))
			if err != nil || len(sum.Counts) != 3 || sum.Finished[2].Files < files/3 {
				b.Fatalf("got %+v, %v", sum, err)
			}
		}
	})
	b.Run("put", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if err := s.PutEntry(b.Context(), entry(i)); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}

func BenchmarkAsk(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "index.sqlite"))
	for i := range 500 {
		if _, err := s.Put(b.Context(), sized(i)); err != nil {
			b.Fatal(err)
		}
	}
	for _, bench := range []struct {
		name string
		ask  func() (any, error)
	}{
		{"Search/rare", func() (any, error) { return s.Search(b.Context(), indexer.Query{Text: "云岭7县"}) }},
		{"Search/two words", func() (any, error) { return s.Search(b.Context(), indexer.Query{Text: "三公经费 减少"}) }},
		{"Search/one character", func() (any, error) { return s.Search(b.Context(), indexer.Query{Text: "费"}) }},
		{"Search/facets", func() (any, error) { return s.Search(b.Context(), indexer.Query{Text: "三公经费", Facets: true}) }},
		{"Search/filtered", func() (any, error) {
			return s.Search(b.Context(), indexer.Query{Text: "三公经费", Filters: indexer.Filters{Region: []string{"云岭7县"}, YearFrom: 2020}})
		}},
		{"Items/code", func() (any, error) {
			return s.Items(b.Context(), indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}})
		}},
		{"Items/unit", func() (any, error) {
			return s.Items(b.Context(), indexer.Query{Filters: indexer.Filters{Unit: []string{"云岭7县"}}})
		}},
		{"Items/document by document", func() (any, error) { return s.Items(b.Context(), indexer.Query{Sort: indexer.ByDocument}) }},
		{"Items/text", func() (any, error) { return s.Items(b.Context(), indexer.Query{Text: "养老保险 基本支出"}) }},
		{"Sum/unit", func() (any, error) {
			return s.Sum(b.Context(), indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}}, []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension})
		}},
		{"Sum/everything", func() (any, error) {
			return s.Sum(b.Context(), indexer.Query{}, []indexer.Dimension{indexer.CodeDimension, indexer.YearDimension})
		}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := bench.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
