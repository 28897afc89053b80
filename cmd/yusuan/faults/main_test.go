package faults

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// programs are the paths of what TestMain has built.
var programs struct{ dir, yusuan, nats, cache string }

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "yusuan-faults-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	programs.dir, programs.cache = dir, filepath.Join(dir, "cache")
	programs.yusuan, programs.nats = filepath.Join(dir, "yusuan"), filepath.Join(dir, "nats-server")
	for path, pkg := range map[string]string{programs.yusuan: "yusuan/cmd/yusuan", programs.nats: "github.com/nats-io/nats-server/v2"} {
		if out, err := exec.Command("go", "build", "-o", path, pkg).CombinedOutput(); err != nil {
			return 1, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) { // the default
		// Most of a test's time goes by in waiting until the queue hands out again what a process had that was killed.
		if err := flag.Set("test.parallel", "8"); err != nil {
			return 1, err
		}
	}
	code = m.Run()
	printTable()
	return code, nil
}

// A row is what became of one test.
type row struct {
	fault       string
	times       int // that it was injected
	files       int
	lost, twice int
	took        time.Duration
	settled     bool // whether it came to an end at all
}

var table struct {
	sync.Mutex
	rows []*row
}

func addRow(r *row) {
	table.Lock()
	defer table.Unlock()
	table.rows = append(table.rows, r)
}

func printTable() {
	if len(table.rows) == 0 {
		return
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nfault\ttimes\tfiles\tlost\ttwice\tseconds")
	for _, r := range table.rows {
		lost, twice := fmt.Sprint(r.lost), fmt.Sprint(r.twice)
		if !r.settled {
			lost, twice = "?", "?"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%.0f\n", r.fault, r.times, r.files, lost, twice, r.took.Seconds())
	}
	w.Flush()
}
