package elastic_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer/indextest"
	"yusuan/schemas"
)

// TestSources asks once for several, of which one is not there.
func TestSources(t *testing.T) {
	st := newStandIn(t)
	s := open(t, patient(st))
	ids, want := []string{"none"}, map[string]schemas.Source{}
	for _, d := range indextest.Disclosures()[:2] {
		d.Source.URI = "https://example.org/" + d.Source.FileName
		mustPut(t, s, d)
		ids = append(ids, d.ID())
		want[d.ID()] = schemas.Source{SHA256: d.Source.SHA256, FileName: d.Source.FileName, URI: d.Source.URI}
	}
	requests := 0
	st.watch = func() { requests++ }
	got, err := s.Sources(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	// The stand-in gives whole documents; Elasticsearch only what is asked for.
	for id, pdf := range got {
		got[id] = schemas.Source{SHA256: pdf.SHA256, FileName: pdf.FileName, URI: pdf.URI}
	}
	if diff := cmp.Diff(got, want); diff != "" || requests != 1 {
		t.Errorf("by %d requests (-got +want):\n%s", requests, diff)
	}
}
