package layout_test

import (
	"testing"

	"yusuan/extractor/layout"
)

func TestIsFigure(t *testing.T) {
	for s, want := range map[string]bool{
		"0": true, "7376.85": true, "53,823,900.00": true, "-11.16": true, "△0.6": true, "(3.5)": true, "（3.5）": true, "12.30%": true, "１２３": true,
		"+5": true, "53,823,900.": true, "99.5％": true,
		"": false, "-": false, "合计": false, "1.2.3": false, "12.3万元": false, "2024年": false, "1-2": false, "12%3": false, "1.5,0": false, ",5": false,
	} {
		if got := layout.IsFigure(s); got != want {
			t.Errorf("IsFigure(%q) = %v, want %v", s, got, want)
		}
	}
}
