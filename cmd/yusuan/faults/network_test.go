package faults

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// A wire is the network between workers and a server.
type wire struct {
	proxy *toxiproxy.Proxy
}

// newLink puts a proxy before the address.
func newLink(t *testing.T, name, upstream string) *wire {
	t.Helper()
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	p := toxiproxy.NewProxy(api, name, "127.0.0.1:0", upstream)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	// The same port after a cut.
	return &wire{p}
}

func (l *wire) address() string { return l.proxy.Listen }

// toxic makes the link ill for a while.
func (l *wire) toxic(t *testing.T, pause func(), toxics ...string) {
	t.Helper()
	for i, body := range toxics {
		if _, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(body)); err != nil {
			t.Fatalf("toxic %d: %v", i, err)
		}
	}
	pause()
	l.proxy.Toxics.ResetToxics(context.Background())
}

// cut closes all connections and takes no new ones for a while.
func (l *wire) cut(t *testing.T, pause func()) {
	t.Helper()
	l.proxy.Stop()
	pause()
	if err := l.proxy.Start(); err != nil {
		t.Fatal(err)
	}
}

// TestNetwork breaks the connections of workers to NATS and Elasticsearch in several ways.
func TestNetwork(t *testing.T) {
	for _, to := range []string{"NATS", "Elasticsearch"} {
		for _, how := range []string{"cut", "slow", "reset"} {
			t.Run(to+" "+how, func(t *testing.T) {
				t.Parallel()
				testNetwork(t, to, how)
			})
		}
	}
}

func testNetwork(t *testing.T, to, how string) {
	es := elasticsearch(t)
	st := newStation(t, "network to "+to+" "+how, files(t, fewCopies), es, "")
	u, err := url.Parse(es)
	if err != nil {
		t.Fatal(err)
	}
	upstream := u.Host
	if to == "NATS" {
		upstream = fmt.Sprintf("127.0.0.1:%d", st.nats.port)
	}
	l := newLink(t, to, upstream)
	nats, elastic := st.nats.url(), "http://"+l.address()
	if to == "NATS" {
		nats, elastic = "nats://"+l.address(), es
	}
	st.publishFirst("*.pdf")
	st.work(2, st.environment(nats, elastic))
	times := max(1, cuts/3)
	st.breaks(times, 100*time.Millisecond, time.Second, func() bool {
		pause := func() { st.between(200*time.Millisecond, 3*time.Second) }
		switch how {
		case "cut":
			l.cut(t, pause)
		case "slow":
			l.toxic(t, pause, `{"name":"a","type":"latency","stream":"upstream","attributes":{"latency":300,"jitter":200}}`,
				`{"name":"b","type":"bandwidth","stream":"downstream","attributes":{"rate":20}}`,
				`{"name":"c","type":"bandwidth","stream":"upstream","attributes":{"rate":50}}`)
		case "reset":
			l.toxic(t, pause, `{"name":"a","type":"reset_peer","stream":"upstream","attributes":{"timeout":50}}`,
				`{"name":"b","type":"reset_peer","stream":"downstream","attributes":{"timeout":20}}`)
		}
		return true
	})
	st.finish()
}
