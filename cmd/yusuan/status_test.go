package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/headway"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

var statusTime = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// lookAt gives the status of a ledger with these entries.
func lookAt(t *testing.T, entries []schemas.Entry) (status, error) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	for i, e := range entries {
		e.ID = fmt.Sprintf("%064x", i)
		if err := store.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s := &station{store: indexed{store}}
	return s.look(t.Context(), statusTime)
}

// ago is a time before statusTime.
func ago(d time.Duration) *time.Time { return new(statusTime.Add(-d)) }

func TestEmptyLedger(t *testing.T) {
	got, err := lookAt(t, nil)
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
	got, err := lookAt(t, []schemas.Entry{{State: schemas.Queued, QueuedAt: *ago(time.Hour)}})
	if err != nil || got.ETASeconds != nil {
		t.Fatalf("got %+v, %v", got, err)
	}
	if text := got.ratesText(); !strings.Contains(text, "1 file left, and nothing was finished within the hour") {
		t.Errorf("got\n%s", text)
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
		return status{headway.Status{Time: statusTime, NoQueue: "left alone"}}, nil
	})
	if err != nil || looks != 2 || strings.Count(out.String(), "Queue: not looked at: left alone") != 1 {
		t.Errorf("got %d looks, %v,\n%s", looks, err, out.String())
	}
}
