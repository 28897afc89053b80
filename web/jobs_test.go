package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

// TestJobs lists what is in the ledger, page by page and by state.
func TestJobs(t *testing.T) {
	h, in := newIntake(t)
	finished := time.Now().UTC()
	var want []string
	for i := range 5 {
		e := schemas.Entry{ID: fmt.Sprintf("%064d", i), State: schemas.Indexed, DisclosureID: "d", FileName: fmt.Sprintf("file %d.pdf", i), QueuedAt: finished, FinishedAt: &finished}
		if i%2 == 1 {
			e.State, e.Code, e.Message, e.Page, e.DisclosureID = schemas.Rejected, schemas.Damaged, "page 3 is damaged", 3, ""
		}
		if err := in.ledger.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		want = append(want, e.ID)
	}
	list := func(query string) (ids []string, next string) {
		t.Helper()
		res := decode[struct {
			Jobs []job
			Next string
		}](t, get(h, "/api/v1/jobs?"+query))
		for _, j := range res.Jobs {
			ids = append(ids, j.ID)
		}
		return ids, res.Next
	}
	newest := slices.Clone(want)
	slices.Reverse(newest)
	for order, want := range map[string][]string{"id": want, "newest": newest} {
		var got []string
		for after := ""; len(got) < 100; {
			ids, next := list("order=" + order + "&limit=2&after=" + after)
			if got = append(got, ids...); next == "" {
				break
			}
			after = next
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("jobs by %s (-got +want):\n%s", order, diff)
		}
	}
	for query, want := range map[string][]string{
		"code=damaged,timeout": {want[1], want[3]}, "code=timeout": nil, "name=FILE+3": {want[3]}, "name=file&state=indexed&order=newest": {want[4], want[2], want[0]},
	} {
		if ids, _ := list(query); !slices.Equal(ids, want) {
			t.Errorf("%s: got %v, want %v", query, ids, want)
		}
	}
	if ids, _ := list("state=rejected,failed"); !slices.Equal(ids, []string{want[1], want[3]}) {
		t.Errorf("rejected: got %v", ids)
	}
	rejected := decode[map[string]any](t, get(h, "/api/v1/jobs/"+want[1]))
	for name, value := range map[string]any{"state": "rejected", "code": "damaged", "message": "page 3 is damaged", "page": 3.0, "disclosure_id": nil} {
		if rejected[name] != value {
			t.Errorf("%s: got %v, want %v", name, rejected[name], value)
		}
	}
	if w := get(h, "/api/v1/jobs/none"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no such job") {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
	for _, query := range []string{"state=lost", "order=random", "order=newest&after=" + want[0], "name=" + strings.Repeat("+x", 11)} {
		if w := get(h, "/api/v1/jobs?"+query); w.Code != http.StatusBadRequest {
			t.Errorf("%s: got %d: %s", query, w.Code, w.Body)
		}
	}
}
