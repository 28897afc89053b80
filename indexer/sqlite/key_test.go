package sqlite

import (
	"database/sql/driver"
	"encoding/json"
	"math"
	"testing"

	"yusuan/indexer"
	"yusuan/schemas"
)

// TestFacts makes every combination that there is: each comes back, and no list is longer than its bits.
func TestFacts(t *testing.T) {
	for _, l := range []struct {
		name      string
		have, max int
	}{
		{"kinds", len(indexer.PassageKinds()), kindMask}, {"forms", len(indexer.Forms()), formMask},
		{"states", len(indexer.States()), stateMask}, {"bands", len(indexer.Bands()), bandMask},
	} {
		if l.have > l.max {
			t.Errorf("%d %s do not fit, want at most %d", l.have, l.name, l.max)
		}
	}
	seen := map[facts]bool{}
	for _, kind := range append(indexer.PassageKinds(), "") {
		for _, form := range append(indexer.Forms(), "") {
			for _, state := range append(indexer.States(), "") {
				for _, band := range append(indexer.Bands(), "") {
					f := makeFacts(kind, form, state, band)
					if got, want := f.values(), [4]string{string(kind), string(form), string(state), string(band)}; got != want {
						t.Fatalf("got %v, want %v", got, want)
					}
					if seen[f] {
						t.Fatalf("%v is not the only one with its number", f.values())
					}
					seen[f] = true
				}
			}
		}
	}
}

// TestKeys wants keys in the order of disclosures and numbers, within the bounds that are looked through.
func TestKeys(t *testing.T) {
	const largest = math.MaxInt64 >> ownBits
	last := int64(-1)
	for _, disclosure := range []int64{1, 2, 1_000_000, largest} {
		for _, number := range []int{0, 1, maxNumber} {
			for _, f := range []facts{0, maxFacts} {
				key := keyOf(disclosure, number, f)
				if key <= last || key < firstKey(disclosure) || key > lastKey(disclosure) || key>>ownBits != disclosure || key>>factBits&maxNumber != int64(number) {
					t.Errorf("key %d of %d, %d, %d", key, disclosure, number, f)
				}
				last = key
			}
		}
	}
}

// TestTally counts each hit once, and its codes once each.
func TestTally(t *testing.T) {
	tl := newTally()
	row := makeFacts(indexer.RowPassage, schemas.ExpenditureSummary, indexer.FigureState, "")
	for _, step := range [][]driver.Value{
		{keyOf(1, 1, row), nil, "208", int64(3), int64(3)}, {keyOf(1, 1, row), nil, "20805", int64(3), int64(3)},
		{keyOf(1, 1, row), nil, "30101", int64(3), int64(3)}, {keyOf(2, 1, 0), int64(7), nil, int64(3), int64(3)},
		{keyOf(2, 2, row), nil, "208", int64(3), int64(3)}, {keyOf(2, 3, row), nil, "20", int64(3), int64(3)}, {keyOf(2, 4, row), nil, "501", int64(3), int64(3)},
	} {
		if err := tl.Step(nil, step); err != nil {
			t.Fatal(err)
		}
	}
	got, err := json.Marshal(tl)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"d":{"1":1,"2":4},"f":{"0":1,"564":4},"t":{"7":1},"c":{"208":2,"301":1,"501":1}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if err := tl.Step(nil, []driver.Value{"no key", nil, nil, int64(3), int64(3)}); err == nil {
		t.Error("got no error for a text")
	}
}
