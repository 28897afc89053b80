package elastic_test

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// edition is the i-th of several publications of one disclosure, seen so many days after the first, as a parser reads it.
func edition(i, parser, days int) *schemas.Disclosure {
	d := indextest.Disclosures()[0]
	d.Source.SHA256 = strings.Repeat(strconv.Itoa(i), 64)
	d.Source.FirstSeen = time.Date(2024, 1, 1+days, 0, 0, 0, 0, time.UTC)
	d.PublishedOn = nil
	d.ParserVersion = parser
	d.Sections, d.Tables, d.Projects, d.Findings = d.Sections[:1], d.Tables[:1], nil, nil
	return d
}

// published says when the document was published.
func published(d *schemas.Disclosure, date string) *schemas.Disclosure {
	d.PublishedOn = &date
	return d
}

// mustPut puts what must be stored.
func mustPut(t *testing.T, s *elastic.Store, list ...*schemas.Disclosure) {
	t.Helper()
	for _, d := range list {
		if outcome, err := s.Put(t.Context(), d); err != nil || outcome != indexer.Stored {
			t.Fatalf("got %q, %v, want stored", outcome, err)
		}
	}
}

// A result is what Put returned.
type result struct {
	outcome indexer.Outcome
	err     error
}

// A slowPut is a Put that stands still before one of its requests.
type slowPut struct {
	t    *testing.T
	goOn chan struct{}
	done chan result
}

