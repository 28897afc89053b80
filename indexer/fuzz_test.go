package indexer_test

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// FuzzRecords checks that no disclosure makes Records panic, that IDs are unique, and that parts and amounts are in order.
func FuzzRecords(f *testing.F) {
	for _, d := range indextest.Disclosures() {
		text, err := json.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"tables":[{"columns":[{"path":[],"role":"amount"},{"path":null,"role":"name"}],"rows":[{"cells":["1","2","3"]},{"cells":null}],"grid":[[],["a"]]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var d schemas.Disclosure
		if json.Unmarshal(text, &d) != nil {
			return
		}
		b, err := indexer.Records(&d)
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		add := func(id string) {
			if ids[id] {
				t.Fatalf("ID %q twice", id)
			}
			ids[id] = true
		}
		for _, p := range b.Passages {
			add(p.ID)
			last := -1
			for _, part := range p.Parts {
				if part.Start <= last || part.Start > len(p.Text) {
					t.Fatalf("parts %v of %q", p.Parts, p.Text)
				}
				last = part.Start
			}
			if !utf8.ValidString(p.Text) {
				t.Fatalf("text %q", p.Text)
			}
		}
		for _, i := range b.Items {
			add(i.ID)
			if (i.Amount == nil) != (i.State == indexer.UnparsedState) || !ids[i.PassageID] {
				t.Fatalf("item %+v", i)
			}
		}
		for _, r := range b.Tables {
			add(r.ID)
		}
		for _, r := range b.Projects {
			add(r.ID)
		}
		for _, r := range b.Findings {
			add(r.ID)
		}
		if got := b.Disclosure.Counts; got.Passages != len(b.Passages) || got.Items != len(b.Items) {
			t.Fatalf("counts %+v", got)
		}
	})
}
