package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// drawn writes a PDF with a table of so many rows and pages of narrative to a folder of the test.
func drawn(t *testing.T, rows, narrative int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("水文站-%d-%d.pdf", rows, narrative))
	if err := os.WriteFile(path, drawDisclosure("青禾县水文站", 2024, rows, narrative), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// frames scrolls an element, or the page where the selector is "", for three seconds by so many pixels a frame, and gives how many frames there were and
// how many took more than 33 ms, which a reader sees. 0 pixels stand still.
func (b *tab) frames(selector string, pixels int) (all, slow int) {
	b.t.Helper()
	got := eval[[]int](b, fmt.Sprintf(`new Promise((done) => {
		const target = %q === "" ? document.scrollingElement : document.querySelector(%q);
		const begun = performance.now();
		let last = begun, all = 0, slow = 0;
		requestAnimationFrame(function step(now) {
			if (all++ > 0 && now - last > 33.4) slow++;
			last = now;
			target.scrollTop += %d;
			if (now - begun < 3000) requestAnimationFrame(step); else done([all, slow]);
		});
	})`, selector, selector, pixels))
	return got[0], got[1]
}

// TestSmooth scrolls a table of 1,000 rows and a PDF of some 300 pages, and counts the frames that come late, beside those of the same page at rest.
func TestSmooth(t *testing.T) {
	s := newServer(t, backends()[0], []string{drawn(t, 1000, 275)})
	b := newTab(t, "zh-CN")
	var list struct {
		Disclosures []struct {
			ID    string
			Pages int
		}
	}
	s.get("/api/v1/disclosures", &list)
	if len(list.Disclosures) != 1 || list.Disclosures[0].Pages < 300 {
		t.Fatalf("got %+v", list)
	}
	b.visit(s.url + "/disclosures/" + list.Disclosures[0].ID)
	b.until("the PDF is there", `document.querySelector("#pdf canvas")`)
	share := func(what, selector string, pixels int) float64 {
		all, slow := b.frames(selector, pixels)
		t.Logf("%-34s %3d frames, %4.1f %% of them late", what, all, 100*float64(slow)/float64(all))
		return float64(slow) / float64(all)
	}
	rest := share("at rest", "", 0)
	for _, tc := range []struct {
		what, selector string
		pixels         int
	}{{"table of 1,000 rows, slowly", "", 8}, {"table of 1,000 rows, fast", "", 80}, {"PDF of 300 pages, slowly", "[data-paper]", 8}, {"PDF of 300 pages, fast", "[data-paper]", 400}} {
		if got := share(tc.what, tc.selector, tc.pixels); got > rest+0.4 {
			t.Errorf("%s: %.0f %% of the frames are late, and %.0f %% at rest", tc.what, 100*got, 100*rest)
		}
	}
	if n := eval[int](b, `document.querySelectorAll("#pdf canvas").length`); n > 20 {
		t.Errorf("%d pages are kept drawn", n)
	}
	if top := eval[int](b, `document.querySelector("[data-paper]").scrollTop`); top < 10_000 {
		t.Errorf("the PDF was scrolled by %d pixels only", top)
	}
	b.calm()
}

// TestLater has tables so long that their rows come when they are near: several at once, and those of an address.
func TestLater(t *testing.T) {
	s := newServer(t, backends()[0], []string{drawn(t, 2500, 1)})
	b := newTab(t, "zh-CN")
	var list struct{ Disclosures []struct{ ID string } }
	s.get("/api/v1/disclosures", &list)
	path := s.url + "/disclosures/" + list.Disclosures[0].ID
	b.visit(path)
	b.until("some rows are to come", `document.querySelectorAll("[data-load]").length > 3`)
	// Three of them come into sight at the same time.
	eval[bool](b, `(() => {
		const later = [...document.querySelectorAll("[data-load]")].slice(0, 4);
		window.later = later;
		later.forEach((body) => { body.rows[0].style.height = "40px"; });
		later[0].scrollIntoView();
		return true;
	})()`)
	b.until("all of them are there", `window.later.every((body) => !body.isConnected)`)
	if n := eval[int](b, `new Set([...document.querySelectorAll("tr[id^=t-1-r-]")].map((row) => row.id)).size - document.querySelectorAll("tr[id^=t-1-r-]").length`); n != 0 {
		t.Errorf("%d rows are there twice", -n)
	}
	b.visit(path + "#t-1-r-2490-c-3")
	b.until("the row of the address is there", `document.querySelector(".content .chosen")?.id === "t-1-r-2490-c-3"`)
	b.until("and boxed", `document.querySelector("#pdf .mark")`)
	b.settled()
	b.boxed("row 2490")
	b.calm()
}
