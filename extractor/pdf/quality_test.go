package pdf

import (
	"strings"
	"testing"
)

// TestQuality: which pages are warned of by what their glyphs say.
func TestQuality(t *testing.T) {
	han := strings.Repeat("一般公共预算财政拨款支出", 20)
	tests := []struct {
		name, text string
		bad        bool
		warning    string
	}{
		{"plain", han + "12,345.67（万元）", false, ""},
		{"a few odd bullets", han + "\uFFFD\uFFFD", false, ""},
		{"glyphs without a character", han + strings.Repeat("\uFFFD", 9), true, "9 of 249 glyphs have no character"},
		{"letters that have no place in Chinese text", han + strings.Repeat("Ðàÿ", 3), true, "9 of 249 characters are letters that have no place"},
		{"a page in French", strings.Repeat("le budget a été voté en séance ", 20), false, ""},
	}
	for _, tt := range tests {
		p := &Page{Fonts: []Font{{}}}
		for _, r := range tt.text {
			p.Glyphs = append(p.Glyphs, Glyph{Text: string(r)})
		}
		q := measure(p)
		if q.bad() != tt.bad {
			t.Errorf("%s: bad is %v", tt.name, q.bad())
		}
		if tt.bad && !strings.HasPrefix(warnOf(q).Message, tt.warning) {
			t.Errorf("%s: %q", tt.name, warnOf(q).Message)
		}
	}
}
