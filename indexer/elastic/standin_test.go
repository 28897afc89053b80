package elastic_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"yusuan/indexer/elastic"
)

// A standIn answers as Elasticsearch does to what the store asks while it puts disclosures and makes indices anew. It is in memory
// and at once, so that a test can stop one request at a time and let others pass it, in every order there is; a real server
// gives the same orders only by chance. Queries for hits it can't answer.
type standIn struct {
	t       *testing.T
	url     string
	mu      sync.Mutex
	indices map[string]*standInIndex
	aliases map[string]string // the index behind each
	// deleting is called once, between the moment in which a deletion by query has found its documents and their deletion.
	deleting func()
	// watch is called after every request.
	watch func()
}

// A standInIndex is one index: what is stored, and what a refresh has made visible to searches.
type standInIndex struct {
	sequence        int64
	stored, visible map[string]standInDoc
	blocked         bool
}

type standInDoc struct {
	sequence int64
	source   map[string]any
}

// newStandIn starts one that ends with the test.
func newStandIn(t *testing.T) *standIn {
	st := &standIn{t: t, indices: map[string]*standInIndex{}, aliases: map[string]string{}}
	srv := httptest.NewServer(st)
	t.Cleanup(srv.Close)
	st.url = srv.URL
	return st
}

// config is that of a store on the stand-in, whose requests go through the transport, if there is one.
func (st *standIn) config(tr *transport) elastic.Config {
	cfg := elastic.Config{URLs: []string{st.url}, Prefix: "test", Retries: 3, Backoff: time.Millisecond}
	if tr != nil {
		cfg.Transport = tr
	}
	return cfg
}

// A standInAnswer is a status and a body.
type standInAnswer struct {
	status int
	body   any
}

func acknowledged() standInAnswer {
	return standInAnswer{http.StatusOK, map[string]any{"acknowledged": true, "shards_acknowledged": true}}
}

func refused(status int, kind string) standInAnswer {
	return standInAnswer{status, map[string]any{"error": map[string]any{"type": kind, "reason": kind}, "status": status}}
}

func noIndex() standInAnswer { return refused(http.StatusNotFound, "index_not_found_exception") }

// ServeHTTP answers one request. Requests are answered one after the other.
func (st *standIn) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the store gave up
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	a := st.answer(req.Method, strings.Split(strings.TrimPrefix(req.URL.Path, "/"), "/"), req.URL.Query(), body)
	if st.watch != nil {
		st.watch()
	}
	w.Header().Set("X-Elastic-Product", "Elasticsearch")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	if req.Method != http.MethodHead {
		json.NewEncoder(w).Encode(a.body)
	}
}

func (st *standIn) answer(method string, path []string, query url.Values, body []byte) standInAnswer {
	switch first, last := path[0], path[len(path)-1]; {
	case first == "":
		return standInAnswer{http.StatusOK, map[string]any{"version": map[string]any{"number": "8.19.0"}}}
	case first == "_alias" || last == "_alias":
		return st.listAliases(path)
	case first == "_aliases":
		return st.moveAliases(body)
	case first == "_component_template", first == "_index_template":
		return acknowledged()
	case first == "_bulk":
		return st.bulk(body)
	case last == "_mapping":
		return st.mappings(first)
	case method == http.MethodGet && len(path) == 3 && path[1] == "_settings":
		return st.settings(first)
	case last == "_settings", len(path) == 3 && path[1] == "_block":
		return st.block(first, last == "write" || bytes.Contains(body, []byte("true")))
	case last == "_refresh":
		return st.refresh(first)
	case last == "_pit":
		return standInAnswer{http.StatusOK, map[string]any{"id": first}}
	case last == "_count", last == "_delete_by_query", last == "_update_by_query":
		return st.byQuery(last, first, body)
	case last == "_mget":
		return st.getMany(first, body)
	case last == "_search":
		return st.search(first, body)
	case len(path) == 3 && path[1] == "_doc" && method == http.MethodGet:
		return st.get(first, path[2])
	case len(path) == 3 && path[1] == "_doc":
		return st.put(first, path[2], query.Get("op_type") == "create", query.Get("if_seq_no"), body)
	case len(path) == 1 && method == http.MethodDelete:
		return st.removeIndices(first)
	case len(path) == 1 && method == http.MethodPut:
		return st.makeIndex(first, body)
	}
	st.t.Errorf("the stand-in can't answer %s %s", method, path)
	return refused(http.StatusNotImplemented, "stand_in_exception")
}

