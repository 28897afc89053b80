package site_test

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yusuan/schemas"
	"yusuan/web/access"
)

// TestLongAddress refuses an address whose links would make a page without end: each of them has all parameters again.
func TestLongAddress(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	many := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString("&" + one(i))
		}
		return b.String()[1:]
	}
	for query, status := range map[string]int{
		many(200, func(i int) string { return "a=" + itoa(i) }):     http.StatusOK,
		many(201, func(i int) string { return "a=" + itoa(i) }):     http.StatusBadRequest,
		many(5000, func(i int) string { return "unit=" + itoa(i) }): http.StatusBadRequest,
		"region=" + strings.Repeat("a", 60_000):                     http.StatusBadRequest,
	} {
		for _, path := range []string{"/", "/figures", "/compare", "/unit", "/codes"} {
			w := get(h, path+"?"+query)
			if w.Code != status && status != http.StatusOK || w.Code == http.StatusBadRequest && status == http.StatusOK {
				t.Errorf("%s?%.20s… (%d bytes): got %d, want %d", path, query, len(query), w.Code, status)
			}
			if w.Body.Len() > 4<<20 {
				t.Errorf("%s?%.20s… (%d bytes): the page has %d bytes", path, query, len(query), w.Body.Len())
			}
		}
	}
}

// TestNoUnit leads nowhere from a document that names no unit: there is no page of it.
func TestNoUnit(t *testing.T) {
	d := like(t, found(t, demo(t), "青禾县水利局", 2024, schemas.Budget), "of nobody", func(d *schemas.Disclosure) { d.Unit, d.Region = "", "无名县" })
	h := newSite(t, config(newStore(t, d)))
	for _, path := range []string{at("/", "q", "支出", "region", "无名县"), at("/figures", "region", "无名县"), at("/region", "region", "无名县"), at("/code", "code", "208", "region", "无名县"),
		at("/compare", "code", "208", "by", "unit", "region", "无名县"), "/disclosures/" + d.ID()} {
		w := get(h, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "无名县") {
			t.Errorf("%s: got %d, want a page with what there is of the region", path, w.Code)
		}
		for _, m := range linkPattern.FindAllStringSubmatch(w.Body.String(), -1) {
			if to := html.UnescapeString(m[1]); to == "" || strings.Contains(to+"&", "=%3D&") || strings.HasPrefix(to, "/unit?") && (strings.Contains(to, "unit=&") || strings.HasSuffix(to, "unit=")) {
				t.Errorf("%s: a link leads to %q", path, to)
			}
		}
	}
}

// TestReaderLinks leads nobody to what their role may not see.
func TestReaderLinks(t *testing.T) {
	s := newStore(t)
	for i, state := range []schemas.State{schemas.OCRNeeded, schemas.Rejected, schemas.Failed, schemas.Indexed} {
		if err := s.PutEntry(t.Context(), schemas.Entry{ID: strings.Repeat(itoa(i), 64), State: state, QueuedAt: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	for role, want := range map[access.Role]bool{access.Read: false, access.Ingest: true} {
		cfg := config(s)
		cfg.Guard = known(role)
		cfg.API = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"states": {"rejected": 1, "indexed": 1}, "queue": {"dead_letters": 3}}`)
		})
		h := newSite(t, cfg)
		for _, path := range []string{"/?q=支出", "/status"} {
			w := get(h, path)
			says(t, w, "1")
			if got := strings.Contains(w.Body.String(), `href="/ledger?`); got != want {
				t.Errorf("%s as %s: links to the ledger: got %v, want %v", path, role, got, want)
			}
		}
	}
}

// A known is a guard of somebody with a role.
type known access.Role

func (k known) Admit(_ *http.Request, need access.Role) (access.Identity, error) {
	if need > access.Role(k) {
		return access.Identity{}, &access.Denial{Status: http.StatusForbidden, Detail: "no"}
	}
	return access.Identity{Name: "somebody", Role: access.Role(k)}, nil
}

// TestSharesChart wants the bars of a code told apart: of one year, and each of one kind and scope.
func TestSharesChart(t *testing.T) {
	h := newSite(t, config(newStore(t, demo(t)...)))
	w := get(h, at("/compare", "code", "208", "by", "unit", "year", "2023"))
	says(t, w, "<figcaption>208 社会保障和就业支出 2023 ", "data-label=\"青禾县水利局\n预算 · 部门\"", "data-label=\"青禾县水利局\n决算 · 部门\"")
}

