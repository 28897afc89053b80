package table

import (
	"cmp"
	"math"
	"regexp"
	"slices"
)

var (
	codeHead  = regexp.MustCompile(`(?:编码|代码|编号)$`)
	nameHead  = regexp.MustCompile(`名称$`)
	codeFirst = regexp.MustCompile(`^([0-9]{3}(?:[0-9]{2}){0,2})([^0-9.,，．%].*)$`)
	codeOnly  = regexp.MustCompile(`^[0-9]{3}(?:[0-9]{2}){0,2}$`)
	codeLast  = regexp.MustCompile(`^(.*[^0-9.,，．])([0-9]{3}(?:[0-9]{2}){0,2})$`)
)

// A codedNames is a pair of header cells, one for a code and one for its name, over rows that set both in one run of text with no ruling to
// say where one ends: 20501教育管理事务. The two are one column until its rows stand.
type codedNames struct {
	code, name, both *block
}

// newCodedNames finds such a pair and puts one cell in its place in the header; nil if there is none.
func newCodedNames(head *[]*block, body []*block) *codedNames {
	for _, c := range *head {
		if !codeHead.MatchString(c.text()) {
			continue
		}
		var name *block // nearest to its right
		for _, n := range *head {
			if n != c && math.Abs(n.middle()-c.middle()) < 3 && n.box.X0 > c.box.X1-1 && (name == nil || n.box.X0 < name.box.X0) {
				name = n
			}
		}
		if name == nil || !nameHead.MatchString(name.text()) {
			continue
		}
		together, alone := 0, 0
		for _, b := range body {
			switch text := b.text(); {
			case b.box.X0 > name.box.X1 || b.box.X1 < c.box.X0:
			case codeFirst.MatchString(text):
				together++
			case codeOnly.MatchString(text):
				alone++
			}
		}
		if together < 2 || alone >= together {
			continue
		}
		both := newBlock(slices.Concat(c.pieces, name.pieces)...)
		*head = append(slices.DeleteFunc(*head, func(b *block) bool { return b == c || b == name }), &both)
		return &codedNames{code: c, name: name, both: &both}
	}
	return nil
}

// part makes two columns of the one with codes and names.
func (o *codedNames) part(g *Grid) {
	at := slices.IndexFunc(g.Cells, func(c Cell) bool { return c.Text == o.both.text() && c.ColSpan == 1 })
	if at < 0 {
		return
	}
	k, below := g.Cells[at].Col, g.Cells[at].Row+g.Cells[at].RowSpan
	x := (o.code.box.X1 + o.name.box.X0) / 2
	if x <= g.Xs[k] || x >= g.Xs[k+1] {
		x = (g.Xs[k] + g.Xs[k+1]) / 2
	}
	g.Cols++
	g.Xs = slices.Insert(g.Xs, k+1, x)
	for i := range g.Cells {
		switch c := &g.Cells[i]; {
		case c.Col > k:
			c.Col++
		case i == at:
			c.ColSpan++
			g.partCell(i, o.code.text(), o.name.text(), o.name.box.X0)
		case c.Col+c.ColSpan > k:
			c.ColSpan++
			if c.ColSpan != 2 || c.RowSpan > 1 || c.Row < below {
				continue
			}
			if m := codeFirst.FindStringSubmatch(c.Text); m != nil {
				g.partCell(i, m[1], m[2], c.TextBox.X0+float64(len(m[1]))*c.Size/2)
			} else if m := codeLast.FindStringSubmatch(c.Text); m != nil { // beside a name of several lines
				g.partCell(i, m[2], m[1], x)
			}
		}
	}
	slices.SortFunc(g.Cells, func(a, b Cell) int { return cmp.Or(cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col)) })
}

// partCell parts cell i, over two columns, into one for a code and one for a name, whose text begins at x.
func (g *Grid) partCell(i int, code, name string, x float64) {
	left := &g.Cells[i]
	border := g.Xs[left.Col+1]
	right := *left
	x = min(max(x, left.TextBox.X0), left.TextBox.X1)
	left.ColSpan, left.Text, left.Box.X1, left.TextBox.X1 = 1, code, border, x
	right.Col, right.ColSpan, right.Text, right.Box.X0, right.TextBox.X0 = left.Col+1, 1, name, border, x
	g.Cells = append(g.Cells, right)
}

// joinNames makes one piece of a code and its name where every name follows its code at one distance, about a space, and names do not
// begin at one place: 301 工资福利支出 and, indented, 30101 基本工资 are texts of one column.
func (r *region) joinNames() {
	var of []int // lines
	least, most, from, to := math.Inf(1), 0.0, math.Inf(1), 0.0
	for i := range r.lines {
		ps := r.lines[i].cells()
		if len(ps) < 2 || !codeOnly.MatchString(ps[0].text) {
			for k := range ps[1:max(1, len(ps))] {
				if codeHead.MatchString(ps[k].text) && nameHead.MatchString(ps[k+1].text) {
					return
				}
			}
			continue
		}
		if ps[1].figure {
			return
		}
		gap := (ps[1].box.X0 - ps[0].box.X1) / ps[0].size
		least, most = min(least, gap), max(most, gap)
		from, to = min(from, ps[1].box.X0), max(to, ps[1].box.X0)
		of = append(of, i)
	}
	if len(of) < 2 || most > 0.8 || most-least > 0.1 || to-from < 0.5*r.lines[of[0]].Size {
		return
	}
	for _, i := range of {
		ps := slices.Clone(r.lines[i].pieces)
		ps[0].box, ps[0].text = ps[0].box.Union(ps[1].box), ps[0].text+" "+ps[1].text
		r.lines[i].pieces = slices.Delete(ps, 1, 2)
	}
}
