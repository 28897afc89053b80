package indextest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yusuan/indexer"
	"yusuan/schemas"
)

// firstSeen is when the first version of a disclosure came.
var firstSeen = time.Date(2024, 2, 1, 8, 0, 0, 0, time.UTC)

// version is the library's disclosure, published again: other bytes, one figure changed, days after the first time.
func version(name string, days int, date, amount string) *schemas.Disclosure {
	d := library()
	sum := base(name, d.Unit, d.Region, 0, d.DocumentKind, d.Scope).Source.SHA256
	d.Source.SHA256, d.Source.FileName = sum, name+".pdf"
	d.Source.FirstSeen = firstSeen.AddDate(0, 0, days)
	d.PublishedOn = nil
	if date != "" {
		d.PublishedOn = &date
	}
	d.Sections = append(slices.Clone(d.Sections), section("9", 2, "九、", "更正说明", 9, "本次公开的金额为"+amount+"万元，见"+name+"。"))
	return d
}

// successor is whose place which of the disclosures takes where each has what those before it have.
func successor(list []*schemas.Disclosure, i int) string {
	if i+1 < len(list) {
		return list[i+1].ID()
	}
	return ""
}

// testVersions checks which of several versions is current, whatever the order in which they come.
func testVersions(t *testing.T, s Store) {
	put(t, s, hospital(2024, "3.10"), indexer.Stored)
	first, second, third := version("甲本", 0, "", "1.00"), version("乙本", 3, "", "2.00"), version("丙本", 7, "", "3.00")
	for _, order := range [][]*schemas.Disclosure{{second}, {second, first}, {second, first, third}, {third, first, second}, {first}, {second}} {
		for _, d := range order {
			put(t, s, d, indexer.Stored)
		}
	}
	checkVersions(t, s, first, second, third)

	// What was seen earlier than it was first said to be stays where it is: the same bytes come again from another address.
	again := version("甲本", 30, "", "1.00")
	put(t, s, again, indexer.Stored)
	checkVersions(t, s, first, second, third)

	// A newer parser reads of the third that it is another year's: the second is the newest again.
	other := version("丙本", 7, "", "3.00")
	other.FiscalYear, other.ParserVersion = ptr(2019), other.ParserVersion+1
	put(t, s, other, indexer.Stored)
	checkVersions(t, s, first, second)
	checkVersions(t, s, other)

	// And with a still newer one it is one of them again.
	third.ParserVersion += 2
	put(t, s, third, indexer.Stored)
	checkVersions(t, s, first, second, third)
}

// testVersionDates checks that dates of publication go before the order of coming, where each version has one.
func testVersionDates(t *testing.T, s Store) {
	late, early := version("甲本", 0, "2024-08-20", "1.00"), version("乙本", 3, "2024-08-01", "2.00")
	put(t, s, late, indexer.Stored)
	put(t, s, early, indexer.Stored)
	checkVersions(t, s, early, late)
	undated := version("丙本", 1, "", "3.00")
	put(t, s, undated, indexer.Stored)
	checkVersions(t, s, late, undated, early)
}

// testParts checks disclosures that are published in parts, and again: each part takes the place of the same part only.
func testParts(t *testing.T, s Store) {
	tables := func(name string, days int, forms ...schemas.Form) *schemas.Disclosure {
		d := version(name, days, "", "1.00")
		d.Sections, d.Tables = d.Sections[:1], nil
		for _, f := range forms {
			one := functionalTable(row(1, 100, "2010301", "201|03|01|行政运行|10|"))
			one.Kind = f
			d.Tables = append(d.Tables, one)
		}
		return d
	}
	a := tables("甲本", 0, schemas.RevenueSummary, schemas.ExpenditureSummary)
	b := tables("乙本", 1, schemas.ThreePublicExpenses)
	textOnly := version("丙本", 2, "", "1.00")
	textOnly.Tables = nil
	corrected := tables("丁本", 3, schemas.RevenueSummary, schemas.ExpenditureSummary, schemas.Carryover) // of the first part
	all := []*schemas.Disclosure{a, b, textOnly, corrected}
	for _, d := range all {
		put(t, s, d, indexer.Stored)
	}
	want := map[string]string{a.ID(): corrected.ID(), b.ID(): "", textOnly.ID(): "", corrected.ID(): ""}
	got, err := s.Versions(t.Context(), b.ID())
	if err != nil || len(got) != len(all) {
		t.Fatalf("got %d versions, %v, want %d", len(got), err, len(all))
	}
	for _, v := range got {
		if v.SupersededBy != want[v.DisclosureID] || v.Current != (v.SupersededBy == "") {
			t.Errorf("got %+v, want it superseded by %q", v, want[v.DisclosureID])
		}
	}
	for _, c := range contents(t, s) {
		if c.Current != (want[c.ID] == "") {
			t.Errorf("contents say current %v of %s", c.Current, c.ID)
		}
	}
}

