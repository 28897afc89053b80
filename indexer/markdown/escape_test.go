package markdown

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"收入总计 1,234.50", "收入总计 1,234.50"},
		{"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"<!-- x -->", "&lt;!-- x --&gt;"},
		{"&lt;b&gt;", "&amp;lt;b&amp;gt;"},
		{"![x](javascript:alert(1))", `!\[x\](javascript:alert(1))`},
		{"[x]: https://example.org", `\[x\]: https\://example.org`},
		{"https://example.org", `https\://example.org`},
		{"WWW.example.org", `WWW\.example.org`},
		{"a@example.org", `a\@example.org`},
		{"a | b", `a \| b`},
		{`a \| b`, `a &#92;\| b`},
		{"`x` ``y``", "\\`x\\` \\`\\`y\\`\\`"},
		{"**粗** __粗__ ~~删~~", `\*\*粗\*\* \_\_粗\_\_ \~\~删\~\~`},
		{"# 标题 #", `\# 标题 \#`},
		{"{{ x }} ${y} $$z$$", `\{\{ x \}\} \$\{y\} \$\$z\$\$`},
		{"one\r\n\r\n# two", `one \# two`},
		{"a\u2028b\u0085c", "a b c"},
		{"\t    code", "code"},
		{"a\x00\x1b[31mb", `a  \[31mb`},
		{"a\u202eb\u2066c", "abc"},
		{"a\xffb", "a\ufffdb"},
	} {
		if got := text(tc.in); got != tc.want {
			t.Errorf("text(%q): got %q, want %q", tc.in, got, tc.want)
		}
	}
	if got, want := cell("一行\n|\n\n二行"), `一行<br>\|<br>二行`; got != want {
		t.Errorf("cell: got %q, want %q", got, want)
	}
	for _, tc := range []struct{ in, want string }{
		{"1. x", `1\. x`}, {"12) x", `12\) x`}, {"- x", `\- x`}, {"+ x", `\+ x`}, {"===", `\===`}, {"---", `\---`}, {": x", `\: x`}, {"2024年", "2024年"}, {"2024", "2024"}, {"", ""},
	} {
		if got := leading(tc.in); got != tc.want {
			t.Errorf("leading(%q): got %q, want %q", tc.in, got, tc.want)
		}
	}
}

var (
	entity    = regexp.MustCompile(`&(?:lt|gt|amp|#92);`)
	escape    = regexp.MustCompile(`\\([!-/:-@\[-` + "`" + `{-~])`)
	begins    = regexp.MustCompile(`^(?:[-+=:*_>#~]|[0-9]+[.)])`)
	autolinks = regexp.MustCompile(`(?i)://|www\.`)
)

// FuzzText checks that nothing is left that means anything, and that the text can be read back.
func FuzzText(f *testing.F) {
	for _, s := range []string{"<a href='x'>", `\|`, `\\\|`, "a\n\n    b", "&amp;#60;", "www.www.", ":://", "1.", "-", "\\-", "[^1]: x", "&#92;|", "…\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{text(s), leading(text(s)), strings.ReplaceAll(cell(s), "<br>", "")} {
			if !utf8.ValidString(got) || strings.ContainsFunc(got, isLineEnd) || strings.TrimSpace(got) != got {
				t.Fatalf("%q: got %q, want one line", s, got)
			}
			plain := entity.ReplaceAllString(got, "")
			if strings.ContainsAny(plain, "<>&") {
				t.Fatalf("%q: got %q, with HTML", s, got)
			}
			plain = escape.ReplaceAllString(plain, "")
			if strings.ContainsAny(plain, "\\`*_{}[]|~$#^@") || autolinks.MatchString(escape.ReplaceAllString(entity.ReplaceAllString(got, " "), " ")) {
				t.Fatalf("%q: got %q, with markup", s, got)
			}
		}
		if got := leading(text(s)); begins.MatchString(got) {
			t.Fatalf("%q: got %q, which begins a block", s, got)
		}
		back := html.UnescapeString(escape.ReplaceAllString(text(s), "$1"))
		if want := strings.TrimSpace(strings.Map(visible, strings.ToValidUTF8(s, "\ufffd"))); !strings.ContainsFunc(s, isLineEnd) && !strings.Contains(s, "&") && back != want {
			t.Errorf("%q: got %q back, want %q", s, back, want)
		}
	})
}
