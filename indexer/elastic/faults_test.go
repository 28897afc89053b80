package elastic_test

import (
	"testing"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
)

// checkComplete checks that the store has so many disclosures, all complete.
func checkComplete(t *testing.T, s *elastic.Store, want int) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := 0
	err := s.Contents(t.Context(), func(c indexer.Content) error {
		got++
		if !c.Complete() {
			t.Errorf("not complete: %+v", c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got %d disclosures, want %d", got, want)
	}
}
