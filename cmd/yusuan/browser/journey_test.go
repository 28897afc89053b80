package browser

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/xuri/excelize/v2"
)

// under gives the text of the PDF's own text layer that lies under the box: each character whose middle is in it. It waits until the layer is there.
const under = `new Promise((done) => {
	const begun = performance.now();
	(function look() {
		const mark = document.querySelector("#pdf .mark"), layer = mark?.closest(".sheet")?.querySelector(".textLayer");
		const box = mark?.getBoundingClientRect();
		let text = "";
		if (layer?.childElementCount > 0 && mark.closest(".sheet").querySelector("canvas")) {
			const walk = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT), range = document.createRange();
			for (let node = walk.nextNode(); node; node = walk.nextNode()) {
				for (let i = 0; i < node.data.length; i++) {
					range.setStart(node, i);
					range.setEnd(node, i + 1);
					const at = range.getBoundingClientRect(), x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
					if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) text += node.data[i];
				}
			}
		}
		if (text !== "" || performance.now() - begun > 10000) done(text); else setTimeout(look, 50);
	})();
})`

// bare is a text without white space.
func bare(text string) string { return strings.Join(strings.Fields(text), "") }

// alike is how much of two texts is the same and in the same order, 0 to 1.
func alike(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for i := range x {
		before := 0 // of the row before, one to the left
		for j := range y {
			was := row[j+1]
			if x[i] == y[j] {
				row[j+1] = before + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			before = was
		}
	}
	return 2 * float64(row[len(y)]) / float64(max(1, len(x)+len(y)))
}

// boxed wants the text that is chosen in the document under the box in the PDF. The text layer has a font of the system's, in which the characters at
// the end of a line may stand a little beside those that are drawn.
func (b *tab) boxed(what string) {
	b.t.Helper()
	want := bare(eval[string](b, `document.querySelector(".content .chosen").textContent`))
	got := bare(eval[string](b, under))
	if share := alike(got, want); share < 0.85 {
		b.t.Errorf("%s: under the box is %q, chosen is %q, %.0f %% alike", what, got, want, 100*share)
	}
}

// TestJourney is what a researcher does: search, narrow down to a county and a year, open the hit, see it boxed in the PDF, look at amounts in 万元, and take
// the figures along.
func TestJourney(t *testing.T) {
	for _, back := range backends() {
		t.Run(back.name, func(t *testing.T) {
			s := newServer(t, back, []string{demo})
			b := newTab(t, "zh-CN")
			b.visit(s.url + "/")
			b.until("there is script", `window.htmx`)
			b.do("type", chromedp.SendKeys("#q", "三公经费\r", chromedp.ByQuery))
			b.until("there are hits", `document.querySelectorAll("[data-hit]").length > 3`)
			for _, value := range []string{"青禾县", "2024"} {
				eval[bool](b, `([...document.querySelectorAll(".facet a")].find((a) => a.querySelector(".what").textContent === `+quoted(value)+`).click(), true)`)
				b.until("narrowed down to "+value, `[...document.querySelectorAll(".chips a")].some((a) => a.textContent.includes(`+quoted(value)+`))`)
			}
			if wrong := eval[int](b, `[...document.querySelectorAll(".hit .where")].filter((w) => !w.textContent.includes("青禾县") || !w.textContent.includes("2024")).length`); wrong > 0 {
				t.Errorf("%d hits are of another county or year", wrong)
			}
			b.picture("narrowed")
			search := b.location()
			eval[bool](b, `([...document.querySelectorAll(".hit")].find((h) => h.querySelector(".text mark")).querySelector("a.open").click(), true)`)
			b.until("it is open beside its PDF", `document.querySelector("#pdf canvas") && document.querySelector("#pdf .mark") && document.querySelector(".content .chosen mark")`)
			b.boxed("the hit")
			b.picture("hit")
			b.press("n")
			b.until("it says which hit it is", `/第 [0-9]+ \/ [0-9]+ 处/.test(document.querySelector("[data-hit-count]").textContent)`)
			b.inUnits()
			b.export(search)
			b.calm()
		})
	}
}

// inUnits looks at an amount as printed, in 元 and in 万元.
func (b *tab) inUnits() {
	b.t.Helper()
	const cell = `document.querySelector(".content td[data-f]")`
	printed := eval[string](b, cell+`.textContent`)
	fen := eval[float64](b, `Number(`+cell+`.dataset.f)`)
	read := func(mode string) float64 {
		b.click(`[data-mode="` + mode + `"]`)
		b.until("amounts are in "+mode, `document.querySelector('[data-mode="`+mode+`"]').classList.contains("on")`)
		v, err := strconv.ParseFloat(strings.ReplaceAll(eval[string](b, cell+`.textContent`), ",", ""), 64)
		if err != nil {
			b.t.Error(err)
		}
		return v
	}
	if yuan, wan := read("yuan"), read("wan"); yuan*100 != fen || wan*1e6 != fen {
		b.t.Errorf("%s is %v 元, %v 万元, %v 分", printed, yuan, wan, fen)
	}
	if at := b.location(); !strings.Contains(at, "amounts=wan") {
		b.t.Errorf("the address does not say so: %s", at)
	}
	b.click(`[data-mode="printed"]`)
	b.until("it is as printed", cell+`.textContent === `+quoted(printed))
}

// export saves what a search found as XLSX and opens it.
func (b *tab) export(search string) {
	b.t.Helper()
	dir := b.t.TempDir()
	b.do("let it save files", chromedp.ActionFunc(func(ctx context.Context) error {
		return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(dir).Do(cdpBrowser(ctx))
	}))
	b.visit(search)
	total := eval[int](b, `Number(document.querySelector(".total strong").textContent.replaceAll(",", ""))`)
	eval[bool](b, `([...document.querySelectorAll(".files a")].find((a) => a.textContent === "XLSX").click(), true)`)
	path := filepath.Join(dir, "search.xlsx")
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Since(begun) > patience {
			left, _ := os.ReadDir(dir)
			b.t.Fatalf("nothing was saved: %v", left)
		}
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("search")
	if err != nil || len(rows) != total+1 {
		b.t.Errorf("the book has %d rows, %v; want a head and %d", len(rows), err, total)
	}
}

// cdpBrowser is the context for what is said to the browser itself.
func cdpBrowser(ctx context.Context) context.Context {
	return withExecutor(ctx, chromedp.FromContext(ctx).Browser)
}

// TestBoxes chooses cells and paragraphs all over documents, and holds each box to the words under it: as shown first, turned, and larger; also on pages
// that the file itself has turned.
func TestBoxes(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo + "/qinghe-shuili-2024-budget.pdf", testdata + "/rotate-90.pdf"})
	var list struct {
		Disclosures []struct {
			ID       string
			FileName string `json:"file_name"`
		}
	}
	s.get("/api/v1/disclosures", &list)
	if len(list.Disclosures) != 2 {
		t.Fatalf("got %+v", list)
	}
	b := newTab(t, "zh-CN")
	turned := 0
	for _, d := range list.Disclosures {
		b.visit(s.url + "/disclosures/" + d.ID)
		b.until("the PDF is there", `document.querySelector("#pdf canvas")`)
		anchors := eval[[]string](b, `(() => {
			const all = [...document.querySelectorAll(".content td[data-b], .content th[data-b], .content p[data-b]")].filter((e) => e.textContent.trim().length > 2);
			return Array.from({length: 6}, (_, i) => all[Math.floor((i + 0.5) * all.length / 6)].id);
		})()`)
		for i, anchor := range anchors {
			eval[bool](b, `(location.hash = `+quoted(anchor)+`, true)`)
			b.until(anchor+" is chosen", `document.querySelector(".content .chosen")?.id === `+quoted(anchor)+` && document.querySelector("#pdf .mark")`)
			b.until("its page is drawn", `document.querySelector("#pdf .mark").closest(".sheet").querySelector("canvas") && document.querySelector("#pdf .mark").closest(".sheet").querySelector(".textLayer")?.childElementCount > 0`)
			b.boxed(d.FileName + " " + anchor)
			if i%3 == 0 {
				b.click(`[data-pdf-do="rotate"]`)
				b.settled()
				b.boxed(d.FileName + " " + anchor + ", turned")
				b.click(`[data-pdf-do="larger"]`)
				b.settled()
				b.boxed(d.FileName + " " + anchor + ", turned and larger")
				turned++
				for range 3 {
					b.click(`[data-pdf-do="rotate"]`)
				}
				b.click(`[data-pdf-do="fit"]`)
				b.settled()
			}
		}
	}
	if turned < 4 {
		t.Errorf("turned %d pages", turned)
	}
	b.calm()
}

