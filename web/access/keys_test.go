package access_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"yusuan/web/access"
)

// addKey makes a key in the file and gives its secret.
func addKey(t *testing.T, path, name string, role access.Role, expires time.Time) string {
	t.Helper()
	k, secret, err := access.NewKey(name, role, expires)
	if err != nil {
		t.Fatal(err)
	}
	if err := access.AddKey(path, k); err != nil {
		t.Fatal(err)
	}
	return secret
}

func openKeys(t *testing.T, path string) (*access.Keys, *observer.ObservedLogs) {
	t.Helper()
	core, lines := observer.New(zap.DebugLevel)
	keys, err := access.OpenKeys(zap.New(core), path)
	if err != nil {
		t.Fatal(err)
	}
	return keys, lines
}

func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	secret := addKey(t, path, "dashboard", access.Read, time.Time{})
	late := addKey(t, path, "late", access.Admin, time.Now().Add(-time.Second))
	soon := addKey(t, path, "soon", access.Admin, time.Now().Add(time.Hour))
	keys, _ := openKeys(t, path)
	for _, tc := range []struct {
		name, secret string
		want         access.Identity
		ok           bool
	}{
		{"good", secret, access.Identity{Name: "dashboard", Role: access.Read}, true},
		{"good for an hour", soon, access.Identity{Name: "soon", Role: access.Admin}, true},
		{"expired", late, access.Identity{}, false},
		{"cut", secret[:len(secret)-1], access.Identity{}, false},
		{"empty", "", access.Identity{}, false},
		{"name", "dashboard", access.Identity{}, false},
	} {
		got, ok := keys.Verify(t.Context(), tc.secret)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%s: got %+v, %t, want %+v, %t", tc.name, got, ok, tc.want, tc.ok)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{secret, late, soon} {
		if len(s) != 50 || !strings.HasPrefix(s, "yusuan_") {
			t.Errorf("got a key of %d characters, want 50 that begin yusuan_", len(s))
		}
		if strings.Contains(string(text), strings.TrimPrefix(s, "yusuan_")) {
			t.Errorf("the file has a key itself:\n%s", text)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want a file for its owner alone", info.Mode(), err)
	}
}

