package broker

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// TestMain ends with a look for goroutines left behind. One kind is let be: nats.go v1.55.0 reads the channel that a listener of an object
// store's Put waits on after Put may have ended and forgotten it, and then waits on none for ever.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

func open(t *testing.T, cfg Config) *Broker {
	t.Helper()
	b, err := Open(t.Context(), zap.NewNop(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// store puts a message on a stream, made if need be, and gives how many there are.
func store(t *testing.T, b *Broker) uint64 {
	t.Helper()
	js, err := jetstream.New(b.Conn())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "s", []byte("x")); err != nil {
		t.Fatal(err)
	}
	info, err := stream.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.Msgs
}

func TestEmbedded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	for want := uint64(1); want <= 2; want++ { // the second time it finds the first one's message
		b := open(t, Config{Dir: dir})
		if got := store(t, b); got != want {
			t.Errorf("got %d messages, want %d", got, want)
		}
		if got := b.ClientURL(); got != "" || !b.Embedded() {
			t.Errorf("got URL %q, want it to listen nowhere", got)
		}
		b.Close()
		b.Close()
	}
}

func TestListen(t *testing.T) {
	srv := open(t, Config{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if !strings.HasPrefix(srv.ClientURL(), "nats://127.0.0.1:") {
		t.Fatalf("got URL %q", srv.ClientURL())
	}
	client := open(t, Config{URL: srv.ClientURL()})
	if store(t, client) != 1 || store(t, srv) != 2 || client.Embedded() {
		t.Error("want both to see the same server")
	}
}

// TestOpenErrors wants one line that names the place and says what to do.
func TestOpenErrors(t *testing.T) {
	taken := t.TempDir()
	open(t, Config{Dir: taken})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	plain := plainServer(t)
	cases := []struct {
		name string
		cfg  Config
		want []string
	}{
		{"no folder", Config{}, []string{"no folder"}},
		{"folder taken", Config{Dir: taken}, []string{taken, "another yusuan process (pid ", "choose another folder"}},
		{"folder is a file", Config{Dir: file}, []string{file, "make the folder"}},
		{"folder under /proc", Config{Dir: "/proc/nats"}, []string{"/proc/nats", "make the folder"}},
		{"port taken", Config{Dir: t.TempDir(), Listen: busy.Addr().String()}, []string{"in use"}},
		{"no port", Config{Dir: t.TempDir(), Listen: "127.0.0.1"}, []string{"listen address"}},
		{"port too high", Config{Dir: t.TempDir(), Listen: "127.0.0.1:65536"}, []string{"65535"}},
		{"nobody there", Config{URL: "nats://127.0.0.1:1"}, []string{"nats://127.0.0.1:1", "is it running"}},
		{"password kept", Config{URL: "nats://me:secret@127.0.0.1:1"}, []string{"nats://127.0.0.1:1"}},
		{"no JetStream", Config{URL: plain}, []string{plain, "-js"}},
		{"credentials missing", Config{URL: plain, Credentials: file + ".creds"}, []string{".creds"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Timeout = 3 * time.Second
			b, err := Open(t.Context(), zap.NewNop(), c.cfg)
			if err == nil {
				b.Close()
				t.Fatal("got no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %q, want %q in it", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
				t.Errorf("got %q, want one line without the password", err)
			}
		})
	}
}

// plainServer is a server without JetStream.
func plainServer(t *testing.T) string {
	t.Helper()
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
	return srv.ClientURL()
}

func TestLockIsGoneAfterError(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(t.Context(), zap.NewNop(), Config{Dir: dir, Listen: "nonsense"}); err == nil {
		t.Fatal("got no error")
	}
	open(t, Config{Dir: dir})
}

// TestReconnect stops the server and starts it anew on the same port.
func TestReconnect(t *testing.T) {
	dir := t.TempDir()
	first, err := Open(t.Context(), zap.NewNop(), Config{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	url := first.ClientURL()
	core, logs := observer.New(zap.InfoLevel)
	client, err := Open(t.Context(), zap.New(core), Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	store(t, client)
	first.Close()
	open(t, Config{Dir: dir, Listen: strings.TrimPrefix(url, "nats://")})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !client.Conn().IsConnected() || logs.FilterMessageSnippet("is back").Len() == 0 {
		select {
		case <-ctx.Done():
			t.Fatal("never connected again")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if got := store(t, client); got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
	if logs.FilterMessageSnippet("connection lost").Len() == 0 {
		t.Error("the log does not tell of the lost connection")
	}
}

// TestHeal has a server that says that it can't write, as it does when the disk is full.
func TestHeal(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	b, err := Open(t.Context(), zap.New(core), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	store(t, b)
	log := &serverLog{lg: zap.NewNop().Sugar(), broken: b.srv.broken}
	for range 3 { // it says so more than once
		log.Errorf("JetStream stream '%s' critical write error: %v", "S", "no space left on device")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for logs.FilterMessageSnippet("writes again").Len() == 0 || !b.Conn().IsConnected() {
		select {
		case <-ctx.Done():
			t.Fatal("never started anew")
		case <-time.After(10 * time.Millisecond):
		}
	}
	if got := store(t, b); got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
	if got := logs.FilterMessageSnippet("can't write its files").All(); len(got) != 1 ||
		!strings.Contains(got[0].ContextMap()["reason"].(string), "no space left") {
		t.Errorf("got log %v, want one line with the reason", got)
	}
}
