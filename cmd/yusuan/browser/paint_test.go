package browser

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestPaint measures how long it takes from a query to its painted hits, beside what the API takes for the same, in the same browser. The PDFs are
// those of the demo, or of the folders in YUSUAN_TEST_PDFS.
func TestPaint(t *testing.T) {
	s := newServer(t, backends()[0], strings.Split(cmp.Or(os.Getenv("YUSUAN_TEST_PDFS"), demo), ","))
	b := newTab(t, "zh-CN")
	b.visit(s.url + "/?q=" + url.QueryEscape("预算"))
	b.until("there is script", `window.htmx && document.documentElement.classList.contains("script")`)
	var painted, api []float64
	for range 3 {
		for _, q := range []string{"三公经费", "政府采购", "支出", "会议费 减少", "机关运行经费", "社会保险", "图书馆", `"主要原因"`, "项目 绩效", "公务接待费"} {
			api = append(api, eval[float64](b, fmt.Sprintf(`(async () => { const begun = performance.now(); await (await fetch("/api/v1/search?facets=true&q=" + encodeURIComponent(%q))).json(); return performance.now() - begun; })()`, q)))
			painted = append(painted, eval[float64](b, fmt.Sprintf(`new Promise((done) => {
				const old = document.querySelector("#find"), begun = performance.now();
				document.querySelector("#q").value = %q;
				document.querySelector("#ask").requestSubmit();
				(function wait() {
					const now = document.querySelector("#find");
					if (now && now !== old && now.querySelector(".total")) requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
					else requestAnimationFrame(wait);
				})();
			})`, q)))
		}
	}
	slices.Sort(api)
	slices.Sort(painted)
	at := func(list []float64, share float64) float64 { return list[int(share*float64(len(list)-1))] }
	t.Logf("from query to painted hits: p50 %.0f ms, p95 %.0f ms; the API alone: p50 %.0f ms, p95 %.0f ms", at(painted, 0.5), at(painted, 0.95), at(api, 0.5), at(api, 0.95))
	if frames := 16.7 * 20; at(painted, 0.5) > 6*at(api, 0.5)+frames {
		t.Errorf("painting takes %.0f ms, and the API %.0f", at(painted, 0.5), at(api, 0.5))
	}
	b.calm()
}
