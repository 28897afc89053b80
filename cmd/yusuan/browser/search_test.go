package browser

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestSearchByKeyboard searches, chooses hits and opens one without a mouse.
func TestSearchByKeyboard(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo})
	b := newTab(t, "zh-CN")
	b.visit(s.url + "/")
	b.until("there is script", `document.documentElement.classList.contains("script") && window.htmx`)
	b.press("/")
	b.until("the box has the focus", `document.activeElement.id === "q"`)
	b.do("type", chromedp.SendKeys("#q", "社会保险", chromedp.ByQuery))
	b.until("there are suggestions", `document.querySelectorAll("#suggestions [role=option]").length > 0`)
	b.press(kb.ArrowDown)
	b.until("one is chosen", `document.querySelector("#suggestions [aria-selected=true]")`)
	b.press(kb.Escape)
	b.until("the suggestions are gone", `document.querySelector("#suggestions").hidden`)
	eval[string](b, `document.querySelector("#q").value = ""`)
	b.do("type", chromedp.SendKeys("#q", "三公经费\r", chromedp.ByQuery))
	b.until("there are hits", `document.querySelectorAll("[data-hit]").length > 3`)
	if at := b.location(); !strings.Contains(at, "q="+url.QueryEscape("三公经费")) {
		t.Errorf("the address is %s", at)
	}
	b.do("leave the box", chromedp.Blur("#q", chromedp.ByQuery))
	b.press(kb.ArrowDown)
	b.press(kb.ArrowDown)
	b.until("the second hit is chosen", `document.querySelectorAll("[data-hit]")[1].classList.contains("chosen")`)
	b.until("its page is beside it, with a box", `document.querySelector("[data-preview] .sheet .mark")`)
	b.picture("beside")
	open := eval[string](b, `document.querySelector("[data-hit].chosen a.open").getAttribute("href")`)
	b.press(kb.Enter)
	b.until("the disclosure is open", `location.pathname.startsWith("/disclosures/")`)
	if at := eval[string](b, "location.pathname"); !strings.HasPrefix(open, at) {
		t.Errorf("went to %s, want %s", at, open)
	}
	b.calm()
}

// TestSavedSearches keeps a search in the browser and finds it again.
func TestSavedSearches(t *testing.T) {
	s := newServer(t, backends()[0], []string{demo})
	b := newTab(t, "en")
	b.visit(s.url + "/?q=" + url.QueryEscape("水利"))
	b.until("there is script", `!document.querySelector("[data-save]").hidden`)
	eval[bool](b, `(window.prompt = () => "Water <b>works</b>", true)`)
	b.click("[data-save]")
	b.visit(s.url + "/")
	b.until("it is listed", `document.querySelector("[data-saved] a")?.textContent === "Water <b>works</b>"`)
	b.click("[data-saved] a")
	b.until("it is asked for", `document.querySelector("#q").value === "水利"`)
	b.calm()
}

// TestNarrow narrows a search down by facets, more than one value of one of them, and widens it again.
func TestNarrow(t *testing.T) {
	for _, back := range backends() {
		t.Run(back.name, func(t *testing.T) {
			s := newServer(t, back, []string{demo})
			b := newTab(t, "zh-CN")
			b.visit(s.url + "/?q=" + url.QueryEscape("三公经费"))
			total := func() int {
				return eval[int](b, `Number(document.querySelector(".total strong").textContent.replaceAll(",", ""))`)
			}
			facet := func(text string) string {
				return `[...document.querySelectorAll(".facet a")].find((a) => a.querySelector(".what").textContent.includes("` + text + `"))`
			}
			all := total()
			count := eval[int](b, `Number(`+facet("青禾县水利局")+`.querySelector(".n").textContent)`)
			eval[bool](b, `(`+facet("青禾县水利局")+`.click(), true)`)
			b.until("the filter is on", `document.querySelector(".chips a")`)
			if got := total(); got != count || got >= all {
				t.Errorf("narrowed down there are %d, want %d of %d", got, count, all)
			}
			other := eval[int](b, `Number(`+facet("青禾县社会保险")+`.querySelector(".n").textContent)`)
			eval[bool](b, `(`+facet("青禾县社会保险")+`.click(), true)`)
			b.until("two are on", `document.querySelectorAll(".chips a").length === 2`)
			if got := total(); got != count+other {
				t.Errorf("with two units there are %d, want %d and %d", got, count, other)
			}
			for range 2 {
				n := eval[int](b, `document.querySelectorAll(".chips a").length`)
				b.click(".chips a")
				b.until("one fewer is on", `document.querySelectorAll(".chips a").length === `+string(rune('0'+n-1)))
			}
			if got := total(); got != all {
				t.Errorf("widened again there are %d, want %d", got, all)
			}
			b.calm()
		})
	}
}