// startSlow begins to put the disclosure, and returns when it is about to send the n-th request, from 1, that the function
// selects.
func startSlow(t *testing.T, cfg elastic.Config, d *schemas.Disclosure, n int32, selects func(*http.Request) bool) *slowPut {
	t.Helper()
	p := &slowPut{t, make(chan struct{}), make(chan result, 1)}
	tr := &transport{}
	cfg.Transport = tr
	s := open(t, cfg)
	reached := make(chan struct{})
	var seen atomic.Int32
	tr.set(func(req *http.Request) (*http.Response, error) {
		if selects(req) && seen.Add(1) == n {
			close(reached)
			<-p.goOn
		}
		return nil, nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	go func() {
		defer cancel()
		outcome, err := s.Put(ctx, d)
		p.done <- result{outcome, err}
	}()
	select {
	case <-reached:
	case r := <-p.done:
		t.Fatalf("the slow put ended before it should stand still: %+v", r)
	}
	return p
}

// finish lets it go on to its end.
func (p *slowPut) finish() result {
	p.t.Helper()
	close(p.goOn)
	r := <-p.done
	if r.err != nil {
		p.t.Errorf("the slow put: %v", r.err)
	}
	return r
}

// isDeletion selects deletions by query.
func isDeletion(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/_delete_by_query") }

// isFamily selects reads of a document of the versions index that is not the list of what is concealed.
func isFamily(req *http.Request) bool {
	return req.Method == http.MethodGet && strings.Contains(req.URL.Path, "-versions/_doc/") && !strings.HasSuffix(req.URL.Path, "/concealed")
}

// checkOneGeneration checks that queries find records of one parse of the disclosure, all current or all not.
func checkOneGeneration(t *testing.T, st *standIn, when string, d *schemas.Disclosure) {
	t.Helper()
	st.mu.Lock()
	defer st.mu.Unlock()
	found := st.found(false)
	maps.DeleteFunc(found, func(p parse, _ int) bool { return p.disclosureID != d.ID() })
	if len(found) != 1 {
		t.Errorf("%s: found %v of %s, want those of one parse", when, found, d.ID())
	}
}

// watch checks after every request from now on what readers find at that moment: of each disclosure one parse at most, and whole;
// of what is new they may find a part, until it is stored. And unless one moves from one family to another, they find current
// records of one disclosure, never of two.
func watch(t *testing.T, st *standIn, moves bool) {
	t.Helper()
	b, err := indexer.Records(edition(1, 1, 0)) // all have as many records
	if err != nil {
		t.Fatal(err)
	}
	whole := len(b.Passages) + len(b.Items)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.refresh("test-passages,test-items")
	empty := len(st.found(true)) == 0
	st.watch = func() {
		if t.Failed() {
			return
		}
		found := st.found(true)
		parses, current := map[string]int{}, map[string]string{} // the latter by year
		twice := false
		for p, n := range found {
			parses[p.disclosureID]++
			if p.current {
				twice = twice || current[p.year] != "" && current[p.year] != p.disclosureID
				current[p.year] = p.disclosureID
			}
			if own, ok := st.indices[st.behind("test-disclosures")].stored[p.disclosureID]; ok && n < whole || n > whole {
				t.Errorf("readers find %d records, want %d: %v (%v)", n, whole, found, own.source["generation"])
			}
		}
		for id, n := range parses {
			if n > 1 {
				t.Errorf("readers find records of %d parses of %s: %v", n, id, found)
			}
		}
		if !moves && (twice || len(current) == 0 && !empty) {
			t.Errorf("readers find none or two current versions: %v", found)
		}
	}
}

// checkOutcome compares what a Put returned.
func checkOutcome(t *testing.T, got result, want indexer.Outcome) {
	t.Helper()
	if got.outcome != want {
		t.Errorf("got %q, want %q", got.outcome, want)
	}
}

// eachServer runs a race on the stand-in, and on the real server.
func eachServer(t *testing.T, run func(t *testing.T, cfg elastic.Config)) {
	t.Run("stand-in", func(t *testing.T) { run(t, newStandIn(t).config(nil)) })
	t.Run("elasticsearch", func(t *testing.T) {
		run(t, elastic.Config{URLs: []string{serverURL(t)}, Prefix: newPrefix(t), Retries: 3, Backoff: time.Millisecond})
	})
}

// TestSlowReplacement stops a parse before it deletes what it replaces, and lets a newer one replace both.
func TestSlowReplacement(t *testing.T) {
	eachServer(t, func(t *testing.T, cfg elastic.Config) {
		s := open(t, cfg)
		mustPut(t, s, edition(1, 1, 0))
		slow := startSlow(t, cfg, edition(1, 2, 0), 1, isDeletion)
		newest := edition(1, 3, 0)
		mustPut(t, s, newest)
		checkOutcome(t, slow.finish(), indexer.Stale)
		checkComplete(t, s, newest)
	})
}

// checkOneCurrent checks that one of the disclosure's versions is current.
func checkOneCurrent(t *testing.T, s *elastic.Store, d *schemas.Disclosure) {
	t.Helper()
	list, err := s.Versions(t.Context(), d.ID())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range list {
		c := content(t, s, v.DisclosureID)
		if c == nil || c.Current != v.Current || c.Strays > 0 {
			t.Errorf("version %+v, and its records %+v", v, c)
		}
		if v.Current {
			n++
		}
	}
	if n != 1 {
		t.Errorf("got %d current versions of %d, want one", n, len(list))
	}
}

// TestOtherVersionSettles stops a replacement when its parts are there and its own record is not, and lets another version of the
// disclosure end meanwhile.
func TestOtherVersionSettles(t *testing.T) {
	st := newStandIn(t)
	s := open(t, st.config(nil))
	mustPut(t, s, edition(1, 1, 0), edition(2, 1, 5)) // the second takes the first's place
	newer := edition(2, 2, 5)
	slow := startSlow(t, st.config(nil), newer, 2, isBulk)
	checkOneGeneration(t, st, "while it is written", newer)
	mustPut(t, s, edition(1, 2, 0))
	checkOneGeneration(t, st, "after the other version was put", newer)
	checkOutcome(t, slow.finish(), indexer.Stored)
	checkOneGeneration(t, st, "in the end", newer)
	checkComplete(t, s, newer)
	checkOneCurrent(t, s, newer)
}

// TestLateRegister stops an older parse before it enters the family, and lets a newer one that reads another date pass.
func TestLateRegister(t *testing.T) {
	eachServer(t, func(t *testing.T, cfg elastic.Config) {
		s := open(t, cfg)
		other := published(edition(2, 1, 5), "2024-05-05")
		mustPut(t, s, other)
		slow := startSlow(t, cfg, published(edition(1, 1, 0), "2024-01-01"), 1, isFamily)
		newer := published(edition(1, 2, 0), "2024-09-09")
		mustPut(t, s, newer)
		checkOutcome(t, slow.finish(), indexer.Stale)
		mustPut(t, s, other) // whoever comes next in the family acts on what it says
		list, err := s.Versions(t.Context(), newer.ID())
		if err != nil || len(list) != 2 || list[1].DisclosureID != newer.ID() || list[1].PublishedOn != "2024-09-09" || !list[1].Current {
			t.Errorf("got %+v, %v, want the newer parse's date, and that it is current", list, err)
		}
		checkComplete(t, s, newer)
		checkOneCurrent(t, s, newer)
	})
}

// TestLeavesFamily interrupts a newer parse by which the disclosure is another year's before each of its requests, and puts it
// again: what it was a version of is current again.
func TestLeavesFamily(t *testing.T) {
	for n := int32(1); ; n++ {
		st := newStandIn(t)
		tr := &transport{}
		s := open(t, st.config(tr))
		old, year := edition(1, 1, 0), 2011
		mustPut(t, s, old, edition(2, 1, 5))
		moved := edition(2, 2, 5)
		moved.FiscalYear = &year
		var seen atomic.Int32
		tr.set(func(*http.Request) (*http.Response, error) {
			if seen.Add(1) == n {
				return answer(http.StatusInternalServerError, `{"error":{"type":"x","reason":"node died"}}`), nil
			}
			return nil, nil
		})
		_, err := s.Put(t.Context(), moved)
		tr.set(nil)
		mustPut(t, s, moved)
		for _, d := range []*schemas.Disclosure{old, moved} {
			list, err := s.Versions(t.Context(), d.ID())
			if err != nil || len(list) != 1 || !list[0].Current {
				t.Errorf("interrupted at request %d: got versions %+v, %v, want one that is current", n, list, err)
			}
			checkOneGeneration(t, st, "in the end", d)
			checkComplete(t, s, d)
			checkOneCurrent(t, s, d)
		}
		if t.Failed() || err == nil {
			if n < 10 {
				t.Fatalf("stopped at request %d", n)
			}
			return
		}
	}
}

// TestStraddle lets Reindex move the aliases between the parts of a disclosure and its own record.
func TestStraddle(t *testing.T) {
	eachServer(t, func(t *testing.T, cfg elastic.Config) {
		s := open(t, cfg)
		mustPut(t, s, edition(1, 1, 0))
		d := fresh()
		d.Unit = "另一个单位"
		slow := startSlow(t, cfg, d, 2, isBulk)
		if n, err := elastic.Reindex(t.Context(), zap.NewNop(), cfg, func() {}); n != 1 || err != nil {
			t.Fatalf("got %d disclosures, %v, want 1", n, err)
		}
		checkOutcome(t, slow.finish(), indexer.Stored)
		checkComplete(t, s, d)
	})
}

// TestMarkedWhileDeleted lets a newer version mark the records of an old parse while those are being deleted.
func TestMarkedWhileDeleted(t *testing.T) {
	st := newStandIn(t)
	s := open(t, st.config(nil))
	mustPut(t, s, edition(1, 1, 0))
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	st.mu.Lock()
	st.deleting = func() { mustPut(t, s, edition(2, 1, 5)) }
	st.mu.Unlock()
	newer := edition(1, 2, 0)
	mustPut(t, s, newer)
	checkOneGeneration(t, st, "in the end", newer)
	checkComplete(t, s, newer)
	checkOneCurrent(t, s, newer)
}
