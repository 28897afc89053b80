package checker

import (
	"cmp"
	"slices"
	"strings"

	"yusuan/schemas"
)

// A Publication is one disclosure that there is.
type Publication struct {
	DisclosureID string               `json:"disclosure_id"`
	Unit         string               `json:"unit"`
	Region       string               `json:"region,omitempty"`
	Year         int                  `json:"fiscal_year"` // 0 where it is not known
	Kind         schemas.DocumentKind `json:"document_kind"`
	Scope        schemas.Scope        `json:"scope"`
	FileName     string               `json:"file_name,omitempty"`
}

// An Expectation is a unit that should publish. Year and Kind are those of one disclosure; 0 and "" are every year and kind that
// Cover is asked for.
type Expectation struct {
	Unit   string
	Region string // "" is any
	Year   int
	Kind   schemas.DocumentKind
}

// A UnitCoverage is what one unit has published: its publications by year, kind and scope.
type UnitCoverage struct {
	Unit      string        `json:"unit"`
	Region    string        `json:"region,omitempty"`
	Published []Publication `json:"published"`
}

// A Missing is a disclosure that was expected and is not there.
type Missing struct {
	Unit   string               `json:"unit"`
	Region string               `json:"region,omitempty"`
	Year   int                  `json:"fiscal_year"`
	Kind   schemas.DocumentKind `json:"document_kind"`
	Reason string               `json:"reason,omitempty"` // where a file of it could not be read
}

// A Coverage says who has published what, and who has not.
type Coverage struct {
	Years    []int                  `json:"years"` // without 0
	Kinds    []schemas.DocumentKind `json:"kinds"`
	Units    []UnitCoverage         `json:"units"`              // by region and name; those that were expected and have nothing are among them
	Expected int                    `json:"expected,omitempty"` // disclosures
	Missing  []Missing              `json:"missing,omitempty"`
	// Unlisted are units that have published and that nobody expected: often one of the list under another name.
	Unlisted []string `json:"unlisted,omitempty"`
}

// Cover holds what is published against what is expected; without expectations it only says what there is. Years and kinds that are
// not given are those of the publications: without any, there is nothing to be missing. Names are compared without spaces and brackets,
// and without the region's name before them.
func Cover(published []Publication, expected []Expectation, years []int, kinds []schemas.DocumentKind) Coverage {
	c := coverage{Coverage: Coverage{Years: append([]int{}, years...), Kinds: append([]schemas.DocumentKind{}, kinds...), Units: []UnitCoverage{}}, at: map[string][]int{}}
	for _, p := range published {
		u := c.unit(p.Unit, p.Region)
		c.Units[u].Published = append(c.Units[u].Published, p)
		if p.Year > 0 && len(years) == 0 && !slices.Contains(c.Years, p.Year) {
			c.Years = append(c.Years, p.Year)
		}
		if known := p.Kind == schemas.Budget || p.Kind == schemas.FinalAccounts; known && len(kinds) == 0 && !slices.Contains(c.Kinds, p.Kind) {
			c.Kinds = append(c.Kinds, p.Kind)
		}
	}
	slices.Sort(c.Years)
	slices.Sort(c.Kinds)
	c.expect(expected)
	for _, u := range c.Units {
		slices.SortFunc(u.Published, func(a, b Publication) int {
			return cmp.Or(a.Year-b.Year, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.DisclosureID, b.DisclosureID))
		})
	}
	slices.SortStableFunc(c.Units, func(a, b UnitCoverage) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Unit, b.Unit))
	})
	return c.Coverage
}

// coverage is a Coverage in the making.
type coverage struct {
	Coverage
	keys []unitKey        // of Units
	at   map[string][]int // indices in Units, by a key's name and by its whole
}

// A unitKey is a unit's name and region as they are compared.
type unitKey struct{ unit, region string }

func (k unitKey) matches(other unitKey) bool {
	return k.whole() == other.whole() ||
		k.unit == other.unit && (k.region == "" || other.region == "" || strings.HasSuffix(k.region, other.region) || strings.HasSuffix(other.region, k.region))
}

// whole is the name with the region before it.
func (k unitKey) whole() string { return k.region + k.unit }

func keyOf(unit, region string) unitKey {
	region = comparable(region)
	unit = comparable(unit)
	if rest := strings.TrimPrefix(unit, region); rest != "" {
		unit = rest
	}
	return unitKey{unit, region}
}

// comparable is a name without what is written now one way and now another.
func comparable(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\u3000()（）〔〕[]【】“”\"·", r) {
			return -1
		}
		return r
	}, name)
}

// find gives the units that the key matches.
func (c *coverage) find(key unitKey) []int {
	var out []int
	for _, name := range []string{key.unit, key.whole()} {
		for _, i := range c.at[name] {
			if key.matches(c.keys[i]) && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	return out
}

// unit gives the unit of that name and region, which it adds if need be.
func (c *coverage) unit(name, region string) int {
	key := keyOf(name, region)
	for _, i := range c.at[key.unit] {
		if c.keys[i] == key {
			return i
		}
	}
	i := len(c.Units)
	c.at[key.unit] = append(c.at[key.unit], i)
	if key.region != "" {
		c.at[key.whole()] = append(c.at[key.whole()], i)
	}
	c.keys = append(c.keys, key)
	c.Units = append(c.Units, UnitCoverage{Unit: name, Region: region, Published: []Publication{}})
	return i
}

func (c *coverage) expect(expected []Expectation) {
	if len(expected) == 0 {
		return
	}
	listed, seen := map[int]bool{}, map[Missing]bool{}
	for _, e := range expected {
		units := c.find(keyOf(e.Unit, e.Region))
		if len(units) == 0 {
			units = []int{c.unit(e.Unit, e.Region)}
		}
		for _, u := range units {
			listed[u] = true
		}
		for _, m := range c.wanted(e, c.Units[units[0]]) {
			if seen[m] {
				continue // it is twice in the list
			}
			seen[m] = true
			c.Expected++
			if !c.has(units, m.Year, m.Kind) {
				c.Missing = append(c.Missing, m)
			}
		}
	}
	for i, u := range c.Units {
		if !listed[i] {
			c.Unlisted = append(c.Unlisted, strings.TrimSpace(u.Region+" "+u.Unit))
		}
	}
	slices.Sort(c.Unlisted)
}

// wanted are the disclosures that one line of the list wants of a unit.
func (c *coverage) wanted(e Expectation, u UnitCoverage) []Missing {
	years, kinds := c.Years, c.Kinds
	if e.Year != 0 {
		years = []int{e.Year}
	}
	if e.Kind != "" {
		kinds = []schemas.DocumentKind{e.Kind}
	}
	var out []Missing
	for _, year := range years {
		for _, kind := range kinds {
			out = append(out, Missing{Unit: u.Unit, Region: u.Region, Year: year, Kind: kind})
		}
	}
	return out
}

func (c *coverage) has(units []int, year int, kind schemas.DocumentKind) bool {
	return slices.ContainsFunc(units, func(u int) bool {
		return slices.ContainsFunc(c.Units[u].Published, func(p Publication) bool { return p.Year == year && p.Kind == kind })
	})
}

// Concerns reports whether somebody's claims about a file are of the disclosure that is missing: the same unit, and no other year or kind.
func (m *Missing) Concerns(claims *schemas.Claims) bool {
	if claims == nil || claims.Unit == "" || !keyOf(claims.Unit, claims.Region).matches(keyOf(m.Unit, m.Region)) {
		return false
	}
	return (claims.Year == 0 || claims.Year == m.Year) && (claims.Kind == "" || claims.Kind == m.Kind)
}
