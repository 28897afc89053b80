package table_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/pdf"
	"yusuan/extractor/table"
)

var update = flag.Bool("update", false, "write what is found into testdata/drawings")

// TestDrawings reads every page drawn in testdata/drawings, whose first line says what it shows, and holds the tables found on it
// against those written below the drawing. The commands of a drawing, one a line, points from the top left:
//
//	text X Y words     from X on, on the baseline Y, 10 points high; right: up to X; mid: around X
//	rules XS / YS      rulings from the first to the last at each X and at each Y (comma between them)
//	h Y X0 X1, v X Y0 Y1   one ruling
//	again words        the header of the table that ends the page before
//
// A line of text that ends in 表, or holds 单位：, is part of a caption.
func TestDrawings(t *testing.T) {
	files, err := filepath.Glob("testdata/drawings/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("testdata/drawings has %d drawings, %v: want at least 30", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			drawing, want, _ := strings.Cut(string(data), "\n----\n")
			got := read(t, draw(t, drawing))
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimRight(drawing, "\n")+"\n----\n"+got), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("%s\ngot, want:\n%s", strings.SplitN(drawing, "\n", 2)[0], diff)
			}
		})
	}
}

// FuzzFind changes the drawings and sees that every grid is covered by its cells, each place by one, and that no text is lost or
// doubled.
func FuzzFind(f *testing.F) {
	files, err := filepath.Glob("testdata/drawings/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no drawings: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		drawing, _, _ := strings.Cut(string(data), "\n----\n")
		f.Add(drawing)
	}
	f.Fuzz(func(t *testing.T, drawing string) {
		s, err := parse(drawing)
		if err != nil || len(s.p.Glyphs) > 2000 || len(s.p.Rulings) > 2000 {
			return
		}
		lp := layout.Prepare(&s.p)
		before := countText(lp.Glyphs)
		grids, rest := table.Find(lp, table.Words{Caption: func(text string) bool { return strings.HasSuffix(text, "表") }})
		after := 0
		for _, l := range rest {
			after += countRunes(l.Text)
		}
		for i := range grids {
			g := &grids[i]
			cover := make([]int, g.Rows*g.Cols)
			for _, c := range g.Cells {
				after += countRunes(c.Text)
				for r := c.Row; r < c.Row+c.RowSpan; r++ {
					for k := c.Col; k < c.Col+c.ColSpan; k++ {
						cover[r*g.Cols+k]++
					}
				}
			}
			for at, n := range cover {
				if n != 1 {
					t.Fatalf("%d cells cover row %d, column %d of %d × %d", n, at/g.Cols, at%g.Cols, g.Rows, g.Cols)
				}
			}
		}
		if after > before {
			t.Errorf("%d characters on the page, %d read", before, after)
		}
	})
}

func countRunes(text string) int { return countText([]pdf.Glyph{{Text: text}}) }

// countText counts the characters of glyphs without white space.
func countText(glyphs []pdf.Glyph) int {
	n := 0
	for i := range glyphs {
		for _, r := range glyphs[i].Text {
			if !unicode.IsSpace(r) {
				n++
			}
		}
	}
	return n
}

// draw makes a page of a drawing's commands.
func draw(t *testing.T, drawing string) *sketch {
	t.Helper()
	s, err := parse(drawing)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(drawing string) (*sketch, error) {
	s := newSketch()
	for i, line := range strings.Split(drawing, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "#":
			continue
		case "again":
			s.again = rest
		case "text", "right", "mid":
			f := strings.SplitN(rest, " ", 3)
			at, err := numbers(f[:min(2, len(f))])
			if err != nil || len(f) < 3 {
				return nil, fmt.Errorf("line %d: %q: %v", i+1, line, err)
			}
			map[string]func(x, y float64, text string) *sketch{"text": s.text, "right": s.right, "mid": s.centre}[word](at[0], at[1], f[2])
		case "rules":
			a, b, _ := strings.Cut(rest, "/")
			xs, err := numbers(strings.Split(a, ","))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			ys, err := numbers(strings.Split(b, ","))
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			for _, x := range xs {
				s.v(x, ys[0], ys[len(ys)-1])
			}
			for _, y := range ys {
				s.h(y, xs[0], xs[len(xs)-1])
			}
		case "h", "v":
			at, err := numbers(strings.Fields(rest))
			if err != nil || len(at) != 3 {
				return nil, fmt.Errorf("line %d: %q: %v", i+1, line, err)
			}
			map[string]func(at, from, to float64) *sketch{"h": s.h, "v": s.v}[word](at[0], min(at[1], at[2]), max(at[1], at[2]))
		default:
			return nil, fmt.Errorf("line %d: no command %q", i+1, word)
		}
	}
	return s, nil
}

// numbers reads positions on a page and a little around it.
func numbers(words []string) ([]float64, error) {
	var out []float64
	for _, w := range words {
		x, err := strconv.ParseFloat(strings.TrimSpace(w), 64)
		if err != nil || !(x > -1000 && x < 3000) {
			return nil, fmt.Errorf("no position: %q", w)
		}
		out = append(out, x)
	}
	return out, nil
}

// read gives the tables of a page as text: a row a line, cells parted by |, the columns that a cell spans beside the first as <, the
// rows below its first as ^; and the lines that stand in no table.
func read(t *testing.T, s *sketch) string {
	t.Helper()
	caption := func(text string) bool { return strings.HasSuffix(text, "表") || strings.Contains(text, "单位：") }
	again := func(text string) bool { return s.again != "" && strings.ReplaceAll(text, " ", "") == s.again }
	grids, rest := table.Find(layout.Prepare(&s.p), table.Words{Caption: caption, Again: again})
	var b strings.Builder
	for i := range grids {
		g := &grids[i]
		fmt.Fprintf(&b, "table of %d rows, %d columns\n", g.Rows, g.Cols)
		for r := range g.Rows {
			for c := range g.Cols {
				x := g.At(r, c)
				if x == nil {
					t.Fatalf("no cell covers row %d, column %d", r, c)
				}
				if c > 0 {
					b.WriteString(" | ")
				}
				switch {
				case x.Row == r && x.Col == c:
					b.WriteString(x.Text)
				case x.Col == c:
					b.WriteString("^")
				default:
					b.WriteString("<")
				}
			}
			b.WriteString("\n")
		}
	}
	for _, l := range rest {
		b.WriteString("outside: " + l.Text + "\n")
	}
	return b.String()
}
