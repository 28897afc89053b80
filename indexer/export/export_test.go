package export_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/xuri/excelize/v2"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/export"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

func filled(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i, d := range indextest.Disclosures() {
		d.Source.FileName = "第" + strconv.Itoa(i) + "份.pdf"
		d.Source.URI = "https://example.org/" + strconv.Itoa(i) + ".pdf"
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestWrite writes every format and reads it by other means: each has every line item, and adds up to the same.
func TestWrite(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	want, err := s.Items(t.Context(), indexer.Query{Limit: indexer.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, it := range want.Items {
		if it.Amount != nil {
			sum += int64(*it.Amount)
		}
	}
	files, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.CSV, export.Parquet, export.XLSX, export.DataPackage}})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 5 {
		t.Errorf("got %v, want items as parquet and xlsx, and a package of two tables", files)
	}
	for name, got := range map[string]func() (int, int64){
		"csv":     func() (int, int64) { return csvSum(t, filepath.Join(dir, "items.csv")) },
		"parquet": func() (int, int64) { return parquetSum(t, filepath.Join(dir, "items.parquet")) },
		"xlsx":    func() (int, int64) { return xlsxSum(t, filepath.Join(dir, "items.xlsx")) },
	} {
		if n, fen := got(); n != want.Total || fen != sum {
			t.Errorf("%s: got %d items, %d 分, want %d, %d", name, n, fen, want.Total, sum)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	checkPackage(t, dir)
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func csvSum(t *testing.T, path string) (n int, fen int64) {
	t.Helper()
	rows := readCSV(t, path)
	column := slices.Index(rows[0], "amount_fen")
	for _, row := range rows[1:] {
		if v, err := strconv.ParseInt(row[column], 10, 64); err == nil {
			fen += v
		}
		for _, must := range []string{"disclosure_id", "sha256", "row", "amount_text", "page", "box", "link"} {
			if row[slices.Index(rows[0], must)] == "" {
				t.Errorf("%s is missing in %v", must, row)
			}
		}
	}
	return len(rows) - 1, fen
}

func parquetSum(t *testing.T, path string) (n int, fen int64) {
	t.Helper()
	type row struct {
		AmountFen *int64 `parquet:"amount_fen,optional"`
	}
	rows, err := parquet.ReadFile[row](path)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.AmountFen != nil {
			fen += *r.AmountFen
		}
	}
	return len(rows), fen
}

func xlsxSum(t *testing.T, path string) (n int, fen int64) {
	t.Helper()
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		if sheet == "Sheet1" || len(rows) < 2 {
			t.Errorf("sheet %s has %d rows", sheet, len(rows))
			continue
		}
		column, code := slices.Index(rows[0], "amount_fen"), slices.Index(rows[0], "code")
		for i, row := range rows[1:] {
			n++
			if column < len(row) && row[column] != "" {
				v, err := strconv.ParseFloat(row[column], 64)
				if err != nil {
					t.Fatal(err)
				}
				fen += int64(v)
			}
			if code < len(row) && row[code] != "" {
				cell, err := excelize.CoordinatesToCellName(code+1, i+2)
				if err != nil {
					t.Fatal(err)
				}
				if kind, err := book.GetCellType(sheet, cell); err != nil || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
					t.Errorf("code %s in %s is of type %v, %v, want text", row[code], cell, kind, err)
				}
			}
		}
	}
	return n, fen
}

// checkPackage holds the description to the files.
func checkPackage(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "datapackage.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct {
		Resources []struct {
			Path   string
			Bytes  int64
			Schema struct{ Fields []struct{ Name string } }
		}
	}
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Resources) != 2 {
		t.Errorf("got %d resources, want 2", len(p.Resources))
	}
	for _, r := range p.Resources {
		info, err := os.Stat(filepath.Join(dir, r.Path))
		if err != nil || info.Size() != r.Bytes {
			t.Errorf("%s: %v, want %d bytes", r.Path, err, r.Bytes)
		}
		head := readCSV(t, filepath.Join(dir, r.Path))[0]
		for i, f := range r.Schema.Fields {
			if i >= len(head) || head[i] != f.Name {
				t.Errorf("%s: column %d is not %s", r.Path, i, f.Name)
			}
		}
		if len(head) != len(r.Schema.Fields) {
			t.Errorf("%s: %d columns, %d of them described", r.Path, len(head), len(r.Schema.Fields))
		}
	}
}

