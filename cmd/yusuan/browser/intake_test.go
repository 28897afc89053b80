package browser

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// file makes a file in a folder of the test, and gives its path.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// quoted is a text as JavaScript has it.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // of a string there is none
	}
	return string(b)
}

// rowOf is the expression for the row of a file's name.
func rowOf(name string) string {
	return `[...document.querySelectorAll("[data-rows] tr")].find((row) => row.innerText.includes(` + quoted(name) + `))`
}

// TestUpload hands files in on the page, sees what becomes of each without asking again, and finds what was in them.
func TestUpload(t *testing.T) {
	for _, back := range backends() {
		t.Run(back.name, func(t *testing.T) {
			s := newServer(t, back, []string{demo + "/yunling-shebao-2024-budget.pdf"})
			b := newTab(t, "zh-CN")
			b.visit(s.url + "/ingest")
			b.until("changes are heard", `document.querySelector("[data-live].on")`)
			good := file(t, "水文站 2024.pdf", drawDisclosure("青禾县水文站", 2024, 20, 2))
			bad := file(t, "坏的.pdf", []byte("<html>不是 PDF</html>"))
			b.do("choose files", chromedp.SetUploadFiles("#pdfs", []string{good, bad}, chromedp.ByQuery))
			b.until("the good one is indexed", rowOf("水文站 2024.pdf")+`?.dataset.state === "indexed"`)
			b.until("the bad one is rejected", rowOf("坏的.pdf")+`?.dataset.state === "rejected"`)
			if text := eval[string](b, rowOf("坏的.pdf")+".innerText"); !strings.Contains(text, "不是 PDF") || !strings.Contains(text, "重新下载") {
				t.Errorf("of the bad one the page says %q", text)
			}
			b.until("the sum is right", `document.querySelector("[data-sum]").textContent.includes("共 2 个文件，已读完 1 个，没有读成 1 个")`)
			b.picture("done")
			eval[bool](b, "("+rowOf("水文站 2024.pdf")+`.querySelector("a.sub").click(), true)`)
			b.until("it is open", `document.querySelector("h1")?.textContent.includes("水文站")`)
			b.find(s, "水文站 三公经费", "青禾县水文站")
			b.visit(s.url + "/ingest")
			b.until("changes are heard", `document.querySelector("[data-live].on")`)
			b.do("the same again", chromedp.SetUploadFiles("#pdfs", []string{good}, chromedp.ByQuery))
			b.until("it is there once", `document.querySelector("[data-sum]").textContent.includes("共 1 个文件，已读完 1 个") && [...document.querySelectorAll("[data-rows] tr")].filter((row) => row.innerText.includes("水文站 2024.pdf")).length === 1`)
			b.calm()
		})
	}
}

// find searches until a unit is found: an Elasticsearch has what is stored in what it finds a second later.
func (b *tab) find(s *server, q, unit string) {
	b.t.Helper()
	b.waited = 0
	found := func() bool {
		b.visit(s.url + "/?q=" + url.QueryEscape(q))
		return eval[bool](b, `[...document.querySelectorAll(".hit .unit")].some((a) => a.textContent === `+quoted(unit)+`)`)
	}
	for b.eachSecond(func() bool { return !found() }) {
	}
}

