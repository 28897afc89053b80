package headway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// sick gives an error instead of entries while it is ill.
type sick struct {
	Ledger
	ill bool
}

func (s *sick) Entries(ctx context.Context, f indexer.EntryFilter, fn func(schemas.Entry) error) error {
	if s.ill {
		return errors.New("out of reach")
	}
	return s.Ledger.Entries(ctx, f, fn)
}

// TestFollow changes files between looks, and is told each change once.
func TestFollow(t *testing.T) {
	store := ledgerOf(t, nil)
	now := statusTime()
	ledger := &sick{Ledger: store}
	var got []string
	f := &follower{ledger: ledger, changed: func(e schemas.Entry) { got = append(got, e.ID+" "+string(e.State)) }, lost: func() { got = append(got, "lost") }}
	put := func(id string, s schemas.State) {
		t.Helper()
		e := schemas.Entry{ID: id, State: s, QueuedAt: now}
		if s.Final() {
			e.FinishedAt = new(now)
		}
		if err := store.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	put("old", schemas.Queued)
	put("older", schemas.Indexed)
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"what was there", func() {}, nil},
		{"queued", func() { put("a", schemas.Queued); put("b", schemas.Queued) }, []string{"a queued", "b queued"}},
		{"nothing", func() {}, nil},
		{"one is read, one is done", func() { put("a", schemas.Working); put("b", schemas.Rejected) }, []string{"a working", "b rejected"}},
		{"nothing, for a minute", func() { now = now.Add(time.Minute) }, nil},
		{"the one that was read for long is done, an old one is read", func() { put("a", schemas.Indexed); put("old", schemas.Working) }, []string{"a indexed", "old working"}},
		{"queued again", func() { put("b", schemas.Queued) }, []string{"b queued"}},
		{"it cannot look", func() { ledger.ill = true; put("b", schemas.Working) }, nil},
		{"it can again", func() { ledger.ill = false }, []string{"b working", "lost"}},
		{"more than it looks at", func() {
			for i := range atMost {
				put(fmt.Sprintf("x%04d", i), schemas.Working)
			}
		}, []string{"lost"}},
	} {
		now = now.Add(3 * time.Second)
		step.do()
		got = nil
		f.look(t.Context(), now)
		if got = slices.DeleteFunc(got, func(s string) bool { return s[0] == 'x' }); len(got) > 1 && got[len(got)-1] != "lost" {
			slices.Sort(got)
		}
		if diff := cmp.Diff(got, step.want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", step.name, diff)
		}
	}
}