// behind is the name of the index behind an alias, or the name itself.
func (st *standIn) behind(name string) string {
	if index, ok := st.aliases[name]; ok {
		return index
	}
	return name
}

// named are the indices of a list of names, those that are there.
func (st *standIn) named(list string) []*standInIndex {
	var out []*standInIndex
	for name := range strings.SplitSeq(list, ",") {
		if x := st.indices[st.behind(name)]; x != nil {
			out = append(out, x)
		}
	}
	return out
}

// listAliases answers _alias/NAME, with the index behind it, and PATTERNS/_alias, with every index of such names.
func (st *standIn) listAliases(path []string) standInAnswer {
	found := map[string]any{}
	for index := range st.indices {
		aliases := map[string]any{}
		for alias, behind := range st.aliases {
			if behind == index {
				aliases[alias] = map[string]any{}
			}
		}
		wanted := path[0] == "_alias" && st.aliases[path[1]] == index
		for pattern := range strings.SplitSeq(path[0], ",") {
			start, isPattern := strings.CutSuffix(pattern, "*")
			wanted = wanted || isPattern && strings.HasPrefix(index, start)
		}
		if wanted {
			found[index] = map[string]any{"aliases": aliases}
		}
	}
	if path[0] == "_alias" && len(found) == 0 {
		return refused(http.StatusNotFound, "")
	}
	return standInAnswer{http.StatusOK, found}
}

// moveAliases does all of the actions or none.
func (st *standIn) moveAliases(body []byte) standInAnswer {
	var in struct {
		Actions []map[string]struct{ Index, Alias string }
	}
	st.decode(body, &in)
	for _, action := range in.Actions {
		for _, a := range action {
			if st.indices[a.Index] == nil {
				return noIndex()
			}
		}
	}
	for _, action := range in.Actions {
		if a, ok := action["add"]; ok {
			st.aliases[a.Alias] = a.Index
		}
		if a, ok := action["remove_index"]; ok {
			delete(st.indices, a.Index)
		}
	}
	return acknowledged()
}

func (st *standIn) mappings(list string) standInAnswer {
	out := map[string]any{}
	for name := range strings.SplitSeq(list, ",") {
		if index := st.behind(name); st.indices[index] != nil {
			out[index] = map[string]any{"mappings": map[string]any{"_meta": map[string]any{"schema": elastic.MappingVersion}}}
		}
	}
	return standInAnswer{http.StatusOK, out}
}

func (st *standIn) block(list string, on bool) standInAnswer {
	for _, x := range st.named(list) {
		x.blocked = on
	}
	return acknowledged()
}

func (st *standIn) settings(list string) standInAnswer {
	out := map[string]any{}
	for name := range strings.SplitSeq(list, ",") {
		if x := st.indices[name]; x != nil && x.blocked {
			out[name] = map[string]any{"settings": map[string]any{"index.blocks.write": "true"}}
		}
	}
	return standInAnswer{http.StatusOK, out}
}

func (st *standIn) refresh(list string) standInAnswer {
	for _, x := range st.named(list) {
		x.visible = map[string]standInDoc{}
		for id, d := range x.stored {
			x.visible[id] = d
		}
	}
	return acknowledged()
}

func (st *standIn) makeIndex(name string, body []byte) standInAnswer {
	if st.indices[name] != nil {
		return refused(http.StatusBadRequest, "resource_already_exists_exception")
	}
	st.indices[name] = &standInIndex{stored: map[string]standInDoc{}, visible: map[string]standInDoc{}}
	var in struct{ Aliases map[string]any }
	st.decode(body, &in)
	for alias := range in.Aliases {
		st.aliases[alias] = name
	}
	return acknowledged()
}

func (st *standIn) removeIndices(list string) standInAnswer {
	for name := range strings.SplitSeq(list, ",") {
		delete(st.indices, name)
		for alias, behind := range st.aliases {
			if behind == name {
				delete(st.aliases, alias)
			}
		}
	}
	return acknowledged()
}