func TestWriteChosen(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	q := indexer.Query{Text: "code:2080505", Filters: indexer.Filters{Measure: []indexer.Measure{indexer.TotalMeasure}, Unit: []string{"图书馆"}}}
	if _, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.CSV}, Query: q, BOM: true}); err != nil {
		t.Fatal(err)
	}
	rows := readCSV(t, filepath.Join(dir, "items.csv"))
	if len(rows) != 2 || rows[0][0] != "\ufeffdisclosure_id" {
		t.Errorf("got %v, want one item and a byte order mark", rows)
	}
	if rows := readCSV(t, filepath.Join(dir, "disclosures.csv")); len(rows) != 2 {
		t.Errorf("got %d disclosures, want one", len(rows)-1)
	}
	q.Text = "year:x"
	if _, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.CSV}, Query: q}); err == nil {
		t.Error("a query that is wrong was taken")
	}
}

// TestWriteStopped leaves nothing half written.
func TestWriteStopped(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, f := range []export.Format{export.CSV, export.Parquet, export.XLSX} {
		broken := stopping{s, cancel}
		if _, err := export.Write(ctx, broken, dir, export.Options{Formats: []export.Format{f}}); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// stopping cancels when items are asked for.
type stopping struct {
	*sqlite.Store
	cancel func()
}

func (s stopping) Items(ctx context.Context, q indexer.Query) (indexer.ItemResult, error) {
	s.cancel()
	return s.Store.Items(ctx, q)
}

func TestHarmless(t *testing.T) {
	for _, tc := range []struct{ cell, want string }{
		{"=1+1", "'=1+1"}, {"+cmd", "'+cmd"}, {"-12.50", "-12.50"}, {"-1,234.50", "-1,234.50"}, {"@x", "'@x"}, {"合计", "合计"}, {"", ""}, {"-", "'-"}, {"\tx", "'\tx"},
	} {
		if got := export.Harmless(tc.cell); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.cell, got, tc.want)
		}
	}
}

// TestWriteDisclosures wants the disclosures of the amounts, whatever these are chosen by, in every kind of file that has disclosures.
func TestWriteDisclosures(t *testing.T) {
	s := filled(t)
	for _, tc := range []struct {
		name string
		q    indexer.Query
		want int
	}{
		{"all", indexer.Query{}, 5},
		{"type of unit", indexer.Query{Filters: indexer.Filters{UnitType: []indexer.UnitType{indexer.MedicalUnit}}}, 2},
		{"text source", indexer.Query{Filters: indexer.Filters{TextSource: []schemas.TextSource{schemas.FromOCR}}}, 0},
		{"disclosures", indexer.Query{Filters: indexer.Filters{Disclosure: []string{indextest.Disclosures()[0].ID(), indextest.Disclosures()[2].ID()}}}, 2},
		{"a disclosure in the text", indexer.Query{Text: "disclosure:" + indextest.Disclosures()[0].ID()}, 1},
		{"a filter in the text", indexer.Query{Text: "unit:图书馆"}, 1},
		{"a code", indexer.Query{Filters: indexer.Filters{Code: []string{"2080505"}}}, 3},
		{"words", indexer.Query{Text: "基本工资"}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.CSV, export.Markdown}, Query: tc.q}); err != nil {
				t.Fatal(err)
			}
			if got := len(readCSV(t, filepath.Join(dir, "disclosures.csv"))) - 1; got != tc.want {
				t.Errorf("got %d disclosures as CSV, want %d", got, tc.want)
			}
			files, err := os.ReadDir(filepath.Join(dir, "disclosures"))
			if err != nil && tc.want > 0 || len(files) != tc.want {
				t.Errorf("got %d disclosures as Markdown (%v), want %d", len(files), err, tc.want)
			}
		})
	}
}
