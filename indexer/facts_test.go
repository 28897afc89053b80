package indexer

import (
	"testing"

	"yusuan/schemas"
)

// TestBands holds the bounds of the bands to what BandOf says.
func TestBands(t *testing.T) {
	for _, b := range Bands() {
		least, most, ok := b.Bounds()
		if !ok {
			t.Fatalf("%s has no bounds", b)
		}
		for _, tc := range []struct {
			at   *schemas.Fen
			step schemas.Fen // out of the band
		}{{least, -1}, {most, 1}} {
			if tc.at == nil {
				continue
			}
			if in, out := BandOf(*tc.at), BandOf(*tc.at+tc.step); in != b || out == b {
				t.Errorf("%s: %d is in %s, %d in %s", b, *tc.at, in, *tc.at+tc.step, out)
			}
		}
	}
	if _, _, ok := Band("some").Bounds(); ok {
		t.Error("some: got bounds")
	}
}
