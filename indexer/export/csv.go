package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"yusuan/indexer"
)

// csv writes items.csv and disclosures.csv.
func (x *exporter) csv(ctx context.Context) ([]File, error) {
	items, err := x.table("items.csv", itemFields(), func(write func([]string) error) error {
		return x.each(ctx, x.Query, func(it *item) error { return write(it.texts()) })
	})
	if err != nil {
		return nil, err
	}
	f := x.Query.Filters
	chosen := indexer.Filters{Region: f.Region, Unit: f.Unit, Kind: f.Kind, Scope: f.Scope, YearFrom: f.YearFrom, YearTo: f.YearTo}
	disclosures, err := x.table("disclosures.csv", disclosureFields(), func(write func([]string) error) error {
		return x.from.Disclosures(ctx, chosen, x.Query.AllVersions, func(d indexer.DisclosureRecord) error { return write(disclosureTexts(&d)) })
	})
	return []File{items, disclosures}, err
}

// table writes one CSV file (RFC 4180, UTF-8).
func (x *exporter) table(name string, fields []field, rows func(write func([]string) error) error) (File, error) {
	return x.file(name, func(f *os.File) (int, error) {
		buf := bufio.NewWriter(f)
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
	})
}

// disclosureFields are the columns of disclosures, in their order.
func disclosureFields() []field {
	return []field{
		{"disclosure_id", "string", "The first 32 digits of sha256."},
		{"sha256", "string", "SHA-256 of the PDF."},
		{"file_name", "string", "Name of the PDF."},
		{"uri", "string", "Where it was published, if known."},
		{"title", "string", "The document's own title."},
		{"region", "string", "County, city or province."},
		{"unit", "string", "Name of the unit, as printed."},
		{"fiscal_year", "integer", "Fiscal year."},
		{"document_kind", "string", "budget (预算), final_accounts (决算) or unknown."},
		{"scope", "string", "unit (单位), department (部门) or unknown."},
		{"current", "boolean", "False where a newer version has taken its place."},
		{"published_on", "date", "Date of signature."},
		{"pages", "integer", "Pages of the PDF."},
		{"tables", "integer", "Tables that were read."},
		{"items", "integer", "Amounts that were read."},
		{"warnings", "integer", "How many things are doubtful in what was read."},
	}
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
		d.ID, d.SHA256, d.FileName, d.URI, d.Title, d.Region, d.Unit, year, string(d.DocumentKind), string(d.Scope), strconv.FormatBool(d.Current), published,
		strconv.Itoa(d.Pages), strconv.Itoa(d.Counts.Tables), strconv.Itoa(d.Counts.Items), strconv.Itoa(len(d.Warnings)),
	}
}

// dataPackage writes CSV with its description (https://specs.frictionlessdata.io/tabular-data-package/).
func (x *exporter) dataPackage(ctx context.Context) ([]File, error) {
	files, err := x.csv(ctx)
	if err != nil {
		return nil, err
	}
	resources := []map[string]any{}
	for i, fields := range [][]field{itemFields(), disclosureFields()} {
		hash, err := fileHash(filepath.Join(x.dir, files[i].Name))
		if err != nil {
			return nil, err
		}
		resources = append(resources, map[string]any{
			"name": files[i].Name[:len(files[i].Name)-len(".csv")], "path": files[i].Name, "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv",
			"encoding": "utf-8", "bytes": files[i].Bytes, "hash": "sha256:" + hash, "schema": tableSchema(fields),
		})
	}
	resources[0]["schema"].(map[string]any)["foreignKeys"] = []map[string]any{{"fields": "disclosure_id", "reference": map[string]any{"resource": "disclosures", "fields": "disclosure_id"}}}
	resources[1]["schema"].(map[string]any)["primaryKey"] = "disclosure_id"
	description, err := json.MarshalIndent(map[string]any{
		"name": "yusuan", "profile": "tabular-data-package", "title": "Budget and final-accounts disclosures (预决算公开)", "resources": resources,
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	file, err := x.file("datapackage.json", func(f *os.File) (int, error) {
		_, err := f.Write(append(description, '\n'))
		return len(resources), err
	})
	return append(files, file), err
}

// tableSchema describes columns (https://specs.frictionlessdata.io/table-schema/).
func tableSchema(fields []field) map[string]any {
	list := []map[string]any{}
	for _, f := range fields {
		list = append(list, map[string]any{"name": f.name, "type": f.kind, "description": f.description})
	}
	return map[string]any{"fields": list, "missingValues": []string{""}}
}

func fileHash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
