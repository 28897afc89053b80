package indexer

import "yusuan/schemas"

// A Band is a range of amounts, by which hits are counted.
type Band string

// The bands. A band begins with its least amount and ends below the next one's.
const (
	NegativeBand   Band = "negative" // below 0
	ZeroBand       Band = "zero"
	SmallBand      Band = "under_1w"     // below 1万元
	TensBand       Band = "1w_10w"       // 1万 to 10万元
	HundredsBand   Band = "10w_100w"     // 10万 to 100万元
	MillionsBand   Band = "100w_1000w"   // 100万 to 1000万元
	TenMillionBand Band = "1000w_10000w" // 1000万 to 1亿元
	LargestBand    Band = "over_10000w"  // 1亿元 and above
)

// Bands are all bands, the lowest first.
func Bands() []Band {
	return []Band{NegativeBand, ZeroBand, SmallBand, TensBand, HundredsBand, MillionsBand, TenMillionBand, LargestBand}
}

// BandOf gives the band of an amount.
func BandOf(amount schemas.Fen) Band {
	const wan = 10_000 * 100 // 分
	bands := Bands()
	switch {
	case amount < 0:
		return bands[0]
	case amount == 0:
		return bands[1]
	}
	i := 2
	for least := schemas.Fen(wan); amount >= least && i < len(bands)-1; least *= 10 {
		i++
	}
	return bands[i]
}

// Bounds are the least and the largest amount of a band, nil where it has no such end; ok is false for what is no band.
func (b Band) Bounds() (least, most *schemas.Fen, ok bool) {
	const wan = 10_000 * 100 // 分
	switch b {
	case NegativeBand:
		return nil, new(schemas.Fen(-1)), true
	case ZeroBand:
		return new(schemas.Fen(0)), new(schemas.Fen(0)), true
	case SmallBand:
		return new(schemas.Fen(1)), new(schemas.Fen(wan - 1)), true
	case LargestBand:
		return new(schemas.Fen(10_000 * wan)), nil, true
	}
	from := schemas.Fen(wan)
	for _, one := range []Band{TensBand, HundredsBand, MillionsBand, TenMillionBand} {
		if one == b {
			return new(from), new(from*10 - 1), true
		}
		from *= 10
	}
	return nil, nil, false
}

// Band is that of the row's largest amount, "" where it has none.
func (p *Passage) Band() Band {
	var most *schemas.Fen
	for i := range p.Amounts {
		if most == nil || p.Amounts[i] > *most {
			most = &p.Amounts[i]
		}
	}
	return band(most)
}

// Band is that of the amount, "" where there is none.
func (i *LineItem) Band() Band { return band(i.Amount) }

func band(amount *schemas.Fen) Band {
	if amount == nil {
		return ""
	}
	return BandOf(*amount)
}

// CodePath gives a classification code and those around it, the outermost first: 208, 20805, 2080505.
func CodePath(code string) []string {
	var path []string
	for _, n := range []int{3, 5, 7} {
		if len(code) >= n {
			path = append(path, code[:n])
		}
	}
	return path
}
