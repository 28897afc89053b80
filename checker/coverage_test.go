package checker

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

func publication(id, unit, region string, year int, kind schemas.DocumentKind) Publication {
	return Publication{DisclosureID: id, Unit: unit, Region: region, Year: year, Kind: kind, Scope: schemas.UnitScope}
}

func TestCover(t *testing.T) {
	published := []Publication{
		publication("1", "青禾县水利局", "青禾县", 2024, schemas.Budget),
		publication("2", "青禾县水利局", "青禾县", 2023, schemas.FinalAccounts),
		publication("3", "水利局", "云岭县", 2024, schemas.Budget),
		publication("4", "云岭县人民医院（本级）", "云岭县", 2024, schemas.Budget),
		publication("5", "", "", 0, schemas.UnknownKind),
	}
	for _, tc := range []struct {
		name     string
		expected []Expectation
		years    []int
		kinds    []schemas.DocumentKind
		missing  []string
		unlisted []string
		of       int
	}{
		{name: "nothing expected"},
		{"one kind and year", []Expectation{{Unit: "青禾县水利局", Year: 2024, Kind: schemas.Budget}}, nil, nil, nil, []string{"", "云岭县 云岭县人民医院（本级）", "云岭县 水利局"}, 1},
		{"all years and kinds there are", []Expectation{{Unit: "青禾县水利局"}}, nil, nil,
			[]string{"青禾县 青禾县水利局 2023 budget", "青禾县 青禾县水利局 2024 final_accounts"}, []string{"", "云岭县 云岭县人民医院（本级）", "云岭县 水利局"}, 4},
		{"the region tells two of a name apart", []Expectation{{Unit: "水利局", Region: "云岭县"}, {Unit: "水利局", Region: "青禾县"}}, []int{2024}, []schemas.DocumentKind{schemas.Budget},
			nil, []string{"", "云岭县 云岭县人民医院（本级）"}, 2},
		{"the region before the name", []Expectation{{Unit: "云岭县水利局"}, {Unit: "水利局", Region: "某省某市云岭县"}}, []int{2024}, []schemas.DocumentKind{schemas.Budget},
			nil, []string{"", "云岭县 云岭县人民医院（本级）", "青禾县 青禾县水利局"}, 1},
		{"brackets and spaces", []Expectation{{Unit: "云岭县人民医院 (本级)", Region: "云岭县"}}, []int{2024}, []schemas.DocumentKind{schemas.Budget},
			nil, []string{"", "云岭县 水利局", "青禾县 青禾县水利局"}, 1},
		{"nothing of the unit", []Expectation{{Unit: "图书馆", Region: "青禾县"}, {Unit: "图书馆", Region: "青禾县"}}, []int{2022, 2024}, []schemas.DocumentKind{schemas.Budget},
			[]string{"青禾县 图书馆 2022 budget", "青禾县 图书馆 2024 budget"}, []string{"", "云岭县 云岭县人民医院（本级）", "云岭县 水利局", "青禾县 青禾县水利局"}, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := Cover(published, tc.expected, tc.years, tc.kinds)
			var missing []string
			for _, m := range got.Missing {
				missing = append(missing, fmt.Sprintf("%s %s %d %s", m.Region, m.Unit, m.Year, m.Kind))
			}
			if diff := cmp.Diff(missing, tc.missing); diff != "" {
				t.Errorf("missing (-got +want):\n%s", diff)
			}
			if diff := cmp.Diff(got.Unlisted, tc.unlisted); diff != "" {
				t.Errorf("unlisted (-got +want):\n%s", diff)
			}
			if got.Expected != tc.of {
				t.Errorf("got %d expected, want %d", got.Expected, tc.of)
			}
			if tc.expected == nil && (!slices.Equal(got.Years, []int{2023, 2024}) || !slices.Equal(got.Kinds, []schemas.DocumentKind{schemas.Budget, schemas.FinalAccounts}) || len(got.Units) != 4) {
				t.Errorf("got years %v, kinds %v, %d units", got.Years, got.Kinds, len(got.Units))
			}
			n := 0
			for _, u := range got.Units {
				n += len(u.Published)
			}
			if n != len(published) {
				t.Errorf("got %d publications, want %d", n, len(published))
			}
		})
	}
}

func TestConcerns(t *testing.T) {
	m := Missing{Unit: "水利局", Region: "青禾县", Year: 2024, Kind: schemas.Budget}
	for _, tc := range []struct {
		claims *schemas.Claims
		want   bool
	}{
		{nil, false},
		{&schemas.Claims{Year: 2024}, false},
		{&schemas.Claims{Unit: "青禾县水利局"}, true},
		{&schemas.Claims{Unit: "水利局", Region: "青禾县", Year: 2024, Kind: schemas.Budget}, true},
		{&schemas.Claims{Unit: "水利局", Region: "云岭县"}, false},
		{&schemas.Claims{Unit: "青禾县水利局", Year: 2023}, false},
		{&schemas.Claims{Unit: "青禾县水利局", Kind: schemas.FinalAccounts}, false},
	} {
		if got := m.Concerns(tc.claims); got != tc.want {
			t.Errorf("%+v: got %v, want %v", tc.claims, got, tc.want)
		}
	}
}
