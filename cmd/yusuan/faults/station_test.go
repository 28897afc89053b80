package faults

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience bounds every wait: a queue of which no job is worked off for so long is stuck.
const patience = 10 * time.Minute

// A station is a NATS server, an index in an Elasticsearch, and the set of files that goes through them.
type station struct {
	t     *testing.T
	set   *set
	row   *row
	rng   *mathrand.Rand
	dir   string // for logs and the server's files
	nats  *server
	es    string // URL
	begun time.Time
	client
	prefix  string
	workers []*keeper
}

// elasticsearch is the URL of the one that tests use.
func elasticsearch(t *testing.T) string {
	t.Helper()
	url := os.Getenv("YUSUAN_TEST_ELASTICSEARCH")
	if url == "" {
		t.Fatal("YUSUAN_TEST_ELASTICSEARCH is not set: run the tests by scripts/test.sh, which starts Elasticsearch and sets it")
	}
	return strings.TrimSuffix(url, "/")
}

// newStation starts a NATS server, whose files are in store ("" for the test's own folder), for the files and the fault.
func newStation(t *testing.T, fault string, s *set, es, store string) *station {
	t.Helper()
	st := &station{
		t: t, set: s, row: &row{fault: fault, files: s.files}, rng: newRand(t), dir: t.TempDir(), es: es,
		prefix: "test-" + strings.ToLower(rand.Text()[:12]), begun: time.Now(),
	}
	addRow(st.row)
	t.Cleanup(func() { st.row.took = time.Since(st.begun) })
	if store == "" {
		store = filepath.Join(st.dir, "jetstream")
	}
	st.nats = startServer(t, st.dir, store)
	st.env = st.environment(st.nats.url(), es)
	st.ownIndices()
	t.Cleanup(st.logsIfFailed)
	return st
}

// newRand gives random numbers, from a seed that is logged and can be set.
func newRand(t *testing.T) *mathrand.Rand {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("YUSUAN_TEST_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("YUSUAN_TEST_SEED: %v", err)
		}
	}
	t.Logf("YUSUAN_TEST_SEED=%d", seed)
	return mathrand.New(mathrand.NewPCG(seed, 0))
}

// environment sets the flags that say where things are.
func (st *station) environment(nats, es string) []string {
	return []string{"YUSUAN_NATS=" + nats, "YUSUAN_ELASTICSEARCH=" + es, "YUSUAN_PREFIX=" + st.prefix, "YUSUAN_CACHE=" + programs.cache}
}

// ownIndices removes what the station leaves in Elasticsearch.
func (st *station) ownIndices() {
	st.t.Cleanup(func() {
		first, _, _ := strings.Cut(st.es, ",")
		var indices map[string]json.RawMessage
		if err := get(first+"/"+st.prefix+"-*", &indices); err != nil {
			st.t.Errorf("indices to be removed: %v", err)
			return
		}
		for name := range indices {
			st.request(http.MethodDelete, first+"/"+name, "")
		}
		st.request(http.MethodDelete, first+"/_index_template/"+st.prefix+"-*", "")
		st.request(http.MethodDelete, first+"/_component_template/"+st.prefix+"-*", "")
	})
}

// request sends a request to Elasticsearch that must succeed.
func (st *station) request(method, url, body string) {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		st.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		st.t.Errorf("%s %s: %v", method, url, err)
		return
	}
	defer res.Body.Close()
	if res.StatusCode >= 300 {
		answer, _ := io.ReadAll(res.Body)
		st.t.Errorf("%s %s: %s: %s", method, url, res.Status, answer)
	}
}

// get reads JSON.
func get(url string, v any) error {
	client := http.Client{Timeout: 30 * time.Second}
	res, err := client.Get(url)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	return json.NewDecoder(res.Body).Decode(v)
}

// publish publishes the files of the set whose names match the pattern, again and again until all are on the queue.
func (st *station) publish(pattern string) error {
	names, err := filepath.Glob(filepath.Join(st.set.dir, pattern))
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("no file is like %s", pattern)
	}
	if err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	for {
		out, err := st.run(append([]string{"publish"}, names...)...)
		switch {
		case err != nil:
			return err
		case out.code == exitDone:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("publish: exit code %d: %s%s", out.code, out.stdout, out.stderr)
		}
		time.Sleep(restart)
	}
}

// work starts n workers whose environment is env.
func (st *station) work(n int, env []string, args ...string) {
	st.t.Helper()
	for range n {
		name := fmt.Sprintf("worker-%d", len(st.workers)+1)
		log := filepath.Join(st.dir, name+".log")
		st.workers = append(st.workers, keep(st.t, name, func() (*process, error) {
			return launch(log, env, programs.yusuan, append([]string{"worker", "--workers", "1"}, args...)...)
		}))
	}
}

// worker picks one.
func (st *station) worker() *keeper { return st.workers[st.rng.IntN(len(st.workers))] }

// between waits for a random time.
func (st *station) between(from, to time.Duration) {
	time.Sleep(from + time.Duration(st.rng.Int64N(int64(to-from))))
}

// breaks calls fault times, at random moments while there is work: after so many of the files, or after at most so long. fault
// reports whether it broke something.
func (st *station) breaks(times int, from, to time.Duration, fault func() bool) {
	st.t.Helper()
	for done := 0; done < times; {
		// The last fault comes before nine tenths of the files are through, whatever the speed of the machine.
		left := st.set.files - int(0.9*float64(st.set.files)*(float64(done)+st.rng.Float64())/float64(times))
		latest := time.Now().Add(from + time.Duration(st.rng.Int64N(int64(to-from))))
		n, err := st.nats.jobs(st.prefix)
		for ; err != nil || n > left && time.Now().Before(latest); n, err = st.nats.jobs(st.prefix) {
			time.Sleep(10 * time.Millisecond)
		}
		if n == 0 {
			st.t.Errorf("the work ended after %d of %d faults: more files are needed", done, times)
			return
		}
		if fault() {
			done++
			st.row.times++
		}
	}
}

