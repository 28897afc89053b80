package elastic

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"go.uber.org/zap"
)

// install makes the templates and indices that are missing. Where every alias is there, it writes nothing, so that a reader
// needs no rights to. Two processes may install at once: templates are the same, and an index that another just made is as good.
func (s *Store) install(ctx context.Context) error {
	var missing []kind
	for _, k := range kinds() {
		err := s.request(ctx, http.MethodHead, "/_alias/"+s.alias(k), nil, nil)
		switch {
		case status(err) == http.StatusNotFound:
			missing = append(missing, k)
		case err != nil:
			return fmt.Errorf("look for alias %s: %w", s.alias(k), err)
		}
	}
	if there := len(kinds()) - len(missing); there > 0 {
		if err := s.checkMappings(ctx, there); err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		if err := s.putTemplates(ctx); err != nil {
			return err
		}
		for _, k := range missing {
			if err := s.createIndex(ctx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

// putTemplates stores the component with what all indices share, and a template for each kind.
func (s *Store) putTemplates(ctx context.Context) error {
	shared := object{
		"version": mappingVersion,
		"template": object{
			"settings": object{"index": object{
				"number_of_shards": s.cfg.Shards, "auto_expand_replicas": "0-1", "refresh_interval": "1s", "analysis": analysis(),
			}},
			"mappings": object{"properties": originFields()},
		},
	}
	component := s.cfg.Prefix + "-content"
	if err := s.request(ctx, http.MethodPut, "/_component_template/"+component, shared, nil); err != nil {
		return fmt.Errorf("put component template %s: %w", component, err)
	}
	for _, k := range kinds() {
		template := object{
			"index_patterns": []string{s.name(k) + "-v*"}, "version": mappingVersion, "priority": 200,
			"template": object{"mappings": k.mappings()},
		}
		if k == ledger || k == versions {
			template["template"] = object{
				"settings": object{"index": object{"number_of_shards": 1, "auto_expand_replicas": "0-1", "refresh_interval": "1s"}},
				"mappings": k.mappings(),
			}
		} else {
			template["composed_of"] = []string{component}
		}
		if err := s.request(ctx, http.MethodPut, "/_index_template/"+s.name(k), template, nil); err != nil {
			return fmt.Errorf("put index template %s: %w", s.name(k), err)
		}
	}
	return nil
}

// createIndex makes the first index of a kind, with its alias.
func (s *Store) createIndex(ctx context.Context, k kind) error {
	index := s.alias(k) + "-v1"
	err := s.request(ctx, http.MethodPut, "/"+index, object{"aliases": object{s.alias(k): object{"is_write_index": true}}}, nil)
	if err == nil {
		s.lg.Info("made index", zap.String("index", index))
		return nil
	}
	// Another process may have been faster. Then the alias is there.
	if alias := s.request(ctx, http.MethodHead, "/_alias/"+s.alias(k), nil, nil); alias == nil {
		return nil
	}
	return fmt.Errorf("make index %s: %w", index, err)
}

// checkMappings refuses indices that a program with another mappingVersion made; there should be as many as given.
func (s *Store) checkMappings(ctx context.Context, there int) error {
	schemas, err := s.indexSchemas(ctx)
	if err != nil {
		return err
	}
	if len(schemas) < there {
		return fmt.Errorf("%d of the indices behind %s-* were not made by yusuan: choose another prefix", there-len(schemas), s.cfg.Prefix)
	}
	for _, index := range slices.Sorted(maps.Keys(schemas)) {
		switch got := schemas[index]; {
		case got < mappingVersion:
			return fmt.Errorf("index %s has schema %d, and this program wants %d: yusuan reindex brings all indices up to it", index, got, mappingVersion)
		case got > mappingVersion:
			return fmt.Errorf("index %s has schema %d, and this program knows %d: use the yusuan that made it, or another prefix", index, got, mappingVersion)
		}
	}
	return nil
}

// indexSchemas gives the mappingVersion of each index behind an alias.
func (s *Store) indexSchemas(ctx context.Context) (map[string]int, error) {
	var indices map[string]struct {
		Mappings struct {
			Meta struct {
				Schema int `json:"schema"`
			} `json:"_meta"`
		} `json:"mappings"`
	}
	path := "/" + s.aliases(kinds()) + "/_mapping?ignore_unavailable=true&filter_path=*.mappings._meta"
	if err := s.request(ctx, http.MethodGet, path, nil, &indices); err != nil {
		return nil, fmt.Errorf("read mappings: %w", err)
	}
	schemas := map[string]int{}
	for index, m := range indices {
		schemas[index] = m.Mappings.Meta.Schema
	}
	return schemas, nil
}
