package mend

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func deflated(t testing.TB, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	catalog = "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
	tree    = "2 0 obj\n<</Type /Pages /Kids [3 0 R 4 0 R] /Count 2>>\nendobj\n"
	page3   = "3 0 obj\n<</Type/Page/Parent 2 0 R/Resources<</Font<</F1<</Type/Font>>>>>>>>\nendobj\n"
	page4   = "4 0 obj\n<</Parent 2 0 R/Type/Page/Contents 5 0 R>>\nendobj\n"
	content = "5 0 obj\n<</Length 99>>stream\nBT (6 0 obj <</Type/Page>> endobj) Tj ET\nendstream\nendobj\n"
)

func TestFile(t *testing.T) {
	packed := "3 0 4 30 " + strings.Repeat(" ", 11) + "<</Type/Page/Parent 2 0 R>>   <</Type/Page/Parent 2 0 R>>"
	stm := deflated(t, packed)
	objstm := fmt.Sprintf("7 0 obj\n<</Type/ObjStm/N 2/First 20/Filter/FlateDecode/Length %d>>stream\r\n%s\r\nendstream\nendobj\n", len(stm), stm)
	tests := []struct {
		name  string
		in    string
		opt   Option
		pages int
		built bool
		has   []string // of the new end
		kids  string
	}{
		{name: "whole tree", in: "%PDF-1.4\n" + catalog + tree + page3 + page4 + content, pages: 2, has: []string{"/Root 1 0 R", "/Index[1 6 ]"}},
		{name: "tree not wanted", in: "%PDF-1.4\n" + catalog + tree + page3 + page4, opt: NewTree, pages: 2, built: true, kids: "3 0 R 4 0 R"},
		{name: "catalogue lost", in: "%PDF-1.4\n" + page4 + page3 + tree, pages: 2, built: true, kids: "4 0 R 3 0 R"},
		{name: "tree lost", in: "%PDF-1.4\n" + catalog + page3, pages: 1, built: true, kids: "3 0 R"},
		{name: "header lost", in: catalog + tree + page3, pages: 1, has: []string{"/Root 1 0 R"}},
		{name: "junk before the header", in: "HTTP/1.1 200 OK\r\n%PDF-1.4\n" + catalog + tree + page3, pages: 1, has: []string{"/Root 1 0 R"}},
		{name: "cut in a stream", in: "%PDF-1.4\n" + page3 + content[:40], pages: 1, built: true, kids: "3 0 R"},
		{name: "cut in a page", in: "%PDF-1.4\n" + page3 + page4[:38], pages: 2, built: true, kids: "3 0 R 4 0 R"},
		{name: "a later object counts", in: "%PDF-1.4\n" + page3 + "3 0 obj\n<</Type/Font>>\nendobj\n" + page4, pages: 1, built: true, kids: "4 0 R"},
		{name: "generation", in: "%PDF-1.4\n" + strings.Replace(page3, "3 0 obj", "3 2 obj", 1), pages: 1, built: true, kids: "3 2 R"},
		{name: "object stream", in: "%PDF-1.5\n" + catalog + tree + objstm, pages: 2, has: []string{"/Root 1 0 R", "/Index[1 4 7 2 ]"}},
		{name: "object stream cut off", in: "%PDF-1.5\n" + catalog + tree + objstm[:len(objstm)-32], pages: 1, has: []string{"/Root 1 0 R"}},
		{name: "encrypted", in: "%PDF-1.4\n" + catalog + tree + page3 + "trailer\n<</Root 1 0 R/Encrypt 9 0 R/ID[<00><01>]>>", pages: 1,
			has: []string{"/Encrypt 9 0 R/ID[<00><01>]"}},
		{name: "no pages", in: "%PDF-1.4\n" + catalog + tree},
		{name: "nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := File([]byte(tt.in), tt.opt)
			if ok != (tt.pages > 0) {
				t.Fatalf("got %v, want pages %d", ok, tt.pages)
			}
			if !ok {
				return
			}
			if got.Pages != tt.pages || got.Built != tt.built {
				t.Errorf("got %d pages, built %v, want %d, %v", got.Pages, got.Built, tt.pages, tt.built)
			}
			end := string(got.Data[max(0, len(got.Data)-600):])
			for _, h := range tt.has {
				if !strings.Contains(end, h) {
					t.Errorf("got the end %q, want %q in it", end, h)
				}
			}
			if tt.kids != "" && !strings.Contains(end, "/Kids["+tt.kids+" ]") {
				t.Errorf("got the end %q, want the kids %s", end, tt.kids)
			}
			check(t, got.Data)
		})
	}
}

