package blob_test

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"yusuan/worker/blob"
	"yusuan/worker/broker"
)

// A line is a slow network: it takes connections and carries rate bytes a second over each, either way.
type line struct {
	net.Listener
	to    string
	rate  int
	wg    sync.WaitGroup
	mu    sync.Mutex
	conns []net.Conn
}

func layLine(t *testing.T, to string, rate int) *line {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Listener: ln, to: to, rate: rate}
	l.wg.Go(l.serve)
	t.Cleanup(l.cut)
	return l
}

func (l *line) serve() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil {
			near.Close()
			return
		}
		l.mu.Lock()
		l.conns = append(l.conns, near, far)
		l.mu.Unlock()
		l.wg.Go(func() { l.carry(near, far) })
		l.wg.Go(func() { l.carry(far, near) })
	}
}

func (l *line) carry(to, from net.Conn) {
	defer to.Close()
	buf := make([]byte, l.rate/10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		time.Sleep(time.Duration(n) * time.Second / time.Duration(l.rate))
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (l *line) cut() {
	l.Close()
	l.mu.Lock()
	for _, c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// TestSlowTransfer carries a blob over a network that takes longer for it than the NATS client waits by itself.
func TestSlowTransfer(t *testing.T) {
	srv, err := broker.Open(t.Context(), zap.NewNop(), broker.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	open := func(t *testing.T, nc *nats.Conn) *blob.Objects {
		t.Helper()
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		o, err := blob.OpenObjects(t.Context(), js, "test-blobs", 0)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	near := open(t, srv.Conn())
	l := layLine(t, strings.TrimPrefix(srv.ClientURL(), "nats://"), 1<<20)
	cases := map[string]func(ctx context.Context, far *blob.Objects, data []byte) (took []byte, err error){
		"get": func(ctx context.Context, far *blob.Objects, data []byte) ([]byte, error) {
			digest, err := near.Put(ctx, data)
			if err != nil {
				return nil, err
			}
			return far.Get(ctx, digest, 256<<20)
		},
		"put": func(ctx context.Context, far *blob.Objects, data []byte) ([]byte, error) {
			digest, err := far.Put(ctx, data)
			if err != nil {
				return nil, err
			}
			return near.Get(ctx, digest, 256<<20)
		},
	}
	var wg sync.WaitGroup
	for name, move := range cases {
		nc, err := nats.Connect("nats://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		far := open(t, nc)
		wg.Go(func() { // both at once: each takes its seconds
			data := make([]byte, 7<<20)
			for i := range data {
				data[i] = byte(rand.Uint32())
			}
			got, err := move(t.Context(), far, data)
			if err != nil || blob.Digest(got) != blob.Digest(data) {
				t.Errorf("%s: got %d bytes, %v, want all %d", name, len(got), err, len(data))
			}
		})
	}
	wg.Wait()
}
