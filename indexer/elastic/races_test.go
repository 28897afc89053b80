package elastic_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
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

// TestEveryStop stops a parse before each of its requests in turn, and lets a newer one, the same one, or another version of the
// disclosure pass. Whatever the order, the newest parse is there whole in the end, and nothing else.
func TestEveryStop(t *testing.T) {
	for name, tc := range map[string]struct {
		first         bool // nothing is stored before
		passes, stays *schemas.Disclosure
	}{
		"newer parse":            {false, edition(1, 3, 0), edition(1, 3, 0)},
		"newer parse at first":   {true, edition(1, 3, 0), edition(1, 3, 0)},
		"same parse":             {false, edition(1, 2, 0), edition(1, 2, 0)},
		"same parse at first":    {true, edition(1, 2, 0), edition(1, 2, 0)},
		"newer version":          {false, edition(2, 1, 5), edition(1, 2, 0)},
		"newer version at first": {true, edition(2, 1, 5), edition(1, 2, 0)},
		"older version":          {false, edition(3, 1, -5), edition(1, 2, 0)},
		"older version at first": {true, edition(3, 1, -5), edition(1, 2, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			for n := int32(1); ; n++ {
				st := newStandIn(t)
				s := open(t, st.config(nil))
				if !tc.first {
					mustPut(t, s, edition(1, 1, 0))
				}
				watch(t, st, false)
				passed := false
				tr := &transport{}
				cfg := st.config(tr)
				slow := open(t, cfg)
				var seen atomic.Int32
				tr.set(func(*http.Request) (*http.Response, error) {
					if seen.Add(1) == n {
						passed = true
						mustPut(t, s, tc.passes)
						if !tc.first || tc.passes.ID() != tc.stays.ID() {
							checkOneGeneration(t, st, "after what was put in between", tc.passes)
						}
					}
					return nil, nil
				})
				if _, err := slow.Put(t.Context(), edition(1, 2, 0)); err != nil {
					t.Errorf("before request %d: %v", n, err)
				}
				if !passed {
					if n < 8 {
						t.Errorf("got %d requests, want more", n)
					}
					return
				}
				checkComplete(t, s, tc.stays)
				checkComplete(t, s, tc.passes)
				checkOneGeneration(t, st, "in the end", tc.stays)
				checkOneGeneration(t, st, "in the end", tc.passes)
				checkOneCurrent(t, s, tc.stays)
				if t.Failed() {
					t.Fatalf("stopped before request %d", n)
				}
			}
		})
	}
}

