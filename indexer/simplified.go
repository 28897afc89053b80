package indexer

//go:generate go run simplified_gen.go

// simplified has, for each ideograph from firstIdeograph on, the simplified one, or 0 where it is that already. The table is OpenCC's
// (https://github.com/BYVoid/OpenCC, TSCharacters, Apache License 2.0): character by character, so that places stay as they are.
var simplified = func() (table [lastIdeograph - firstIdeograph + 1]uint16) {
	pairs := []rune(simplifiedPairs)
	for i := 0; i < len(pairs); i += 2 {
		table[pairs[i]-firstIdeograph] = uint16(pairs[i+1])
	}
	return table
}()

// The ideographs of Unicode's first block of them.
const (
	firstIdeograph = 0x4e00
	lastIdeograph  = 0x9fff
)

// simplify gives the simplified form of a character of traditional Chinese, else the character itself.
func simplify(r rune) rune {
	if r < firstIdeograph || r > lastIdeograph || simplified[r-firstIdeograph] == 0 {
		return r
	}
	return rune(simplified[r-firstIdeograph])
}
