package extractor_test

import (
	"context"
	"os"
	"testing"

	"yusuan/extractor"
	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
)

// BenchmarkStages compares reading glyphs alone with the whole extraction, on the same disclosure.
func BenchmarkStages(b *testing.B) {
	data, err := os.ReadFile("testdata/table-two-pages.pdf")
	if f := os.Getenv("YUSUAN_BENCH_PDF"); f != "" {
		data, err = os.ReadFile(f)
	}
	if err != nil {
		b.Fatal(err)
	}
	engine := content.New(pdf.Limits{})
	b.Run("glyphs", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d, err := engine.Open(context.Background(), data)
			if err != nil {
				b.Fatal(err)
			}
			for n := 1; n <= d.NumPages(); n++ {
				if _, err := d.Page(context.Background(), n); err != nil {
					b.Fatal(err)
				}
			}
			d.Close()
		}
	})
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := extractor.Extract(context.Background(), engine, extractor.Source{FileName: "a.pdf"}, data, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