func (st *standIn) get(name, id string) standInAnswer {
	index := st.behind(name)
	x := st.indices[index]
	if x == nil {
		return noIndex()
	}
	d, ok := x.stored[id]
	if !ok {
		return standInAnswer{http.StatusNotFound, map[string]any{"_index": index, "_id": id, "found": false}}
	}
	return standInAnswer{http.StatusOK, map[string]any{
		"_index": index, "_id": id, "_seq_no": d.sequence, "_primary_term": 1, "found": true, "_source": d.source,
	}}
}

// getMany answers _mget, where what is not there is no error.
func (st *standIn) getMany(name string, body []byte) standInAnswer {
	var asked struct{ IDs []string }
	st.decode(body, &asked)
	docs := []any{}
	for _, id := range asked.IDs {
		docs = append(docs, st.get(name, id).body)
	}
	return standInAnswer{http.StatusOK, map[string]any{"docs": docs}}
}

// put stores a document, if what is there is what the store has seen.
func (st *standIn) put(name, id string, create bool, seen string, body []byte) standInAnswer {
	index := st.behind(name)
	x := st.indices[index]
	if x == nil {
		return noIndex()
	}
	if x.blocked {
		return refused(http.StatusForbidden, "cluster_block_exception")
	}
	d, ok := x.stored[id]
	if create && ok || seen != "" && (!ok || fmt.Sprint(d.sequence) != seen) {
		return refused(http.StatusConflict, "version_conflict_engine_exception")
	}
	source := map[string]any{}
	st.decode(body, &source)
	x.sequence++
	x.stored[id] = standInDoc{x.sequence, source}
	return standInAnswer{http.StatusOK, map[string]any{"_index": index, "_id": id, "_seq_no": x.sequence, "_primary_term": 1}}
}

func (st *standIn) bulk(body []byte) standInAnswer {
	var items []any
	lines := bufio.NewReader(bytes.NewReader(body))
	for {
		head, err := lines.ReadBytes('\n')
		if err != nil {
			return standInAnswer{http.StatusOK, map[string]any{"items": items}}
		}
		source, _ := lines.ReadBytes('\n')
		var in map[string]struct {
			Index string      `json:"_index"`
			ID    string      `json:"_id"`
			Seen  json.Number `json:"if_seq_no"`
		}
		st.decode(head, &in)
		for action, target := range in {
			a := st.put(target.Index, target.ID, action == "create", target.Seen.String(), source)
			item := a.body.(map[string]any)
			item["_id"], item["status"] = target.ID, a.status
			items = append(items, map[string]any{action: item})
		}
	}
}

// byQuery counts, deletes or marks what a search finds. What was changed since it was found is a conflict.
func (st *standIn) byQuery(what, list string, body []byte) standInAnswer {
	var in struct {
		Query  any
		Script struct{ Params map[string]any }
	}
	st.decode(body, &in)
	type hit struct {
		x  *standInIndex
		id string
		standInDoc
	}
	var hits []hit
	for _, x := range st.named(list) {
		for id, d := range x.visible {
			if st.match(in.Query, d.source) {
				hits = append(hits, hit{x, id, d})
			}
		}
	}
	if what == "_count" {
		return standInAnswer{http.StatusOK, map[string]any{"count": len(hits), "_shards": map[string]any{"failed": 0}}}
	}
	if fn := st.deleting; fn != nil && what == "_delete_by_query" {
		st.deleting = nil
		st.mu.Unlock()
		fn()
		st.mu.Lock()
	}
	conflicts := 0
	for _, h := range hits {
		if d, ok := h.x.stored[h.id]; !ok || d.sequence != h.sequence {
			conflicts++
			continue
		}
		h.x.sequence++
		delete(h.x.stored, h.id)
		if what == "_update_by_query" {
			source := map[string]any{}
			for k, v := range h.source {
				source[k] = v
			}
			source["current"] = in.Script.Params["current"]
			h.x.stored[h.id] = standInDoc{h.x.sequence, source}
		}
	}
	return standInAnswer{http.StatusOK, map[string]any{"total": len(hits), "version_conflicts": conflicts}}
}

