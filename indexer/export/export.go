package export

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A Source has what is exported.
type Source interface {
	Amounts
	Archive
}

// Amounts are line items, and the PDFs that they are from, by their disclosures' IDs.
type Amounts interface {
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error)
}

// An Archive has the disclosures.
type Archive interface {
	Disclosures(context.Context, indexer.Filters, bool, func(indexer.DisclosureRecord) error) error
	Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error)
}

// A Format is a kind of file.
type Format string

// The formats.
const (
	CSV         Format = "csv"         // items.csv and disclosures.csv
	Parquet     Format = "parquet"     // items.parquet
	XLSX        Format = "xlsx"        // items.xlsx, a sheet a form
	DataPackage Format = "datapackage" // CSV with datapackage.json, a Fiscal Data Package
	Markdown    Format = "md"          // a file a disclosure, in the folder disclosures
)

// Options say what is exported and how.
type Options struct {
	Formats []Format
	Query   indexer.Query // chooses line items; order, limit and cursor say nothing
	BOM     bool          // CSV begins with a byte order mark, for spreadsheets that want one
}

// A File is one that was written, or a folder of them.
type File struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
}

// pageSize is how many line items are read at a time.
const pageSize = 1000

// An exporter is one run.
type exporter struct {
	Options
	plan    indexer.Plan // of the query
	amounts Amounts
	archive Archive
	dir     string                    // "" is that of temporary files
	pdfs    map[string]schemas.Source // of the disclosures met so far, by their IDs
	met     map[string]bool           // the disclosures that have line items of the query, once that was asked
}

// Write writes the files into the folder, which it makes, each under another name until it is whole. The error of a query is a
// *indexer.QueryError.
func Write(ctx context.Context, from Source, dir string, o Options) ([]File, error) {
	o.Query.Sort, o.Query.Limit, o.Query.After, o.Query.Facets = indexer.ByDocument, pageSize, "", false
	plan, err := o.Query.Prepare(indexer.Items)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	x := &exporter{Options: o, plan: plan, amounts: from, archive: from, dir: dir, pdfs: map[string]schemas.Source{}}
	var files []File
	for _, f := range o.Formats {
		if f == CSV && slices.Contains(o.Formats, DataPackage) {
			continue // it has the same
		}
		written, err := x.write(ctx, f)
		if err != nil {
			return files, fmt.Errorf("export %s: %w", f, err)
		}
		files = append(files, written...)
	}
	return files, nil
}

func (x *exporter) write(ctx context.Context, f Format) ([]File, error) {
	switch f {
	case CSV:
		return x.csv(ctx)
	case DataPackage:
		return x.dataPackage(ctx)
	case Parquet:
		return x.one(x.file("items.parquet", func(f *os.File) (int, error) { return x.parquet(ctx, f) }))
	case XLSX:
		return x.one(x.file("items.xlsx", func(f *os.File) (int, error) { return x.xlsx(ctx, f) }))
	case Markdown:
		return x.one(x.markdown(ctx))
	}
	return nil, fmt.Errorf("unknown format %q", f)
}

func (x *exporter) one(f File, err error) ([]File, error) {
	if err != nil {
		return nil, err
	}
	return []File{f}, nil
}

// each calls fn with every line item that the query finds, in the order of disclosures and of reading.
func (x *exporter) each(ctx context.Context, fn func(*item) error) error {
	q := x.Query
	for {
		res, err := x.amounts.Items(ctx, q)
		if err != nil {
			return err
		}
		if err := x.meet(ctx, res.Items); err != nil {
			return err
		}
		for i := range res.Items {
			it := newItem(&res.Items[i], x.pdfs[res.Items[i].DisclosureID])
			if err := fn(&it); err != nil {
				return err
			}
		}
		if q.After = res.Next; res.Next == "" {
			return nil
		}
	}
}

// meet looks up the PDFs of line items that are not known yet.
func (x *exporter) meet(ctx context.Context, items []indexer.LineItem) error {
	var ids []string
	for i := range items {
		id := items[i].DisclosureID
		if _, ok := x.pdfs[id]; !ok && (len(ids) == 0 || ids[len(ids)-1] != id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	pdfs, err := x.amounts.Sources(ctx, ids)
	if err != nil {
		return err
	}
	maps.Copy(x.pdfs, pdfs)
	return nil
}

// disclosures calls fn with each disclosure that the query is about. Where it chooses line items by more than their disclosures, these are those
// that have one of them.
func (x *exporter) disclosures(ctx context.Context, fn func(indexer.DisclosureRecord) error) error {
	f := x.plan.Filters
	chosen := indexer.Filters{Disclosure: f.Disclosure, Region: f.Region, Unit: f.Unit, UnitType: f.UnitType, TextSource: f.TextSource, Kind: f.Kind, Scope: f.Scope,
		YearFrom: f.YearFrom, YearTo: f.YearTo}
	if x.plan.Expr == nil && reflect.DeepEqual(chosen, f) {
		return x.archive.Disclosures(ctx, chosen, x.Query.AllVersions, fn)
	}
	if x.met == nil {
		x.met = map[string]bool{}
		if err := x.each(ctx, func(it *item) error { x.met[it.DisclosureID] = true; return nil }); err != nil {
			return err
		}
	}
	return x.archive.Disclosures(ctx, chosen, x.Query.AllVersions, func(d indexer.DisclosureRecord) error {
		if !x.met[d.ID] {
			return nil
		}
		return fn(d)
	})
}

// file writes a file under another name and gives it its own when it is whole.
func (x *exporter) file(name string, write func(*os.File) (records int, err error)) (File, error) {
	path := filepath.Join(x.dir, name)
	f, err := os.CreateTemp(x.dir, "."+name+"-*")
	if err != nil {
		return File{}, err
	}
	defer os.Remove(f.Name()) // it has its own name by then, unless something went wrong
	records, err := write(f)
	if err == nil {
		err = f.Sync()
	}
	info, statErr := f.Stat()
	if closeErr := f.Close(); err == nil {
		err = firstOf(statErr, closeErr)
	}
	if err == nil {
		err = firstOf(os.Chmod(f.Name(), 0o644), os.Rename(f.Name(), path))
	}
	if err != nil {
		return File{}, err
	}
	return File{Name: name, Records: records, Bytes: info.Size()}, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