// TestDepths wants what is part of another figure to stand under it, on each page that lists them.
func TestDepths(t *testing.T) {
	h := newSite(t, config(newStore(t, demo(t)...)))
	for _, path := range []string{at("/unit", "unit", "青禾县水利局"), at("/region", "region", "青禾县"), at("/compare", "unit", "青禾县水利局", "unit", "青禾县图书馆", "year", "2024")} {
		w := get(h, path)
		for key, depth := range map[string]string{"basic": "0", "three-public": "0", "vehicles": "1", "vehicle-purchase": "2", "reception": "1"} {
			if !strings.Contains(w.Body.String(), `<tr data-row="`+key+`"><th scope="row" class="depth-`+depth+`">`) {
				t.Errorf("%s: %s does not stand at depth %s", path, key, depth)
			}
		}
	}
}

// TestListTooLong says of a list that is too large that it is, and not that it is empty.
func TestListTooLong(t *testing.T) {
	h := newSite(t, config(newStore(t)))
	w := post(h, "/ingest/list", url.Values{"list": {strings.Repeat("https://example.org/2024.pdf\n", 400_000)}})
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d, want 413", w.Code)
	}
	says(t, w, "清单太大")
	says(t, post(h, "/ingest/list", url.Values{"list": {" "}}), "清单是空的")
}

// TestNamesBelow wants the name of each code below another as the documents print it, where the code book has none: also of one that stands
// behind hundreds of others.
func TestNamesBelow(t *testing.T) {
	all := demo(t)
	list := []*schemas.Disclosure{like(t, found(t, all, "青禾县社会保险服务中心", 2024, schemas.Budget), "it", func(d *schemas.Disclosure) { d.Source.SHA256 = strings.Repeat("f", 64) })} // the last
	for i := range 25 {
		list = append(list, like(t, found(t, all, "青禾县水利局", 2024, schemas.Budget), itoa(i), func(d *schemas.Disclosure) { d.Unit = "千户县第" + itoa(i) + "水利站" }))
	}
	w := get(newSite(t, config(newStore(t, list...))), at("/code", "code", "208", "scope", "unit", "year", "2024"))
	says(t, w, "20826</span> <span data-name>财政对基本养老保险基金的补助")
}

// TestFilesForExcel wants the CSV files that pages link to be ones that Excel reads as UTF-8.
func TestFilesForExcel(t *testing.T) {
	list := demo(t)
	h := newSite(t, config(newStore(t, list...)))
	d := found(t, list, "青禾县水利局", 2024, schemas.Budget)
	for path, want := range map[string]string{
		at("/figures", "q", "支出"): "/api/v1/export?bom=true&format=csv&q=", at("/unit", "unit", d.Unit): "/api/v1/export?bom=true&format=csv&", "/disclosures/" + d.ID(): "/tables/1?format=csv",
	} {
		says(t, get(h, path), want)
	}
}

// TestSupersededFile says of a file that a newer version has replaced what can be done, in the visitor's words and not the program's.
func TestSupersededFile(t *testing.T) {
	s := newStore(t)
	e := schemas.Entry{ID: strings.Repeat("a", 64), State: schemas.Superseded, Message: "a newer version is indexed: " + strings.Repeat("b", 64), FileName: "2024.pdf", QueuedAt: time.Now()}
	if err := s.PutEntry(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	h := newSite(t, config(s))
	for _, path := range []string{"/ledger", "/ingest"} {
		w := get(h, path)
		says(t, w, "2024.pdf", "已有新版")
		if strings.Contains(w.Body.String(), "a newer version") {
			t.Errorf("%s has the program's own words", path)
		}
	}
	says(t, get(h, "/ledger/"+e.ID), "已有新版", "a newer version is indexed")
}

// TestShares has no share of a figure in itself.
func TestShares(t *testing.T) {
	h := newSite(t, config(newStore(t, demo(t)...)))
	w := get(h, at("/compare", "unit", "青禾县水利局", "unit", "云岭县社会保险事业管理局", "year", "2024"))
	says(t, w, "占 ")
	if got := table(t, w, "units-table")["three-public"]; len(got) != 2 || strings.Contains(got[0].text, "占") {
		t.Errorf("got %+v, want the whole without a share", got)
	}
}

// TestTopLinks wants the figures behind the three public expenses of a unit to be of their measure, and not of its parts.
func TestTopLinks(t *testing.T) {
	h := newSite(t, config(newStore(t, demo(t)...)))
	_, tops, _ := strings.Cut(get(h, at("/region", "region", "青禾县")).Body.String(), `class="group top10"`)
	for _, m := range linkPattern.FindAllStringSubmatch(tops, -1) {
		if to := html.UnescapeString(m[1]); strings.HasPrefix(to, "/figures?") && !strings.Contains(to, "measure=") {
			t.Errorf("it leads to %s", to)
		}
	}
}
