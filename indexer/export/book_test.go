package export

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestBook writes what is hard to write and reads it by another program.
func TestBook(t *testing.T) {
	dir := t.TempDir()
	s := newSheet(dir, "a<&\"'>", []string{"text", "number"})
	texts := []string{"<b>&amp;\"'", " two\nlines\r ", "_x000D_ and _x", "=1+1", "a\x00\x01b", "\ufffe\xff", "𠀀", strings.Repeat("长", maxCellText+1), "]]>"}
	for i, text := range texts {
		if err := s.write([]any{text, float64(i) + 0.25}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.write([]any{formula{`HYPERLINK("https://example.org/?a&b")`, "https://example.org/?a&b"}, nil}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := writeBook(&b, []*sheet{newSheet(dir, "none", nil), s}); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if got := book.GetSheetList(); len(got) != 1 || got[0] != s.title {
		t.Fatalf("got sheets %q", got)
	}
	rows, err := book.GetRows(s.title)
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{}, texts...)
	want[4], want[5], want[7] = "a\ufffd\ufffdb", "\ufffd\ufffd", strings.Repeat("长", maxCellText)
	for i, text := range want {
		if got := rows[i+1]; got[0] != text || got[1] != fmt.Sprintf("%v", float64(i)+0.25) {
			t.Errorf("row %d: got %.60q, want %.60q", i, got, text)
		}
	}
	if got, err := book.GetCellFormula(s.title, fmt.Sprintf("A%d", len(texts)+2)); err != nil || got != `HYPERLINK("https://example.org/?a&b")` {
		t.Errorf("got formula %s, %v", got, err)
	}
	if size, err := book.GetSheetDimension(s.title); err != nil || size != fmt.Sprintf("A1:B%d", len(texts)+2) {
		t.Errorf("got dimension %s, %v", size, err)
	}
}

// TestSheetParts goes on in another sheet where one is full.
func TestSheetParts(t *testing.T) {
	s := newSheet(t.TempDir(), "满", []string{"x"})
	if err := s.begin(); err != nil {
		t.Fatal(err)
	}
	s.parts[0].rows = maxSheetRows - 1
	for range 3 {
		if err := s.write([]any{"y"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.parts) != 2 || s.parts[0].rows != maxSheetRows || s.parts[1].rows != 3 || s.name(1) != "满 (2)" {
		t.Errorf("got %d parts, %s", len(s.parts), s.name(1))
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}

func TestColumnName(t *testing.T) {
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 33: "AH", 701: "ZZ", 702: "AAA"} {
		if got := columnName(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
