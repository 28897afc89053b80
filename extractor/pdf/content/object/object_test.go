package object

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

var wide = Limits{MaxStream: 1 << 20, MaxInflated: 4 << 20}

// A file is built from object bodies, numbered from 1; its trailer points to object 1.
func build(head string, bodies ...string) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	offsets := make([]int, len(bodies))
	for i, body := range bodies {
		offsets[i] = b.Len() - strings.Index(head, "%PDF")
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len() - strings.Index(head, "%PDF")
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(bodies)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(bodies)+1, start)
	return b.Bytes()
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>stream\n%s\nendstream", dict, len(data), data)
}

const catalog = "<</Type/Catalog/A 2 0 R/B[2 0 R (x) 7]>>"

func TestOpen(t *testing.T) {
	tests := []struct {
		name string
		data []byte
	}{
		{"plain", build("%PDF-1.4\n", catalog, "(hello)")},
		{"version 2.0", build("%PDF-2.0\n", catalog, "(hello)")},
		{"blank behind the version", build("%PDF-1.4 \n", catalog, "(hello)")},
		{"junk before the header", build("junk\n%PDF-1.4\n", catalog, "(hello)")},
		{"bytes after the end", append(build("%PDF-1.4\n", catalog, "(hello)"), strings.Repeat("\n<!-- -->", 50)...)},
		{"numbering from 1", bytes.Replace(build("%PDF-1.4\n", catalog, "(hello)"), []byte("xref\n0 3"), []byte("xref\n1 3"), 1)},
		{"object stream", packedFile(`<</Type/Catalog/A 4 0 R/B[4 0 R (x) 7]>> (hello)`, 0, 41, "")},
		{"hybrid", hybridFile()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(tt.data, wide)
			if err != nil {
				t.Fatal(err)
			}
			root := f.Trailer().Key("Root")
			if got, want := root.Key("A").Text(), "hello"; got != want {
				t.Errorf("string: got %q, want %q", got, want)
			}
			if got, want := root.Key("B").Index(2).Int(), 7; got != want {
				t.Errorf("number: got %d, want %d", got, want)
			}
			if n, why := f.Faults(); n != 0 {
				t.Errorf("got %d faults (%s), want none", n, why)
			}
		})
	}
}

// packedFile is a file whose catalogue (3) and string (4) stand in object stream 2, at offsets a and b; 1 is the
// cross-reference stream. extra goes into its dictionary.
func packedFile(objects string, a, b int, extra string) []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.5\n")
	at2 := out.Len()
	head := fmt.Sprintf("3 %d 4 %d ", a, b)
	fmt.Fprintf(&out, "2 0 obj\n%s\nendobj\n", stream(fmt.Sprintf("/Type/ObjStm/N 2/First %d/Filter/FlateDecode", len(head)), deflate(head+objects)))
	at1 := out.Len()
	rows := []byte{0, 0, 0, 0, 1, byte(at1 >> 8), byte(at1), 0, 1, byte(at2 >> 8), byte(at2), 0, 2, 0, 2, 0, 2, 0, 2, 1}
	fmt.Fprintf(&out, "1 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n",
		stream("/Type/XRef/W[1 2 1]/Root 3 0 R"+extra+sizeUnless(extra), string(rows)), at1)
	return out.Bytes()
}

func sizeUnless(extra string) string {
	if strings.Contains(extra, "/Size") {
		return ""
	}
	return "/Size 5"
}

// hybridFile has a classic table that hides its string in a cross-reference stream (XRefStm).
func hybridFile() []byte {
	var out bytes.Buffer
	out.WriteString("%PDF-1.5\n1 0 obj\n" + catalog + "\nendobj\n")
	at2 := out.Len()
	out.WriteString("2 0 obj\n(hello)\nendobj\n")
	stm := out.Len()
	rows := []byte{1, byte(at2 >> 8), byte(at2), 0}
	fmt.Fprintf(&out, "3 0 obj\n%s\nendobj\n", stream("/Type/XRef/W[1 2 1]/Index[2 1]/Size 4", string(rows)))
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 3\n0000000002 65535 f \n0000000009 00000 n \n0000000000 00000 f \ntrailer\n<</Size 4/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n", stm, table)
	return out.Bytes()
}

