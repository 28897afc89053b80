package elastic_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// testSums holds every sum of amounts against the store's Sum, which never adds what is not of one kind; and checks that this would
// find it if one of the filters were not there.
func (d *dashboards) testSums(t *testing.T) {
	groups, err := d.store.Sum(t.Context(), indexer.Query{}, []indexer.Dimension{indexer.RegionDimension, indexer.UnitDimension, indexer.YearDimension,
		indexer.CodeDimension, indexer.MeasureDimension, indexer.PeriodDimension})
	if err != nil {
		t.Fatal(err)
	}
	checked, needed := 0, map[string]bool{}
	for _, p := range d.panels {
		if p.figure.SourceField != "amount_yuan" {
			continue
		}
		checked++
		if problem := d.checkSums(t, p, groups); problem != "" {
			t.Errorf("%s: %s", p.ID, problem)
		}
		for i, f := range p.filters {
			without := *p
			without.filters = slices.Delete(slices.Clone(p.filters), i, i+1)
			needed[f.Meta.Key] = needed[f.Meta.Key] || d.checkSums(t, &without, groups) != ""
		}
	}
	if checked < 7 {
		t.Errorf("checked %d sums, want 7", checked)
	}
	for _, key := range []string{"current", "form", "classification", "code_level", "code", "line", "measure", "period"} {
		if !needed[key] {
			t.Errorf("no sum is wrong without its filter of %s: the disclosures of this test have nothing that it keeps out", key)
		}
	}
}

// checkSums says what is wrong with the sums of a panel, where the store has the groups.
func (d *dashboards) checkSums(t *testing.T, p *kibanaPanel, groups []indexer.Group) string {
	t.Helper()
	want, kinds := map[string]schemas.Fen{}, map[string]indexer.Group{}
	for _, g := range groups {
		fields := groupFields(g)
		key, in := rowKey(fields, p.groups)
		if !in || !p.selects(t, fields) {
			continue
		}
		want[key] += g.Sum
		kind := g
		kind.Keys, kind.Sum, kind.Count = []string{fields["fiscal_year"]}, 0, 0
		if before, ok := kinds[key]; ok && !cmp.Equal(before, kind) {
			return fmt.Sprintf("%s adds %+v to %+v", key, kind, before)
		}
		kinds[key] = kind
	}
	got := map[string]schemas.Fen{}
	for _, r := range p.rows(t, p.ask(t, d.url, "now-1y")) {
		key, _ := rowKey(r.keys, p.groups)
		yuan, err := r.figure.Float64()
		if err != nil {
			t.Fatal(err)
		}
		got[key] = schemas.Fen(math.Round(yuan * 100))
	}
	if diff := cmp.Diff(got, want); diff != "" || len(want) < 2 {
		return fmt.Sprintf("%d rows (-got +want):\n%s", len(want), diff)
	}
	return ""
}

// groupFields are the fields of the line items of a group, runtime fields too.
func groupFields(g indexer.Group) map[string]string {
	called := map[string]string{"budget": "预算", "final_accounts": "决算", "unknown": "不明", "scope unit": "单位", "scope department": "部门", "scope unknown": "口径不明"}
	region, unit, year := g.Keys[0], g.Keys[1], g.Keys[2]
	account := year + " " + called[string(g.DocumentKind)] + " " + called["scope "+string(g.Scope)]
	fields := map[string]string{
		"current": "true", "amount_fen": fmt.Sprint(int64(g.Sum)), "region": region, "unit": unit, "fiscal_year": year, "code": g.Keys[3],
		"region_unit": region + " " + unit, "account": account, "region_account": region + " " + account, "unit_account": region + " " + unit + " " + account,
		"document_kind": string(g.DocumentKind), "scope": string(g.Scope), "form": string(g.Form), "classification": string(g.Classification),
		"code_level": string(g.Level), "line": g.Line, "measure": string(g.Measure), "period": string(g.Period),
	}
	maps.DeleteFunc(fields, func(_, v string) bool { return v == "" })
	return fields
}

// rowKey is by what a row is known; without one of the fields there is no row.
func rowKey(fields map[string]string, groups []string) (string, bool) {
	var parts []string
	for _, f := range groups {
		if fields[f] == "" {
			return "", false
		}
		parts = append(parts, fields[f])
	}
	return strings.Join(parts, "|"), true
}

// selects reports whether the panel's filters let the fields pass: as its reader would have it, not as it is asked for.
func (p *kibanaPanel) selects(t *testing.T, fields map[string]string) bool {
	t.Helper()
	for _, f := range p.filters {
		var wanted []string
		value, there := fields[f.Meta.Key]
		switch f.Meta.Type {
		case "phrase":
			var one struct{ Query any }
			decode(t, f.Meta.Params, &one)
			wanted = []string{plain(one.Query)}
		case "phrases":
			decode(t, f.Meta.Params, &wanted)
		case "exists":
			wanted = []string{value}
		case "custom":
			continue // what is being replaced: nothing is
		default:
			t.Fatalf("%s: a filter of the type %s", p.ID, f.Meta.Type)
		}
		if (there && slices.Contains(wanted, value)) == f.Meta.Negate {
			return false
		}
	}
	return true
}