// TestRetry lists a URL whose server has no file, sees why it was not read, and retries it once it is there: first on the page of what comes in, then
// in the ledger.
func TestRetry(t *testing.T) {
	for _, back := range backends() {
		t.Run(back.name, func(t *testing.T) {
			var there atomic.Bool
			publisher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !there.Load() {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/pdf")
				if strings.HasSuffix(r.URL.Path, "/first.pdf") {
					_, _ = w.Write(drawDisclosure("青禾县水文站", 2024, 10, 1))
				} else {
					_, _ = w.Write(drawDisclosure("青禾县气象局", 2024, 12, 1))
				}
			}))
			defer publisher.Close()
			s := newServer(t, back, []string{demo + "/yunling-shebao-2024-budget.pdf"}, "--allow-private")
			b := newTab(t, "zh-CN")
			b.visit(s.url + "/ingest")
			b.do("type a list", chromedp.SendKeys("#list", publisher.URL+"/first.pdf\n"+publisher.URL+"/second.pdf\nthis is none", chromedp.ByQuery))
			b.click("#urls button[type=submit]")
			b.until("two were taken and a line was not", `document.querySelector(".told.good") && document.querySelector(".told.wrong").innerText.includes("第 3 行")`)
			for _, name := range []string{"first.pdf", "second.pdf"} {
				b.until(name+" is rejected", rowOf(name)+`?.dataset.state === "rejected"`)
			}
			there.Store(true)
			eval[bool](b, "("+rowOf("first.pdf")+`.querySelector("[data-retry]").click(), true)`)
			b.until("it is indexed", rowOf("first.pdf")+`?.dataset.state === "indexed"`)
			b.complaints = nil // the page that says what is wrong with the list has a status of its own
			b.visit(s.url + "/ledger?state=unread")
			for b.eachSecond(func() bool { return eval[int](b, `document.querySelectorAll(".ledger tbody tr").length`) != 1 }) {
				b.visit(s.url + "/ledger?state=unread")
			}
			b.click("[data-all]")
			b.click("#letters button[type=submit]")
			b.until("it is queued again", `document.querySelector(".told.good")?.innerText.includes("已重新排队 1 个文件")`)
			b.visit(s.url + "/ledger")
			for b.eachSecond(func() bool {
				return eval[int](b, `document.querySelectorAll(".ledger .filestate.indexed").length`) < 3
			}) {
				b.visit(s.url + "/ledger")
			}
			b.find(s, "气象局", "青禾县气象局")
			b.calm()
		})
	}
}

// TestHostileFile hands in a file whose name and text are markup, and looks at it everywhere: nothing of it runs.
func TestHostileFile(t *testing.T) {
	const markup = `<img src=x onerror="document.title='broken'">`
	s := newServer(t, backends()[0], []string{demo + "/yunling-shebao-2024-budget.pdf"})
	b := newTab(t, "en")
	b.visit(s.url + "/ingest")
	b.until("changes are heard", `document.querySelector("[data-live].on")`)
	pdf := drawDisclosure("青禾县<b>水文</b>站", 2024, 5, 1)
	name := strings.ReplaceAll(markup, "/", "") + "<script>alert(1)</script>.pdf"
	name = strings.ReplaceAll(name, "/", "")
	b.do("choose files", chromedp.SetUploadFiles("#pdfs", []string{file(t, name, pdf), file(t, "bad"+name, []byte("none"))}, chromedp.ByQuery))
	b.until("it is indexed", `document.querySelector('[data-state="indexed"] a.sub')`)
	b.until("the other is rejected", `document.querySelector('[data-state="rejected"]')`)
	var list struct {
		Disclosures []struct{ ID, Unit, FileName string }
	}
	s.get("/api/v1/disclosures?unit="+url.QueryEscape("水文"), &list)
	if len(list.Disclosures) == 0 {
		s.get("/api/v1/disclosures", &list)
	}
	paths := []string{"/", "/ingest", "/ledger", "/?q=" + url.QueryEscape(markup), "/figures?q=" + url.QueryEscape(markup), "/?q=" + url.QueryEscape("水文"), "/ledger?name=" + url.QueryEscape("<script>")}
	for _, d := range list.Disclosures {
		paths = append(paths, "/disclosures/"+d.ID+"?q="+url.QueryEscape("水文"), "/unit?unit="+url.QueryEscape(d.Unit))
	}
	for _, path := range paths {
		b.visit(s.url + path)
		b.until("scripts are at rest", `document.readyState === "complete"`)
		if n := eval[int](b, `document.querySelectorAll("main img, main script, main b").length`); n > 0 {
			t.Errorf("%s: %d elements came out of a file", path, n)
		}
		if title := eval[string](b, "document.title"); title == "broken" {
			t.Errorf("%s: a script of a file ran", path)
		}
	}
	b.visit(s.url + "/ledger?name=" + url.QueryEscape("<script>"))
	if text := b.text(".ledger tbody"); !strings.Contains(text, "<script>") {
		t.Errorf("the name is shown as %q", text)
	}
	b.calm()
}
