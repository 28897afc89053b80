// Package comparison compares what is indexed: a unit's years, and a code between regions or units, with the reasons that the narrative
// gives. Start with Years and Code.
package comparison

import (
	"context"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A Source has what is compared.
type Source interface {
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Sum(context.Context, indexer.Query, []indexer.Dimension) ([]indexer.Group, error)
	Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error)
}