// search answers with all documents in the order of their IDs, or with the groups of a composite or terms aggregation.
func (st *standIn) search(list string, body []byte) standInAnswer {
	var in struct {
		PIT   struct{ ID string }
		Query any
		Size  int
		After []string `json:"search_after"`
		Aggs  struct {
			Groups struct {
				Composite struct {
					Sources []map[string]struct{ Terms struct{ Field string } }
				}
				Terms struct{ Field string }
			}
		}
	}
	st.decode(body, &in)
	if in.PIT.ID != "" {
		list = in.PIT.ID
	}
	var ids []string
	sources := map[string]map[string]any{}
	for _, x := range st.named(list) {
		for id, d := range x.visible {
			if st.match(in.Query, d.source) && (len(in.After) == 0 || id > in.After[0]) {
				ids, sources[id] = append(ids, id), d.source
			}
		}
	}
	slices.Sort(ids)
	if in.Size > 0 {
		var hits []any
		for _, id := range ids[:min(in.Size, len(ids))] {
			hits = append(hits, map[string]any{"_source": sources[id], "sort": []any{id}})
		}
		return standInAnswer{http.StatusOK, map[string]any{"hits": map[string]any{"hits": hits}}}
	}
	var fields []string
	for _, s := range in.Aggs.Groups.Composite.Sources {
		for _, key := range s {
			fields = append(fields, key.Terms.Field)
		}
	}
	return groups(ids, sources, fields, in.Aggs.Groups.Terms.Field)
}

// groups counts the documents by the fields of a composite aggregation, or else by that of a terms aggregation.
func groups(ids []string, sources map[string]map[string]any, fields []string, field string) standInAnswer {
	counts, keys := map[string]int{}, map[string]any{}
	var order []string
	for _, id := range ids {
		var key any = sources[id][field]
		name := fmt.Sprint(key)
		if len(fields) > 0 {
			composite := map[string]any{}
			name = ""
			for _, f := range fields {
				composite[f] = sources[id][f]
				name += fmt.Sprint(composite[f], "\x00")
			}
			key = composite
		}
		if counts[name]++; counts[name] == 1 {
			keys[name] = key
			order = append(order, name)
		}
	}
	slices.Sort(order)
	var buckets []any
	for _, name := range order {
		buckets = append(buckets, map[string]any{"key": keys[name], "doc_count": counts[name]})
	}
	return standInAnswer{http.StatusOK, map[string]any{"aggregations": map[string]any{"groups": map[string]any{"buckets": buckets}}}}
}

// match tells whether a document is among what a query finds.
func (st *standIn) match(query any, source map[string]any) bool {
	if list, ok := query.([]any); ok {
		return !slices.ContainsFunc(list, func(q any) bool { return !st.match(q, source) })
	}
	for name, clause := range query.(map[string]any) {
		fields, _ := clause.(map[string]any)
		for field, want := range fields {
			ok := true
			switch {
			case name == "match_all":
			case name == "bool" && field == "filter":
				ok = st.match(want, source)
			case name == "bool" && field == "must_not":
				ok = !st.match(want, source)
			case name == "term":
				ok = source[field] == want
			case name == "terms":
				ok = slices.Contains(want.([]any), source[field])
			default:
				st.t.Errorf("the stand-in does not know the query %v", query)
			}
			if !ok {
				return false
			}
		}
	}
	return true
}

// decode reads JSON as the store reads it: no digit is lost.
func (st *standIn) decode(body []byte, into any) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil && err != io.EOF {
		st.t.Errorf("the stand-in was sent %q: %v", body, err)
	}
}

// names lists the indices there are.
func (st *standIn) names() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Sorted(maps.Keys(st.indices))
}

// A parse is what queries find of one parse of a disclosure.
type parse struct {
	disclosureID, generation string
	year                     string
	current                  bool
}

// found counts the passages and items that queries find. Unless now, it counts what they find after a refresh.
func (st *standIn) found(now bool) map[parse]int {
	var hidden []any
	if d, ok := st.indices[st.behind("test-versions")].stored["concealed"]; ok {
		hidden, _ = d.source["generations"].([]any)
	}
	out := map[parse]int{}
	for _, x := range st.named("test-passages,test-items") {
		docs := x.stored
		if now {
			docs = x.visible
		}
		for _, d := range docs {
			if !slices.Contains(hidden, d.source["generation"]) {
				out[parse{d.source["disclosure_id"].(string), d.source["generation"].(string), fmt.Sprint(d.source["fiscal_year"]), d.source["current"].(bool)}]++
			}
		}
	}
	return out
}
