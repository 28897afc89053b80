package indextest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// testLedgerLists lists files by name and time, and in pages of both orders.
func testLedgerLists(t *testing.T, s Store) {
	begin := time.Date(2024, 3, 1, 8, 30, 0, 123_000_000, time.UTC)
	var all []schemas.Entry
	for i := range 60 {
		e := schemas.Entry{
			ID: fmt.Sprintf("%064x", i*7%60), State: schemas.Queued, FileName: fmt.Sprintf("预算 %d.PDF", i), QueuedAt: begin.Add(time.Duration(i/3) * time.Second),
		}
		switch i % 4 {
		case 1:
			e.FileName, e.URL = "", fmt.Sprintf("https://a.example/%d%%_决算\\*.pdf", i)
		case 2:
			e.State, e.Code, e.FinishedAt = schemas.Rejected, schemas.Damaged, new(begin.Add(time.Duration(i)*time.Minute))
		}
		all = append(all, e)
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	byID := slices.Clone(all)
	slices.SortFunc(byID, func(a, b schemas.Entry) int { return strings.Compare(a.ID, b.ID) })
	newest := slices.Clone(byID)
	slices.Reverse(newest)
	slices.SortStableFunc(newest, func(a, b schemas.Entry) int { return b.QueuedAt.Compare(a.QueuedAt) })
	of := func(is func(schemas.Entry) bool) []schemas.Entry {
		return slices.DeleteFunc(slices.Clone(byID), func(e schemas.Entry) bool { return !is(e) })
	}
	named := func(parts ...string) []schemas.Entry {
		return of(func(e schemas.Entry) bool {
			return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(e.FileName+e.URL, p) })
		})
	}
	for name, want := range map[string][]schemas.Entry{
		"预算": named("预算"), "pdf 预算 5": named("预算", "5"), "决算": named("决算"), "a.EXAMPLE": named("a.example"), "%_": named("%_"), `\*`: named(`\*`),
		"*": named("*"), "?": nil, "_决": named("_决"), "预_": nil, "预%": nil, "算预": nil,
	} {
		testEntries(t, s, name, indexer.EntryFilter{Name: name}, want)
	}
	at := begin.Add(10 * time.Second)
	testEntries(t, s, "queued since", indexer.EntryFilter{States: []schemas.State{schemas.Queued}, QueuedSince: at},
		of(func(e schemas.Entry) bool { return e.State == schemas.Queued && !e.QueuedAt.Before(at) }))
	done := begin.Add(30 * time.Minute)
	testEntries(t, s, "finished since", indexer.EntryFilter{FinishedSince: done}, of(func(e schemas.Entry) bool { return e.FinishedAt != nil && !e.FinishedAt.Before(done) }))
	testEntries(t, s, "newest", indexer.EntryFilter{Newest: true}, newest)
	for _, want := range [][]schemas.Entry{byID, newest} {
		f := indexer.EntryFilter{Newest: &want[0] == &newest[0], Limit: 7}
		var got []schemas.Entry
		for pages := 0; pages < len(want); pages++ {
			found := len(got)
			if err := s.Entries(t.Context(), f, func(e schemas.Entry) error { got = append(got, e); return nil }); err != nil {
				t.Fatal(err)
			}
			if len(got)-found > f.Limit {
				t.Fatalf("got %d entries, want %d at most", len(got)-found, f.Limit)
			}
			if len(got) == found {
				break
			}
			f.After = indexer.KeyOf(got[len(got)-1])
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("pages, newest %t (-got +want):\n%s", f.Newest, diff)
		}
	}
}

// testSize adds up what Disclosures have.
func testSize(t *testing.T, s Store) {
	var want indexer.Size
	err := s.Disclosures(t.Context(), indexer.Filters{}, true, func(d indexer.DisclosureRecord) error {
		if d.Current {
			want.Disclosures++
		} else {
			want.Superseded++
		}
		want.Passages, want.Items, want.Tables = want.Passages+int64(d.Counts.Passages), want.Items+int64(d.Counts.Items), want.Tables+int64(d.Counts.Tables)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Size(t.Context()); err != nil || got != want || got.Items == 0 {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}
