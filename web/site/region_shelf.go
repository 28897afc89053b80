package site

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web"
)

// A publication is what the pages of regions know of one disclosure that nothing has superseded.
type publication struct {
	ID                     string
	Unit, Region           string
	Province, City, County string
	Year                   int // 0 where it is not known
	Kind                   schemas.DocumentKind
	Scope                  schemas.Scope
	Type                   indexer.UnitType
}

// within reports whether it is of a region, or of a division that lies in it.
func (p *publication) within(region string) bool {
	return region == p.Region || region == p.County || region == p.City || region == p.Province
}

// place is the smallest division that it is of: its official name where that is known, else the region as printed.
func (p *publication) place() string {
	if p.County == "" && p.City == "" && p.Province == "" {
		return p.Region
	}
	return cmp.Or(p.County, p.City, p.Province)
}

// A unitKey is a unit with its region: every county has a 水利局.
type unitKey struct{ Region, Unit string }

// name says both where the unit's name does not begin with the region's.
func (k unitKey) name() string {
	if strings.Contains(k.Unit, k.Region) {
		return k.Unit
	}
	return k.Region + " " + k.Unit
}

// A shelf has the publications of the whole index. It is read again when it is old: the longer that takes, the older it may get.
type shelf struct {
	archive web.Archive
	turn    chan struct{} // whoever reads has it
	list    []publication
	full    bool // there are more than list has
	read    time.Time
	took    time.Duration
}

const (
	maxShelf = 500_000 // publications that are kept
	shelfAge = 20      // a shelf may be so many times as old as reading it took
)

func newShelf(a web.Archive) *shelf { return &shelf{archive: a, turn: make(chan struct{}, 1)} }

var errShelfFull = errors.New("the shelf is full")

// publications are those of the index, by region, unit, year and kind, and whether that is all of them. Nobody may change the list.
func (s *shelf) publications(ctx context.Context) ([]publication, bool, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	if !s.read.IsZero() && time.Since(s.read) < shelfAge*s.took {
		return s.list, !s.full, nil
	}
	begun := time.Now()
	var list []publication
	texts := map[string]string{} // so that a name is kept once
	once := func(text string) string {
		if _, ok := texts[text]; !ok {
			text = strings.Clone(text)
			texts[text] = text
		}
		return texts[text]
	}
	err := s.archive.Disclosures(ctx, indexer.Filters{}, false, func(d indexer.DisclosureRecord) error {
		if len(list) == maxShelf {
			return errShelfFull
		}
		p := publication{ID: strings.Clone(d.ID), Unit: once(d.Unit), Region: once(d.Region), Province: once(d.Province), City: once(d.City), County: once(d.County),
			Kind: schemas.DocumentKind(once(string(d.DocumentKind))), Scope: schemas.Scope(once(string(d.Scope))), Type: indexer.UnitType(once(string(d.UnitType)))}
		if d.FiscalYear != nil {
			p.Year = *d.FiscalYear
		}
		list = append(list, p)
		return nil
	})
	full := errors.Is(err, errShelfFull)
	if err != nil && !full {
		return nil, false, err
	}
	slices.SortFunc(list, func(a, b publication) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.ID, b.ID))
	})
	s.list, s.full, s.read = list, full, time.Now()
	s.took = s.read.Sub(begun)
	return s.list, !s.full, nil
}

// within are the publications of a region, and whether that is all of them.
func (r *request) within(region string) ([]publication, bool, error) {
	all, whole, err := r.s.shelf.publications(r.ctx())
	if err != nil {
		return nil, false, err
	}
	var list []publication
	for i := range all {
		if all[i].within(region) {
			list = append(list, all[i])
		}
	}
	return list, whole, nil
}