// settled waits until the page with the box is drawn anew.
func (b *tab) settled() {
	b.t.Helper()
	b.do("wait a moment", chromedp.Sleep(150*time.Millisecond))
	b.until("the page is drawn", `(() => { const sheet = document.querySelector("#pdf .mark")?.closest(".sheet"); return sheet?.querySelector("canvas") && sheet.querySelector(".textLayer")?.childElementCount > 0; })()`)
}

// TestPlaceInPDF clicks on a figure in the PDF and is led to its cell.
func TestPlaceInPDF(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo + "/qinghe-shuili-2024-budget.pdf"})
	b := newTab(t, "zh-CN")
	b.visit(s.url + s.disclosurePath("青禾县水利局", 2024) + "#t-5-r-3-c-4")
	b.until("it is boxed", `document.querySelector("#pdf .mark") && document.querySelector("#pdf canvas")`)
	b.settled()
	// The figure on the page two lines further down, by its box in the document.
	eval[bool](b, `(() => {
		const sheet = document.querySelector("#pdf .mark").closest(".sheet"), at = sheet.getBoundingClientRect();
		const [, x0, y0, x1, y1] = document.getElementById("t-5-r-5-c-4").dataset.b.split(",").map(Number);
		const [, a0, b0] = document.querySelector(".content .chosen").dataset.b.split(",").map(Number);
		const mark = document.querySelector("#pdf .mark").getBoundingClientRect(), scale = mark.width / (document.querySelector(".content .chosen").dataset.b.split(",")[3] - a0);
		const x = mark.left + (x0 - a0 + (x1 - x0) / 2) * scale, y = mark.top + (y0 - b0 + (y1 - y0) / 2) * scale;
		document.elementFromPoint(x, y).dispatchEvent(new MouseEvent("click", {bubbles: true, clientX: x, clientY: y, view: window}));
		return at.width > 0;
	})()`)
	b.until("the cell is chosen", `document.querySelector(".content .chosen")?.id === "t-5-r-5-c-4"`)
	if at := b.location(); !strings.HasSuffix(at, "#t-5-r-5-c-4") {
		t.Errorf("the address is %s", at)
	}
	b.calm()
}

