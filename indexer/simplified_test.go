package indexer

import (
	"testing"

	"github.com/longbridgeapp/opencc"
)

// TestSimplified holds the table against the library it was made of, and checks that what it gives is simplified.
func TestSimplified(t *testing.T) {
	cc, err := opencc.New("t2s")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for r := rune(firstIdeograph); r <= lastIdeograph; r++ {
		text, err := cc.Convert(string(r))
		if err != nil {
			t.Fatal(err)
		}
		want := []rune(text)
		if len(want) != 1 || want[0] < firstIdeograph || want[0] > lastIdeograph {
			want = []rune{r}
		}
		got := simplify(r)
		if got != want[0] {
			t.Errorf("%c: got %c, want %c", r, got, want[0])
		}
		if got != r {
			n++
		}
	}
	if n < 2500 {
		t.Errorf("got %d characters that are simplified, want some 3,000", n)
	}
}
