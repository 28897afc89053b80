package headway

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// statusTime is when the tests look.
func statusTime() time.Time { return time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC) }

// ledgerOf is an index with these entries.
func ledgerOf(t *testing.T, entries []schemas.Entry) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i, e := range entries {
		e.ID = fmt.Sprintf("%064x", i)
		if err := s.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ago is a time before statusTime.
func ago(d time.Duration) *time.Time { return new(statusTime().Add(-d)) }

func TestReadLedger(t *testing.T) {
	var entries []schemas.Entry
	add := func(n int, e schemas.Entry) {
		for range n {
			entries = append(entries, e)
		}
	}
	add(20, schemas.Entry{State: schemas.Indexed, Pages: 30, FinishedAt: ago(30 * time.Second)})
	add(10, schemas.Entry{State: schemas.Indexed, Pages: 10, FinishedAt: ago(5 * time.Minute)})
	add(5, schemas.Entry{State: schemas.Indexed, Pages: 10, FinishedAt: ago(2 * time.Hour)})
	add(1, schemas.Entry{State: schemas.Unchanged, Pages: 10, FinishedAt: ago(2 * time.Hour)})
	add(2, schemas.Entry{State: schemas.Rejected, Code: schemas.Damaged, Pages: 99, FinishedAt: ago(2 * time.Minute)})
	add(3, schemas.Entry{State: schemas.Rejected, Code: schemas.EmptyFile, FinishedAt: ago(2 * time.Minute)})
	add(1, schemas.Entry{State: schemas.Failed, Message: `given up after 4 tries: fetch https://a.example.com/1.pdf: status 503`, FinishedAt: ago(time.Hour * 3)})
	add(1, schemas.Entry{State: schemas.Failed, Message: `given up after 4 tries: fetch https://b.example.com/2.pdf: status 503`, FinishedAt: ago(time.Hour * 3)})
	add(1, schemas.Entry{State: schemas.Failed, Message: `given up after 4 tries: index: the disk is full`, FinishedAt: ago(time.Hour * 3)})
	add(1, schemas.Entry{State: schemas.Working, FileName: "late.pdf", StartedAt: ago(10 * time.Second), Deliveries: 2, QueuedAt: *ago(time.Hour)})
	add(1, schemas.Entry{State: schemas.Working, URL: "http://x/early.pdf", StartedAt: ago(70 * time.Second), Deliveries: 1, QueuedAt: *ago(time.Hour)})
	add(38, schemas.Entry{State: schemas.Queued, QueuedAt: *ago(20 * time.Minute)})
	ledger := ledgerOf(t, entries)
	got, err := Read(t.Context(), ledger, statusTime())
	if err != nil {
		t.Fatal(err)
	}
	checkCount(t, ledger, got)
	got.Counts = nil
	eta := 60.0 // 40 left, 20 within the half minute since the first of them
	want := Status{
		Time: statusTime(), Files: 84, Pages: 20*30 + 10*10 + 5*10 + 10, Left: 40, ETASeconds: &eta,
		States:   map[schemas.State]int{schemas.Indexed: 35, schemas.Unchanged: 1, schemas.Rejected: 5, schemas.Failed: 3, schemas.Working: 2, schemas.Queued: 38},
		Reasons:  []Cause{{schemas.EmptyFile, 3}, {"failed", 3}, {schemas.Damaged, 2}},
		Failures: []Failure{{"given up after 4 tries: fetch URL: status 503", 2}, {"given up after 4 tries: index: the disk is full", 1}},
		Working: []Working{
			{fmt.Sprintf("%064x", 45), "http://x/early.pdf", ago(70 * time.Second), 1}, {fmt.Sprintf("%064x", 44), "late.pdf", ago(10 * time.Second), 2},
		},
		OldestQueued: ago(20 * time.Minute), LastFinish: ago(30 * time.Second),
		Rates: []Rate{{1, 20, 600, 40, 1200}, {10, 35, 700, 7, 140}, {60, 35, 700, 7, 140}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// checkCount holds Count against Read.
func checkCount(t *testing.T, l Ledger, want Status) {
	t.Helper()
	got, err := Count(t.Context(), l, statusTime())
	files := 0
	for _, c := range got.Counts {
		files += c.Files
	}
	if err != nil || files != want.Files || len(got.Working)+len(got.Failures) > 0 {
		t.Errorf("count: got %d files, %+v, %v", files, got, err)
	}
	got.Working, got.Failures = want.Working, want.Failures
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("count - read +:\n%s", diff)
	}
}

func TestRateOf(t *testing.T) {
	for _, tc := range []struct {
		name    string
		minutes int
		f       indexer.LedgerFinished
		want    float64 // files a minute
	}{
		{"all the time", 10, indexer.LedgerFinished{Files: 20, First: ago(10 * time.Minute)}, 2},
		{"begun later", 10, indexer.LedgerFinished{Files: 20, First: ago(2 * time.Minute)}, 10},
		{"just now", 10, indexer.LedgerFinished{Files: 1, First: ago(0)}, 12},
		{"clock of another machine", 10, indexer.LedgerFinished{Files: 1, First: ago(-time.Minute)}, 12},
		{"nothing", 10, indexer.LedgerFinished{}, 0},
	} {
		tc.f.Since = *ago(time.Duration(tc.minutes) * time.Minute)
		if got := rateOf(tc.minutes, tc.f, statusTime()).FilesPerMinute; got != tc.want {
			t.Errorf("%s: got %v files a minute, want %v", tc.name, got, tc.want)
		}
	}
}

func TestGist(t *testing.T) {
	for in, want := range map[string]string{
		"fetch https://h/a b.pdf: x":                            "fetch URL b.pdf: x",
		`file "预算 2024.pdf" is gone`:                            "file … is gone",
		"put entry url-" + strings.Repeat("0a", 32) + " failed": "put entry … failed",
		"status 503 after 12345 bytes in 1.5s":                  "status 503 after N bytes in Ns",
		"given up after 4 tries":                                "given up after 4 tries",
	} {
		if got := gist(in); got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}
