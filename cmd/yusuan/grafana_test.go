package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"yusuan/worker"
)

// A grafanaPanel is what dashboards/grafana.json says of one.
type grafanaPanel struct {
	ID      int
	Type    string
	Title   string
	GridPos struct{ X, Y, W, H int }
	Targets []struct {
		Expr, LegendFormat string
		Datasource         struct{ UID string }
	}
}

// A grafanaBoard is what that file has.
type grafanaBoard struct {
	Panels     []grafanaPanel
	Templating struct {
		List []struct{ Name, Type, Definition string }
	}
}

// TestGrafana checks that what dashboards/grafana.json asks of Prometheus is told to it: every metric, and every label.
func TestGrafana(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("..", "..", "dashboards", "grafana.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board grafanaBoard
	if err := json.Unmarshal(file, &board); err != nil {
		t.Fatal(err)
	}
	told, used, ids := registered(t), map[string]bool{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.H == 0 {
			t.Errorf("%s: another panel has its ID %d, or it does not fit: %+v", p.Title, p.ID, p.GridPos)
		}
		ids[p.ID] = true
		if (len(p.Targets) == 0) != (p.Type == "row") {
			t.Errorf("%s: %d queries in a %s", p.Title, len(p.Targets), p.Type)
		}
		for _, target := range p.Targets {
			e := readExpression(target.Expr)
			for _, problem := range e.check(told, target.LegendFormat) {
				t.Errorf("%s: %s: %s", p.Title, target.Expr, problem)
			}
			for name := range e.metrics {
				used[ofHistogram.ReplaceAllString(name, "")], used[name] = true, true
			}
			if target.Datasource.UID != "${datasource}" {
				t.Errorf("%s asks %q", p.Title, target.Datasource.UID)
			}
		}
	}
	for name := range told {
		if strings.HasPrefix(name, "yusuan_") && !used[name] && !used[ofHistogram.ReplaceAllString(name, "")] {
			t.Errorf("nothing shows %s", name)
		}
	}
	for _, v := range board.Templating.List {
		if v.Type == "query" && v.Definition != "label_values(yusuan_build_info, instance)" {
			t.Errorf("variable %s is %q", v.Name, v.Definition)
		}
	}
}

// TestAlarms checks the expressions that docs/operations.md gives.
func TestAlarms(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| alarm | expression |")
	table, _, _ = strings.Cut(table, "\n\n")
	list := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(table, -1)
	if len(list) < 4 {
		t.Fatalf("got %d alarms, want 4", len(list))
	}
	told := registered(t)
	for _, one := range list {
		for _, problem := range readExpression(one[1]).check(told, "") {
			t.Errorf("%s: %s", one[1], problem)
		}
	}
}

// registered are the names that a worker and yusuan serve tell Prometheus, each with its labels.
func registered(t *testing.T) map[string][]string {
	t.Helper()
	p := &program{common: common{Data: t.TempDir(), Prefix: "yusuan"}}
	s, err := p.openStation(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	working, serving := newMetrics(), newMetrics()
	newMonitor(t.Context(), working, s, worker.New(zap.NewNop(), s.queue, worker.Parts{}, worker.Config{Jobs: 1}))
	mux := serveMux(serving.registry, http.NotFoundHandler(), http.NotFoundHandler(), nil, s, nil)
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/api/v1/search", nil))
	told := map[string][]string{}
	families, err := prometheus.Gatherers{working.registry, serving.registry}.Gather()
	if err != nil && !strings.Contains(err.Error(), "collected before with the same name and label values") {
		t.Fatal(err) // the two have most in common
	}
	for _, f := range families {
		var names []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			names = append(names, l.GetName())
		}
		told[f.GetName()] = names
		if f.GetMetric()[0].GetHistogram() != nil {
			told[f.GetName()+"_sum"], told[f.GetName()+"_count"], told[f.GetName()+"_bucket"] = names, names, append(names, "le")
		}
	}
	return told
}

// An expression is what one of PromQL names.
type expression struct {
	metrics map[string]bool
	chosen  map[string][]string // labels in the braces behind each metric
	grouped []string            // labels that it groups or joins by
	joined  bool                // by on, so that the labels of the metrics stay
}

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	ranges    = regexp.MustCompile(`\[[^\]]*\]`)
	selectors = regexp.MustCompile(`([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{([^}]*)\}`)
	groupings = regexp.MustCompile(`\b(by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	words     = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?`)
	// ofHistogram is what Prometheus puts behind a histogram's name.
	ofHistogram = regexp.MustCompile(`_(bucket|sum|count)$`)
	inBraces    = regexp.MustCompile(`\{\{\s*([a-zA-Z_]+)\s*\}\}`)
)

