package export

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"os"
	"slices"
	"strconv"

	"yusuan/indexer"
)

// csv writes items.csv and disclosures.csv.
func (x *exporter) csv(ctx context.Context) ([]File, error) {
	items, err := x.file("items.csv", func(f *os.File) (int, error) { return x.itemsCSV(ctx, f) })
	if err != nil {
		return nil, err
	}
	disclosures, err := x.file("disclosures.csv", func(f *os.File) (int, error) {
		return x.table(f, disclosureFields(), func(write func([]string) error) error {
			return x.disclosures(ctx, func(d indexer.DisclosureRecord) error { return write(disclosureTexts(&d)) })
		})
	})
	return []File{items, disclosures}, err
}

func (x *exporter) itemsCSV(ctx context.Context, to io.Writer) (int, error) {
	return x.table(to, itemFields(), func(write func([]string) error) error {
		return x.each(ctx, func(it *item) error { return write(it.texts()) })
	})
}

// table writes one table as CSV (RFC 4180, UTF-8).
func (x *exporter) table(to io.Writer, fields []field, rows func(write func([]string) error) error) (int, error) {
	buf := bufio.NewWriter(to)
	if x.BOM {
		if _, err := buf.WriteString("\ufeff"); err != nil {
			return 0, err
		}
	}
	w := csv.NewWriter(buf)
	if err := w.Write(names(fields)); err != nil {
		return 0, err
	}
	n := 0
	err := rows(func(row []string) error {
		n++
		for i := range row {
			row[i] = Harmless(row[i])
		}
		return w.Write(row)
	})
	w.Flush()
	return n, firstOf(err, w.Error(), buf.Flush())
}

// disclosureFields are the columns of disclosures, in their order.
func disclosureFields() []field {
	return slices.Concat([]field{
		{"disclosure_id", "string", "", "The first 32 digits of sha256."},
		{"sha256", "string", "", "SHA-256 of the PDF."},
		{"file_name", "string", "", "Name of the PDF."},
		{"uri", "string", "", "Where it was published, if known."},
		{"title", "string", "", "The document's own title."},
	}, unitFields("", ""), []field{
		{"fiscal_year", "integer", "", "Fiscal year."},
		{"document_kind", "string", "", "budget (预算), final_accounts (决算) or unknown."},
		{"scope", "string", "", "unit (单位), department (部门) or unknown."},
		{"current", "boolean", "", "False where a newer version has taken its place."},
		{"published_on", "date", "", "Date of signature."},
		{"pages", "integer", "", "Pages of the PDF."},
		{"tables", "integer", "", "Tables that were read."},
		{"items", "integer", "", "Amounts that were read."},
		{"warnings", "integer", "", "How many things are doubtful in what was read."},
	})
}

func disclosureTexts(d *indexer.DisclosureRecord) []string {
	year, published := "", ""
	if d.FiscalYear != nil {
		year = strconv.Itoa(*d.FiscalYear)
	}
	if d.PublishedOn != nil {
		published = *d.PublishedOn
	}
	return []string{
		d.ID, d.SHA256, d.FileName, d.URI, d.Title, d.Region, d.Province, d.City, d.County, d.Unit, string(d.UnitType), year, string(d.DocumentKind), string(d.Scope), strconv.FormatBool(d.Current), published,
		strconv.Itoa(d.Pages), strconv.Itoa(d.Counts.Tables), strconv.Itoa(d.Counts.Items), strconv.Itoa(len(d.Warnings)),
	}
}