// check follows the new cross-references: each must lead to its object.
func check(t *testing.T, data []byte) {
	t.Helper()
	var at int
	if _, err := fmt.Sscanf(string(data[bytes.LastIndex(data, []byte("startxref")):]), "startxref\n%d\n%%%%EOF", &at); err != nil {
		t.Fatal(err)
	}
	s := &scanner{data: data}
	x := data[at:]
	head := s.dictionary(x[bytes.Index(x, []byte("obj"))+3:])
	table := x[bytes.Index(x, []byte("stream\n"))+7:]
	f := bytes.Fields([]byte(strings.Trim(head["Index"], "[]")))
	for i := 0; i+1 < len(f); i += 2 {
		for n, first := 0, number(string(f[i])); n < number(string(f[i+1])); n++ {
			e := table[:10]
			table = table[10:]
			place := int(e[1])<<32 | int(e[2])<<24 | int(e[3])<<16 | int(e[4])<<8 | int(e[5])
			var got int
			if _, err := fmt.Sscanf(string(data[place:min(len(data), place+12)]), "%d", &got); e[0] == 1 && (err != nil || got != first+n) {
				t.Errorf("object %d: offset %d leads to %q", first+n, place, data[place:min(len(data), place+12)])
			}
		}
	}
}

func TestDictionary(t *testing.T) {
	tests := []struct {
		in   string
		want map[string]string
	}{
		{"<</A 1/B(x \\) (y) z)/C<41 42>/D[1 0 R /E<</F 2>>]/G 3 0 R/H true>>", map[string]string{
			"A": "1", "B": "(x \\) (y) z)", "C": "<41 42>", "D": "[1 0 R/E<</F 2>>]", "G": "3 0 R", "H": "true"}},
		{" % comment\n<< /A % more\r 1 /B 2 >>", map[string]string{"A": "1", "B": "2"}},
		{"<</A 1 2 0 R", map[string]string{"A": "1"}},
		{"<</A/B", map[string]string{"A": "/B"}},
		{"<</A<</B<<", map[string]string{}},
		{"[1 2]", nil},
		{"", nil},
	}
	for _, tt := range tests {
		s := &scanner{}
		if diff := cmp.Diff(s.dictionary([]byte(tt.in)), tt.want); diff != "" {
			t.Errorf("%q (got -, want +)\n%s", tt.in, diff)
		}
	}
}

// Whatever the bytes, the cross-references lead to their objects, and mending again finds as many pages.
func FuzzFile(f *testing.F) {
	f.Add([]byte("%PDF-1.4\n" + catalog + tree + page3 + page4 + content))
	f.Add([]byte(page3 + "1 0 obj<<<<<<[[[["))
	f.Add([]byte("7 0 obj<</Type/ObjStm/N 2/First 8>>stream\n3 0 4 0 <</Type/Page>>endstream"))
	f.Add([]byte("99999999 0 obj<</Type/Page>>endobj 0 0 obj<</Type/Page>>endobj 5 0 obj<</Type/Page>>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, ok := File(data, KeepTree)
		if !ok {
			return
		}
		check(t, got.Data)
		if again, ok := File(got.Data, KeepTree); !ok || again.Pages < 1 {
			t.Errorf("mended again: got %d pages of %d", again.Pages, got.Pages)
		}
	})
}
