package indextest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// testLedgerSummary holds what the store counts against what is counted here, entry by entry.
func testLedgerSummary(t *testing.T, s Store) {
	begin := time.Date(2024, 3, 1, 8, 30, 0, 123_000_000, time.UTC)
	since := []time.Time{begin.Add(3 * time.Hour), begin.Add(90 * time.Minute), begin.Add(1000 * time.Hour), begin}
	checkSummary(t, s, "empty", nil, since)
	checkSummary(t, s, "empty, no times", nil, nil)

	random := rand.New(rand.NewPCG(1, 2))
	entries := map[string]schemas.Entry{}
	put := func(e schemas.Entry) {
		t.Helper()
		entries[e.ID] = e
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		put(randomEntry(random, fmt.Sprintf("%064x", i), begin))
	}
	checkSummary(t, s, "filled", entries, since)
	checkSummary(t, s, "no times", entries, nil)

	for i := range 150 { // states change, entries go
		put(randomEntry(random, fmt.Sprintf("%064x", i), begin))
	}
	for i := range 50 {
		id := fmt.Sprintf("%064x", 200+i)
		if err := s.DeleteEntry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		delete(entries, id)
	}
	checkSummary(t, s, "changed", entries, since)
	// A moment is counted, the millisecond after it is not.
	last := *summarise(entries, nil).LastFinish
	checkSummary(t, s, "at a moment", entries, []time.Time{last, last.Add(999 * time.Microsecond), last.Add(time.Millisecond)})
}

// randomEntry has any state, with what the worker writes for it. One that is queued again may still have its pages.
func randomEntry(random *rand.Rand, id string, begin time.Time) schemas.Entry {
	states := []schemas.State{schemas.Queued, schemas.Working, schemas.Indexed, schemas.Unchanged, schemas.Superseded, schemas.OCRNeeded,
		schemas.Rejected, schemas.Failed}
	codes := []schemas.Code{schemas.Damaged, schemas.Timeout, schemas.EmptyFile}
	minutes := func(n int) time.Time { return begin.Add(time.Duration(random.IntN(n)) * time.Minute) }
	e := schemas.Entry{ID: id, State: states[random.IntN(len(states))], FileName: "文件.pdf", Pages: random.IntN(60), QueuedAt: minutes(60)}
	started := minutes(120)
	if e.State != schemas.Queued {
		e.StartedAt = &started
	}
	if e.State.Final() || random.IntN(10) == 0 { // what a state that is not final says of its end counts for nothing
		finished := started.Add(time.Duration(random.IntN(7_200_000)) * time.Millisecond)
		e.FinishedAt = &finished
	}
	switch e.State {
	case schemas.Rejected:
		e.Code = codes[random.IntN(len(codes))]
	case schemas.OCRNeeded:
		e.Code = schemas.NeedsOCR
	}
	return e
}

func checkSummary(t *testing.T, s Store, name string, entries map[string]schemas.Entry, since []time.Time) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := s.LedgerSummary(t.Context(), since...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(got, summarise(entries, since)); diff != "" {
		t.Errorf("summary, %s (-got +want):\n%s", name, diff)
	}
}

// summarise counts by hand.
func summarise(entries map[string]schemas.Entry, since []time.Time) indexer.LedgerSummary {
	var sum indexer.LedgerSummary
	earlier := func(p **time.Time, v time.Time) {
		if *p == nil || v.Before(**p) {
			*p = &v
		}
	}
	for _, e := range entries {
		at := slices.IndexFunc(sum.Counts, func(c indexer.LedgerCount) bool { return c.State == e.State && c.Code == e.Code })
		if at < 0 {
			at = len(sum.Counts)
			sum.Counts = append(sum.Counts, indexer.LedgerCount{State: e.State, Code: e.Code})
		}
		sum.Counts[at].Files++
		sum.Counts[at].Pages += int64(e.Pages)
		if e.State == schemas.Queued {
			earlier(&sum.OldestQueued, e.QueuedAt)
		}
		if e.State.Final() {
			earlier(&sum.FirstFinish, *e.FinishedAt)
			if sum.LastFinish == nil || e.FinishedAt.After(*sum.LastFinish) {
				sum.LastFinish = e.FinishedAt
			}
		}
	}
	slices.SortFunc(sum.Counts, func(a, b indexer.LedgerCount) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Code, b.Code))
	})
	for _, from := range since {
		f := indexer.LedgerFinished{Since: from}
		for _, e := range entries {
			if !e.State.Final() || e.FinishedAt.Before(from.Truncate(time.Millisecond)) {
				continue
			}
			f.Files++
			earlier(&f.First, *e.FinishedAt)
			if e.State == schemas.Indexed {
				f.Pages += int64(e.Pages)
			}
		}
		sum.Finished = append(sum.Finished, f)
	}
	return sum
}
