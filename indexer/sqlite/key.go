package sqlite

import (
	"fmt"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// The pk of a table, passage or line item is its disclosure's, its own number in that, and its facts: what hits are counted by, so
// that a count of a hundred thousand hits reads none of their rows.
const (
	numberBits = 20
	factBits   = 16
	ownBits    = numberBits + factBits

	// maxNumber is the largest number that a table, passage or line item may have within its disclosure.
	maxNumber = 1<<numberBits - 1
	maxFacts  = 1<<factBits - 1
)

// keyOf gives a pk.
func keyOf(disclosure int64, number int, f facts) int64 {
	return disclosure<<ownBits | int64(number)<<factBits | int64(f)
}

// firstKey and lastKey bound the pks of a disclosure's records.
func firstKey(disclosure int64) int64 { return disclosure << ownBits }
func lastKey(disclosure int64) int64  { return disclosure<<ownBits | (1<<ownBits - 1) }

// SQL of the parts of x.pk, and of the ranges of pks of the disclosure d.
var (
	disclosureOf = fmt.Sprintf("x.pk >> %d", ownBits)
	numberOf     = fmt.Sprintf("x.pk >> %d & %d", factBits, maxNumber)
	keyRange     = rangeOf("x.pk")
	tableRange   = rangeOf("t.pk")
	ofTable      = fmt.Sprintf("d.pk = t.pk >> %d", ownBits)
)

// rangeOf is SQL for: the key is one of the disclosure d's.
func rangeOf(key string) string {
	return fmt.Sprintf("%s BETWEEN d.pk << %d AND (d.pk << %d) + %d", key, ownBits, ownBits, lastKey(0))
}

// facts are four small numbers: the kind of a passage (0 to 3), the form (4 to 8), the state (9 to 11) and the band of the amount (12 to
// 15); each is the place in its list, from 1, and 0 is none. The lists may grow at their ends only, or schemaVersion must.
type facts uint16

const (
	kindShift, formShift, stateShift, bandShift = 0, 4, 9, 12
	kindMask, formMask, stateMask, bandMask     = 15, 31, 7, 15
)

func makeFacts(kind indexer.PassageKind, form schemas.Form, state indexer.State, band indexer.Band) facts {
	place := func(i, shift int) facts { return facts(i+1) << shift }
	return place(slices.Index(indexer.PassageKinds(), kind), kindShift) | place(slices.Index(indexer.Forms(), form), formShift) |
		place(slices.Index(indexer.States(), state), stateShift) | place(slices.Index(indexer.Bands(), band), bandShift)
}

// values gives what the facts are in the order of factDimensions; "" is none.
func (f facts) values() [4]string {
	at := func(shift, mask int) int { return int(f)>>shift&mask - 1 }
	return [4]string{
		text(indexer.PassageKinds(), at(kindShift, kindMask)), text(indexer.Forms(), at(formShift, formMask)),
		text(indexer.States(), at(stateShift, stateMask)), text(indexer.Bands(), at(bandShift, bandMask)),
	}
}

// factDimensions are what facts say.
func factDimensions() [4]indexer.Dimension {
	return [4]indexer.Dimension{indexer.PassageDimension, indexer.FormDimension, indexer.StateDimension, indexer.BandDimension}
}

func text[T ~string](list []T, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return string(list[i])
}

// ofKinds adds that the passage is of one of the kinds.
func ofKinds(c *conditions, kinds []indexer.PassageKind) {
	if len(kinds) == 0 {
		return
	}
	list := ""
	for i, k := range kinds {
		if i > 0 {
			list += ", "
		}
		list += fmt.Sprint(slices.Index(indexer.PassageKinds(), k) + 1)
	}
	c.add(fmt.Sprintf("x.pk & %d IN (%s)", kindMask, list))
}
