package font

import (
	"os"
	"path/filepath"
	"testing"

	"yusuan/extractor/pdf/content/cmap"
)

func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// The fonts have the glyphs .notdef, A, one, uni4E00, g7, emoji, in this order.
func TestGlyphText(t *testing.T) {
	tests := []struct {
		file     string
		gid, cid uint32
		want     string
	}{
		{"unicode.ttf", 1, 1, "A"},
		{"unicode.ttf", 3, 3, "一"}, // and not the radical ⼀, which has the same glyph
		{"unicode.ttf", 4, 4, ""},
		{"unicode.ttf", 5, 5, "😀"}, // format 12
		{"unicode.ttf", 70000, 1, ""},
		{"symbol.ttf", 1, 1, "A"}, // by post
		{"mac.ttf", 3, 3, "一"},
		{"trimmed.ttf", 2, 2, "B"}, // format 6; its post has no names
		{"trimmed.ttf", 4, 4, ""},
		{"names.cff", 3, 9, "一"},
		{"names.cff", 2, 9, "1"},
		{"names.otf", 3, 3, "一"},
		{"names.otf", 6, 6, ""},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			p, err := parseProgram(load(t, tt.file), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.glyphText(tt.gid, tt.cid); got != tt.want {
				t.Errorf("glyph %d: got %q, want %q", tt.gid, got, tt.want)
			}
		})
	}
}

func TestCodeText(t *testing.T) {
	tests := []struct {
		file string
		code byte
		name string
		want string
	}{
		{"symbol.ttf", 0x21, "", "A"},
		{"symbol.ttf", 0x22, "", "一"},
		{"symbol.ttf", 0x23, "", ""},
		{"mac.ttf", 0x21, "", "1"},
		{"mac.ttf", 0x22, "", "一"},
		{"unicode.ttf", 0x21, "", ""},
		{"unicode.ttf", 0x21, "emoji", "😀"}, // a name that only the font knows
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			p, err := parseProgram(load(t, tt.file), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.codeText(tt.code, tt.name); got != tt.want {
				t.Errorf("code %#x %s: got %q, want %q", tt.code, tt.name, got, tt.want)
			}
		})
	}
}

func TestEncoding(t *testing.T) {
	tests := []struct {
		file string
		code byte
		want string
	}{
		{"encoding.pfa", 'A', "A"},
		{"encoding.pfa", 'B', "uni4E00"},
		{"encoding.pfa", 'C', ""},
		{"names.cff", 'A', "A"},
		{"names.cff", '1', "one"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			p, err := parseProgram(load(t, tt.file), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := p.encoding()[tt.code]; got != tt.want {
				t.Errorf("code %q: got %q, want %q", tt.code, got, tt.want)
			}
		})
	}
}

// keyedCFF is the head of a CID-keyed program of collection Adobe-GB1.
var keyedCFF = []byte{
	1, 0, 4, 1, // header
	0, 1, 1, 1, 2, 'X', // names
	0, 1, 1, 1, 10, 0xf8, 0x1b, 0xf8, 0x1c, 0x8b, 12, 30, 0x8b, 0x8b, // top: strings 391 and 392, 0, ROS
	0, 2, 1, 1, 6, 9, 'A', 'd', 'o', 'b', 'e', 'G', 'B', '1',
}

func TestKeyedCFF(t *testing.T) {
	p, err := parseProgram(keyedCFF, cmap.NewStore())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.glyphText(7, 4162), "一"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNotAProgram(t *testing.T) {
	for _, s := range []string{"", "\x00\x01", "GIF89a....", "\x01\x00\x04\x01\xff\xff\xff\xff", "%!PS no encoding here"} {
		if p, err := parseProgram([]byte(s), nil); err == nil {
			t.Errorf("%q: got %T, want an error", s, p)
		}
	}
}

func FuzzProgram(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*")
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range seeds {
		if info, err := os.Stat(name); err == nil && !info.IsDir() {
			f.Add(load(f, filepath.Base(name)))
		}
	}
	f.Add(keyedCFF)
	store := cmap.NewStore()
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := parseProgram(data, store)
		if err != nil {
			return
		}
		p.encoding()
		for i := range uint32(300) {
			p.glyphText(i, i)
			p.codeText(byte(i), "A")
		}
	})
}

func BenchmarkParseProgram(b *testing.B) {
	data := load(b, "unicode.ttf")
	for b.Loop() {
		if _, err := parseProgram(data, nil); err != nil {
			b.Fatal(err)
		}
	}
}