// Files that ledongthuc follows for ever, or that make it ask for all memory there is.
func TestOpenRefuses(t *testing.T) {
	plain := build("%PDF-1.4\n", catalog, "(hello)")
	start := bytes.LastIndex(plain, []byte("xref\n0 3"))
	cyclic := bytes.Replace(plain, []byte("/Root"), fmt.Appendf(nil, "/Prev %d/Root", start), 1)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "no header"},
		{"no startxref", plain[:start], "no startxref"},
		{"tables in a cycle", cyclic, "cycle"},
		{"object number beyond belief", bytes.Replace(plain, []byte("xref\n0 3"), []byte("xref\n8000000 3"), 1), "too short"},
		{"no catalogue", bytes.Replace(plain, []byte("/Root"), []byte("/Boot"), 1), "no document catalogue"},
		{"wrong startxref", bytes.Replace(plain, []byte("startxref\n"), []byte("startxref\n1"), 1), "damaged"},
		{"short key", bytes.Replace(plain, []byte("/Root"), []byte("/Encrypt<</Filter/Standard/V 1/R 2>>/Root"), 1), "short key"},
		{"no width", packedFile("<<>> ()", 0, 5, "/W[0 0 0]"), "damaged"},
		{"objects of a stream overlap", packedFile("<<>> ()"+strings.Repeat(" ", 100), 0, 0, ""), "overlap"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(tt.data, wide)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if schemas.AsRejection(err) != nil {
				t.Errorf("got a rejection: another engine may read the file")
			}
		})
	}
}

// A /Size of a thousand million must neither be believed nor matter.
func TestSizeBomb(t *testing.T) {
	f, err := Open(packedFile(`<</A 4 0 R>> (hello)`, 0, 13, "/Size 999999999"), wide)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.Trailer().Key("Root").Key("A").Text(), "hello"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, second string
		faults       int
	}{
		{"fine", "<</X 1>>", 0},
		{"not there", "<</X 9 0 R>>", 0},
		{"a reference to a reference", "3 0 R", 1},
		{"unclosed dictionary", "<</X 1", 1},
		{"bad escape", `(\w)`, 1},
		{"deep", strings.Repeat("[", 5000), 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(build("%PDF-1.4\n", catalog, tt.second, "1"), wide)
			if err != nil {
				t.Fatal(err)
			}
			f.Trailer().Key("Root").Key("A").Key("X")
			if got, why := f.Faults(); got != tt.faults {
				t.Errorf("faults: got %d (%s), want %d", got, why, tt.faults)
			}
		})
	}
}

// References to one big object must not be followed for ever.
func TestReadBudget(t *testing.T) {
	f, err := Open(build("%PDF-1.4\n", catalog, "["+strings.Repeat("1 ", 1<<15)+"]"), wide)
	if err != nil {
		t.Fatal(err)
	}
	root := f.Trailer().Key("Root")
	for i := 0; ; i++ {
		if n, _ := f.Faults(); n > 0 {
			return
		}
		if i > 2*maxRead>>26 {
			t.Fatal("the budget does not end")
		}
		f.unread -= 64 << 20 // to be quicker
		root.Key("A")
	}
}

