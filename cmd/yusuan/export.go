package main

import (
	"context"
	"strings"

	"github.com/dustin/go-humanize"

	"yusuan/indexer/export"
)

type exportCommand struct {
	filters
	columnFilters
	Format []export.Format `required:"" enum:"csv,parquet,xlsx,datapackage,md" placeholder:"FORMAT" help:"csv, parquet, xlsx (a sheet a form), datapackage (CSV with datapackage.json, a Fiscal Data Package), md (each disclosure as Markdown, whole); several by commas."`
	Out    string          `required:"" placeholder:"DIR" help:"Folder to write to."`
	BOM    bool            `name:"bom" help:"Begin CSV with a byte order mark, for spreadsheets that take it for GBK otherwise."`
	Query  []string        `arg:"" optional:"" help:"What to find in the row, the header and the table's title, as for items."`
}

// Help is the long form, with an example.
func (exportCommand) Help() string {
	return `Writes the amounts that the filters select, or all, each with unit, year, form, page, box and the SHA-256 of its PDF.
With md, the disclosures that --region, --unit, --year, --kind and --scope select, a file each in DIR/disclosures.

  yusuan export --format csv,parquet --out export
  yusuan export --format xlsx --out export --region 青禾县 --year 2024 --measure total`
}

// An exportResult is what export prints with --json.
type exportResult struct {
	Folder string        `json:"folder"`
	Files  []export.File `json:"files"`
}

// Run writes.
func (c *exportCommand) Run(ctx context.Context, p *program) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	q.Text = strings.Join(c.Query, " ")
	if err := c.columns(&q); err != nil {
		return err
	}
	s, err := p.readIndex(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	files, err := export.Write(ctx, s, c.Out, export.Options{Formats: c.Format, Query: q, BOM: c.BOM})
	if err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(exportResult{c.Out, files})
	}
	t := sheet{aligns: []align{left, right, right}}
	for _, f := range files {
		t.add(f.Name, plural(f.Records, "record"), humanize.IBytes(uint64(f.Bytes)))
	}
	p.out.printf("%s", t.String())
	return nil
}
