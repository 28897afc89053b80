package indextest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// uniform is a disclosure whose every figure is the mark, and of which there are as many.
func uniform(name string, mark, days int) *schemas.Disclosure {
	d := base(name, "白石县档案馆", "白石县", 2023, schemas.Budget, schemas.UnitScope)
	d.Source.FirstSeen = firstSeen.AddDate(0, 0, days)
	var rows []schemas.Row
	for i := range mark {
		rows = append(rows, row(1, float64(100+i*15), "2010301", fmt.Sprintf("201|03|01|行政运行%d|%d|", i, mark)))
	}
	d.Tables = []schemas.Table{functionalTable(rows...)}
	d.Sections = []schemas.Section{section("1", 2, "一、", "情况说明", 2, fmt.Sprintf("标记%d。", mark))}
	return d
}

// fenOfTable is 1 万元, the table's unit of measure.
const fenOfTable = 1_000_000

// testWholeReads reads without pause while a disclosure is replaced by newer parses and superseded by newer versions: each answer
// is of one of them, and whole.
func testWholeReads(t *testing.T, s Store) {
	put(t, s, uniform("first", 20, 0), indexer.Stored)
	whileReading(t, s, 10, true, func() {
		for i := range 6 {
			replaced := uniform("first", 21+i, 0)
			replaced.ParserVersion += 1 + i
			put(t, s, replaced, indexer.Stored)
			put(t, s, uniform(fmt.Sprintf("version %d", i), 40+i, 1+i), indexer.Stored)
		}
	})
}

// testRaces puts several parses of several versions of one disclosure from several goroutines, and reads without pause: each answer
// is of one of them and whole, or, for a moment in the midst of it, none; and the newest parse of the newest version is found in the end.
func testRaces(t *testing.T, s Store) {
	const versions, parses = 3, 3
	parsed := func(version, parse int) *schemas.Disclosure {
		d := uniform(fmt.Sprintf("version %d", version), 20+10*version+parse, version)
		d.ParserVersion += parse
		return d
	}
	put(t, s, parsed(0, 0), indexer.Stored)
	whileReading(t, s, 2, false, func() {
		var wg sync.WaitGroup
		for i := range versions * parses {
			wg.Go(func() {
				version, parse := i%versions, i/versions
				outcome, err := s.Put(t.Context(), parsed(version, parse))
				if err != nil || parse == parses-1 && outcome != indexer.Stored {
					t.Errorf("version %d, parse %d: got %q, %v", version, parse, outcome, err)
				}
			})
		}
		wg.Wait()
	})
	var want []*schemas.Disclosure
	for version := range versions {
		want = append(want, parsed(version, parses-1))
	}
	expect := expected(t, want...)
	for i := range expect {
		expect[i].Current = expect[i].ID == want[versions-1].ID()
	}
	if diff := cmp.Diff(contents(t, s), expect); diff != "" {
		t.Errorf("contents (-got +want):\n%s", diff)
	}
}

// whileReading calls fn and reads as long as it runs, once before it at least and once after it, and so often altogether. See
// checkWhole for always.
func whileReading(t *testing.T, s Store, atLeast int, always bool, fn func()) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, ending, read := make(chan struct{}), make(chan struct{}), make(chan int, 1)
	go func() {
		n := 0
		for last := false; !last && t.Context().Err() == nil; n++ {
			select {
			case <-ending:
				last = true
			default:
			}
			checkWhole(t.Context(), t, s, always)
			if n == 0 {
				close(first)
			}
		}
		read <- n
	}()
	<-first
	fn()
	close(ending)
	select {
	case n := <-read:
		if n < atLeast {
			t.Errorf("only %d reads", n)
		}
	case <-time.After(time.Minute):
		t.Fatal("the reader does not end")
	}
}

// checkWhole reads once, by listing and by adding up. Unless always, it may find nothing.
func checkWhole(ctx context.Context, t *testing.T, s Store, always bool) {
	q := indexer.Query{Filters: indexer.Filters{Region: []string{"=白石县"}, Header: []string{"合计"}}}
	groups, err := s.Sum(ctx, q, nil)
	if ctx.Err() != nil {
		return
	}
	if err == nil && len(groups) == 0 && !always {
		return
	}
	if err != nil || len(groups) != 1 {
		t.Errorf("sum: got %+v, %v, want one group", groups, err)
		return
	}
	if g := groups[0]; int64(g.Sum) != int64(g.Count)*int64(g.Count)*fenOfTable {
		t.Errorf("added up %d figures to %s: of more than one disclosure, or of part of one", g.Count, g.Sum)
	}
	q.Limit = indexer.MaxLimit
	res, err := s.Items(ctx, q)
	if ctx.Err() != nil {
		return
	}
	if err != nil || len(res.Items) == 0 && always {
		t.Errorf("items: got %d, %v", len(res.Items), err)
		return
	}
	for _, i := range res.Items {
		if i.Amount == nil || int64(*i.Amount) != int64(len(res.Items))*fenOfTable {
			t.Errorf("%d items, one with %s: of more than one disclosure, or of part of one", len(res.Items), i.AmountText)
			return
		}
	}
}

// testReplaceAtOnce replaces many disclosures by newer parses at the same time.
func testReplaceAtOnce(t *testing.T, s Store) {
	const workers, parses = 8, 3
	latest := func(worker, parse int) *schemas.Disclosure {
		d := uniform(fmt.Sprintf("worker %d", worker), 3+parse, 0)
		d.Unit += fmt.Sprintf("第%d分馆", worker)
		d.ParserVersion += parse
		return d
	}
	var list []*schemas.Disclosure
	var wg sync.WaitGroup
	for worker := range workers {
		list = append(list, latest(worker, parses-1))
		wg.Go(func() {
			for parse := range parses {
				if outcome, err := s.Put(t.Context(), latest(worker, parse)); err != nil || outcome != indexer.Stored {
					t.Errorf("worker %d, parse %d: got %q, %v", worker, parse, outcome, err)
				}
			}
		})
	}
	wg.Wait()
	if diff := cmp.Diff(contents(t, s), expected(t, list...)); diff != "" {
		t.Errorf("contents (-got +want):\n%s", diff)
	}
	for _, d := range list {
		res, err := s.Items(t.Context(), indexer.Query{Filters: indexer.Filters{Unit: []string{"=" + d.Unit}, Header: []string{"合计"}}})
		if err != nil || res.Total != 2+parses {
			t.Errorf("%s: got %d items, %v, want %d", d.Unit, res.Total, err, 2+parses)
		}
	}
}
