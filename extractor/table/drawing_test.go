package table_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/extractor/layout"
	"yusuan/extractor/table"
)

var update = flag.Bool("update", false, "write what is found into testdata/drawings")

// TestDrawings reads every page drawn in testdata/drawings, whose first line says what it shows, and holds the tables found on it
// against those written below the drawing. The commands of a drawing, one a line, points from the top left:
//
//	text X Y words     from X on, on the baseline Y, 10 points high; right: up to X; mid: around X
//	rules XS / YS      rulings from the first to the last at each X and at each Y (comma between them)
//	h Y X0 X1, v X Y0 Y1   one ruling
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

// draw makes a page of a drawing's commands.
func draw(t *testing.T, drawing string) *sketch {
	t.Helper()
	s := newSketch()
	for i, line := range strings.Split(drawing, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "", "#":
		case "text", "right", "mid":
			f := strings.SplitN(rest, " ", 3)
			if len(f) < 3 {
				t.Fatalf("line %d: %q", i+1, line)
			}
			x, y := number(t, f[0]), number(t, f[1])
			switch word {
			case "text":
				s.text(x, y, f[2])
			case "right":
				s.right(x, y, f[2])
			case "mid":
				s.centre(x, y, f[2])
			}
		case "rules":
			a, b, _ := strings.Cut(rest, "/")
			xs, ys := numbers(t, a), numbers(t, b)
			for _, x := range xs {
				s.v(x, ys[0], ys[len(ys)-1])
			}
			for _, y := range ys {
				s.h(y, xs[0], xs[len(xs)-1])
			}
		case "h", "v":
			f := strings.Fields(rest)
			if len(f) != 3 {
				t.Fatalf("line %d: %q", i+1, line)
			}
			if word == "h" {
				s.h(number(t, f[0]), number(t, f[1]), number(t, f[2]))
			} else {
				s.v(number(t, f[0]), number(t, f[1]), number(t, f[2]))
			}
		default:
			t.Fatalf("line %d: no command %q", i+1, word)
		}
	}
	return s
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func numbers(t *testing.T, s string) []float64 {
	t.Helper()
	var out []float64
	for _, f := range strings.Split(s, ",") {
		out = append(out, number(t, f))
	}
	return out
}

// read gives the tables of a page as text: a row a line, cells parted by |, the columns that a cell spans beside the first as <, the
// rows below its first as ^; and the lines that stand in no table.
func read(t *testing.T, s *sketch) string {
	t.Helper()
	caption := func(text string) bool { return strings.HasSuffix(text, "表") || strings.Contains(text, "单位：") }
	grids, rest := table.Find(layout.Prepare(&s.p), caption)
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
