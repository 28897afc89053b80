package main

import (
	"context"
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

var statusTime = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// ledgerOf is an index with these entries.
func ledgerOf(t *testing.T, entries []schemas.Entry) indexed {
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
	return indexed{s}
}

// ago is a time before statusTime.
func ago(d time.Duration) *time.Time { return new(statusTime.Add(-d)) }

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
	got, err := readLedger(t.Context(), ledgerOf(t, entries), statusTime)
	if err != nil {
		t.Fatal(err)
	}
	eta := 60.0 // 40 left, 20 within the half minute since the first of them
	want := status{
		Time: statusTime, Files: 84, Pages: 20*30 + 10*10 + 5*10 + 10, Left: 40, ETASeconds: &eta,
		States:   map[schemas.State]int{schemas.Indexed: 35, schemas.Unchanged: 1, schemas.Rejected: 5, schemas.Failed: 3, schemas.Working: 2, schemas.Queued: 38},
		Reasons:  []reasonCount{{schemas.EmptyFile, 3}, {"failed", 3}, {schemas.Damaged, 2}},
		Failures: []failureCount{{"given up after 4 tries: fetch URL: status 503", 2}, {"given up after 4 tries: index: the disk is full", 1}},
		Working: []workingFile{
			{fmt.Sprintf("%064x", 45), "http://x/early.pdf", ago(70 * time.Second), 1}, {fmt.Sprintf("%064x", 44), "late.pdf", ago(10 * time.Second), 2},
		},
		OldestQueued: ago(20 * time.Minute), LastFinish: ago(30 * time.Second),
		Rates: []rate{{1, 20, 600, 40, 1200}, {10, 35, 700, 7, 140}, {60, 35, 700, 7, 140}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestEmptyLedger(t *testing.T) {
	got, err := readLedger(t.Context(), ledgerOf(t, nil), statusTime)
	if err != nil || got.Files != 0 || got.ETASeconds != nil || len(got.Rates) != 3 || got.Working == nil || got.Failures == nil {
		t.Errorf("got %+v, %v", got, err)
	}
	p := &program{out: newScreen(&strings.Builder{}, nil)}
	if text := p.statusText(got); !strings.HasPrefix(text, "0 files, 0 pages in the index") || strings.Contains(text, "left") {
		t.Errorf("got\n%s", text)
	}
}

// TestNothingGoesOn has files that are left and workers that are not there.
func TestNothingGoesOn(t *testing.T) {
	got, err := readLedger(t.Context(), ledgerOf(t, []schemas.Entry{{State: schemas.Queued, QueuedAt: *ago(time.Hour)}}), statusTime)
	if err != nil || got.ETASeconds != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	if text := got.ratesText(); !strings.Contains(text, "1 file left, and nothing was finished within the hour") {
		t.Errorf("got\n%s", text)
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
		if got := rateOf(tc.minutes, tc.f, statusTime).FilesPerMinute; got != tc.want {
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

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 59900 * time.Millisecond: "59 s", 61 * time.Second: "1 min 1 s", 3*time.Hour + 4*time.Minute: "3 h 4 min",
		50 * time.Hour: "2 d 2 h",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// TestWatchEnds stops watching.
func TestWatchEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out strings.Builder
	p := &program{out: newScreen(&out, nil)}
	looks := 0
	err := p.watchStatus(ctx, func() (status, error) {
		if looks++; looks == 2 {
			cancel()
		}
		return status{Time: statusTime, NoQueue: "left alone"}, nil
	})
	if err != nil || looks != 2 || strings.Count(out.String(), "Queue: not looked at: left alone") != 1 {
		t.Errorf("got %d looks, %v,\n%s", looks, err, out.String())
	}
}
