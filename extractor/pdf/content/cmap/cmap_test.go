package cmap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func glyph(name string) string { return "«" + name + "»" }

func TestText(t *testing.T) {
	tests := []struct {
		name, cmap string
		code       uint32
		want       string // "-" if there is none
	}{
		{"char", "1 beginbfchar <01> <4F60> endbfchar", 1, "你"},
		{"char of two bytes for a code of one", "beginbfchar <0041> <0042> endbfchar", 0x41, "B"},
		{"surrogates", "beginbfchar <01> <D840DC0B> endbfchar", 1, "𠀋"},
		{"ligature", "beginbfchar <01> <006600660069> endbfchar", 1, "ffi"},
		{"one byte", "beginbfchar <01> <20> endbfchar", 1, " "},
		{"nothing", "beginbfchar <01> <> endbfchar", 1, ""},
		{"nul", "beginbfchar <01> <0000> endbfchar", 1, "\x00"},
		{"glyph name", "beginbfchar <01> /space endbfchar", 1, "«space»"},
		{"later char wins", "beginbfchar <01> <0041> <01> <0042> endbfchar", 1, "B"},
		{"range", "beginbfrange <10> <20> <0041> endbfrange", 0x12, "C"},
		{"range, end", "beginbfrange <10> <20> <0041> endbfrange", 0x20, "Q"},
		{"behind range", "beginbfrange <10> <20> <0041> endbfrange", 0x21, "-"},
		{"range over the low byte", "beginbfrange <00> <FF> <4EFE> endbfrange", 3, "企"},
		{"range with prefix", "beginbfrange <10> <20> <00660041> endbfrange", 0x11, "fB"},
		{"range of surrogates", "beginbfrange <10> <20> <D840DC0B> endbfrange", 0x11, "𠀌"},
		{"range with list", "beginbfrange <10> <12> [<0041> <0058005A> /a] endbfrange", 0x11, "XZ"},
		{"list too short", "beginbfrange <10> <12> [<0041>] endbfrange", 0x11, "-"},
		{"later range wins", "beginbfrange <10> <20> <0041> <10> <20> <0061> endbfrange", 0x10, "a"},
		{"range around another", "beginbfrange <10> <40> <0041> <15> <16> <0061> endbfrange", 0x20, "Q"},
		{"backwards range", "beginbfrange <20> <10> <0041> endbfrange", 0x18, "-"},
		{"count is not believed", "100 beginbfchar <01> <0041> endbfchar 1 beginbfrange <02> <03> <0042> endbfrange", 3, "C"},
		{"used map", "/Base usecmap beginbfchar <01> <0041> endbfchar", 7, "base"},
		{"own before used", "/Base usecmap beginbfchar <07> <0041> endbfchar", 7, "A"},
		{"names with escapes", "beginbfchar <01> <0#41> <02> <0042> endbfchar", 2, "B"},
	}
	base := Parse([]byte("beginbfchar <07> <0062006100730065> endbfchar"), nil, nil)
	use := func(string) *CMap { return base }
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Parse([]byte("begincmap "+tt.cmap+" endcmap"), use, glyph).Text(tt.code, 1)
			if !ok {
				got = "-"
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	tests := []struct {
		name, cmap string
		want       bool
	}{
		{"empty", "", true},
		{"fine", "beginbfchar <01> <0041> endbfchar", true},
		{"unknown map used", "/No usecmap", false},
		{"code too long", "beginbfchar <0102030405> <0041> endbfchar", false},
		{"number for text", "beginbfchar <01> 5 endbfchar", false},
		{"text for number", "begincidrange <01> <02> <03> endcidrange", false},
		{"list not closed", "beginbfrange <01> <02> [<03> endbfrange", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Parse([]byte(tt.cmap), func(string) *CMap { return nil }, nil)
			if m.Complete != tt.want {
				t.Errorf("got %v, want %v", m.Complete, tt.want)
			}
		})
	}
}