// TestKeysChange has each change of the file count at once.
func TestKeysChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first := addKey(t, path, "first", access.Read, time.Time{})
	keys, lines := openKeys(t, path)
	verify := func(when, secret string, want bool) {
		t.Helper()
		if _, ok := keys.Verify(t.Context(), secret); ok != want {
			t.Errorf("%s: got %t, want %t", when, ok, want)
		}
	}
	verify("at first", first, true)
	second := addKey(t, path, "second", access.Ingest, time.Time{})
	verify("added", second, true)
	if err := access.RemoveKey(path, "first"); err != nil {
		t.Fatal(err)
	}
	verify("revoked", first, false)
	verify("the other", second, true)

	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "third admin "+second+"\n"+string(text))
	verify("beside a line that is wrong", second, true)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	verify("without the file", second, false)
	verify("without the file, again", second, false)
	write(t, path, string(text))
	verify("the file is back", second, true)

	if got := lines.FilterMessageSnippet("can't be read").Len(); got != 1 {
		t.Errorf("the missing file was told %d times, want once", got)
	}
	if got := lines.FilterMessageSnippet("is wrong").Len(); got != 1 {
		t.Errorf("the wrong line was told %d times, want once", got)
	}
	for _, l := range lines.All() {
		for _, f := range l.Context {
			if s := f.String; f.Interface != nil || s != "" {
				if err, ok := f.Interface.(error); ok {
					s += err.Error()
				}
				if strings.Contains(s, second) {
					t.Errorf("a key is in the log: %s %s", l.Message, s)
				}
			}
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestKeyFile(t *testing.T) {
	hash := "sha256:" + strings.Repeat("0a", 32)
	for _, tc := range []struct{ name, text, wrong string }{
		{"remarks and spaces", "# keys\n\n  a  read\t" + hash + " \r\nb admin " + hash + " 2027-01-31\n", ""},
		{"no role", "a " + hash + "\n", "line 1: want NAME ROLE"},
		{"unknown role", "\na root " + hash + "\n", `line 2: role "root"`},
		{"no hash", "a read secret\n", "line 1: the hash of a is none"},
		{"short hash", "a read sha256:0a\n", "line 1: the hash of a is none"},
		{"bad name", "a/b read " + hash + "\n", `line 1: name "a/b"`},
		{"bad expiry", "a read " + hash + " soon\n", `line 1: expiry "soon"`},
		{"days have no beginning in a file", "a read " + hash + " 90d\n", `line 1: expiry "90d"`},
		{"same name", "a read " + hash + "\na admin " + hash + "\n", "line 2: there is another key"},
	} {
		path := filepath.Join(t.TempDir(), "keys")
		write(t, path, tc.text)
		list, err := access.ReadKeys(path)
		if tc.wrong == "" {
			if err != nil || len(list) != 2 || list[1].Expires.Format(time.DateOnly) != "2027-01-31" {
				t.Errorf("%s: got %+v, %v", tc.name, list, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tc.wrong) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.wrong)
		}
	}
}

func TestChangeKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	write(t, path, "# ours\nbroken line\nold read sha256:"+strings.Repeat("0b", 32)+" # with a remark that is none") // and no end of line
	k, _, err := access.NewKey("new", access.Read, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if err := access.AddKey(path, k); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want that line 2 is wrong", err)
	}
	for _, name := range []string{"broken", "old"} {
		if err := access.RemoveKey(path, name); err != nil {
			t.Error(err)
		}
	}
	if err := access.AddKey(path, k); err != nil {
		t.Fatal(err)
	}
	if err := access.AddKey(path, k); !errors.Is(err, access.ErrKeyExists) {
		t.Errorf("got %v, want %v", err, access.ErrKeyExists)
	}
	if err := access.RemoveKey(path, "none"); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("got %v, want %v", err, access.ErrNoKey)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# ours\nnew read sha256:") {
		t.Errorf("got %s, %v, want the remark and the new key", text, err)
	}
	write(t, path+".new", "")
	if err := access.AddKey(path, k); err == nil || !strings.Contains(err.Error(), "somebody else is changing it") {
		t.Errorf("got %v while another changes it", err)
	}
}

// TestKeysTogether adds keys from many sides: each is told whether its key is in the file, and none takes another's out.
func TestKeysTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	var adding sync.WaitGroup
	for i := range 8 {
		adding.Go(func() {
			k, _, err := access.NewKey("key"+string(rune('a'+i)), access.Read, time.Time{})
			for err == nil {
				if err = access.AddKey(path, k); err == nil {
					return
				} else if strings.Contains(err.Error(), "somebody else") {
					err = nil
				}
			}
			t.Error(err)
		})
	}
	adding.Wait()
	list, err := access.ReadKeys(path)
	if err != nil || len(list) != 8 {
		t.Errorf("got %d keys, %v, want 8", len(list), err)
	}
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	got := map[string]string{}
	for _, text := range []string{"90d", "2027-01-31", "2027-01-31T12:00:00+08:00", "90", "0d", "-1d", "1.5d", "90days", "31.1.2027", ""} {
		t, err := access.ParseExpiry(text, now)
		if got[text] = t.UTC().Format(time.RFC3339); err != nil {
			got[text] = "wrong"
		}
	}
	want := map[string]string{"90d": "2026-05-01T12:00:00Z", "2027-01-31": "2027-01-31T00:00:00Z", "2027-01-31T12:00:00+08:00": "2027-01-31T04:00:00Z",
		"90": "wrong", "0d": "wrong", "-1d": "wrong", "1.5d": "wrong", "90days": "wrong", "31.1.2027": "wrong", "": "wrong"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("expiries (-got +want):\n%s", diff)
	}
}