// testNoVersions checks what is no version of anything.
func testNoVersions(t *testing.T, s Store) {
	whole, nameless := version("甲本", 0, "", "1.00"), version("丙本", 2, "", "3.00")
	nameless.Unit = ""
	otherRegion := version("丁本", 3, "", "4.00")
	otherRegion.Region = "远山县"
	otherKind := version("戊本", 4, "", "5.00")
	otherKind.DocumentKind = schemas.FinalAccounts
	all := []*schemas.Disclosure{whole, nameless, otherRegion, otherKind}
	for _, d := range all {
		put(t, s, d, indexer.Stored)
	}
	for _, d := range all {
		checkVersions(t, s, d)
	}
	if _, err := s.Versions(t.Context(), strings.Repeat("0", 32)); !errors.Is(err, indexer.ErrNotFound) {
		t.Errorf("versions of what is not there: got error %v, want %v", err, indexer.ErrNotFound)
	}
}

// checkVersions checks that the disclosures are all versions of each other, oldest first, and that only the last is found.
func checkVersions(t *testing.T, s Store, list ...*schemas.Disclosure) {
	t.Helper()
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want []schemas.Version
	for i, d := range list {
		v := schemas.Version{
			DisclosureID: d.ID(), SHA256: d.Source.SHA256, Current: i == len(list)-1, SupersededBy: successor(list, i), FirstSeen: d.Source.FirstSeen,
		}
		if d.PublishedOn != nil {
			v.PublishedOn = *d.PublishedOn
		}
		want = append(want, v)
	}
	current := map[string]bool{}
	for _, c := range contents(t, s) {
		current[c.ID] = c.Current
	}
	for i, d := range list {
		got, err := s.Versions(t.Context(), d.ID())
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Tables, got[i].Headings = nil, nil
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("versions of %s (-got +want):\n%s", d.Source.FileName, diff)
		}
		newest := i == len(list)-1
		if current[d.ID()] != newest {
			t.Errorf("contents say current %v of %s", current[d.ID()], d.Source.FileName)
		}
		name, _ := strings.CutSuffix(d.Source.FileName, ".pdf")
		checkFound(t, s, d, name, newest)
	}
}

// checkFound checks whether a disclosure is among what is found and added up, with and without older versions.
func checkFound(t *testing.T, s Store, d *schemas.Disclosure, words string, newest bool) {
	t.Helper()
	for _, all := range []bool{false, true} {
		want := newest || all
		res, err := s.Search(t.Context(), indexer.Query{Text: words, AllVersions: all})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(res.Hits, func(h indexer.Hit) bool { return h.DisclosureID == d.ID() })
		if found != want {
			t.Errorf("%s, all versions %v: found %v, want %v", d.Source.FileName, all, found, want)
		}
		for _, h := range res.Hits {
			if h.DisclosureID == d.ID() && h.Current != newest {
				t.Errorf("%s: a passage says current %v", d.Source.FileName, h.Current)
			}
		}
		q := indexer.Query{AllVersions: all, Limit: indexer.MaxLimit, Filters: indexer.Filters{Region: []string{"=" + d.Region}}}
		items, err := s.Items(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		found = slices.ContainsFunc(items.Items, func(i indexer.LineItem) bool { return i.DisclosureID == d.ID() })
		if want = want && len(d.Tables) > 0; found != want {
			t.Errorf("%s, all versions %v: line items found %v, want %v", d.Source.FileName, all, found, want)
		}
		groups, err := s.Sum(t.Context(), q, []indexer.Dimension{indexer.MeasureDimension, indexer.PeriodDimension}) // every column
		if err != nil {
			t.Fatal(err)
		}
		added := 0
		for _, g := range groups {
			added += g.Count
		}
		figures := 0
		for _, i := range items.Items {
			if i.Amount != nil {
				figures++
			}
		}
		if added != figures {
			t.Errorf("%s, all versions %v: %d items added, want the %d that are found", d.Source.FileName, all, added, figures)
		}
		checkByID(t, s, d, all, newest || all)
	}
}

// checkByID checks whether a disclosure is found by its ID, and nothing else.
func checkByID(t *testing.T, s Store, d *schemas.Disclosure, all, want bool) {
	t.Helper()
	q := indexer.Query{AllVersions: all, Limit: indexer.MaxLimit, Filters: indexer.Filters{Disclosure: []string{d.ID()}}}
	got := map[string]map[string]bool{"passages": {}, "line items": {}, "disclosures": {}}
	for _, h := range ask(t, s, q).Hits {
		got["passages"][h.DisclosureID] = true
	}
	for _, i := range itemAnswer(t, s, q).Items {
		got["line items"][i.DisclosureID] = true
	}
	err := s.Disclosures(t.Context(), q.Filters, all, func(r indexer.DisclosureRecord) error {
		got["disclosures"][r.ID] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, ids := range got {
		found := map[string]bool{}
		if want && (what != "line items" || len(d.Tables) > 0) {
			found[d.ID()] = true
		}
		if diff := cmp.Diff(ids, found); diff != "" {
			t.Errorf("%s by ID, all versions %v: %s (-got +want):\n%s", d.Source.FileName, all, what, diff)
		}
	}
}
