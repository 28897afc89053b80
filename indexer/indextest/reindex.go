package indextest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A Snapshot is what a store says of everything in it.
type Snapshot struct {
	contents []indexer.Content
	bodies   map[string]*schemas.Disclosure
	versions map[string][]schemas.Version
	entries  []schemas.Entry
	groups   []indexer.Group
	hits     []string
}

// FillForReindex puts disclosures, versions of one of them, and ledger entries.
func FillForReindex(t *testing.T, s Store) {
	t.Helper()
	fill(t, s)
	for _, d := range []*schemas.Disclosure{version("甲本", 0, "", "1.00"), version("乙本", 3, "", "2.00")} {
		put(t, s, d, indexer.Stored)
	}
	put(t, s, version("甲本", 9, "", "1.00"), indexer.Stored) // again, and still first seen on day 0
	now := time.Date(2024, 3, 1, 8, 30, 0, 0, time.UTC)
	for _, e := range []schemas.Entry{
		{ID: "a", SHA256: "a", State: schemas.Indexed, QueuedAt: now, FirstSeen: now, Claims: &schemas.Claims{Unit: "某单位"}},
		{ID: "b", State: schemas.Rejected, Code: schemas.Damaged, Message: "it is", QueuedAt: now},
	} {
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

// TakeSnapshot reads everything.
func TakeSnapshot(t *testing.T, s Store) Snapshot {
	t.Helper()
	ctx := t.Context()
	snap := Snapshot{contents: contents(t, s), bodies: map[string]*schemas.Disclosure{}, versions: map[string][]schemas.Version{}}
	for _, c := range snap.contents {
		d, err := s.Disclosure(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.Source.FirstSeen = time.Time{} // the record has it
		snap.bodies[c.ID] = d
		if snap.versions[c.ID], err = s.Versions(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Entries(ctx, indexer.EntryFilter{}, func(e schemas.Entry) error { snap.entries = append(snap.entries, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if snap.groups, err = s.Sum(ctx, indexer.Query{AllVersions: true}, []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension}); err != nil {
		t.Fatal(err)
	}
	res, err := s.Search(ctx, indexer.Query{Text: "预算", Limit: indexer.MaxLimit})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range res.Hits {
		snap.hits = append(snap.hits, h.ID)
	}
	return snap
}

// CheckSnapshot compares two.
func CheckSnapshot(t *testing.T, got, want Snapshot) {
	t.Helper()
	if diff := cmp.Diff(got, want, cmp.AllowUnexported(Snapshot{})); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// ReadWhile reads until the returned function is called, and checks that something is found every time. It returns when the first
// read has ended; the last one begins when stop is called. stop returns how many there were.
func ReadWhile(t *testing.T, s Store) (stop func() int) {
	t.Helper()
	first, ending, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	reads := 0
	go func() {
		defer close(done)
		for last := false; !last; {
			select {
			case <-ending:
				last = true
			default:
			}
			res, err := s.Search(t.Context(), indexer.Query{Text: "预算"})
			if t.Context().Err() != nil {
				return
			}
			if err != nil || res.Total == 0 {
				t.Errorf("while the index is made anew: got %d hits, %v", res.Total, err)
				return
			}
			if reads++; reads == 1 {
				close(first)
			}
		}
	}()
	select {
	case <-first:
	case <-done:
	}
	return func() int { close(ending); <-done; return reads }
}
