package schemas

import (
	"fmt"
	"math/big"
	"strings"
)

// Fen (分) is an amount of money in hundredths of a yuan. Amounts are never floats.
type Fen int64

// String gives yuan with two decimals: 1234.56.
func (f Fen) String() string {
	sign, u := "", uint64(f)
	if f < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

// A UnitOfMeasure (计量单位) is what a table's figures count: 元, 千元, 万元, 百万元, 亿元.
type UnitOfMeasure string

// Fen returns how many 分 one of the unit is, and false for a unit that is none of money.
func (u UnitOfMeasure) Fen() (int64, bool) {
	switch u {
	case "元", "人民币元":
		return 100, true
	case "百元":
		return 100_00, true
	case "千元":
		return 1_000_00, true
	case "万元":
		return 10_000_00, true
	case "百万元":
		return 1_000_000_00, true
	case "亿元":
		return 100_000_000_00, true
	}
	return 0, false
}

// An Amount is a printed figure of money with what it is worth. Its true value lies within Half of Fen: a printed 3.1 万元
// is anything from 3.05 to 3.15 万元.
type Amount struct {
	Text string        // as printed
	Unit UnitOfMeasure // as printed over the table or behind the figure
	Fen  Fen           // rounded to the nearest 分, half away from zero
	Half Fen           // half of the last printed digit, in 分, at least 0
}

// ParseAmount reads a printed figure in the given unit. It takes thousands separators (ASCII and full-width), full-width
// digits, a leading -, −, － or △/▲ (negative), and brackets for negative. It gives false for text that is no plain figure
// (a percentage, a name, "—", nothing), and for one beyond 9 × 10^16 分.
func ParseAmount(text string, unit UnitOfMeasure) (Amount, bool) {
	factor, ok := unit.Fen()
	if !ok {
		return Amount{}, false
	}
	digits, decimals, negative, ok := plainFigure(text)
	if !ok {
		return Amount{}, false
	}
	n, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return Amount{}, false
	}
	n.Mul(n, big.NewInt(factor))
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	n = roundQuotient(n, scale)
	if !n.IsInt64() || n.Int64() > 9e16 {
		return Amount{}, false
	}
	half := roundQuotient(big.NewInt(factor), new(big.Int).Mul(scale, big.NewInt(2)))
	a := Amount{Text: text, Unit: unit, Fen: Fen(n.Int64()), Half: Fen(half.Int64())}
	if negative {
		a.Fen = -a.Fen
	}
	return a, true
}

// roundQuotient returns n/d rounded to the nearest integer, half up; neither is negative.
func roundQuotient(n, d *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, d, new(big.Int))
	if r.Lsh(r, 1).Cmp(d) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// maxFigure is how many bytes a printed figure can have; longer text is none.
const maxFigure = 64

// plainFigure splits a printed figure into its digits (decimal point left out), the number of decimals and its sign.
func plainFigure(text string) (digits string, decimals int, negative, ok bool) {
	if len(text) > maxFigure {
		return "", 0, false, false
	}
	s := foldFigure(text)
	if inner, cut := strings.CutPrefix(s, "("); cut {
		if s, cut = strings.CutSuffix(inner, ")"); !cut {
			return "", 0, false, false
		}
		negative = true
	}
	for _, sign := range []string{"-", "△", "▲"} {
		if rest, cut := strings.CutPrefix(s, sign); cut {
			if negative {
				return "", 0, false, false
			}
			s, negative = rest, true
		}
	}
	s = strings.TrimPrefix(s, "+")
	whole, fraction, point := strings.Cut(s, ".")
	if point && fraction == "" || whole == "" {
		return "", 0, false, false
	}
	if strings.Contains(whole, ",") {
		groups := strings.Split(whole, ",")
		for i, g := range groups {
			if i > 0 && len(g) != 3 || g == "" || len(g) > 3 {
				return "", 0, false, false
			}
		}
		whole = strings.Join(groups, "")
	}
	digits = whole + fraction
	if strings.Trim(digits, "0123456789") != "" {
		return "", 0, false, false
	}
	return digits, len(fraction), negative, true
}

// foldFigure turns full-width forms into ASCII, unifies the minus signs and drops white space.
func foldFigure(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == ' ' || r == '\u00a0' || r == '\u3000' || r == '\n' || r == '\t':
		case r >= '！' && r <= '～':
			b.WriteRune(r - 0xfee0)
		case r == '−' || r == '–' || r == '—':
			b.WriteByte('-')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
