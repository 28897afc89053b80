package browser

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// A view is a page to be looked at.
type view struct {
	name, path string
	ready      string // expression of JavaScript that is true once the page is whole
	status     int    // of HTTP; 0 is 200
	heavy      bool   // it has the PDF viewer or charts
}

// beside says that the PDF is beside the document, and a place in it boxed. A narrow window has them one at a time.
const beside = `matchMedia("(max-width: 900px)").matches && document.querySelector(".content .chosen") || document.querySelector("#pdf canvas") && document.querySelector("#pdf .mark")`

// views are all pages, of a server that has the demo's disclosures and some bad files.
func (s *server) views() []view {
	return []view{
		{name: "start", path: "/"},
		{name: "search", path: "/?q=" + url.QueryEscape("三公经费"), ready: `document.querySelectorAll("[data-hit]").length > 3`},
		{name: "search-narrowed", path: "/?q=" + url.QueryEscape("支出") + "&year=2024&kind=budget&table=general_public_expenditure", ready: `document.querySelectorAll(".chips a").length === 3`},
		{name: "search-nothing", path: "/?q=" + url.QueryEscape("恐龙化石")},
		{name: "search-wrong", path: "/?q=" + url.QueryEscape(`year:恐龙`), status: 400},
		{name: "figures", path: "/figures?code=208&sort=amount"},
		{name: "disclosure", path: s.disclosurePath("青禾县水利局", 2024) + "?q=" + url.QueryEscape("三公经费") + "&hit=2", ready: beside, heavy: true},
		{name: "disclosure-table", path: s.disclosurePath("青禾县水利局", 2024) + "#t-5-r-2-c-3", ready: beside, heavy: true},
		{name: "table", path: s.disclosurePath("青禾县水利局", 2024) + "/tables/5"},
		{name: "changes", path: s.changesPath(), ready: `document.querySelector("main a[href^='/disclosures/']")`},
		{name: "no-disclosure", path: "/disclosures/00000000000000000000000000000000", status: 404},
		{name: "unit", path: "/unit?unit=" + url.QueryEscape("青禾县水利局") + "&region=" + url.QueryEscape("青禾县"), ready: `document.querySelector("svg")`, heavy: true},
		{name: "regions", path: "/regions"},
		{name: "region", path: "/region?region=" + url.QueryEscape("青禾县"), ready: `document.querySelector("svg")`, heavy: true},
		{name: "codes", path: "/codes"},
		{name: "code", path: "/code?code=208", ready: `document.querySelector("svg")`, heavy: true},
		{name: "compare", path: "/compare"},
		{name: "compare-years", path: "/compare?by=years&unit=" + url.QueryEscape("青禾县水利局") + "&years=2023,2024", ready: `document.querySelector("table td")`},
		{name: "compare-units", path: "/compare?unit=" + url.QueryEscape("青禾县水利局") + "&unit=" + url.QueryEscape("青禾县社会保险服务中心") + "&year=2024", ready: `document.querySelector("svg")`, heavy: true},
		{name: "compare-code", path: "/compare?by=region&code=208&year=2024", ready: `document.querySelector("svg")`, heavy: true},
		{name: "ingest", path: "/ingest", ready: `document.querySelector("[data-live].on")`},
		{name: "ledger", path: "/ledger"},
		{name: "ledger-unread", path: "/ledger?state=unread"},
		{name: "entry", path: s.entryPath()},
		{name: "status", path: "/status"},
		{name: "nowhere", path: "/nowhere", status: 404},
		{name: "login", path: "/login"},
	}
}

// entryPath is the page of a file that was rejected.
func (s *server) entryPath() string {
	var list struct{ Jobs []struct{ ID string } }
	s.get("/api/v1/jobs?state=rejected&code=password-needed", &list)
	if len(list.Jobs) == 0 {
		s.t.Fatal("no file was rejected")
	}
	return "/ledger/" + list.Jobs[0].ID
}

// disclosurePath is the page of a unit's budget.
func (s *server) disclosurePath(unit string, year int) string {
	var list struct{ Disclosures []struct{ ID string } }
	s.get(fmt.Sprintf("/api/v1/disclosures?kind=budget&year=%d&unit=%s", year, url.QueryEscape(unit)), &list)
	if len(list.Disclosures) == 0 {
		s.t.Fatalf("%s has no budget of %d", unit, year)
	}
	return "/disclosures/" + list.Disclosures[0].ID
}

// changesPath is the page of what is different between two versions.
func (s *server) changesPath() string {
	var list struct {
		Disclosures []struct {
			ID, Unit string
			Current  bool
		}
	}
	s.get("/api/v1/disclosures?all_versions=true&limit=100", &list)
	for _, old := range list.Disclosures {
		for _, d := range list.Disclosures {
			if !old.Current && d.Current && d.Unit == old.Unit && s.has("/disclosures/"+d.ID+"/changes/"+old.ID) {
				return "/disclosures/" + d.ID + "/changes/" + old.ID
			}
		}
	}
	s.t.Fatal("no disclosure has versions")
	return ""
}

// has reports whether there is a page.
func (s *server) has(path string) bool {
	res, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// pageFiles are what the pages are looked at with: the demo, bad files, and two versions of one disclosure.
func pageFiles(t *testing.T) []string {
	return []string{demo, testdata + "/bad", drawn(t, 12, 1), drawn(t, 14, 2)}
}

// A look is how a page is looked at.
type look struct {
	lang, theme string
	width       int64 // in CSS pixels
}

// looks are all ways where pictures are made, and else such that each language is seen with each theme and each width, and each theme with each width.
func looks() []look {
	if os.Getenv("YUSUAN_SCREENSHOTS") == "" {
		return []look{{"zh", "light", 1440}, {"zh", "dark", 390}, {"en", "light", 390}, {"en", "dark", 1440}}
	}
	var all []look
	for _, lang := range []string{"zh", "en"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1440, 390} {
				all = append(all, look{lang, theme, width})
			}
		}
	}
	return all
}