const mixed = `3 begincodespacerange <00> <80> <8140> <9FFC> <E0000000> <E0FFFFFF> endcodespacerange
begincidrange <20> <7E> 1 <8140> <817E> 633 endcidrange begincidchar <00> 7 <8180> 700 <E0010203> 9 endcidchar`

func TestNextAndCID(t *testing.T) {
	m := Parse([]byte(mixed), nil, nil)
	in := "\x20\x81\x41\xe0\x01\x02\x03\x81\x80\xff\x81\x20\x81"
	want := []string{"20:1:true:1", "8141:2:true:634", "e0010203:4:true:9", "8180:2:true:700", "ff:1:false:-", "8120:2:false:-", "81:1:false:-"}
	if diff := cmp.Diff(codes(m, in), want); diff != "" {
		t.Errorf("codes (-got +want):\n%s", diff)
	}
}

// codes cuts s and shows code, length, validity and CID.
func codes(m *CMap, s string) []string {
	var out []string
	for b := []byte(s); len(b) > 0; {
		code, n, ok := m.Next(b)
		cid := "-"
		if c, found := m.CID(code, n); found && ok {
			cid = fmt.Sprint(c)
		}
		out = append(out, fmt.Sprintf("%x:%d:%v:%s", code, n, ok, cid))
		b = b[n:]
	}
	return out
}

// CIDs and texts are those of Adobe's CMap resources.
func TestPredefined(t *testing.T) {
	s := NewStore()
	tests := []struct {
		cmap, in string
		want     []string
		text     string // by the CMap itself, or by its collection
	}{
		{"Identity-H", "\x00\x41\x4e\x00", []string{"41:2:true:65", "4e00:2:true:19968"}, ""},
		{"UniGB-UCS2-H", "\x4e\x00\x00\x31", []string{"4e00:2:true:4162", "31:2:true:18"}, "一1"},
		{"UniGB-UTF16-H", "\x4e\x00\xd8\x40\xdc\x87", []string{"4e00:2:true:4162", "d840dc87:4:true:22048"}, "一𠂇"},
		{"UniGB-UTF8-H", "一1", []string{"e4b880:3:true:4162", "31:1:true:18"}, "一1"},
		{"UniGB-UTF32-H", "\x00\x00\x4e\x00", []string{"4e00:4:true:4162"}, "一"},
		{"UniGB-UTF16-V", "\xff\x0c\x4e\x00", []string{"ff0c:2:true:573", "4e00:2:true:4162"}, "，一"},
		{"GBK-EUC-H", "1\xd2\xbb\x81\x40", []string{"31:1:true:830", "d2bb:2:true:4162", "8140:2:true:10072"}, "1一丂"},
		{"GBKp-EUC-H", "1\xd2\xbb", []string{"31:1:true:18", "d2bb:2:true:4162"}, "1一"},
		{"GBK2K-H", "1\xd2\xbb\x81\x39\xee\x39", []string{"31:1:true:18", "d2bb:2:true:4162", "8139ee39:4:true:22529"}, "1一㐀"},
		{"GBK-EUC-V", "\xa3\xac\xd2\xbb", []string{"a3ac:2:true:573", "d2bb:2:true:4162"}, "，一"},
		{"GB-EUC-H", "A\xd2\xbb", []string{"41:1:true:846", "d2bb:2:true:4162"}, "A一"},
		{"GBpc-EUC-H", "A\xd2\xbb", []string{"41:1:true:34", "d2bb:2:true:4162"}, "A一"},
		{"ETen-B5-H", "\xa4\x40", []string{"a440:2:true:595"}, "一"},
		{"UniCNS-UTF16-H", "\x4e\x00", []string{"4e00:2:true:595"}, "一"},
		{"90ms-RKSJ-H", "\x88\xea", []string{"88ea:2:true:1200"}, "一"},
		{"UniJIS-UTF16-H", "\x4e\x00", []string{"4e00:2:true:1200"}, "一"},
		{"KSCms-UHC-H", "\xb0\xa1", []string{"b0a1:2:true:1086"}, "가"},
		{"UniKS-UCS2-H", "\xac\x00", []string{"ac00:2:true:1086"}, "가"},
	}
	for _, tt := range tests {
		t.Run(tt.cmap, func(t *testing.T) {
			m := s.CMap(tt.cmap)
			if m == nil {
				t.Fatal("not there")
			}
			if diff := cmp.Diff(codes(m, tt.in), tt.want); diff != "" {
				t.Errorf("codes (-got +want):\n%s", diff)
			}
			if got, want := m.Vertical, strings.HasSuffix(tt.cmap, "V"); got != want {
				t.Errorf("vertical: got %v, want %v", got, want)
			}
			if got := text(s, m, tt.in); got != tt.text {
				t.Errorf("text: got %q, want %q", got, tt.text)
			}
		})
	}
}

