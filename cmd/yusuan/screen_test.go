package main

import (
	"bytes"
	"errors"
	"testing"

	"yusuan/schemas"
)

func TestSheet(t *testing.T) {
	s := sheet{aligns: []align{left, right}}
	s.add("unit", "sum", "note")
	s.add("水利局", "1.00")
	s.add("\x1b[1mab\x1b[0m", "12,345.00", "x")
	got := s.String()
	want := "unit          sum  note\n" +
		"水利局       1.00\n" +
		"\x1b[1mab\x1b[0m      12,345.00  x\n"
	if got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if got := (&sheet{}).String(); got != "" {
		t.Errorf("empty sheet: got %q", got)
	}
}

func TestYuan(t *testing.T) {
	tests := []struct {
		fen  schemas.Fen
		want string
	}{
		{0, "0.00"}, {5, "0.05"}, {-5, "-0.05"}, {99999, "999.99"}, {100000, "1,000.00"}, {-123456789, "-1,234,567.89"},
		{9e16, "900,000,000,000,000.00"},
	}
	for _, tc := range tests {
		if got := yuan(tc.fen); got != tc.want {
			t.Errorf("%d: got %s, want %s", tc.fen, got, tc.want)
		}
	}
}

func TestShorten(t *testing.T) {
	tests := []struct {
		text string
		n    int
		want string
	}{
		{"预算公开", 4, "预算公开"}, {"预算公开表", 4, "预算公…"}, {"", 4, ""},
	}
	for _, tc := range tests {
		if got := shorten(tc.text, tc.n); got != tc.want {
			t.Errorf("%q to %d: got %q, want %q", tc.text, tc.n, got, tc.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	tests := []struct{ word, want string }{
		{"", "''"}, {"data", "data"}, {"数据", "数据"}, {"my data", "'my data'"}, {"it's", `'it'\''s'`}, {"$HOME", "'$HOME'"},
	}
	for _, tc := range tests {
		if got := shellWord(tc.word); got != tc.want {
			t.Errorf("%q: got %s, want %s", tc.word, got, tc.want)
		}
	}
}

// full is a writer whose disk is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestScreenKeepsError(t *testing.T) {
	s := newScreen(full{}, nil)
	s.printf("result")
	s.printf("more")
	if err := s.flush(); err == nil || err.Error() != "no space left" {
		t.Errorf("got %v, want no space left", err)
	}
}

func TestColor(t *testing.T) {
	s := &screen{color: true}
	if got, want := s.bold("x"), "\x1b[1mx\x1b[0m"; got != want {
		t.Errorf("bold: got %q, want %q", got, want)
	}
	if got := s.bold(""); got != "" {
		t.Errorf("bold nothing: got %q", got)
	}
	if got := newScreen(&bytes.Buffer{}, nil).bold("x"); got != "x" {
		t.Errorf("bold without a terminal: got %q", got)
	}
}
