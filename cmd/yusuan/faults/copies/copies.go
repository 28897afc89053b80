// Package copies makes many PDFs of a few, for tests under load: each copy is the disclosure of another unit in a made-up
// place and of another year, with other figures that still add up. Layout, fonts and tables are the original's.
//
// It changes the text of content streams in place: the place's name by as many other characters, the years by one shift,
// amounts (numbers with two decimals) by one factor. A font that holds only the glyphs that the original shows limits which
// characters there are. It reads files of generators known to it (ReportLab with and without embedded fonts, Skia,
// WeasyPrint); encrypted and linearized ones are not for it.
//
// Start with Open, or with Folder and Set.Make.
package copies

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Facts are what a disclosure says of itself.
type Facts struct {
	Unit   string // the whole name, which begins with Region or contains it
	Region string // such as 青禾县; its last character stays
	Year   int    // fiscal year
}

// An Original is a PDF that copies are made of. It is not changed by that, and may be used by many goroutines.
type Original struct {
	Name  string // the file's, for messages
	Facts Facts

	pages   int
	file    *file
	streams []*stream
	chars   []char
	places  []place  // where the region's name stands
	choice  [][]rune // for each character of the name that changes, what may stand there
	years   [][]int  // the four characters of each year
	figures []figure
	shifts  []int // of years, for which the fonts have the digits
	scales  bool  // whether the fonts have the digits for other figures
}

// Open reads a PDF and finds what can be changed in it.
func Open(name string, data []byte, facts Facts) (*Original, error) {
	o := &Original{Name: name, Facts: facts}
	var err error
	if o.file, err = readFile(data); err == nil {
		err = o.readText(data)
	}
	if err == nil {
		err = o.find()
	}
	if err != nil {
		return nil, fmt.Errorf("copies of %s: %w", name, err)
	}
	return o, nil
}

// Choices is how many names of places the original's fonts have characters for.
func (o *Original) Choices() int {
	n := 1
	for _, c := range o.choice {
		n *= len(c)
	}
	return n
}

// Pages is how many pages the original has.
func (o *Original) Pages() int { return o.pages }

// A Plan says what is other in a copy.
type Plan struct {
	Facts
	stem  []rune
	shift int
	scale int64 // of figures, in thousandths
}

// Plan draws a copy. The same rng gives the same one.
func (o *Original) Plan(rng *rand.Rand) Plan {
	p := Plan{scale: 1000}
	for len(p.stem) == 0 || slices.Contains(provinces, string(p.stem)) {
		p.stem = p.stem[:0]
		for _, c := range o.choice {
			p.stem = append(p.stem, c[rng.IntN(len(c))])
		}
	}
	p.shift = o.shifts[rng.IntN(len(o.shifts))]
	if o.scales {
		p.scale = 700 + rng.Int64N(300)
	}
	region := []rune(o.Facts.Region)
	p.Region = string(p.stem) + string(region[len(region)-1:])
	p.Unit = strings.ReplaceAll(o.Facts.Unit, o.Facts.Region, p.Region)
	p.Year = o.Facts.Year + p.shift
	return p
}

// Render writes the copy.
func (o *Original) Render(p Plan) []byte {
	text := o.change(p)
	changed := map[int][]byte{}
	for _, s := range o.streams {
		if data, ok := s.write(o.chars, text); ok {
			changed[s.object] = data
		}
	}
	return o.file.write(changed, o.metadata(p))
}
