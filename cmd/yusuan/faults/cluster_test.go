//go:build faults

package faults

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A cluster is three Elasticsearch nodes of scripts/elasticsearch.sh.
type cluster struct {
	t     *testing.T
	dir   string
	ports []string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	dir := cmp.Or(os.Getenv("YUSUAN_TEST_DIR"), filepath.Join(os.TempDir(), "yusuan-test-elasticsearch"))
	c := &cluster{t: t, dir: dir}
	for range 3 {
		c.ports = append(c.ports, fmt.Sprint(portPair(t)))
	}
	t.Cleanup(func() {
		c.script("kill", c.all())
		for _, p := range c.ports {
			if err := os.RemoveAll(filepath.Join(dir, "node-"+p)); err != nil {
				t.Error(err)
			}
		}
	})
	c.script("start", c.all())
	return c
}

// portPair gives a port that is free together with the one a hundred above.
func portPair(t *testing.T) int {
	t.Helper()
	for range 100 {
		p := freePort(t)
		if l, err := listen(p + 100); err == nil {
			l.Close()
			return p
		}
	}
	t.Fatal("no two ports are free")
	return 0
}

func (c *cluster) all() string { return strings.Join(c.ports, ",") }

// urls are those of all nodes.
func (c *cluster) urls() string {
	return "http://127.0.0.1:" + strings.Join(c.ports, ",http://127.0.0.1:")
}

func (c *cluster) script(command, ports string) {
	c.t.Helper()
	cmd := exec.Command("bash", "../../../scripts/elasticsearch.sh", command, c.dir, ports)
	cmd.Env = append(os.Environ(), "ES_LIGHT=1", "ES_HEAP=256m")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Errorf("elasticsearch.sh %s %s: %v\n%s", command, ports, err, out)
	}
}

// TestClusterNodes kills one of three nodes, another one, and all three, each started again.
func TestClusterNodes(t *testing.T) {
	c := newCluster(t)
	st := newStation(t, "nodes of Elasticsearch killed", files(t, fewCopies), c.urls(), "")
	st.publishFirst("[a-c]*.pdf")
	st.work(2, st.env)
	wait := st.meanwhile("[d-z]*.pdf")
	kills := []string{c.ports[st.rng.IntN(3)], c.ports[st.rng.IntN(3)], c.all()}
	st.breaks(len(kills), 500*time.Millisecond, 3*time.Second, func() bool {
		ports := kills[st.row.times]
		c.script("kill", ports)
		st.between(time.Second, 5*time.Second)
		c.script("start", ports)
		return true
	})
	wait()
	st.finish()
}