func (l look) String() string { return fmt.Sprintf("%s-%d-%s", l.lang, l.width, l.theme) }

// as has the browser look so from the next page on.
func (b *tab) as(s *server, l look) {
	b.t.Helper()
	height := int64(900)
	if l.width < 500 {
		height = 844
	}
	b.do("resize", emulation.SetDeviceMetricsOverride(l.width, height, 1, l.width < 500))
	b.visit(s.url + "/settings?lang=" + l.lang + "&theme=" + l.theme + "&back=/login")
}

// TestPages looks at every page in every way: the browser complains of nothing, axe finds nothing serious, no message is missing, and the page is
// no wider than the window.
func TestPages(t *testing.T) {
	s := newServer(t, backends()[0], pageFiles(t))
	axe, views := readAxe(t), s.views()
	b := newTab(t, "zh-CN")
	for _, l := range looks() {
		b.as(s, l)
		for _, v := range views {
			t.Run(v.name+"-"+l.String(), func(t *testing.T) {
				b.t = t
				b.see(s, v)
				b.picture("")
				b.readable(l, axe)
			})
			b.t = t
		}
	}
}

// TestPagesElasticsearch looks at every page once more, over the other back end.
func TestPagesElasticsearch(t *testing.T) {
	s := newServer(t, backends()[1], pageFiles(t))
	b := newTab(t, "zh-CN")
	l := look{"zh", "light", 1440}
	b.as(s, l)
	axe := readAxe(t)
	for _, v := range s.views() {
		t.Run(v.name, func(t *testing.T) {
			b.t = t
			b.see(s, v)
			b.picture("")
			b.readable(l, axe)
		})
		b.t = t
	}
}

// see opens a page and waits until it is whole.
func (b *tab) see(s *server, v view) {
	b.t.Helper()
	b.visit(s.url + v.path)
	if v.ready != "" {
		b.until(v.name+" is whole", v.ready)
	}
	b.until("scripts are at rest", `document.readyState === "complete"`)
	if v.status == 0 {
		b.calm()
		return
	}
	b.mu.Lock()
	for _, c := range b.complaints {
		if !strings.Contains(c, fmt.Sprintf("status of %d", v.status)) {
			b.t.Errorf("the browser complains: %s", c)
		}
	}
	b.complaints = nil
	b.mu.Unlock()
	if got := eval[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`); got != v.status {
		b.t.Errorf("got status %d, want %d", got, v.status)
	}
}

// readable holds a page to the rules of accessibility and of the window.
func (b *tab) readable(l look, axe string) {
	b.t.Helper()
	if missing := eval[int](b, `document.body.innerText.split("⟦").length - 1`); missing > 0 {
		b.t.Errorf("%d messages are missing", missing)
	}
	if wide := eval[int64](b, `document.documentElement.scrollWidth`); wide > l.width {
		b.t.Errorf("the page is %d wide, and the window %d: %s", wide, l.width, eval[string](b, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== "fixed").slice(0, 5).map((e) => e.tagName + "." + e.className).join(" ")`))
	}
	for _, v := range b.violations(axe) {
		if v.Impact != "serious" && v.Impact != "critical" {
			b.t.Logf("axe: %s: %s: %s: %v", v.Impact, v.ID, v.Help, v.Nodes[0].Target)
			continue
		}
		for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
			b.t.Errorf("axe: %s: %s: %s: %v: %s", v.Impact, v.ID, v.Help, n.Target, n.FailureSummary)
		}
	}
}

// A violation is what axe finds against a rule.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target         []any
		FailureSummary string
	}
}

// violations has axe look at the page as it is.
func (b *tab) violations(axe string) []violation {
	b.t.Helper()
	b.do("load axe", evaluate(axe))
	return eval[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations)`)
}

// readAxe is the library that knows the rules of accessibility.
func readAxe(t *testing.T) string {
	t.Helper()
	axe, err := os.ReadFile("../../../web/site/testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

// TestRules breaks a page, so that the rules are known to be looked at.
func TestRules(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo})
	b := newTab(t, "zh-CN")
	b.visit(s.url + "/?q=" + url.QueryEscape("三公经费"))
	eval[bool](b, `(document.querySelector("label[for=q]").remove(), document.querySelector("#q").removeAttribute("placeholder"), document.querySelector(".hit .text").style.color = "#bbb", true)`)
	found := map[string]bool{}
	for _, v := range b.violations(readAxe(t)) {
		found[v.ID] = v.Impact == "serious" || v.Impact == "critical"
	}
	for _, rule := range []string{"label", "color-contrast"} {
		if !found[rule] {
			t.Errorf("axe does not see what is against %s: %v", rule, found)
		}
	}
}

// TestWeight holds each page to a number of bytes as sent and of requests, with an empty cache. The search page has 150 KB without the viewer.
func TestWeight(t *testing.T) {
	s := newServer(t, backends()[0], pageFiles(t))
	b := newTab(t, "zh-CN")
	b.as(s, look{"zh", "light", 1440})
	for _, v := range s.views() {
		if v.status != 0 {
			continue
		}
		b.forget()
		b.see(s, v)
		requests, bytes := b.weight()
		t.Logf("%-18s %2d requests, %6.1f KB", v.name, requests, bytes/1024)
		limit := 150.0
		if v.heavy {
			limit = 1200
		}
		if bytes > limit*1024 || requests > 20 {
			t.Errorf("%s: %d requests, %.1f KB, want at most %.0f KB", v.name, requests, bytes/1024, limit)
		}
	}
}
