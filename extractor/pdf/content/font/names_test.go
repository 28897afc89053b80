package font

import "testing"

func TestNameText(t *testing.T) {
	tests := []struct{ name, want string }{
		{"A", "A"}, {"space", " "}, {"hyphen", "-"}, {"fi", "ﬁ"}, {"f_f_i", "ffi"}, {"A.sc", "A"}, {"uni4E00", "一"},
		{"uni4E004E01", "一丁"}, {"uniD840DC0B", ""}, {"u2000B", "𠀋"}, {"u4E00", "一"}, {"u4e00", "一"}, {"uni4E0", ""},
		{"", ""}, {".notdef", ""}, {"g12", ""}, {"A_g12", ""}, {"dalethatafpatah", "דֲ"}, {"u110000", ""}, {"uni", ""},
	}
	for _, tt := range tests {
		if got := NameText(tt.name); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTables(t *testing.T) {
	if got := len(glyphList()); got != 4281 {
		t.Errorf("glyph list: got %d names, want 4281", got)
	}
	for name, want := range map[string]string{"WinAnsiEncoding": "Euro", "StandardEncoding": "", "MacRomanEncoding": "Adieresis"} {
		if e := encodings()[name]; e == nil || e[0x80] != want || e['A'] != "A" {
			t.Errorf("%s: code 80 is not %q", name, want)
		}
	}
	for font, want := range map[string]float64{"Helvetica": 556, "Times-Roman": 500, "Helvetica-Bold": 556} {
		if got := standardWidths()[font]["one"]; got != want {
			t.Errorf("%s: got %v, want %v", font, got, want)
		}
	}
	if got := len(glyphOrders()["mac"]); got != 258 {
		t.Errorf("mac order: got %d names, want 258", got)
	}
	if got := len(glyphOrders()["cff"]); got != 391 {
		t.Errorf("cff strings: got %d names, want 391", got)
	}
}

func TestCleanName(t *testing.T) {
	tests := []struct{ in, want string }{
		{"ABCDEF+SimSun", "SimSun"}, {"SimSun", "SimSun"}, {"abcdef+SimSun", "abcdef+SimSun"}, {"\xcb\xce\xcc\xe5", "宋体"},
		{"ABCDEF+\xba\xda\xcc\xe5,Bold", "黑体,Bold"}, {"宋体", "宋体"}, {"ABCDEF+", "ABCDEF+"},
	}
	for _, tt := range tests {
		if got := cleanName(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSettle(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"a", "a", true}, {" ", " ", true}, {"\u00a0", " ", true}, {"\u3000", " ", true}, {"\t", " ", true}, {"ab", "ab", true},
		{"⼀", "⼀", true}, {"", "\uFFFD", false}, {"\x00", "\uFFFD", false}, {"a\x01", "\uFFFD", false}, {"\uFFFD", "\uFFFD", false},
		{"\uffff", "\uFFFD", false}, {"\ue000", "\ue000", true}, {"\u00ad", "\u00ad", true},
	}
	for _, tt := range tests {
		if got, ok := settle(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}
