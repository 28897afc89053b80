package schemas_test

import (
	"strings"
	"testing"

	"yusuan/schemas"
)

func TestParseAmount(t *testing.T) {
	tests := []struct {
		name, text string
		unit       schemas.UnitOfMeasure
		fen, half  schemas.Fen
		ok         bool
	}{
		{"wan yuan", "7376.85", "万元", 7376_850_000, 5000, true},
		{"whole wan yuan", "3", "万元", 3_000_000, 500_000, true},
		{"trailing zero counts", "3.00", "万元", 3_000_000, 5000, true},
		{"yuan with separators", "53,823,900.00", "元", 5_382_390_000, 1, true},
		{"full-width digits and separators", "１，２３４．５", "元", 123_450, 5, true},
		{"negative by minus", "-11.16", "万元", -11_160_000, 5000, true},
		{"negative by brackets", "(11.16)", "万元", -11_160_000, 5000, true},
		{"negative by full-width brackets", "（11.16）", "万元", -11_160_000, 5000, true},
		{"negative by triangle", "△0.6", "万元", -600_000, 50_000, true},
		{"finer than a fen is rounded", "0.005", "元", 1, 0, true},
		{"yi yuan", "1.2", "亿元", 12_000_000_000, 500_000_000, true},
		{"zero", "0", "万元", 0, 500_000, true},
		{"percentage", "12.3%", "万元", 0, 0, false},
		{"dash", "—", "万元", 0, 0, false},
		{"nothing", "", "万元", 0, 0, false},
		{"name", "合计", "万元", 0, 0, false},
		{"two points", "1.2.3", "万元", 0, 0, false},
		{"bad groups", "1,23", "元", 0, 0, false},
		{"leading comma", ",123", "元", 0, 0, false},
		{"point without decimals", "12.", "元", 0, 0, false},
		{"two signs", "-(5)", "元", 0, 0, false},
		{"no money", "12", "人", 0, 0, false},
		{"too much", "99999999999999999", "亿元", 0, 0, false},
		{"endless", strings.Repeat("9", 100), "元", 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := schemas.ParseAmount(tt.text, tt.unit)
			if ok != tt.ok || got.Fen != tt.fen || got.Half != tt.half {
				t.Errorf("ParseAmount(%q, %s) = %d ± %d, %v; want %d ± %d, %v", tt.text, tt.unit, got.Fen, got.Half, ok, tt.fen, tt.half, tt.ok)
			}
			if ok && got.Text != tt.text {
				t.Errorf("printed text = %q, want %q", got.Text, tt.text)
			}
		})
	}
}

func TestFenString(t *testing.T) {
	for fen, want := range map[schemas.Fen]string{0: "0.00", 5: "0.05", -5: "-0.05", 123456: "1234.56", -100: "-1.00", -9223372036854775808: "-92233720368547758.08"} {
		if got := fen.String(); got != want {
			t.Errorf("Fen(%d) = %q, want %q", int64(fen), got, want)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1,234.56", "（3）", "△0.6", "１２", "-", "1e9", "0x1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := schemas.ParseAmount(text, "元")
		if !ok {
			return
		}
		// what is printed of an amount reads as the same amount
		b, ok := schemas.ParseAmount(a.Fen.String(), "元")
		if !ok || b.Fen != a.Fen {
			t.Errorf("%q is %d fen, printed %q reads as %d, %v", text, a.Fen, a.Fen.String(), b.Fen, ok)
		}
	})
}
