package schemas_test

import (
	"testing"
	"unicode/utf8"

	"yusuan/schemas"
)

func TestIdeograph(t *testing.T) {
	for r, want := range map[rune]rune{'⼀': '一', '⼆': '二', '⽬': '目', '⿕': '龠', '⻓': '长', '⻔': '门', '⻳': '龟', '⺀': '⺀', '戶': '户', '⼾': '户', '稅': '税', '说': '说', '一': '一', 'a': 'a', '\u2fd6': '\u2fd6', utf8.RuneError: utf8.RuneError} {
		if got := schemas.Ideograph(r); got != want {
			t.Errorf("Ideograph(%q) = %q, want %q", r, got, want)
		}
	}
}
