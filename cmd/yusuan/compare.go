package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"yusuan/checker"
	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

type compareCommand struct {
	Versions bool                   `help:"Compare the versions of a disclosure: what the same unit published again for the same year, kind and scope."`
	Years    []int                  `placeholder:"YEAR" help:"Compare these fiscal years of a unit, each with the one before it in the list."`
	Code     string                 `placeholder:"CODE" help:"Compare what regions or units have of a classification code, or of all that begin so; with --years only these codes."`
	By       indexer.Dimension      `enum:"region,unit" default:"region" help:"With --code and --year: region or unit."`
	Table    []string               `placeholder:"FORM" help:"With --years or --code: forms, or words of a table's number or title (default: general public expenditure, and with --years the 三公 expenses)."`
	Region   string                 `placeholder:"NAME" help:"Only of regions whose name has this in it."`
	Unit     string                 `placeholder:"NAME" help:"Only of units whose name has this in it."`
	Year     string                 `placeholder:"YEARS" help:"Only of these fiscal years: 2024, 2022-2024."`
	Kind     []schemas.DocumentKind `enum:"budget,final_accounts,unknown" placeholder:"KIND" help:"Only budgets (budget, 预算) or final accounts (final_accounts, 决算)."`
	File     string                 `arg:"" optional:"" name:"file|sha256" help:"A stored PDF or the beginning of its SHA-256, to compare only its versions."`
}

// Help is the long form, with an example.
func (compareCommand) Help() string {
	return `Three comparisons: of the versions of a disclosure, every figure and sentence that is different, with the pages of both; of a unit's years, every
total that is different, with the reason that the narrative gives; of a code, what each region or unit has of it, and had the year before.

  yusuan compare --versions --region 青禾县 --year 2024
  yusuan compare --versions budget.pdf
  yusuan compare --unit 青禾县水利局 --years 2023,2024
  yusuan compare --code 21303 --year 2024 --by region`
}

// A versionChange is what a version has changed.
type versionChange struct {
	From    string           `json:"from"` // disclosure ids
	To      string           `json:"to"`
	Changes []checker.Change `json:"changes"`
}

// A comparedDisclosure is a disclosure of which there are several versions.
type comparedDisclosure struct {
	Unit       string               `json:"unit"`
	Region     string               `json:"region,omitempty"`
	FiscalYear *int                 `json:"fiscal_year"`
	Kind       schemas.DocumentKind `json:"document_kind"`
	Scope      schemas.Scope        `json:"scope"`
	Versions   []comparedVersion    `json:"versions"` // oldest first
	Changes    []versionChange      `json:"changes"`  // of each version to the one that has taken its place
}

// A comparedVersion is a version with what it is called.
type comparedVersion struct {
	schemas.Version
	FileName string `json:"file_name"`
	URI      string `json:"uri,omitempty"`
	Pages    int    `json:"pages"`
}

// Run compares.
func (c *compareCommand) Run(ctx context.Context, p *program) error {
	switch {
	case c.Versions && (len(c.Years) > 0 || c.Code != "") || c.File != "" && !c.Versions:
		return usageError("compare: --versions [FILE], or --unit with --years, or --code with --year")
	case len(c.Years) > 0:
		return c.years(ctx, p)
	case c.Code != "":
		return c.code(ctx, p)
	case !c.Versions:
		return usageError("compare what? --versions, --unit with --years, or --code with --year (see yusuan compare --help)")
	}
	return c.versions(ctx, p)
}