// text decodes s by the CMap's own codes, else by its collection.
func text(s *Store, m *CMap, in string) string {
	var out strings.Builder
	for b := []byte(in); len(b) > 0; {
		code, n, _ := m.Next(b)
		b = b[n:]
		if t, ok := m.Text(code, n); ok {
			out.WriteString(t)
		} else if cid, ok := m.CID(code, n); ok && m.Ordering != "" {
			out.WriteString(s.Collection(m.Ordering)(cid))
		}
	}
	return out.String()
}

// Every packed CMap must unpack, and map something.
func TestAllPredefined(t *testing.T) {
	s := NewStore()
	if _, err := s.read("cmap/GBK-EUC-H"); err != nil {
		t.Fatal(err)
	}
	if len(s.archive.File) < 100 {
		t.Errorf("got %d packed files, want at least 100", len(s.archive.File))
	}
	for _, f := range s.archive.File {
		kind, name, _ := strings.Cut(f.Name, "/")
		switch kind {
		case "cmap":
			m := s.CMap(name)
			if m == nil || !m.HasSpaces() || !m.HasCIDs() || !m.Complete {
				t.Errorf("%s: not whole", name)
			}
		case "cid":
			if c := s.Collection(name); c == nil || c(100) == "" {
				t.Errorf("%s: no characters", name)
			}
		default:
			t.Errorf("%s: unknown kind", f.Name)
		}
	}
}

func TestUnknown(t *testing.T) {
	s := NewStore()
	for _, name := range []string{"", "No-H", "No-UTF16-H", "../x", strings.Repeat("-UTF16-", 50)} {
		if s.CMap(name) != nil {
			t.Errorf("%q: got a CMap, want none", name)
		}
	}
	if s.Collection("XX1") != nil {
		t.Error("got an unknown collection")
	}
	if got, _ := s.Unicode("Identity-H").Text(0x4e00, 2); got != "一" {
		t.Errorf("Identity-H as ToUnicode: got %q, want 一", got)
	}
}

func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/fuzz-seeds/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, []byte("\x00\x41\x81\x40\xff"))
	}
	store := NewStore()
	f.Fuzz(func(t *testing.T, data, in []byte) {
		m := Parse(data, store.CMap, glyph)
		for len(in) > 0 {
			code, n, _ := m.Next(in)
			if n < 1 || n > 4 || n > len(in) {
				t.Fatalf("a code of %d bytes", n)
			}
			m.CID(code, n)
			if s, _ := m.Text(code, n); len(s) > 4*maxText {
				t.Fatalf("a text of %d bytes", len(s))
			}
			in = in[n:]
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var s strings.Builder
	s.WriteString("1 begincodespacerange <0000> <FFFF> endcodespacerange 100 beginbfchar ")
	for i := range 2000 {
		fmt.Fprintf(&s, "<%04X> <%04X>\n", i, 0x4e00+i)
	}
	s.WriteString("endbfchar")
	data := []byte(s.String())
	for b.Loop() {
		Parse(data, nil, nil)
	}
}

func BenchmarkUnpackUniGB(b *testing.B) {
	for b.Loop() {
		NewStore().CMap("UniGB-UCS2-H")
	}
}
