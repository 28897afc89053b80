package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/extractor"
	"yusuan/indexer"
	"yusuan/indexer/elastic"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// The floors of search quality over all judged queries, for each back end: raised as the figures rise.
const (
	leastNDCG   = 0.87
	leastRecall = 0.94
)

// TestSearchQuality asks the judged queries of testdata/quality.txt of both back ends, and holds the mean nDCG@10 (gain 2^grade-1) and the
// mean recall to the floors.
func TestSearchQuality(t *testing.T) {
	judged := readJudged(t)
	if len(judged) < 60 {
		t.Fatalf("got %d queries, want 60", len(judged))
	}
	samples := sampleDisclosures(t)
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "index.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		checkQuality(t, s, samples, judged)
	})
	t.Run("elasticsearch", func(t *testing.T) {
		url := os.Getenv("YUSUAN_TEST_ELASTICSEARCH")
		if url == "" {
			t.Fatal("YUSUAN_TEST_ELASTICSEARCH is not set: run the tests by scripts/test.sh, which starts Elasticsearch and sets it")
		}
		s, err := elastic.Open(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{url}, Prefix: scratchPrefix(t, url), Backoff: time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		checkQuality(t, s, samples, judged)
	})
}

// sampleDisclosures reads the samples of the demo.
func sampleDisclosures(t *testing.T) []*schemas.Disclosure {
	t.Helper()
	engine, err := extractor.NewEngine(extractor.AutoEngine, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	inputs, err := sampleInputs()
	if err != nil {
		t.Fatal(err)
	}
	var out []*schemas.Disclosure
	for _, in := range inputs {
		sub, err := in.load()
		if err != nil {
			t.Fatal(err)
		}
		d, err := extractor.Extract(t.Context(), engine, extractor.Source{FileName: in.name}, sub.Data, nil)
		if err != nil {
			t.Fatalf("%s: %v", in.name, err)
		}
		out = append(out, d)
	}
	return out
}

// A judgement is a query with what it should find.
type judgement struct {
	query string
	lines []gradeLine
}

type gradeLine struct {
	grade int
	wants [][2]string // what the passage must have: field, folded text
}

func readJudged(t *testing.T) []judgement {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "quality.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out []judgement
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if query, ok := strings.CutPrefix(line, "? "); ok {
			out = append(out, judgement{query: query})
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, " ")
		l := gradeLine{grade: int(line[0] - '0')}
		for i := 1; i < len(fields); i++ {
			field, value, ok := strings.Cut(fields[i], "=")
			if !ok { // a value with spaces
				l.wants[len(l.wants)-1][1] += fields[i]
				continue
			}
			l.wants = append(l.wants, [2]string{field, indexer.Fold(value)})
		}
		j := &out[len(out)-1]
		j.lines = append(j.lines, l)
	}
	return out
}

// grade is the best grade of the lines that the passage meets.
func (j *judgement) grade(p *indexer.Passage) int {
	best := 0
	for _, l := range j.lines {
		if !slices.ContainsFunc(l.wants, func(w [2]string) bool { return !meets(p, w[0], w[1]) }) {
			best = max(best, l.grade)
		}
	}
	return best
}

func meets(p *indexer.Passage, field, want string) bool {
	switch field {
	case "unit":
		return strings.Contains(p.Unit, want)
	case "region":
		return p.Region == want
	case "year":
		return p.FiscalYear != nil && fmt.Sprint(*p.FiscalYear) == want
	case "kind":
		return string(p.DocumentKind) == want
	case "form":
		return string(p.Form) == want
	case "passage":
		return string(p.Kind) == want
	case "path":
		var titles []string
		for _, step := range p.Path {
			titles = append(titles, step.Title)
		}
		return strings.Contains(indexer.Fold(strings.Join(titles, "\n")), want)
	case "text":
		return strings.Contains(indexer.Fold(p.Heading+"\n"+p.Text), want)
	}
	panic("no field " + field)
}

// A qualityStore is what the quality is measured of.
type qualityStore interface {
	Put(context.Context, *schemas.Disclosure) (indexer.Outcome, error)
	Search(context.Context, indexer.Query) (indexer.Result, error)
	Refresh(context.Context) error
}

func checkQuality(t *testing.T, s qualityStore, samples []*schemas.Disclosure, judged []judgement) {
	for _, d := range samples {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	everything := found(t, s, indexer.Query{Limit: indexer.MaxLimit})
	var ndcg, recall float64
	for _, j := range judged {
		hits := found(t, s, indexer.Query{Text: j.query, Limit: indexer.MaxLimit})
		n, r := j.measure(hits, everything)
		ndcg, recall = ndcg+n/float64(len(judged)), recall+r/float64(len(judged))
		t.Logf("nDCG@10 %.2f  recall %.2f  %4d hits  %s", n, r, len(hits), j.query)
	}
	t.Logf("%d queries: nDCG@10 %.3f, recall %.3f", len(judged), ndcg, recall)
	if ndcg < leastNDCG || recall < leastRecall {
		t.Errorf("nDCG@10 %.3f, recall %.3f, want at least %.3f, %.3f", ndcg, recall, leastNDCG, leastRecall)
	}
}

func found(t *testing.T, s qualityStore, q indexer.Query) []indexer.Hit {
	t.Helper()
	res, err := s.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q.Text, err)
	}
	return res.Hits
}

// measure gives nDCG@10 and the recall of what is graded 2 or better. A query that should find nothing is right if it does.
func (j *judgement) measure(hits, everything []indexer.Hit) (ndcg, recall float64) {
	var ideal []int
	relevant := 0
	for i := range everything {
		if g := j.grade(&everything[i].Passage); g > 0 {
			ideal = append(ideal, g)
			relevant += bit(g >= 2)
		}
	}
	if len(ideal) == 0 {
		right := float64(bit(len(hits) == 0))
		return right, right
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	var got []int
	found := 0
	for i := range hits {
		g := j.grade(&hits[i].Passage)
		got = append(got, g)
		found += bit(g >= 2)
	}
	return gain(got) / gain(ideal), float64(found) / float64(max(relevant, 1))
}

// gain is DCG@10.
func gain(grades []int) float64 {
	sum := 0.0
	for i, g := range grades[:min(10, len(grades))] {
		sum += (math.Exp2(float64(g)) - 1) / math.Log2(float64(i)+2)
	}
	return sum
}

func bit(set bool) int {
	if set {
		return 1
	}
	return 0
}