// finish waits until the queue is empty, stops the workers, and holds what there is against what there should be.
func (st *station) finish() {
	st.t.Helper()
	if err := st.nats.drained(st.prefix); err != nil {
		st.t.Fatal(err)
	}
	for _, w := range st.workers {
		if err := w.stop(); err != nil {
			st.t.Error(err)
		}
	}
	st.check(&st.client)
}

// check compares.
func (st *station) check(c *client) {
	st.t.Helper()
	checkAccount(st.t, st.row, st.set, c)
}

func checkAccount(t *testing.T, r *row, s *set, c *client) {
	t.Helper()
	got, err := c.account()
	if err != nil {
		t.Fatal(err)
	}
	want := s.want
	r.settled = true
	final := got.states["indexed"] + got.states["rejected"] + got.states["needs-ocr"]
	r.lost = max(0, s.files-final, want.states["disclosures"]-got.states["disclosures"])
	r.twice = max(0, final-s.files, got.states["disclosures"]-want.states["disclosures"])
	if got.items > want.items {
		r.twice = max(r.twice, 1)
	}
	if diff := cmp.Diff(got.states, want.states); diff != "" {
		t.Errorf("files by state, got - want +:\n%s", diff)
	}
	if diff := cmp.Diff(got.letters, want.letters); diff != "" {
		t.Errorf("dead letters, got - want +:\n%s", diff)
	}
	if got.items != want.items {
		t.Errorf("got %d line items, want %d", got.items, want.items)
	}
	if got.sums != want.sums {
		t.Error("the line items have other sums than after a run that nothing broke")
	}
}

// logsIfFailed shows how the logs of a failed test end.
func (st *station) logsIfFailed() {
	if !st.t.Failed() {
		return
	}
	logs, _ := filepath.Glob(filepath.Join(st.dir, "*.log"))
	for _, path := range logs {
		if b, err := os.ReadFile(path); err == nil {
			st.t.Logf("%s ends:\n%s", filepath.Base(path), b[max(0, len(b)-3000):])
		}
	}
}

// A server is a NATS server in a process of its own.
type server struct {
	t          *testing.T
	dir, conf  string
	port, http int
	now        *process
}

// startServer starts a server with the settings of deploy/nats.conf.
func startServer(t *testing.T, dir, store string) *server {
	t.Helper()
	s := &server{t: t, dir: dir, conf: filepath.Join(dir, "nats.conf"), port: freePort(t), http: freePort(t)}
	conf, err := os.ReadFile("../../../deploy/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	for setting, value := range map[string]string{
		`listen: \S+`: fmt.Sprintf("listen: 127.0.0.1:%d", s.port), `http: \S+`: fmt.Sprintf("http: 127.0.0.1:%d", s.http),
		`store_dir: \S+`: fmt.Sprintf("store_dir: %q", store),
	} {
		re := regexp.MustCompile(`(?m)^(\s*)` + setting + `$`)
		if !re.Match(conf) {
			t.Fatalf("deploy/nats.conf has no line like %s", setting)
		}
		conf = re.ReplaceAll(conf, []byte("${1}"+value))
	}
	if err := os.WriteFile(s.conf, conf, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.now != nil {
			s.now.kill()
		}
	})
	s.start()
	return s
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
}

func (s *server) url() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.port) }

// start starts the server and waits until it is well.
func (s *server) start() {
	s.t.Helper()
	p, err := launch(filepath.Join(s.dir, "nats-server.log"), nil, programs.nats, "-c", s.conf)
	if err != nil {
		s.t.Fatal(err)
	}
	s.now = p
	if !until(time.Minute, s.well) {
		s.t.Fatal("the NATS server does not get well")
	}
}

// well reports whether the server says that it is.
func (s *server) well() bool {
	var health struct {
		Status string `json:"status"`
	}
	return get(fmt.Sprintf("http://127.0.0.1:%d/healthz", s.http), &health) == nil && health.Status == "ok"
}

// until asks again and again until ok, and gives false where that takes longer than the bound.
func until(bound time.Duration, ok func() bool) bool {
	for deadline := time.Now().Add(bound); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// jobs gives how many messages are on the stream of jobs.
func (s *server) jobs(prefix string) (int, error) {
	var z struct {
		Accounts []struct {
			Streams []struct {
				Name  string `json:"name"`
				State struct {
					Messages int `json:"messages"`
				} `json:"state"`
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := get(fmt.Sprintf("http://127.0.0.1:%d/jsz?streams=true", s.http), &z); err != nil {
		return 0, err
	}
	want := streamName(prefix)
	for _, a := range z.Accounts {
		for _, st := range a.Streams {
			if st.Name == want {
				return st.State.Messages, nil
			}
		}
	}
	return 0, fmt.Errorf("the NATS server has no stream %s", want)
}

// streamName is the stream of jobs of a prefix.
func streamName(prefix string) string { return strings.ToUpper(prefix) + "_JOBS" }

// drained waits until no job is on the stream.
func (s *server) drained(prefix string) error {
	n, err := 0, errors.New("not asked")
	last, since := math.MaxInt, time.Now()
	for time.Since(since) < patience {
		if n, err = s.jobs(prefix); err == nil && n == 0 {
			return nil
		}
		if err == nil && n < last {
			last, since = n, time.Now()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("for %v, %d jobs stay on the stream (%v)", patience, n, err)
}
