package site

import (
	"strings"
	"testing"

	"yusuan/schemas"
)

// TestFigures writes amounts out.
func TestFigures(t *testing.T) {
	words, err := readMessages()
	if err != nil {
		t.Fatal(err)
	}
	const most = schemas.Fen(1<<63 - 1)
	for _, tc := range []struct {
		fen              schemas.Fen
		yuan, wan, brief string
	}{
		{0, "0.00", "0.00", "0.00 元"},
		{1, "0.01", "0.000001", "0.01 元"},
		{123_450, "1,234.50", "0.12345", "1,234.50 元"},
		{-123_450, "-1,234.50", "-0.12345", "-1,234.50 元"},
		{1_000_000, "10,000.00", "1.00", "1.00 万元"},
		{1_234_567_89, "1,234,567.89", "123.456789", "123.46 万元"},
		{1_004_999, "10,049.99", "1.004999", "1.00 万元"},
		{1_005_000, "10,050.00", "1.005", "1.01 万元"},
		{-1_005_000, "-10,050.00", "-1.005", "-1.01 万元"},
		{12_345_678_901_23, "12,345,678,901.23", "1,234,567.890123", "123.46 亿元"},
		{most, "92,233,720,368,547,758.07", "9,223,372,036,854.775807", "922,337,203.69 亿元"},
	} {
		if got := amountIn(tc.fen, yuanUnit); got != tc.yuan {
			t.Errorf("%d: got %s 元, want %s", tc.fen, got, tc.yuan)
		}
		if got := amountIn(tc.fen, wanUnit); got != tc.wan {
			t.Errorf("%d: got %s 万元, want %s", tc.fen, got, tc.wan)
		}
		if got := words[Chinese].brief(tc.fen); got != tc.brief {
			t.Errorf("%d: got %s, want %s", tc.fen, got, tc.brief)
		}
	}
	for text, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "-1234567": "-1,234,567", "1234.5": "1,234.5", "abc": "abc", "": ""} {
		if got := grouped(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := boxText(&schemas.Box{83.25, 616.94, 1226.05, 630}); got != "83.3,616.9,1226.1,630" {
		t.Errorf("got %s", got)
	}
}

// TestPieces keeps figures and what they count together.
func TestPieces(t *testing.T) {
	for text, want := range map[string]string{
		"预算9.40万元，其中":             "预算|[9.40万元]|，其中",
		"比上年减少1,234.5 元，下降7.44%。": "比上年减少|[1,234.5 元]|，下降|[7.44%]|。",
		"2024年度三公经费":              "[2024年度]|三公经费",
		"公务用车3辆":                  "公务用车|[3辆]",
		"没有数字的人员":                 "没有数字的人员",
		"1,234.50":                "1,234.50",
		"":                        "",
		"5元":                      "[5元]",
	} {
		var got []string
		for _, p := range pieces(text) {
			if p.Whole {
				p.Text = "[" + p.Text + "]"
			}
			got = append(got, p.Text)
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("%s: got %s, want %s", text, joined, want)
		}
	}
}
