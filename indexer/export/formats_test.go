package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"yusuan/indexer"
	"yusuan/indexer/export"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// A dataPackage is datapackage.json as far as the Fiscal Data Package is concerned.
type dataPackage struct {
	Profile     string
	CountryCode string
	ColumnTypes []json.RawMessage
	Model       struct {
		Measures   map[string]struct{ Source, Currency, Resource string }
		Dimensions map[string]struct {
			DimensionType, ClassificationType string
			PrimaryKey                        []string
			Attributes                        map[string]struct{ Source, Resource string }
		}
	}
	Resources []struct {
		Name, Profile string
		Schema        struct {
			Fields      []struct{ Name, Type, ColumnType string }
			ExtraFields []struct{ Name, ColumnType, Constant string }
			PrimaryKey  any
		}
	}
}

// TestFiscalDataPackage holds the description to the specification: to the types of version 1 and to the model of 0.3.
func TestFiscalDataPackage(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	if _, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.DataPackage}}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "datapackage.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p dataPackage
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	if p.Profile != "tabular-data-package" || p.CountryCode != "CN" || len(p.Resources) != 2 || p.Resources[0].Profile != "tabular-data-resource" {
		t.Errorf("got %+v", p)
	}
	// Of the taxonomy of budgets, with the type of data that each must have.
	types := map[string]string{
		"value": "number", "value-kind:code": "string", "value-currency:code": "string", "date:fiscal-year": "integer", "phase:id": "string", "geo:source:code": "string",
		"administrative-classification:generic:code": "string", "functional-classification:generic:code": "string", "economic-classification:generic:code": "string",
	}
	var own []struct{ Name, DataType string }
	if err := json.Unmarshal(p.ColumnTypes[1], &own); err != nil {
		t.Fatal(err)
	}
	for _, typ := range own {
		types[typ.Name] = typ.DataType
	}
	used, kinds := map[string]bool{}, map[string]string{}
	for _, f := range p.Resources[0].Schema.Fields {
		kinds[f.Name] = f.Type
		if f.ColumnType == "" {
			continue
		}
		if types[f.ColumnType] != f.Type || used[f.ColumnType] {
			t.Errorf("%s: column type %s (twice: %v) is of %q, the column of %q", f.Name, f.ColumnType, used[f.ColumnType], types[f.ColumnType], f.Type)
		}
		used[f.ColumnType] = true
	}
	for _, f := range p.Resources[0].Schema.ExtraFields {
		used[f.ColumnType] = f.Constant == "CNY"
	}
	for name := range types {
		if !used[name] {
			t.Errorf("no column is of type %s", name)
		}
	}
	if m := p.Model.Measures["amount"]; m.Currency != "CNY" || kinds[m.Source] != "number" {
		t.Errorf("measure: got %+v", m)
	}
	for name, d := range p.Model.Dimensions {
		for _, a := range d.Attributes {
			if kinds[a.Source] == "" || a.Resource != "items" {
				t.Errorf("dimension %s: %q is no column", name, a.Source)
			}
		}
		for _, key := range d.PrimaryKey {
			if _, ok := d.Attributes[key]; !ok {
				t.Errorf("dimension %s: its key %q is none of its attributes", name, key)
			}
		}
	}
	if got := p.Model.Dimensions["functional"].ClassificationType + p.Model.Dimensions["economic"].ClassificationType; got != "functionaleconomic" {
		t.Errorf("got %s", got)
	}
	checkCodes(t, readCSV(t, filepath.Join(dir, "items.csv")))
}

// checkCodes wants each code once more in the column of its classification, and no key twice.
func checkCodes(t *testing.T, rows [][]string) {
	t.Helper()
	at := func(name string) int { return slices.Index(rows[0], name) }
	keys, codes := map[string]bool{}, map[string]int{}
	for _, row := range rows[1:] {
		key := row[at("disclosure_id")] + " " + row[at("seq")]
		if keys[key] {
			t.Errorf("%s is there twice", key)
		}
		keys[key] = true
		kind := row[at("classification")]
		codes[kind]++
		want := map[string][2]string{"functional": {row[at("code")], ""}, "economic": {"", row[at("code")]}}[kind]
		if got := [2]string{row[at("functional_code")], row[at("economic_code")]}; got != want {
			t.Errorf("%s: got %v, want %v", key, got, want)
		}
	}
	if codes["functional"] == 0 {
		t.Errorf("got codes %v", codes)
	}
}