// TestCharts follows a point of a chart to its figure, and that to its page.
func TestCharts(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo})
	b := newTab(t, "zh-CN")
	b.visit(s.url + "/unit?unit=" + url.QueryEscape("青禾县水利局"))
	b.until("the charts are drawn", `document.querySelector("figure[data-chart] svg path")`)
	link := eval[string](b, `document.querySelector("td[data-fen] a").getAttribute("href")`)
	if !regexp.MustCompile(`^/disclosures/[0-9a-f]{32}\?.*page=[0-9]+.*#t-[0-9]+`).MatchString(link) {
		t.Errorf("a figure leads to %s", link)
	}
	b.visit(s.url + link)
	b.until("it is boxed", `document.querySelector("#pdf .mark") && document.querySelector(".content .chosen")`)
	b.settled()
	b.boxed("the figure")
	b.calm()
}

// TestAlike holds what boxes are judged by to its word.
func TestAlike(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want float64
	}{{"预算", "预算", 1}, {"预算", "决定", 0}, {"", "预算", 0}, {"923,000.0", "923,000.00", 18.0 / 19}, {"abcd", "dcba", 0.25}, {"支出预算", "预算支出", 0.5}} {
		if got := alike(tc.a, tc.b); got != tc.want {
			t.Errorf("%q, %q: got %v, want %v", tc.a, tc.b, got, tc.want)
		}
	}
}
