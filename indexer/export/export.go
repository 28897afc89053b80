package export

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"yusuan/indexer"
)

// A Source has what is exported.
type Source interface {
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Disclosures(context.Context, indexer.Filters, bool, func(indexer.DisclosureRecord) error) error
}

// A Format is a kind of file.
type Format string

// The formats.
const (
	CSV         Format = "csv"         // items.csv and disclosures.csv
	Parquet     Format = "parquet"     // items.parquet
	XLSX        Format = "xlsx"        // items.xlsx, a sheet a form
	DataPackage Format = "datapackage" // CSV with datapackage.json
)

// Options say what is exported and how.
type Options struct {
	Formats []Format
	Query   indexer.Query // chooses line items; order, limit and cursor say nothing
	BOM     bool          // CSV begins with a byte order mark, for spreadsheets that want one
}

// A File is one that was written.
type File struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`
}

// pageSize is how many line items are read at a time.
const pageSize = 1000

// A source is the PDF of a disclosure.
type source struct{ sha256, fileName, uri string }

// An exporter is one run.
type exporter struct {
	Options
	from Source
	dir  string
	pdfs map[string]source // by disclosure ID
	rows map[string]int    // of each form's sheets in XLSX
}

// Write writes the files into the folder, which it makes, each under another name until it is whole. The error of a query is a
// *indexer.QueryError.
func Write(ctx context.Context, from Source, dir string, o Options) ([]File, error) {
	o.Query.Sort, o.Query.Limit, o.Query.After, o.Query.Facets = indexer.ByDocument, pageSize, "", false
	if _, err := o.Query.Prepare(indexer.Items); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	pdfs, err := sources(ctx, from)
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	x := &exporter{Options: o, from: from, dir: dir, pdfs: pdfs}
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

// sources are the PDFs of all disclosures, by their IDs.
func sources(ctx context.Context, from Source) (map[string]source, error) {
	pdfs := map[string]source{}
	err := from.Disclosures(ctx, indexer.Filters{}, true, func(d indexer.DisclosureRecord) error {
		pdfs[d.ID] = source{d.SHA256, d.FileName, d.URI}
		return nil
	})
	return pdfs, err
}

func (x *exporter) write(ctx context.Context, f Format) ([]File, error) {
	switch f {
	case CSV:
		return x.csv(ctx)
	case DataPackage:
		return x.dataPackage(ctx)
	case Parquet:
		return x.one(x.parquet(ctx))
	case XLSX:
		return x.one(x.xlsx(ctx))
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
func (x *exporter) each(ctx context.Context, q indexer.Query, fn func(*item) error) error {
	for {
		res, err := x.from.Items(ctx, q)
		if err != nil {
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