// TestWriteMarkdown writes a file for each disclosure that is chosen.
func TestWriteMarkdown(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	files, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.Markdown}, Query: indexer.Query{Filters: indexer.Filters{Unit: []string{"图书馆"}}}})
	if err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "disclosures", "*"))
	if err != nil || len(names) == 0 || len(files) != 1 || files[0].Records != len(names) || files[0].Name != "disclosures/" {
		t.Fatalf("got %v, %v, %v", files, names, err)
	}
	var bytes int64
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bytes += int64(len(text))
		if !strings.Contains(string(text), "- Unit 单位: 青禾县图书馆\n") || !strings.Contains(filepath.Base(name), "青禾县图书馆-") {
			t.Errorf("%s: got\n%s", name, text)
		}
	}
	if bytes != files[0].Bytes {
		t.Errorf("got %d bytes, want %d", files[0].Bytes, bytes)
	}
}

// TestMarkdownNames keeps a unit's name from naming a file elsewhere.
func TestMarkdownNames(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	d := indextest.Disclosures()[0]
	d.Unit, d.Source.SHA256 = "../../"+strings.Repeat("馆", 100)+"\x00<|>", strings.Repeat("ef", 32)
	if _, err := s.Put(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.Markdown}}); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "disclosures", strings.Repeat("馆", 40)+"-*-"+strings.Repeat("ef", 16)+".md"))
	if err != nil || len(found) != 1 {
		t.Errorf("got %v, %v", found, err)
	}
}

// TestWriteOne writes a disclosure that is in no index as it would be written from one, with numbers of persons masked.
func TestWriteOne(t *testing.T) {
	const number = "13800001234"
	d := indextest.Disclosures()[0]
	at := slices.IndexFunc(d.Tables, func(t schemas.Table) bool { return len(t.Rows) > 0 && t.Columns[1].Role != schemas.AmountRole })
	d.Tables[at].Title += "联系电话" + number
	var out [3]bytes.Buffer
	for i, f := range []export.Format{export.CSV, export.XLSX, export.Markdown} {
		if err := export.WriteOne(t.Context(), &out[i], d, f); err != nil {
			t.Fatal(err)
		}
	}
	b, err := indexer.Records(d)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out[0]).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{export.Columns()}
	for i := range b.Items {
		want = append(want, export.Row(&b.Items[i], d.Source))
	}
	if diff := cmp.Diff(rows, want); diff != "" || len(want) < 2 {
		t.Errorf("CSV (-got +want):\n%s", diff)
	}
	book, err := excelize.OpenReader(bytes.NewReader(out[1].Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	text := out[2].String()
	n := 0
	for _, sheet := range book.GetSheetList() {
		rows, err := book.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		n += len(rows) - 1
		for _, row := range rows {
			text += strings.Join(row, " ") + "\n"
		}
	}
	if n != len(b.Items) {
		t.Errorf("XLSX: got %d items, want %d", n, len(b.Items))
	}
	if text += strings.Join(slices.Concat(rows...), " "); strings.Contains(text, number) || !strings.Contains(text, "138********") {
		t.Errorf("the number is not masked in\n%s", text)
	}
	if err := export.WriteOne(t.Context(), new(bytes.Buffer), d, export.Parquet); err == nil {
		t.Error("parquet: no error")
	}
}

// TestWriteNothing writes files that can be opened where nothing is found.
func TestWriteNothing(t *testing.T) {
	s, dir := filled(t), t.TempDir()
	q := indexer.Query{Text: "没有这样的东西", Filters: indexer.Filters{Unit: []string{"=无此单位"}}}
	files, err := export.Write(t.Context(), s, dir, export.Options{Formats: []export.Format{export.CSV, export.Parquet, export.XLSX, export.Markdown}, Query: q})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Records != 0 {
			t.Errorf("%s: got %d records", f.Name, f.Records)
		}
	}
	if rows := readCSV(t, filepath.Join(dir, "items.csv")); len(rows) != 1 {
		t.Errorf("CSV: got %d rows, want the head", len(rows))
	}
	if n, _ := parquetSum(t, filepath.Join(dir, "items.parquet")); n != 0 {
		t.Errorf("Parquet: got %d", n)
	}
	book, err := excelize.OpenFile(filepath.Join(dir, "items.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("其他")
	if err != nil || len(book.GetSheetList()) != 1 || len(rows) != 1 || !slices.Equal(rows[0], export.Columns()) {
		t.Errorf("XLSX: got %v with %v, %v, want one sheet with the head", book.GetSheetList(), rows, err)
	}
}
