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

// within adds what an address asks for to have the unit alone; there is no filter for what has no name.
func (k unitKey) within(values map[string][]string) map[string][]string {
	if k.Region != "" {
		values["region"] = []string{"=" + k.Region}
	}
	if k.Unit != "" {
		values["unit"] = []string{"=" + k.Unit}
	}
	return values
}

// A kept is something that takes long to read, such as what the whole index has of something. It is read again when it is old: the longer that
// takes, the older it may get.
type kept[T any] struct {
	load  func(context.Context) (T, error)
	turn  chan struct{} // whoever reads has it
	value T
	read  time.Time // zero: never
	took  time.Duration
}

// keptAge is how many times as old something may be as reading it took.
const keptAge = 20

func keep[T any](load func(context.Context) (T, error)) *kept[T] {
	return &kept[T]{load: load, turn: make(chan struct{}, 1)}
}

// get gives what is kept. Nobody may change it.
func (k *kept[T]) get(ctx context.Context) (T, error) {
	var none T
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if !k.read.IsZero() && time.Since(k.read) < keptAge*k.took {
		return k.value, nil
	}
	begun := time.Now()
	value, err := k.load(ctx)
	if err != nil {
		return none, err
	}
	k.value, k.read = value, time.Now()
	k.took = k.read.Sub(begun)
	return value, nil
}

// A shelf has the publications of the whole index, by region, unit, year and kind.
type shelf struct {
	list []publication
	full bool // there are more than list has
}

// maxShelf is how many publications are kept.
const maxShelf = 500_000

var errShelfFull = errors.New("the shelf is full")

// readShelf reads the publications of an archive.
func readShelf(ctx context.Context, a web.Archive) (shelf, error) {
	var s shelf
	texts := map[string]string{} // so that a name is kept once
	once := func(text string) string {
		if _, ok := texts[text]; !ok {
			text = strings.Clone(text)
			texts[text] = text
		}
		return texts[text]
	}
	err := a.Disclosures(ctx, indexer.Filters{}, false, func(d indexer.DisclosureRecord) error {
		if len(s.list) == maxShelf {
			return errShelfFull
		}
		p := publication{ID: strings.Clone(d.ID), Unit: once(d.Unit), Region: once(d.Region), Province: once(d.Province), City: once(d.City), County: once(d.County),
			Kind: schemas.DocumentKind(once(string(d.DocumentKind))), Scope: schemas.Scope(once(string(d.Scope))), Type: indexer.UnitType(once(string(d.UnitType)))}
		if d.FiscalYear != nil {
			p.Year = *d.FiscalYear
		}
		s.list = append(s.list, p)
		return nil
	})
	if s.full = errors.Is(err, errShelfFull); err != nil && !s.full {
		return s, err
	}
	slices.SortFunc(s.list, func(a, b publication) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.Year, b.Year), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.ID, b.ID))
	})
	return s, nil
}

// publications are those of the index, and whether that is all of them.
func (r *request) publications() ([]publication, bool, error) {
	s, err := r.s.shelf.get(r.ctx())
	return s.list, !s.full, err
}

// within are the publications of a region, and whether that is all of them.
func (r *request) within(region string) ([]publication, bool, error) {
	all, whole, err := r.publications()
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
