package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show prints tokens as the tests below write them.
func show(tok Token) string {
	switch tok.Kind {
	case Number:
		return fmt.Sprintf("%g", tok.Num)
	case String:
		return fmt.Sprintf("(%s)", tok.Bytes)
	case Name:
		return fmt.Sprintf("/%s", tok.Bytes)
	case Keyword:
		return string(tok.Bytes)
	}
	return []string{"EOF", "", "", "", "", "[", "]", "<<", ">>"}[tok.Kind]
}

func TestNext(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		faults   int
	}{
		{"empty", "", nil, 0},
		{"numbers", "1 -2 +3 .5 -.5 4. 0003 12345678901", []string{"1", "-2", "3", "0.5", "-0.5", "4", "3", "1.2345678901e+10"}, 0},
		{"two signs", "--5 -+5 5--3 0.00-35", []string{"-5", "-5", "5", "0"}, 0},
		{"two points", "1.2.3 4", []string{"1.2", "4"}, 0},
		{"lone signs", "- + . -.", []string{"-0", "0", "0", "-0"}, 0},
		{"exponent", "1e3 -2.5E-2 3 e", []string{"1000", "-0.025", "3", "e"}, 0},
		{"number glued to operator", "0g 1 0 0RG", []string{"0", "g", "1", "0", "0", "RG"}, 0},
		{"operators", "BT T* ' \" f* ET", []string{"BT", "T*", "'", "\"", "f*", "ET"}, 0},
		{"names", "/A /B#20C /#zz /a#2 / /D(x)", []string{"/A", "/B C", "/#zz", "/a#2", "/", "/D", "(x)"}, 0},
		{"strings", `(a) (a(b)c) () (a\)b)`, []string{"(a)", "(a(b)c)", "()", "(a)b)"}, 0},
		{"escapes", `(\n\r\t\b\f\\\(\)) (\101\60\7x) (\w) (\500)`, []string{"(\n\r\t\b\f\\())", "(A0\ax)", "(w)", "(@)"}, 0},
		{"line ends in strings", "(a\r\nb\rc\nd) (e\\\r\nf\\\ng)", []string{"(a\nb\nc\nd)", "(efg)"}, 0},
		{"hex", "<48 65> <4> <4 8\n6 5> <>", []string{"(He)", "(@)", "(He)", "()"}, 0},
		{"hex with junk", "<4x8>", []string{"(H)"}, 1},
		{"unclosed string", "(abc", []string{"(abc)"}, 1},
		{"unclosed escaped string", `(ab\`, []string{"(ab)"}, 1},
		{"unclosed hex", "<41", []string{"(A)"}, 1},
		{"stray brackets", ") > 1", []string{"1"}, 2},
		{"arrays and dictionaries", "[1<</A[2]>>]", []string{"[", "1", "<<", "/A", "[", "2", "]", ">>", "]"}, 0},
		{"comments", "1 % (two\r2%\n3%", []string{"1", "2", "3"}, 0},
		{"braces", "{pop}", []string{"{", "pop", "}"}, 0},
		{"nulls are space", "1\x002", []string{"1", "2"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lex := Lexer{Data: []byte(tt.in)}
			var got []string
			for tok := lex.Next(); tok.Kind != EOF; tok = lex.Next() {
				got = append(got, show(tok))
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("tokens (-got +want):\n%s", diff)
			}
			if lex.Faults != tt.faults {
				t.Errorf("faults: got %d, want %d", lex.Faults, tt.faults)
			}
		})
	}
}

// Tokens before Reset must hold while later strings grow the lexer's memory.
func TestTokensHold(t *testing.T) {
	lex := Lexer{Data: []byte(`(a\142c) <646566> ` + strings.Repeat(`(\170) `, 1000))}
	first, second := lex.Next(), lex.Next()
	for tok := lex.Next(); tok.Kind != EOF; tok = lex.Next() {
	}
	if got, want := show(first)+show(second), "(abc)(def)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSkipImage(t *testing.T) {
	tests := []struct {
		name, in string
		length   int
		ok       bool
		next     string
	}{
		{"known length", " \x01EI \x02\x03 EI Q", 6, true, "Q"},
		{"known length, no space before EI", " abcEI Q", 3, true, "Q"},
		{"wrong length", " abcdef EI Q", 3, true, "Q"},
		{"EI in the data", " ab EI \x80\x81\x82 EI Q", 0, true, "Q"},
		{"EI at the end", " ab\nEI", 0, true, "EOF"},
		{"EI glued to more", " ab EIx EI Q", 0, true, "Q"},
		{"no end", " abc", 0, false, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lex := Lexer{Data: []byte("ID" + tt.in)}
			lex.Next()
			if got := lex.SkipImage(tt.length); got != tt.ok {
				t.Errorf("found: got %v, want %v", got, tt.ok)
			}
			if got := show(lex.Next()); got != tt.next {
				t.Errorf("next token: got %s, want %s", got, tt.next)
			}
		})
	}
}

func FuzzLexer(f *testing.F) {
	seeds, err := filepath.Glob("testdata/lexer/*")
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
	f.Fuzz(func(t *testing.T, data []byte) {
		lex := Lexer{Data: data}
		for n := 0; ; n++ {
			if n > len(data) {
				t.Fatal("more tokens than bytes")
			}
			before := lex.Pos
			tok := lex.Next()
			if tok.Kind == EOF {
				break
			}
			if lex.Pos <= before {
				t.Fatalf("no progress at %d", before)
			}
			if len(tok.Bytes) > len(data) {
				t.Fatalf("a token of %d bytes", len(tok.Bytes))
			}
		}
		lex = Lexer{Data: data}
		lex.SkipImage(len(data) / 2)
		if lex.Pos > len(data) {
			t.Fatal("position past the end")
		}
	})
}

func BenchmarkLexer(b *testing.B) {
	data := []byte(strings.Repeat("BT /F1 10.5 Tf 1 0 0 1 72.25 700.5 Tm [(abc) -20 <0041>] TJ ET\n0.5 w 72 690 m 300 690 l S\n", 1000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		lex := Lexer{Data: data}
		for lex.Next().Kind != EOF {
			lex.Reset()
		}
	}
}
