package elastic

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// numbered lists the indices of the prefix, with the aliases that lead to each, as they are at one moment.
func (s *Store) numbered(ctx context.Context) (map[string][]string, error) {
	var patterns []string
	for _, k := range kinds() {
		patterns = append(patterns, s.name(k)+"-v*")
	}
	var answer map[string]struct {
		Aliases map[string]struct{} `json:"aliases"`
	}
	if err := s.request(ctx, http.MethodGet, "/"+strings.Join(patterns, ",")+"/_alias", nil, &answer); err != nil {
		return nil, fmt.Errorf("list indices: %w", err)
	}
	list := map[string][]string{}
	for index, a := range answer {
		if s.number(index) > 0 {
			list[index] = slices.Collect(maps.Keys(a.Aliases))
		}
	}
	return list, nil
}

// behindAliases gives the index behind each alias. An older program had not all of them.
func (s *Store) behindAliases(ctx context.Context) (map[kind]string, error) {
	list, err := s.numbered(ctx)
	if err != nil {
		return nil, err
	}
	behind := map[kind]string{}
	for _, k := range kinds() {
		for index, aliases := range list {
			if !slices.Contains(aliases, s.name(k)) {
				continue
			}
			if behind[k] != "" {
				return nil, fmt.Errorf("alias %s has two indices behind it, %s and %s, want one", s.name(k), behind[k], index)
			}
			behind[k] = index
		}
	}
	return behind, nil
}

// number is that of an index, the N of PREFIX-KIND-vN; 0 for one that is not of this store.
func (s *Store) number(index string) int {
	for _, k := range kinds() {
		if text, ok := strings.CutPrefix(index, s.name(k)+"-v"); ok {
			n, _ := strconv.Atoi(text)
			return n
		}
	}
	return 0
}

func (s *Store) removeIndices(ctx context.Context, names []string) error {
	slices.Sort(names)
	if err := s.request(ctx, http.MethodDelete, "/"+strings.Join(names, ",")+"?ignore_unavailable=true", nil, nil); err != nil {
		return fmt.Errorf("remove indices: %w", err)
	}
	return nil
}

// block forbids writing to the indices. When it returns, every write that was under way has ended.
func (s *Store) block(ctx context.Context, list map[kind]string) error {
	var answer struct {
		Everywhere bool `json:"shards_acknowledged"`
	}
	names := slices.Sorted(maps.Values(list))
	err := s.request(ctx, http.MethodPut, "/"+strings.Join(names, ",")+"/_block/write", nil, &answer)
	if err == nil && !answer.Everywhere {
		err = errors.New("not every shard has answered that nobody writes to it any more")
	}
	return err
}

// checkBlocked checks that writing is still forbidden.
func (s *Store) checkBlocked(ctx context.Context, list map[kind]string) error {
	var answer map[string]struct {
		Settings map[string]string `json:"settings"`
	}
	names := slices.Sorted(maps.Values(list))
	path := "/" + strings.Join(names, ",") + "/_settings/index.blocks.write?flat_settings=true"
	if err := s.request(ctx, http.MethodGet, path, nil, &answer); err != nil {
		return fmt.Errorf("look whether writing is forbidden: %w", err)
	}
	for _, name := range names {
		if answer[name].Settings["index.blocks.write"] != "true" {
			return fmt.Errorf("somebody has allowed writing to index %s meanwhile", name)
		}
	}
	return nil
}

// unblock allows writing again.
func (s *Store) unblock(ctx context.Context, list map[kind]string) error {
	names := slices.Sorted(maps.Values(list))
	path := "/" + strings.Join(names, ",") + "/_settings?ignore_unavailable=true"
	if err := s.request(ctx, http.MethodPut, path, object{"index.blocks.write": nil}, nil); err != nil {
		return fmt.Errorf("allow writing again: %w", err)
	}
	return nil
}
