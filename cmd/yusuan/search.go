package main

import (
	"context"
	"fmt"
	"strings"

	"yusuan/indexer"
)

type searchCommand struct {
	filters
	Section       []string `placeholder:"WORDS" help:"Words of a heading over the passage, or a section's number such as 3.5."`
	Passage       []string `placeholder:"KIND" help:"title, section, table, row, note, grid, indicator (绩效指标), project (项目) or term (名词解释); without it all but the last two, whose words the sections have."`
	PerDisclosure bool     `help:"Only the best hit of each disclosure, by relevance, amount or document, and how many more it has."`
	Facets        bool     `help:"Count the hits by region, unit, year and so on."`
	Query         []string `arg:"" optional:"" help:"What to find; see above."`
}

// Help is the long form, with an example.
func (searchCommand) Help() string {
	return withQueryHelp(`Finds passages of the narrative, rows and titles of tables. Values of one flag are alternatives, all flags must be met.

  yusuan search 三公经费 --year 2024 --region 青禾县
  yusuan search '"减少 主要原因"' --section 三公 --sort year`)
}

// whole is the query, checked.
func (c *searchCommand) whole() (indexer.Query, error) {
	q, err := c.query()
	if err != nil {
		return q, err
	}
	q.Text, q.Section, q.Facets, q.PerDisclosure = strings.Join(c.Query, " "), c.Section, c.Facets, c.PerDisclosure
	if len(c.Passage) > 0 {
		if err := q.Read("passage", strings.Join(c.Passage, ",")); err != nil {
			return q, err
		}
	}
	_, err = q.Prepare(indexer.Passages)
	return q, err
}

// line is the command as it is typed.
func (c searchCommand) line() string {
	return "search " + strings.Join(c.Query, " ") + c.filters.line() + flagLine("section", c.Section)
}

// Run searches.
func (c *searchCommand) Run(ctx context.Context, p *program) error {
	q, err := c.whole()
	if err != nil {
		return err
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	res, err := s.Search(ctx, q)
	if err != nil {
		return err
	}
	if p.JSON {
		if res.Hits == nil {
			res.Hits = []indexer.Hit{}
		}
		return p.out.json(res)
	}
	p.printHits(res, c.PerDisclosure)
	return nil
}

func (p *program) printHits(res indexer.Result, perDisclosure bool) {
	for i := range res.Hits {
		if i > 0 {
			p.out.printf("\n")
		}
		p.printHit(&res.Hits[i])
	}
	p.printFacets(res.Facets)
	noun := "hit"
	if perDisclosure {
		noun = "disclosure"
	}
	p.more(len(res.Hits), res.Total, noun)
}

// more tells how many there are.
func (p *program) more(shown, total int, noun string) {
	if shown < total {
		p.remark("%d of %s; more with --limit %d", shown, plural(total, noun), min(total, indexer.MaxLimit))
		return
	}
	p.remark("%s", plural(total, noun))
}

// printHit prints a hit in two or three lines: whose it is, where it stands, what it says.
func (p *program) printHit(h *indexer.Hit) {
	o := p.out
	o.printf("%s  %s\n", o.bold(origin(&h.Origin)), o.faint(pageOf(h.Page)))
	if where := p.place(h); where != "" {
		o.printf("  %s\n", where)
	}
	if h.Snippet.Text != "" {
		o.printf("  %s\n", p.snippet(&h.Snippet))
	}
	if h.More > 0 {
		o.printf("  %s\n", o.faint(fmt.Sprintf("and %s in this disclosure", plural(h.More, "more hit"))))
	}
}

// origin is the unit, the year and the kind.
func origin(o *indexer.Origin) string {
	parts := []string{o.Unit}
	if o.Unit == "" {
		parts[0] = "(unit unknown)"
	}
	if o.Region != "" && !strings.Contains(o.Unit, o.Region) {
		parts[0] = o.Region + " " + parts[0]
	}
	if o.FiscalYear != nil {
		parts = append(parts, fmt.Sprint(*o.FiscalYear))
	}
	parts = append(parts, o.DocumentKind.Label())
	if !o.Current {
		parts = append(parts, "superseded")
	}
	return strings.Join(parts, " · ")
}

func pageOf(page int) string {
	if page == 0 {
		return ""
	}
	return fmt.Sprintf("p. %d", page)
}

// place is the way to a section, or a table with its row (1-based).
func (p *program) place(h *indexer.Hit) string {
	switch {
	case h.Kind == indexer.TablePassage || h.Kind == indexer.TitlePassage: // its text says it
		return ""
	case h.Kind == indexer.ProjectPassage:
		return "项目 project › " + p.marked(h.Heading, h.Snippet.Heading)
	case h.Kind == indexer.TermPassage:
		return "名词解释 term › " + p.marked(h.Heading, h.Snippet.Heading)
	case h.TableIndex == nil:
		return p.sectionPath(h)
	}
	where := strings.TrimSpace(h.TableNumber + " " + h.TableTitle)
	if where == "" {
		where = fmt.Sprintf("table %d", *h.TableIndex+1)
	}
	if h.Row != nil {
		where += fmt.Sprintf(" › row %d", *h.Row+1)
	}
	return where
}

// sectionPath is the headings from the root to the section; what was found in its own is marked.
func (p *program) sectionPath(h *indexer.Hit) string {
	var steps []string
	for i, step := range h.Path {
		if i == len(h.Path)-1 {
			steps = append(steps, step.Number+p.marked(h.Heading, h.Snippet.Heading))
		} else {
			steps = append(steps, shorten(step.Number+step.Title, 40))
		}
	}
	return strings.Join(steps, " › ")
}

// shorten cuts a text after n characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// snippet is the part of a passage to show.
func (p *program) snippet(s *indexer.Snippet) string {
	text := p.marked(s.Text, s.Marks)
	if s.Before {
		text = "…" + text
	}
	if s.After {
		text += "…"
	}
	return text
}

// marked marks what was found, bold on a terminal, else «so», on one line.
func (p *program) marked(text string, marks []indexer.Range) string {
	var b strings.Builder
	for _, seg := range indexer.Segments(text, marks) {
		text := strings.ReplaceAll(seg.Text, "\n", " ")
		switch {
		case !seg.Marked:
			b.WriteString(text)
		case p.out.color:
			b.WriteString(p.out.bold(text))
		default:
			b.WriteString("«" + text + "»")
		}
	}
	return b.String()
}

// maxFacetShown is how many values of each facet are printed.
const maxFacetShown = 8

func (p *program) printFacets(facets []indexer.Facet) {
	var lines sheet
	for _, f := range facets {
		var values []string
		for i, b := range f.Buckets {
			if i == maxFacetShown {
				values = append(values, "…")
				break
			}
			values = append(values, fmt.Sprintf("%s %d", b.Value, b.Count))
		}
		if len(values) > 0 {
			lines.add(string(f.Dimension), strings.Join(values, ", "))
		}
	}
	if len(lines.rows) > 0 {
		p.out.printf("\n%s", lines.String())
	}
}
