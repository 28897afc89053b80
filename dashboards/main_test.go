package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"
)

// TestWritten checks that kibana.ndjson is what this program writes.
func TestWritten(t *testing.T) {
	var want bytes.Buffer
	if err := write(&want, everything()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("kibana.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("kibana.ndjson is old: go run ./dashboards > dashboards/kibana.ndjson")
	}
}

// TestReferences checks that names are unique and what is referred to is there, before what needs it.
func TestReferences(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	for _, o := range everything() {
		if o.ID == "" || seen[o.ID] {
			t.Errorf("%s %q: the ID is empty or taken", o.Type, o.ID)
		}
		if !strings.HasPrefix(o.ID, "yusuan-") {
			t.Errorf("%s %s: does not begin with yusuan-, by which another prefix is put in its place", o.Type, o.ID)
		}
		names := map[string]bool{}
		for _, r := range o.References {
			if !seen[r.Type+" "+r.ID] {
				t.Errorf("%s: %s %s does not stand before it", o.ID, r.Type, r.ID)
			}
			if names[r.Name] {
				t.Errorf("%s: two references are called %s", o.ID, r.Name)
			}
			names[r.Name], used[r.ID] = true, true
		}
		seen[o.ID], seen[o.Type+" "+o.ID] = true, true
	}
	for _, o := range everything() {
		if o.Type != boardType && !used[o.ID] {
			t.Errorf("%s %s: nothing shows it", o.Type, o.ID)
		}
	}
}

// TestTitles wants every title in Chinese and in English, and none twice.
func TestTitles(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range everything() {
		title, _ := o.Attributes["title"].(string)
		if o.Type == viewType {
			title, _ = o.Attributes["name"].(string)
		}
		chinese := strings.ContainsFunc(title, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		english := strings.ContainsFunc(title, func(r rune) bool { return r < 0x80 && unicode.IsLetter(r) })
		if !chinese || !english || seen[title] {
			t.Errorf("%s: title %q is not in both languages, or not the only one", o.ID, title)
		}
		seen[title] = true
	}
}

// maxBuckets is how many buckets Elasticsearch gives to one request (search.max_buckets).
const maxBuckets = 65536

// TestBuckets checks that no visualization can ask for more buckets than it will be given, however much there is in the index.
func TestBuckets(t *testing.T) {
	for _, o := range everything() {
		if o.Type != lensType {
			continue
		}
		all, rows := 0, 1
		for _, c := range columnsOf(t, o) {
			if c.Operation == "terms" {
				rows *= c.Params.Size
				all += rows
			}
		}
		if all > maxBuckets {
			t.Errorf("%s: up to %d buckets, and Elasticsearch gives %d", o.ID, all, maxBuckets)
		}
	}
}

// A writtenColumn is one of a visualization's columns, as it is written.
type writtenColumn struct {
	Operation string `json:"operationType"`
	Field     string `json:"sourceField"`
	Params    struct {
		Size          int  `json:"size"`
		OtherBucket   bool `json:"otherBucket"`
		MissingBucket bool `json:"missingBucket"`
	} `json:"params"`
}

// columnsOf are the columns, the outermost group first.
func columnsOf(t *testing.T, o savedObject) []writtenColumn {
	t.Helper()
	var state struct {
		Datasources struct {
			Form struct {
				Layers map[string]struct {
					Columns map[string]writtenColumn `json:"columns"`
					Order   []string                 `json:"columnOrder"`
				} `json:"layers"`
			} `json:"formBased"`
		} `json:"datasourceStates"`
	}
	if err := json.Unmarshal([]byte(text(o.Attributes["state"])), &state); err != nil {
		t.Fatal(err)
	}
	layer := state.Datasources.Form.Layers[layerID]
	if len(layer.Order) == 0 || len(layer.Order) != len(layer.Columns) {
		t.Fatalf("%s: %d columns, %d of them in order", o.ID, len(layer.Columns), len(layer.Order))
	}
	var list []writtenColumn
	for _, id := range layer.Order {
		list = append(list, layer.Columns[id])
	}
	return list
}

// TestNothingElse checks that no group is of "other" or missing values, and that amounts are not added over accounts.
func TestNothingElse(t *testing.T) {
	sums := 0
	for _, o := range everything() {
		if o.Type != lensType {
			continue
		}
		fields := map[string]bool{}
		for _, c := range columnsOf(t, o) {
			if c.Params.OtherBucket || c.Params.MissingBucket {
				t.Errorf("%s: a group of what is not told apart: %+v", o.ID, c)
			}
			fields[c.Field] = true
		}
		if !fields[yuanField] {
			continue
		}
		sums++
		each := fields["fiscal_year"] && fields["document_kind"] && fields["scope"]
		if !each && !fields[accountField] && !fields[regionAccountField] && !fields[unitAccountField] {
			t.Errorf("%s: amounts are added over accounts: by %v", o.ID, fields)
		}
	}
	if sums < 7 {
		t.Errorf("got %d sums of amounts, want 7", sums)
	}
}
