package export

import (
	"context"
	"os"

	"github.com/parquet-go/parquet-go"
)

// rowGroup is how many line items Parquet keeps together, and this package in memory.
const rowGroup = 20_000

func (x *exporter) parquet(ctx context.Context) (File, error) {
	return x.file("items.parquet", func(f *os.File) (int, error) {
		w := parquet.NewGenericWriter[item](f, parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(rowGroup))
		n := 0
		err := x.each(ctx, x.Query, func(it *item) error {
			n++
			_, err := w.Write([]item{*it})
			return err
		})
		return n, firstOf(err, w.Close())
	})
}
