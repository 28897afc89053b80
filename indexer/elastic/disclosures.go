package elastic

import (
	"context"
	"fmt"
	"slices"

	"yusuan/indexer"
)

// Disclosures calls fn with the record of each disclosure that the filters select, in the order of IDs and without Body: those that
// nothing has superseded, or all versions. An error of fn ends it.
func (s *Store) Disclosures(ctx context.Context, f indexer.Filters, allVersions bool, fn func(indexer.DisclosureRecord) error) error {
	if err := f.Check(indexer.Disclosures); err != nil {
		return err
	}
	filter := filters(&f, indexer.Disclosures)
	if !allVersions {
		filter = append(filter, object{"term": object{"current": true}})
	}
	var fields []string
	for _, list := range []object{originFields(), disclosures.fields()} {
		for name := range list {
			if name != "body" {
				fields = append(fields, name)
			}
		}
	}
	slices.Sort(fields)
	for d, err := range scroll[indexer.DisclosureRecord](ctx, s, disclosures, object{"bool": object{"filter": filter}}, "id", fields, pageSize) {
		if err != nil {
			return fmt.Errorf("read disclosures: %w", err)
		}
		if err := fn(d); err != nil {
			return err
		}
	}
	return nil
}
