package export

import (
	"context"
	"io"

	"github.com/parquet-go/parquet-go"
)

// rowGroup is how many line items Parquet keeps together, and this package in memory.
const rowGroup = 20_000

func (x *exporter) parquet(ctx context.Context, to io.Writer) (int, error) {
	w := parquet.NewGenericWriter[item](to, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup))
	n := 0
	err := x.each(ctx, func(it *item) error {
		n++
		_, err := w.Write([]item{*it})
		return err
	})
	return n, firstOf(err, w.Close())
}