func (c *compareCommand) versions(ctx context.Context, p *program) error {
	from, to, err := parseYears(c.Year)
	if err != nil {
		return err
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	families, err := c.families(ctx, s)
	if err != nil {
		return err
	}
	list := []comparedDisclosure{}
	for _, versions := range families {
		d, wanted, err := c.compare(ctx, s, versions, from, to)
		if err != nil {
			return err
		}
		if !wanted {
			continue
		}
		if !p.JSON { // as they come: there may be thousands
			p.printCompared(d, len(list) > 0)
			d = comparedDisclosure{}
		}
		list = append(list, d)
	}
	if p.JSON {
		return p.out.json(list)
	}
	p.remark("%s with more than one version", plural(len(list), "disclosure"))
	return nil
}

// families lists the versions of each disclosure that was asked for and has more than one.
func (c *compareCommand) families(ctx context.Context, s store) ([][]schemas.Version, error) {
	if c.File != "" {
		id, err := c.fileID(ctx, s)
		if err != nil {
			return nil, err
		}
		versions, err := s.Versions(ctx, id)
		if errors.Is(err, indexer.ErrNotFound) {
			return nil, fmt.Errorf("%s is not in the index", c.File)
		}
		if err != nil || !anySuperseded(versions) {
			return nil, err
		}
		return [][]schemas.Version{versions}, nil
	}
	var list [][]schemas.Version
	seen := map[string]bool{}
	err := s.Entries(ctx, indexer.EntryFilter{States: []schemas.State{schemas.Superseded}}, func(e schemas.Entry) error {
		if e.DisclosureID == "" || seen[e.DisclosureID] {
			return nil
		}
		versions, err := s.Versions(ctx, e.DisclosureID)
		for _, v := range versions {
			seen[v.DisclosureID] = true
		}
		if anySuperseded(versions) {
			list = append(list, versions)
		}
		return err
	})
	return list, err
}

func anySuperseded(versions []schemas.Version) bool {
	return slices.ContainsFunc(versions, func(v schemas.Version) bool { return !v.Current })
}

// fileID is the disclosure's id of a file of this machine, or of a file in the ledger.
func (c *compareCommand) fileID(ctx context.Context, s store) (string, error) {
	if data, err := source.ReadFile(c.File, maxFile); err == nil {
		return schemas.DisclosureID(blob.Digest(data)), nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	var found []string
	err := s.Entries(ctx, indexer.EntryFilter{}, func(e schemas.Entry) error {
		if e.DisclosureID != "" && (strings.HasPrefix(e.SHA256, c.File) || strings.HasPrefix(e.ID, c.File)) {
			found = append(found, e.DisclosureID)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("%s is no file, and no indexed file's SHA-256 begins so", c.File)
	}
	for _, id := range found {
		if id != found[0] {
			return "", fmt.Errorf("%d indexed files have a SHA-256 that begins with %s", len(found), c.File)
		}
	}
	return found[0], nil
}

// compare reads the versions and says what each has changed, if the newest is one of those that are wanted.
func (c *compareCommand) compare(ctx context.Context, s store, versions []schemas.Version, from, to int) (out comparedDisclosure, wanted bool, err error) {
	newest, err := s.Disclosure(ctx, versions[len(versions)-1].DisclosureID)
	if err != nil || !c.wants(newest, from, to) {
		return out, false, err
	}
	out = comparedDisclosure{Unit: newest.Unit, Region: newest.Region, FiscalYear: newest.FiscalYear, Kind: newest.DocumentKind, Scope: newest.Scope}
	stored := map[string]*schemas.Disclosure{}
	for _, v := range versions {
		d, err := s.Disclosure(ctx, v.DisclosureID)
		if err != nil {
			return out, false, err
		}
		stored[v.DisclosureID] = d
		out.Versions = append(out.Versions, comparedVersion{Version: v, FileName: d.Source.FileName, URI: d.Source.URI, Pages: d.Source.Pages})
	}
	for _, v := range versions {
		newer := stored[v.SupersededBy]
		if newer == nil {
			continue
		}
		changes := checker.Changes(stored[v.DisclosureID], newer)
		if changes == nil {
			changes = []checker.Change{}
		}
		out.Changes = append(out.Changes, versionChange{From: v.DisclosureID, To: newer.ID(), Changes: changes})
	}
	return out, true, nil
}

func (c *compareCommand) wants(d *schemas.Disclosure, from, to int) bool {
	year := 0
	if d.FiscalYear != nil {
		year = *d.FiscalYear
	}
	kind := len(c.Kind) == 0
	for _, k := range c.Kind {
		kind = kind || k == d.DocumentKind
	}
	has := func(name, part string) bool { return strings.Contains(indexer.Fold(name), indexer.Fold(part)) }
	return kind && (from == 0 || year >= from) && (to == 0 || year <= to) && has(d.Unit, c.Unit) && has(d.Region, c.Region)
}

func (p *program) printCompared(d comparedDisclosure, gap bool) {
	o := p.out
	if gap {
		o.printf("\n")
	}
	o.printf("%s\n", o.bold(origin(&indexer.Origin{Unit: d.Unit, Region: d.Region, FiscalYear: d.FiscalYear, DocumentKind: d.Kind, Current: true})))
	numbers := map[string]int{}
	for i, v := range d.Versions {
		numbers[v.DisclosureID] = i + 1
		when := v.PublishedOn
		if when == "" {
			when = "first seen " + v.FirstSeen.Local().Format("2006-01-02 15:04")
		}
		o.printf("  %d. %s  %s, %s  %s\n", i+1, v.FileName, when, plural(v.Pages, "page"), o.faint(shortID(v.SHA256)))
	}
	for _, c := range d.Changes {
		o.printf("  from %d to %d\n", numbers[c.From], numbers[c.To])
		p.printChanges(c.Changes)
	}
}

func (p *program) printChanges(changes []checker.Change) {
	o := p.out
	if len(changes) == 0 {
		o.printf("    other bytes, and no figure or sentence is different\n")
	}
	for _, c := range changes {
		var where []string
		for _, s := range []string{c.Field, c.Section, c.Table, c.Row, c.Column} {
			if s != "" {
				where = append(where, s)
			}
		}
		o.printf("    %s  %s\n", strings.Join(where, " › "), o.faint(changePages(c)))
		o.printf("      %s\n", changeText(o, c))
	}
}

// changePages says where a change stands in both versions.
func changePages(c checker.Change) string {
	switch {
	case c.PageBefore == 0 || c.PageBefore == c.PageAfter:
		return pageOf(c.PageAfter)
	case c.PageAfter == 0:
		return pageOf(c.PageBefore) + " before"
	}
	return fmt.Sprintf("p. %d → %d", c.PageBefore, c.PageAfter)
}

// maxShownText is how many characters of a changed text are printed; --json has all of it.
const maxShownText = 200

func changeText(o *screen, c checker.Change) string {
	short := func(s string) string { return shorten(strings.ReplaceAll(s, "\n", " "), maxShownText) }
	text := ""
	switch {
	case c.Before == "":
		text = "new: " + short(c.After)
	case c.After == "":
		text = "gone: " + short(c.Before)
	default:
		text = strings.TrimSpace(short(c.Before)+" "+string(c.UnitBefore)) + o.bold(" → ") + short(c.After)
	}
	if c.Unit != "" {
		text += " " + string(c.Unit)
	}
	if c.Difference != nil {
		sign := ""
		if *c.Difference > 0 {
			sign = "+"
		}
		text += fmt.Sprintf(" (%s%s 元)", sign, *c.Difference)
	}
	return text
}
