package elastic

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"yusuan/schemas"
)

// Sources gives the PDFs that disclosures were read from, by the disclosures' IDs: SHA-256, name and address. One that is not there is
// left out.
func (s *Store) Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error) {
	out := make(map[string]schemas.Source, len(ids))
	for some := range slices.Chunk(ids, pageSize) {
		var answer struct {
			Docs []struct {
				ID     string         `json:"_id"`
				Found  bool           `json:"found"`
				Source schemas.Source `json:"_source"` // whose fields have the same names
				Error  *struct {
					Reason string `json:"reason"`
				} `json:"error"`
			} `json:"docs"`
		}
		path := "/" + s.alias(disclosures) + "/_mget?_source_includes=sha256,file_name,uri" // sees what was stored a moment ago, refresh or not
		if err := s.request(ctx, http.MethodPost, path, object{"ids": some}, &answer); err != nil {
			return nil, fmt.Errorf("read sources: %w", err)
		}
		for _, d := range answer.Docs {
			if d.Error != nil {
				return nil, fmt.Errorf("read the source of %s: %s", d.ID, d.Error.Reason)
			}
			if d.Found {
				out[d.ID] = d.Source
			}
		}
	}
	return out, nil
}
