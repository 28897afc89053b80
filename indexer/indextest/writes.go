package indextest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// contents lists what the store says of its disclosures, and fails for incomplete ones.
func contents(t *testing.T, s Store) []indexer.Content {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var out []indexer.Content
	err := s.Contents(t.Context(), func(c indexer.Content) error {
		if !c.Complete() {
			t.Errorf("not complete: %+v", c)
		}
		out = append(out, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// expected is what contents must say of the disclosures.
func expected(t *testing.T, list ...*schemas.Disclosure) []indexer.Content {
	t.Helper()
	var out []indexer.Content
	for _, d := range list {
		b, err := indexer.Records(d)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, indexer.Content{
			ID: d.ID(), SHA256: d.Source.SHA256, ParserVersion: max(1, d.ParserVersion), Expected: b.Disclosure.Counts, Actual: b.Disclosure.Counts, Current: true,
		})
	}
	slices.SortFunc(out, func(a, b indexer.Content) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// testPut checks that a disclosure is replaced whole, and only by one that is not older.
func testPut(t *testing.T, s Store) {
	first := hospital(2024, "3.10")
	put(t, s, first, indexer.Stored)
	put(t, s, library(), indexer.Stored)
	if diff := cmp.Diff(contents(t, s), expected(t, first, library())); diff != "" {
		t.Fatalf("after the first put (-got +want):\n%s", diff)
	}

	put(t, s, first, indexer.Stored) // again, unchanged
	if diff := cmp.Diff(contents(t, s), expected(t, first, library())); diff != "" {
		t.Errorf("after the same again (-got +want):\n%s", diff)
	}

	same := hospital(2024, "3.10") // the same parser with fewer records
	same.Tables = same.Tables[:2]
	same.Findings = nil
	put(t, s, same, indexer.Stored)
	if diff := cmp.Diff(contents(t, s), expected(t, same, library())); diff != "" {
		t.Errorf("after fewer records (-got +want):\n%s", diff)
	}

	newer := hospital(2024, "3.10")
	newer.ParserVersion++
	newer.Sections = newer.Sections[1:]
	put(t, s, newer, indexer.Stored)
	put(t, s, first, indexer.Stale)
	if diff := cmp.Diff(contents(t, s), expected(t, newer, library())); diff != "" {
		t.Errorf("after a newer and an older (-got +want):\n%s", diff)
	}
	got, err := s.Disclosure(t.Context(), newer.ID())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, newer); diff != "" {
		t.Errorf("disclosure (-got +want):\n%s", diff)
	}
	res, err := s.Search(t.Context(), indexer.Query{Text: "医疗救治"})
	if err != nil || res.Total != 0 {
		t.Errorf("got %d hits (%v) in a section that was replaced, want none", res.Total, err)
	}

	unversioned := library()
	unversioned.ParserVersion = 0
	put(t, s, unversioned, indexer.Stale)

	stop := errors.New("stop")
	if err := s.Contents(t.Context(), func(indexer.Content) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got error %v, want that of the callback", err)
	}
}

// testPutAtOnce puts the same and other disclosures from several goroutines.
func testPutAtOnce(t *testing.T, s Store) {
	list := Disclosures()
	errs := make(chan error)
	const rounds = 3
	for range rounds {
		for _, d := range list {
			go func() {
				outcome, err := s.Put(t.Context(), d)
				if err == nil && outcome != indexer.Stored {
					err = fmt.Errorf("outcome %q", outcome)
				}
				errs <- err
			}()
		}
	}
	for range rounds * len(list) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(contents(t, s), expected(t, Disclosures()...)); diff != "" {
		t.Errorf("contents (-got +want):\n%s", diff)
	}
}

// testLargeDisclosure puts a disclosure of thousands of rows and one long section.
func testLargeDisclosure(t *testing.T, s Store) {
	d := base("many", "云岭县财政局", "云岭县", 2024, schemas.Budget, schemas.DepartmentScope)
	var rows []schemas.Row
	for i := range 3000 {
		rows = append(rows, row(1+i/40, float64(100+i%40*15), fmt.Sprintf("%d", 2010000+i), fmt.Sprintf("201|%02d|%02d|项目名称%d|%d.5|%d|", i/100%100, i%100, i, i, i)))
	}
	d.Tables = []schemas.Table{functionalTable(rows...)}
	d.Sections = []schemas.Section{section("1", 2, "一、", "长文", 1, strings.Repeat("收入支出情况说明，", 40_000)+"末尾的词语。")}
	before := contents(t, s)
	put(t, s, d, indexer.Stored)
	if got := contents(t, s); len(got) != len(before)+1 {
		t.Errorf("got %d disclosures, want %d", len(got), len(before)+1)
	}
	h := one(t, s, indexer.Query{Text: "末尾的词语"})
	if len(h.Snippet.Text) > 4*indexer.SnippetRunes*4 {
		t.Errorf("got a snippet of %d bytes", len(h.Snippet.Text))
	}
	one(t, s, indexer.Query{Text: "项目名称2999"})
}

func testCancelled(t *testing.T, s Store) {
	before := contents(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, pensions()); !errors.Is(err, context.Canceled) {
		t.Errorf("put: got error %v, want context.Canceled", err)
	}
	if _, err := s.Search(ctx, indexer.Query{Text: "收入"}); !errors.Is(err, context.Canceled) {
		t.Errorf("search: got error %v, want context.Canceled", err)
	}
	if diff := cmp.Diff(contents(t, s), before); diff != "" {
		t.Errorf("contents (-got +want):\n%s", diff)
	}
}

func testLedger(t *testing.T, s Store) {
	now := time.Date(2024, 3, 1, 8, 30, 0, 123_000_000, time.UTC)
	var want []schemas.Entry
	for i := range 250 {
		e := schemas.Entry{ID: fmt.Sprintf("%064x", i), State: schemas.Indexed, FileName: fmt.Sprintf("文件 %d.pdf", i), Bytes: 1 << 40, Deliveries: 1, QueuedAt: now}
		switch {
		case i%5 == 0:
			e.State, e.Code, e.Message, e.Page, e.FinishedAt = schemas.Rejected, schemas.Damaged, "page 3 is cut off", 3, &now
		case i%7 == 0:
			e.State, e.Claims = schemas.Queued, &schemas.Claims{Unit: "某单位", Year: 2024}
		}
		want = append(want, e)
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	got, ok, err := s.Entry(t.Context(), want[7].ID) // at once, without Refresh
	if diff := cmp.Diff(got, want[7]); diff != "" || !ok || err != nil {
		t.Errorf("entry, %v, %v (-got +want):\n%s", ok, err, diff)
	}
	if _, ok, err := s.Entry(t.Context(), "none"); ok || err != nil {
		t.Errorf("got %v, %v for no entry, want false", ok, err)
	}
	testEntries(t, s, "all", indexer.EntryFilter{}, want)
	testEntries(t, s, "rejected", indexer.EntryFilter{States: []schemas.State{schemas.Rejected}, Codes: []schemas.Code{schemas.Damaged}}, keep(want, schemas.Rejected))
	testEntries(t, s, "other code", indexer.EntryFilter{States: []schemas.State{schemas.Rejected}, Codes: []schemas.Code{schemas.Timeout}}, nil)
	testEntries(t, s, "two states", indexer.EntryFilter{States: []schemas.State{schemas.Queued, schemas.Indexed}}, keep(want, schemas.Queued, schemas.Indexed))

	one := schemas.Entry{ID: "one", SHA256: strings.Repeat("a", 64), State: schemas.Queued, QueuedAt: now}
	if err := s.PutEntry(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	found := 0
	err = s.Entries(t.Context(), indexer.EntryFilter{SHA256: one.SHA256}, func(schemas.Entry) error { found++; return nil }) // without Refresh
	if err != nil || found != 1 {
		t.Errorf("entries of a file that was put just now: got %d, %v, want 1", found, err)
	}
	if err := s.DeleteEntry(t.Context(), one.ID); err != nil {
		t.Fatal(err)
	}

	want[0].State, want[0].Code = schemas.Indexed, ""
	if err := s.PutEntry(t.Context(), want[0]); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{want[1].ID, "none"} {
		if err := s.DeleteEntry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok, err := s.Entry(t.Context(), want[1].ID); ok || err != nil {
		t.Errorf("got %v, %v for a deleted entry, want false", ok, err)
	}
	testEntries(t, s, "after a change", indexer.EntryFilter{}, slices.Delete(slices.Clone(want), 1, 2))

	// The callback may write, and may stop.
	stop, calls := errors.New("stop"), 0
	err = s.Entries(t.Context(), indexer.EntryFilter{}, func(e schemas.Entry) error {
		if calls++; calls == 3 {
			return stop
		}
		return s.PutEntry(t.Context(), e)
	})
	if !errors.Is(err, stop) || calls != 3 {
		t.Errorf("got error %v after %d calls, want the callback's after 3", err, calls)
	}
}

func keep(list []schemas.Entry, states ...schemas.State) []schemas.Entry {
	var out []schemas.Entry
	for _, e := range list {
		if slices.Contains(states, e.State) {
			out = append(out, e)
		}
	}
	return out
}

func testEntries(t *testing.T, s Store, name string, f indexer.EntryFilter, want []schemas.Entry) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []schemas.Entry
	err := s.Entries(t.Context(), f, func(e schemas.Entry) error { got = append(got, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("entries, %s (-got +want):\n%s", name, diff)
	}
}
