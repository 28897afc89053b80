package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"yusuan/worker/blob"
	"yusuan/worker/broker"
)

// TestMain ends with a look for goroutines left behind. One kind is let be: nats.go v1.55.0 reads the channel that a listener of an object
// store's Put waits on after Put may have ended and forgotten it, and then waits on none for ever.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}

// A store is what both kinds are.
type store interface {
	Put(ctx context.Context, data []byte) (string, error)
	Get(ctx context.Context, digest string, limit int64) ([]byte, error)
	Has(ctx context.Context, digest string) (bool, error)
	List(ctx context.Context, fn func(digest string) error) error
}

func openObjects(t *testing.T) *blob.Objects {
	t.Helper()
	b, err := broker.Open(t.Context(), zap.NewNop(), broker.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	js, err := jetstream.New(b.Conn())
	if err != nil {
		t.Fatal(err)
	}
	var o *blob.Objects
	for range 2 { // the second time it is there
		if o, err = blob.OpenObjects(t.Context(), js, "test-blobs", 0); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestStores(t *testing.T) {
	dir, err := blob.OpenDir(filepath.Join(t.TempDir(), "made", "here"))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]store{"folder": dir, "objects": openObjects(t)} {
		t.Run(name, func(t *testing.T) { testStore(t, s) })
	}
}

func testStore(t *testing.T, s store) {
	ctx := t.Context()
	if err := s.List(ctx, func(string) error { return errors.New("none is there") }); err != nil {
		t.Errorf("list of nothing: %v", err)
	}
	var want []string
	for _, data := range [][]byte{{}, []byte("one"), []byte("two"), []byte("one"), bytes.Repeat([]byte("large "), 100_000)} {
		digest, err := s.Put(ctx, data)
		if err != nil || digest != blob.Digest(data) {
			t.Fatalf("put: got %s, %v, want %s", digest, err, blob.Digest(data))
		}
		got, err := s.Get(ctx, digest, int64(len(data)))
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("get: got %d bytes, %v, want %d", len(got), err, len(data))
		}
		if ok, err := s.Has(ctx, digest); err != nil || !ok {
			t.Errorf("has: got %t, %v", ok, err)
		}
		if len(data) > 0 {
			if _, err := s.Get(ctx, digest, int64(len(data))-1); !errors.Is(err, blob.ErrTooLarge) {
				t.Errorf("get with a lower limit: got %v, want %v", err, blob.ErrTooLarge)
			}
		}
		if !slices.Contains(want, digest) {
			want = append(want, digest)
		}
	}
	missing := blob.Digest([]byte("missing"))
	if _, err := s.Get(ctx, missing, 10); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("get of a missing one: got %v, want %v", err, blob.ErrNotFound)
	}
	if ok, err := s.Has(ctx, missing); err != nil || ok {
		t.Errorf("has of a missing one: got %t, %v", ok, err)
	}
	for _, bad := range []string{"", "abc", "../../../../etc/passwd", strings.ToUpper(missing), missing + "0"} {
		if _, err := s.Get(ctx, bad, 10); err == nil || errors.Is(err, blob.ErrNotFound) {
			t.Errorf("get of %q: got %v, want it refused", bad, err)
		}
		if _, err := s.Has(ctx, bad); err == nil {
			t.Errorf("has of %q: got no error", bad)
		}
	}
	var got []string
	if err := s.List(ctx, func(d string) error { got = append(got, d); return nil }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("list, got - want +:\n%s", diff)
	}
	stop := errors.New("stop")
	if err := s.List(ctx, func(string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("list stopped: got %v, want %v", err, stop)
	}
	var wg sync.WaitGroup
	for range 8 { // the same bytes at once
		wg.Go(func() {
			if _, err := s.Put(ctx, []byte("at once")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got, err := s.Get(ctx, blob.Digest([]byte("at once")), 100); err != nil || string(got) != "at once" {
		t.Errorf("after putting at once: got %q, %v", got, err)
	}
}

func TestDirDamage(t *testing.T) {
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := s.Put(t.Context(), []byte("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(root, digest[:2], digest)
	for _, damage := range []string{"Bytes", "byt", "", "bytes and more"} {
		if err := os.WriteFile(name, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(t.Context(), digest, 100); !errors.Is(err, blob.ErrDamaged) {
			t.Errorf("%q: got %v, want %v", damage, err, blob.ErrDamaged)
		}
		if _, err := s.Put(t.Context(), []byte("bytes")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), digest, 100); err != nil || string(got) != "bytes" {
			t.Errorf("%q: after putting again: got %q, %v", damage, got, err)
		}
	}
}

// TestDirCannotWrite has a file where a folder would have to be: nothing half written stays, and the error names the folder.
func TestDirCannotWrite(t *testing.T) {
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	digest := blob.Digest([]byte("bytes"))
	if err := os.WriteFile(filepath.Join(root, digest[:2]), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(t.Context(), []byte("bytes"))
	if err == nil || !strings.Contains(err.Error(), root) || !strings.Contains(err.Error(), "free some space") {
		t.Errorf("got %v, want the folder and what to do", err)
	}
	if _, err := blob.OpenDir(filepath.Join(root, digest[:2], "below")); err == nil {
		t.Error("a folder under a file: got no error")
	}
}

func TestDirIgnoresOthers(t *testing.T) {
	root := t.TempDir()
	s, err := blob.OpenDir(root)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := s.Put(t.Context(), []byte("bytes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".new-123", "notes.txt", strings.Repeat("f", 64)} {
		if err := os.WriteFile(filepath.Join(root, digest[:2], name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := s.List(t.Context(), func(d string) error { got = append(got, d); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, []string{digest}); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(d.Name(), ".new-") && d.Name() != ".new-123" {
			t.Errorf("left behind: %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