func TestRefs(t *testing.T) {
	f, err := Open(build("%PDF-1.4\n",
		`<</A 2 0 R/B[2 0 R (5 0 R \) /Q 4 0 R) 7 2 0 R null<</X 2 0 R>>[2 0 R]]/C<</D 2 0 R>>/E/Name/F 2 0 R/G(/H 3 0 R)/I 5>>`, "<<>>"), wide)
	if err != nil {
		t.Fatal(err)
	}
	root := f.Trailer().Key("Root")
	if diff := cmp.Diff(root.Refs(), map[string]Ref{"A": {2, 0}, "F": {2, 0}}); diff != "" {
		t.Errorf("dictionary (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(root.Key("B").ArrayRefs(), []Ref{{2, 0}, {}, {}, {2, 0}, {}, {}, {}}); diff != "" {
		t.Errorf("array (-got +want):\n%s", diff)
	}
}

func TestStream(t *testing.T) {
	long := strings.Repeat("0123456789", 200)
	tests := []struct {
		name, body, want string
		err              error
	}{
		{"plain", stream("", "abc"), "abc", nil},
		{"flate", stream("/Filter/FlateDecode", deflate("abc")), "abc", nil},
		{"flate abbreviated, in an array", stream("/Filter[/Fl]", deflate("abc")), "abc", nil},
		{"wrong checksum", stream("/Filter/FlateDecode", deflate("abc")[:len(deflate("abc"))-4]+"xxxx"), "abc", nil},
		{"cut off", stream("/Filter/FlateDecode", deflate(long)[:20]), "", ErrDamaged},
		{"length too short", strings.Replace(stream("", "abcdef"), "/Length 6", "/Length 3", 1), "abcdef\n", nil},
		{"length too long", strings.Replace(stream("", "abcdef"), "/Length 6", "/Length 60", 1), "abcdef\n", nil},
		{"no length", strings.Replace(stream("", "abcdef"), "/Length 6", "", 1), "abcdef\n", nil},
		{"two filters", stream("/Filter[/ASCIIHexDecode/FlateDecode]", fmt.Sprintf("%x>", deflate("abc"))), "abc", nil},
		{"base 85", stream("/Filter/ASCII85Decode", "87cUR\nD]i,\"Ebo80~>"), "Hello World!", nil},
		{"base 85, z and a short group", stream("/Filter/A85", "z87~>"), "\x00\x00\x00\x00H", nil},
		{"hexadecimal", stream("/Filter/AHx", "48 65 6>"), "He`", nil},
		{"run length", stream("/Filter/RunLengthDecode", "\x02abc\xfed\x80zz"), "abcddd", nil},
		{"LZW of the standard", stream("/Filter/LZWDecode", "\x80\x0B\x60\x50\x22\x0C\x0C\x85\x01"), "-----A---B", nil},
		{"identity encryption", stream("/Filter[/Crypt/FlateDecode]", deflate("abc")), "abc", nil},
		{"image filter", stream("/Filter/DCTDecode", "abc"), "", ErrFilter},
		{"too many filters", stream("/Filter["+strings.Repeat("/Fl ", 100)+"]", "abc"), "", ErrFilter},
		{"no stream", "<<>>", "", ErrDamaged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(build("%PDF-1.4\n", catalog, tt.body), wide)
			if err != nil {
				t.Fatal(err)
			}
			got, err := f.Stream(f.Trailer().Key("Root").Key("A"))
			if !errors.Is(err, tt.err) {
				t.Fatalf("got error %v, want %v", err, tt.err)
			}
			if tt.err == nil && string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPredictor(t *testing.T) {
	tests := []struct {
		name  string
		in    []byte
		p     predictor
		want  string
		fails bool
	}{
		{"none", []byte("abc"), predictor{kind: 1}, "abc", false},
		{"PNG none and sub", []byte{0, 1, 2, 3, 1, 1, 1, 1}, predictor{12, 1, 8, 3, 1}, "\x01\x02\x03\x01\x02\x03", false},
		{"PNG up", []byte{2, 1, 2, 3, 2, 1, 1, 1}, predictor{12, 1, 8, 3, 1}, "\x01\x02\x03\x02\x03\x04", false},
		{"PNG average", []byte{0, 2, 4, 3, 1, 1}, predictor{15, 1, 8, 2, 1}, "\x02\x04\x02\x04", false},
		{"PNG Paeth", []byte{0, 2, 4, 4, 1, 1}, predictor{15, 1, 8, 2, 1}, "\x02\x04\x03\x05", false},
		{"TIFF", []byte{1, 1, 1, 5, 1, 1}, predictor{2, 1, 8, 3, 1}, "\x01\x02\x03\x05\x06\x07", false},
		{"last row short", []byte{0, 1, 2, 3, 0, 1}, predictor{12, 1, 8, 3, 1}, "\x01\x02\x03\x01", true},
		{"absurd columns", []byte{0, 1}, predictor{12, 64, 8, 1 << 20, 1}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := unpredict(bytes.Clone(tt.in), tt.p, nil)
			if string(got) != tt.want || (err != nil) != tt.fails {
				t.Errorf("got %q, %v; want %q, failure %v", got, err, tt.want, tt.fails)
			}
		})
	}
}

func TestStreamLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", 2<<20)
	twice := deflate(deflate(strings.Repeat("\x00", 32<<20)))
	tests := []struct {
		name, body string
	}{
		{"flate", stream("/Filter/FlateDecode", deflate(zeros))},
		{"flate twice", stream("/Filter[/FlateDecode/FlateDecode]", twice)},
		{"run length", stream("/Filter/RunLengthDecode", strings.Repeat("\x81a", 1<<14))},
		{"LZW", stream("/Filter/LZWDecode", lzwOfZeros())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(build("%PDF-1.4\n", catalog, tt.body), Limits{MaxStream: 1 << 20, MaxInflated: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Stream(f.Trailer().Key("Root").Key("A"))
			if r := schemas.AsRejection(err); r == nil || r.Code != schemas.TooLarge {
				t.Errorf("got %v, want a rejection as too large", err)
			}
		})
	}
}

// lzwOfZeros is LZW data, with early change, whose every code is one longer than the last.
func lzwOfZeros() string {
	var out []byte
	var bits uint64
	var n uint
	put := func(code, width int) {
		bits = bits<<uint(width) | uint64(code)
		for n += uint(width); n >= 8; n -= 8 {
			out = append(out, byte(bits>>(n-8)))
		}
	}
	put(256, 9)
	put(0, 9)
	width := 9
	for code := 258; code < 4095; code++ {
		if code+1 >= 1<<width && width < 12 {
			width++
		}
		put(code, width)
	}
	return string(out)
}

// The two files were encrypted by qpdf with an empty user password; their text is "hello".
func TestEncrypted(t *testing.T) {
	for _, name := range []string{"rc4-128.pdf", "aes-128.pdf", "aes-128-objstm.pdf"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := Open(data, wide)
			if err != nil {
				t.Fatal(err)
			}
			page := f.Trailer().Key("Root").Key("Pages").Key("Kids").Index(0)
			if got, want := page.Key("Note").Text(), "a note"; got != want {
				t.Errorf("string: got %q, want %q", got, want)
			}
			body, err := f.Stream(page.Key("Contents"))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.TrimSpace(string(body)), "BT /F1 12 Tf 10 10 Td (hello) Tj ET"; got != want {
				t.Errorf("stream: got %q, want %q", got, want)
			}
			if n, why := f.Faults(); n != 0 {
				t.Errorf("got %d faults (%s), want none", n, why)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.pdf")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add(build("%PDF-1.4\n", catalog, stream("/Filter[/A85/LZW]/DecodeParms<</Predictor 12/Columns 4>>", "abc")))
	f.Add(packedFile(`<</A 4 0 R>> (hello)`, 0, 13, ""))
	f.Add(hybridFile())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data, wide)
		if err != nil {
			return
		}
		walk(file, file.Trailer(), 4)
	})
}

// walk touches everything that can be reached in a few steps.
func walk(f *File, v Value, depth int) {
	if depth == 0 {
		return
	}
	v.Refs()
	v.ArrayRefs()
	for i, k := range v.Keys() {
		if i < 8 {
			walk(f, v.Key(k), depth-1)
		}
	}
	for i := range min(v.Len(), 4) {
		walk(f, v.Index(i), depth-1)
	}
	if v.Kind() == Stream {
		f.Stream(v)
	}
}