// TestEveryMove stops a Put before each of its requests in turn and lets another pass, where one of the two is of a parse by which a
// disclosure is another year's: in the end each of both is the current one of its year.
func TestEveryMove(t *testing.T) {
	year := 2011
	moved := func(i, parser, days int) *schemas.Disclosure {
		d := edition(i, parser, days)
		d.FiscalYear = &year
		return d
	}
	for name, tc := range map[string]struct {
		slow, passes *schemas.Disclosure
		stay         []*schemas.Disclosure
	}{
		"newer version moves":       {edition(1, 2, 0), moved(2, 2, 5), []*schemas.Disclosure{edition(1, 2, 0), moved(2, 2, 5)}},
		"newer version is slow":     {moved(2, 2, 5), edition(1, 2, 0), []*schemas.Disclosure{edition(1, 2, 0), moved(2, 2, 5)}},
		"older version moves":       {edition(2, 2, 5), moved(1, 2, 0), []*schemas.Disclosure{edition(2, 2, 5), moved(1, 2, 0)}},
		"older version is slow":     {moved(1, 2, 0), edition(2, 2, 5), []*schemas.Disclosure{edition(2, 2, 5), moved(1, 2, 0)}},
		"newer parse moves":         {edition(2, 2, 5), moved(2, 3, 5), []*schemas.Disclosure{edition(1, 1, 0), moved(2, 3, 5)}},
		"newer parse does not":      {moved(2, 2, 5), edition(2, 3, 5), []*schemas.Disclosure{edition(2, 3, 5)}},
		"newer parse of first does": {edition(1, 2, 0), moved(1, 3, 0), []*schemas.Disclosure{edition(2, 1, 5), moved(1, 3, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			passed := true
			for n := int32(1); passed && !t.Failed(); n++ {
				st := newStandIn(t)
				s := open(t, st.config(nil))
				mustPut(t, s, edition(1, 1, 0), edition(2, 1, 5))
				watch(t, st, true)
				tr := &transport{}
				slow := open(t, st.config(tr))
				var seen atomic.Int32
				tr.set(func(*http.Request) (*http.Response, error) {
					if seen.Add(1) == n {
						mustPut(t, s, tc.passes)
					}
					return nil, nil
				})
				if _, err := slow.Put(t.Context(), tc.slow); err != nil {
					t.Errorf("before request %d: %v", n, err)
				}
				if passed = seen.Load() >= n; !passed {
					break
				}
				for _, d := range tc.stay {
					checkComplete(t, s, d)
					checkOneGeneration(t, st, "in the end", d)
					if c := content(t, s, d.ID()); c == nil || !c.Current {
						t.Errorf("%s is not current: %+v", d.ID(), c)
					}
					checkOneCurrent(t, s, d)
				}
				if t.Failed() {
					t.Logf("stopped before request %d", n)
				}
			}
		})
	}
}

// TestEveryCut cuts a parse off before each of its requests in turn, or before the answer to it. Then something else is put, and
// in the end the same once more. Readers find nothing that is not whole meanwhile, and in the end all is there.
func TestEveryCut(t *testing.T) {
	for name, tc := range map[string]struct {
		first    bool // nothing is stored before
		answered bool // the server has done what the last request asked
		next     *schemas.Disclosure
	}{
		"then the same":               {false, false, edition(1, 2, 0)},
		"then a newer parse":          {false, false, edition(1, 3, 0)},
		"then a newer version":        {false, false, edition(2, 1, 5)},
		"answer lost, newer parse":    {false, true, edition(1, 3, 0)},
		"answer lost, newer version":  {false, true, edition(2, 1, 5)},
		"first, then a newer version": {true, false, edition(2, 1, 5)},
		"first, then a newer parse":   {true, true, edition(1, 3, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			for n := int32(1); !t.Failed(); n++ {
				st := newStandIn(t)
				s := open(t, st.config(nil))
				if !tc.first {
					mustPut(t, s, edition(1, 1, 0))
				}
				watch(t, st, false)
				ctx, cut := context.WithCancel(t.Context())
				defer cut()
				tr := &transport{}
				var seen atomic.Int32
				tr.set(func(req *http.Request) (*http.Response, error) {
					if seen.Add(1) < n {
						return nil, nil
					}
					if tc.answered && ctx.Err() == nil {
						res, err := http.DefaultTransport.RoundTrip(req.Clone(context.WithoutCancel(req.Context())))
						if err != nil {
							return nil, err
						}
						res.Body.Close()
					}
					cut()
					return nil, context.Canceled
				})
				cfg := st.config(tr)
				d := edition(1, 2, 0)
				if _, err := openLater(t, cfg).Put(ctx, d); err == nil {
					break
				}
				t.Logf("cut off at request %d", n)
				mustPut(t, s, tc.next)
				checkComplete(t, s, tc.next)
				checkOneGeneration(t, st, "after what came next", tc.next)
				if _, err := s.Put(t.Context(), d); err != nil {
					t.Error(err)
				}
				for _, d := range []*schemas.Disclosure{tc.next, d} {
					if d.ID() != tc.next.ID() || d.ParserVersion == tc.next.ParserVersion {
						checkComplete(t, s, d)
						checkOneGeneration(t, st, "in the end", d)
					}
				}
				checkOneCurrent(t, s, tc.next)
			}
		})
	}
}

// openLater opens a store on the stand-in whose transport acts only when it is open.
func openLater(t *testing.T, cfg elastic.Config) *elastic.Store {
	t.Helper()
	tr := cfg.Transport.(*transport)
	fault := tr.fault.Swap(nil)
	s := open(t, cfg)
	tr.fault.Store(fault)
	return s
}

// TestManyBesideOne puts several parses of several versions at once, of which one is stored before.
func TestManyBesideOne(t *testing.T) {
	const versions, parsers = 3, 3
	for range 10 {
		st := newStandIn(t)
		s := open(t, st.config(nil))
		mustPut(t, s, edition(1, 1, 0))
		watch(t, st, false)
		var wg sync.WaitGroup
		for i := range versions * parsers {
			wg.Go(func() {
				d := edition(1+i%versions, 1+i/versions, i%versions)
				if outcome, err := s.Put(t.Context(), d); err != nil || d.ParserVersion == parsers && outcome != indexer.Stored {
					t.Errorf("got %q, %v", outcome, err)
				}
			})
		}
		wg.Wait()
		for i := range versions {
			d := edition(i+1, parsers, i)
			checkComplete(t, s, d)
			checkOneGeneration(t, st, "in the end", d)
		}
		checkOneCurrent(t, s, edition(1, parsers, 0))
		if t.Failed() {
			return
		}
	}
}

// TestManyAtOnce puts several parses of several versions from several goroutines.
func TestManyAtOnce(t *testing.T) {
	const workers, versions, parsers = 4, 3, 3
	for range 5 {
		st := newStandIn(t)
		for i := range versions { // what readers find is whole from the beginning
			mustPut(t, open(t, st.config(nil)), edition(i+1, 1, i))
		}
		watch(t, st, false)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				s := open(t, st.config(nil))
				for _, i := range rand.Perm(versions * parsers) {
					d := edition(1+i/parsers, 1+i%parsers, i/parsers)
					if outcome, err := s.Put(t.Context(), d); err != nil || d.ParserVersion == parsers && outcome != indexer.Stored {
						t.Errorf("got %q, %v", outcome, err)
					}
				}
			})
		}
		wg.Wait()
		s := open(t, st.config(nil))
		for i := range versions {
			d := edition(i+1, parsers, i)
			checkComplete(t, s, d)
			checkOneGeneration(t, st, "in the end", d)
		}
		checkOneCurrent(t, s, edition(1, parsers, 0))
		if t.Failed() {
			return
		}
	}
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