// readExpression takes apart what is written here: no subqueries, no offsets.
func readExpression(text string) expression {
	e := expression{metrics: map[string]bool{}, chosen: map[string][]string{}}
	text = ranges.ReplaceAllString(quoted.ReplaceAllString(text, `""`), "")
	for _, m := range selectors.FindAllStringSubmatch(text, -1) {
		for one := range strings.SplitSeq(m[2], ",") {
			label, _, _ := strings.Cut(strings.NewReplacer("!", "=", "~", "").Replace(one), "=")
			e.chosen[m[1]] = append(e.chosen[m[1]], strings.TrimSpace(label))
		}
	}
	text = selectors.ReplaceAllString(text, "$1")
	for _, m := range groupings.FindAllStringSubmatch(text, -1) {
		e.joined = e.joined || m[1] != "by"
		for one := range strings.SplitSeq(m[2], ",") {
			e.grouped = append(e.grouped, strings.TrimSpace(one))
		}
	}
	text = groupings.ReplaceAllString(text, "")
	for _, w := range words.FindAllString(text, -1) {
		if w = strings.TrimSpace(w); !strings.HasSuffix(w, "(") && !slices.Contains([]string{"and", "or", "unless", "bool", "by"}, w) {
			e.metrics[w] = true
		}
	}
	return e
}

// check says what is not told. Prometheus itself adds job and instance.
func (e expression) check(told map[string][]string, legend string) (problems []string) {
	if len(e.metrics) == 0 {
		problems = append(problems, "names no metric")
	}
	shown := e.grouped
	for name := range e.metrics {
		labels, ok := told[name]
		if !ok {
			problems = append(problems, "nobody tells "+name)
		}
		labels = append(slices.Clone(labels), "job", "instance")
		for _, l := range append(slices.Clone(e.chosen[name]), e.grouped...) {
			if !slices.Contains(labels, l) {
				problems = append(problems, fmt.Sprintf("%s has no label %q", name, l))
			}
		}
		if e.joined || len(e.grouped) == 0 {
			shown = append(slices.Clone(shown), labels...)
		}
	}
	for _, m := range inBraces.FindAllStringSubmatch(legend, -1) {
		if !slices.Contains(shown, m[1]) {
			problems = append(problems, fmt.Sprintf("the legend has %q, which the answer has not", m[1]))
		}
	}
	return problems
}

// TestReadExpression holds the reader of expressions to its word.
func TestReadExpression(t *testing.T) {
	told := map[string][]string{"a_total": {"state"}, "b_bucket": {"le", "stage"}}
	for _, tc := range []struct{ text, legend, want string }{
		{`sum by (state) (rate(a_total{state=~"x|y{"}[5m]))`, "{{state}}", ""},
		{`histogram_quantile(0.95, sum by (le, stage) (rate(b_bucket{instance=~"$i", stage!="x"}[$__rate_interval])))`, "{{stage}}", ""},
		{`a_total{job="x"} and on (job, instance) a_total`, "{{instance}}", ""},
		{`sum(c_total)`, "", "nobody tells c_total"},
		{`a_total{reason="x"}`, "", `a_total has no label "reason"`},
		{`sum by (stage) (a_total)`, "", `a_total has no label "stage"`},
		{`sum by (state) (a_total)`, "{{instance}}", `the legend has "instance", which the answer has not`},
		{`1 > 0`, "", "names no metric"},
	} {
		e := readExpression(tc.text)
		if got := strings.Join(e.check(told, tc.legend), "; "); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.text, got, tc.want)
		}
	}
}
