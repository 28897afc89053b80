package elastic_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/schemas"
)

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

// patient is a configuration with pauses as long as they are by default: whoever is at it at the same time gets the time to end.
func patient(st *standIn) elastic.Config {
	cfg := st.config(nil)
	cfg.Backoff = 0
	return cfg
}

// checkNewest checks that of each version the newest parse is stored and found, and nothing else, and that one version is current.
func checkNewest(t *testing.T, st *standIn, s *elastic.Store, versions, parsers int) {
	t.Helper()
	for i := range versions {
		d := edition(i+1, parsers, i)
		checkComplete(t, s, d)
		checkOneGeneration(t, st, "in the end", d)
	}
	checkOneCurrent(t, s, edition(1, parsers, 0))
}

// TestManyBesideOne puts several parses of several versions at once, of which one is stored before.
func TestManyBesideOne(t *testing.T) {
	const versions, parsers = 3, 3
	for range 10 {
		st := newStandIn(t)
		s := open(t, patient(st))
		mustPut(t, s, edition(1, 1, 0))
		watch(t, st, true) // which version is current may not be one for a moment, while several parses of several are stored at once
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
		checkNewest(t, st, s, versions, parsers)
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
			mustPut(t, open(t, patient(st)), edition(i+1, 1, i))
		}
		watch(t, st, true) // as above
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				s := open(t, patient(st))
				for _, i := range rand.Perm(versions * parsers) {
					d := edition(1+i/parsers, 1+i%parsers, i/parsers)
					if outcome, err := s.Put(t.Context(), d); err != nil || d.ParserVersion == parsers && outcome != indexer.Stored {
						t.Errorf("got %q, %v", outcome, err)
					}
				}
			})
		}
		wg.Wait()
		s := open(t, patient(st))
		checkNewest(t, st, s, versions, parsers)
		if t.Failed() {
			return
		}
	}
}
