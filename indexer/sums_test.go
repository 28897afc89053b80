package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// added gives groups whatever the query, and remembers that.
type added struct {
	groups []indexer.Group
	query  indexer.Query
}

func (a *added) Sum(_ context.Context, q indexer.Query, _ []indexer.Dimension) ([]indexer.Group, error) {
	a.query = q
	return a.groups, nil
}

func TestSums(t *testing.T) {
	group := func(unit, year string, form schemas.Form, sum schemas.Fen, n int) indexer.Group {
		return indexer.Group{Keys: []string{unit, year}, Form: form, Sum: sum, Count: n}
	}
	groups := []indexer.Group{
		group("甲", "2023", "a", 1000, 2), group("甲", "2024", "a", 900, 4), group("甲", "2024", "b", 70, 3), group("乙", "2023", "a", 0, 1), group("乙", "2024", "a", -55, 2),
		group("乙", "", "a", 5, 1),
	}
	by := []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension}
	years := indexer.Query{Filters: indexer.Filters{YearFrom: 2024}}
	for _, tc := range []struct {
		name  string
		query indexer.Query
		o     indexer.SumOptions
		from  int // of the query that the back end gets
		want  []string
	}{
		{"plain", indexer.Query{}, indexer.SumOptions{By: by}, 0, []string{
			"甲 2023 a 10.00 avg 5.00", "甲 2024 a 9.00 avg 2.25", "甲 2024 b 0.70 avg 0.23", "乙 2023 a 0.00 avg 0.00", "乙 2024 a -0.55 avg -0.28", "乙  a 0.05 avg 0.05"}},
		{"year on year", years, indexer.SumOptions{By: by, YearOnYear: true}, 2023, []string{
			"甲 2024 a 9.00 avg 2.25 was 10.00 -1.00 -10.0%", "甲 2024 b 0.70 avg 0.23", "乙 2024 a -0.55 avg -0.28 was 0.00 -0.55"}},
		{"largest change", years, indexer.SumOptions{By: by, YearOnYear: true, Order: indexer.SumsByChange, Top: 2}, 2023, []string{
			"甲 2024 a 9.00 avg 2.25 was 10.00 -1.00 -10.0%", "乙 2024 a -0.55 avg -0.28 was 0.00 -0.55"}},
		{"largest", indexer.Query{}, indexer.SumOptions{By: by, Order: indexer.SumsBySum, Top: 2}, 0, []string{"甲 2023 a 10.00 avg 5.00", "甲 2024 a 9.00 avg 2.25"}},
		{"largest on average", indexer.Query{}, indexer.SumOptions{By: by, Order: indexer.SumsByAverage, Top: 1}, 0, []string{"甲 2023 a 10.00 avg 5.00"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &added{groups: groups}
			res, err := indexer.Sums(t.Context(), s, tc.query, tc.o)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range res.Groups {
				text := fmt.Sprintf("%s %s %s %s avg %s", f.Keys[0], f.Keys[1], f.Form, f.Sum, f.Average)
				if f.Previous != nil {
					text += fmt.Sprintf(" was %s %s", f.Previous, f.Change)
				}
				if f.Percent != nil {
					text += fmt.Sprintf(" %.1f%%", *f.Percent)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(got, tc.want); diff != "" {
				t.Errorf("sums (-got +want):\n%s", diff)
			}
			if s.query.YearFrom != tc.from {
				t.Errorf("the back end was asked from %d on, want %d", s.query.YearFrom, tc.from)
			}
		})
	}
}

func TestSumOptions(t *testing.T) {
	unit, both := []indexer.Dimension{indexer.UnitDimension}, []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension}
	for name, tc := range map[string]struct {
		q indexer.Query
		o indexer.SumOptions
	}{
		"dimension":          {o: indexer.SumOptions{By: []indexer.Dimension{"colour"}}},
		"counted only":       {o: indexer.SumOptions{By: []indexer.Dimension{indexer.SectionDimension}}},
		"order":              {o: indexer.SumOptions{By: unit, Order: "size"}},
		"change of one year": {o: indexer.SumOptions{By: both, Order: indexer.SumsByChange}},
		"without the year":   {o: indexer.SumOptions{By: unit, YearOnYear: true}},
		"year in the text":   {q: indexer.Query{Text: "year:2024"}, o: indexer.SumOptions{By: both, YearOnYear: true}},
		"year as a word":     {q: indexer.Query{Text: "2024年 农林水支出"}, o: indexer.SumOptions{By: both, YearOnYear: true}},
		"year in one word":   {q: indexer.Query{Text: "云岭县2024年农林水支出"}, o: indexer.SumOptions{By: both, YearOnYear: true}},
		"year as a node":     {q: indexer.Query{Expr: indexer.Where{Filters: indexer.Filters{YearFrom: 2024, YearTo: 2024}}}, o: indexer.SumOptions{By: both, YearOnYear: true}},
		"top":                {o: indexer.SumOptions{By: unit, Top: -1}},
	} {
		_, err := indexer.Sums(t.Context(), &added{}, tc.q, tc.o)
		if _, ok := errors.AsType[*indexer.QueryError](err); !ok {
			t.Errorf("%s: got %v, want a QueryError", name, err)
		}
	}
}
