package indexer

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"yusuan/schemas"
)

// An Adder adds up line items; see the Sum of the back ends.
type Adder interface {
	Sum(context.Context, Query, []Dimension) ([]Group, error)
}

// A SumOrder says in which order sums come.
type SumOrder string

// The orders. Equal ones go by their keys.
const (
	SumsByKeys    SumOrder = "keys"    // the default: by the values of the dimensions
	SumsBySum     SumOrder = "sum"     // largest first
	SumsByAverage SumOrder = "average" // largest first
	SumsByChange  SumOrder = "change"  // largest change against the year before first, up or down; those without one last
)

// SumOptions say which sums are wanted.
type SumOptions struct {
	By []Dimension
	// YearOnYear sets beside each sum that of the year before. By must have the year; the query's years must be those of its filters and
	// not of its text.
	YearOnYear bool
	Order      SumOrder
	Top        int // only the first so many; 0 is all
}

// A ComparedSum is a sum with what it is compared with.
type ComparedSum struct {
	Group
	Average  schemas.Fen  `json:"average_fen"`            // of its items, rounded to 分
	Previous *schemas.Fen `json:"previous_fen,omitempty"` // the same of the year before; nil where there is none, or it was not asked for
	// PreviousCount is how many items Previous adds. Where it is another number than Count, other units or lines may be in it.
	PreviousCount int          `json:"previous_items,omitempty"`
	Change        *schemas.Fen `json:"change_fen,omitempty"` // the sum less Previous
	// Percent is the change in hundredths of Previous without its sign, to one decimal: from -100 to 300 it is 400. It is nil where Previous is
	// nil or 0.
	Percent *float64 `json:"change_percent,omitempty"`
}

// A SumResult is what sums give.
type SumResult struct {
	By     []Dimension   `json:"by"`
	Groups []ComparedSum `json:"groups"`
	Total  int           `json:"total"` // how many groups there are, those cut off by Top with them
}

// Check gives a *QueryError where the options can't be met.
func (o *SumOptions) Check(q *Query) error {
	if err := CheckDimensions(o.By); err != nil {
		return err
	}
	switch {
	case !slices.Contains([]SumOrder{"", SumsByKeys, SumsBySum, SumsByAverage, SumsByChange}, o.Order):
		return queryError("unknown order of sums %q, want keys, sum, average or change", o.Order)
	case o.Order == SumsByChange && !o.YearOnYear:
		return queryError("sums have a change only year on year")
	case o.Top < 0:
		return queryError("top is %d, want 1 or more", o.Top)
	case !o.YearOnYear:
		return nil
	case !slices.Contains(o.By, YearDimension):
		return queryError("year on year needs the year among the dimensions")
	}
	p, err := q.PrepareSum(o.By)
	if err != nil {
		return err
	}
	if p.YearFrom != q.YearFrom || p.YearTo != q.YearTo || p.Expr != nil && speaksOfYears(p.Expr) {
		return queryError("year on year needs the years as a filter of their own, not in the text: the year before would not be found")
	}
	return nil
}

// speaksOfYears reports words or filters that are met by a disclosure's year.
func speaksOfYears(expr Node) bool {
	found := false
	walk(expr, func(n Node) {
		if w, ok := n.(Where); ok && w.YearFrom+w.YearTo != 0 {
			found = true
		}
		for _, text := range namesIn(n) {
			chars := []rune(text)
			found = found || yearOf(chars, 0, len(chars)) != 0
		}
	})
	return found
}

// Sums adds up what the query selects; see Group for what is added to what. An error of what is asked is a *QueryError.
func Sums(ctx context.Context, s Adder, q Query, o SumOptions) (SumResult, error) {
	res := SumResult{By: append([]Dimension{}, o.By...), Groups: []ComparedSum{}}
	if err := o.Check(&q); err != nil {
		return res, err
	}
	from := q.YearFrom
	if o.YearOnYear && from > firstYear {
		q.YearFrom--
	}
	groups, err := s.Sum(ctx, q, o.By)
	if err != nil {
		return res, err
	}
	res.Groups = compared(groups)
	if o.YearOnYear {
		res.Groups = compareWithYearBefore(res.Groups, slices.Index(o.By, YearDimension), from)
	}
	sortSums(res.Groups, o.Order)
	res.Total = len(res.Groups)
	if o.Top > 0 {
		res.Groups = res.Groups[:min(o.Top, len(res.Groups))]
	}
	return res, nil
}

func compared(groups []Group) []ComparedSum {
	list := make([]ComparedSum, len(groups))
	for i, g := range groups {
		list[i] = ComparedSum{Group: g}
		if n := schemas.Fen(g.Count); n > 0 {
			list[i].Average = g.Sum / n
			if rest := g.Sum % n; rest >= (n+1)/2 { // half of it or more
				list[i].Average++
			} else if -rest >= (n+1)/2 {
				list[i].Average--
			}
		}
	}
	return list
}

// compareWithYearBefore sets the sums of the year before beside those of the years from one on.
func compareWithYearBefore(list []ComparedSum, at, from int) []ComparedSum {
	name := func(g *Group, year string) string {
		keys := slices.Clone(g.Keys)
		keys[at] = year
		return strings.Join(append(keys, string(g.DocumentKind), string(g.Scope), string(g.Form), string(g.Classification), string(g.Level), g.Line,
			string(g.Measure), string(g.Period)), "\x00")
	}
	before := map[string]*Group{}
	for i := range list {
		before[name(&list[i].Group, list[i].Keys[at])] = &list[i].Group
	}
	var kept []ComparedSum
	for _, f := range list {
		year := yearNumber(f.Keys[at])
		if from != 0 && year < from {
			continue
		}
		if g, ok := before[name(&f.Group, fmt.Sprint(year-1))]; ok && year != 0 {
			previous, change := g.Sum, f.Sum-g.Sum
			f.Previous, f.PreviousCount, f.Change = &previous, g.Count, &change
			if previous != 0 {
				percent := math.Round(1000*float64(change)/math.Abs(float64(previous))) / 10
				f.Percent = &percent
			}
		}
		kept = append(kept, f)
	}
	return kept
}

func yearNumber(text string) int {
	var year int
	_, _ = fmt.Sscanf(text, "%d", &year) // "" is 0
	return year
}

func sortSums(list []ComparedSum, by SumOrder) {
	size := func(f *ComparedSum) schemas.Fen {
		if f.Change == nil {
			return -1
		}
		return max(*f.Change, -*f.Change)
	}
	slices.SortStableFunc(list, func(a, b ComparedSum) int {
		switch by {
		case SumsBySum:
			return cmp.Compare(b.Sum, a.Sum)
		case SumsByAverage:
			return cmp.Compare(b.Average, a.Average)
		case SumsByChange:
			return cmp.Compare(size(&b), size(&a))
		}
		return 0 // as the back end gives them
	})
}
