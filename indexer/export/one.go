package export

import (
	"context"
	"fmt"
	"io"

	"yusuan/indexer"
	"yusuan/indexer/markdown"
	"yusuan/schemas"
)

// WriteOne writes one disclosure that need not be in any index: its amounts as CSV or XLSX, with the columns of items.csv, or all of it
// as Markdown. There are no other formats of one.
func WriteOne(ctx context.Context, to io.Writer, d *schemas.Disclosure, f Format) error {
	if f == Markdown {
		return markdown.Write(to, d)
	}
	b, err := indexer.Records(d)
	if err != nil {
		return fmt.Errorf("export %s: %w", f, err)
	}
	x := &exporter{amounts: one{d, b.Items}, pdfs: map[string]schemas.Source{}}
	switch f {
	case CSV:
		_, err = x.itemsCSV(ctx, to)
	case XLSX:
		_, err = x.xlsx(ctx, to)
	default:
		err = fmt.Errorf("there is no such format of one disclosure")
	}
	if err != nil {
		return fmt.Errorf("export %s: %w", f, err)
	}
	return nil
}

// one has the amounts of one disclosure.
type one struct {
	d     *schemas.Disclosure
	items []indexer.LineItem
}

// Items gives all of them.
func (o one) Items(context.Context, indexer.Query) (indexer.ItemResult, error) {
	return indexer.ItemResult{Items: o.items, Total: len(o.items)}, nil
}

// Sources knows the one PDF.
func (o one) Sources(context.Context, []string) (map[string]schemas.Source, error) {
	return map[string]schemas.Source{o.d.ID(): o.d.Source}, nil
}
