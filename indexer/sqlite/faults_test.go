package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// childFile names the index file for the process that TestProcesses starts.
const childFile = "YUSUAN_TEST_CHILD_FILE"

// TestMain is also the main of those processes.
func TestMain(m *testing.M) {
	path := os.Getenv(childFile)
	if path == "" {
		os.Exit(m.Run())
	}
	if err := putAll(context.Background(), path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// rounds is how often each process of TestProcesses puts every disclosure.
const rounds = 10

// putAll puts the made-up disclosures into the file, again and again, and searches in between.
func putAll(ctx context.Context, path string) error {
	s, err := sqlite.Open(ctx, zap.NewNop(), path)
	if err != nil {
		return err
	}
	defer s.Close()
	for range rounds {
		for _, d := range indextest.Disclosures() {
			if _, err := s.Put(ctx, d); err != nil {
				return err
			}
			if err := s.PutEntry(ctx, schemas.Entry{ID: d.Source.SHA256, State: schemas.Indexed}); err != nil {
				return err
			}
			if _, err := s.Search(ctx, indexer.Query{Text: "三公经费", Facets: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

// TestProcesses has several processes make and fill one file at the same time.
func TestProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.sqlite")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const processes = 3
	errs := make(chan error)
	for range processes {
		go func() {
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), childFile+"="+path)
			out, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%w: %s", err, out)
			}
			errs <- err
		}()
	}
	for range processes {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	checkComplete(t, open(t, path), len(indextest.Disclosures()))
}

func checkComplete(t *testing.T, s *sqlite.Store, want int) {
	t.Helper()
	got := 0
	err := s.Contents(t.Context(), func(c indexer.Content) error {
		got++
		if !c.Complete() {
			t.Errorf("not complete: %+v", c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("got %d disclosures, want %d", got, want)
	}
}

// edit runs SQL on a file as another program would.
func edit(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// TestOpenFails opens files that are no index of ours.
func TestOpenFails(t *testing.T) {
	dir := t.TempDir()
	made := func(name, query string) string {
		path := filepath.Join(dir, name)
		s, err := sqlite.Open(t.Context(), zap.NewNop(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		edit(t, path, query)
		return path
	}
	other := filepath.Join(dir, "other.sqlite")
	edit(t, other, "CREATE TABLE t (x)")
	garbage := filepath.Join(dir, "garbage.sqlite")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, path, want string }{
		{"newer schema", made("newer.sqlite", "PRAGMA user_version = 99"), "has schema 99, and this program knows 5"},
		{"another program's", other, "another program's database"},
		{"no database", garbage, "the file is no index"},
		{"no folder", filepath.Join(dir, "none", "index.sqlite"), "cannot be opened or made"},
		{"a folder", dir, "cannot be opened or made"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), zap.NewNop(), tc.path)
			if err == nil {
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), tc.path) {
				t.Errorf("got error %q, want %q and the path in it", err, tc.want)
			}
		})
	}
}

// TestOddPaths opens files whose names mean something in URLs.
func TestOddPaths(t *testing.T) {
	for _, name := range []string{"预算 数据.sqlite", "a?b=c&d#e.sqlite", "50%.sqlite", ":memory:"} {
		path := filepath.Join(t.TempDir(), name)
		open(t, path)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q was not made: %v", name, err)
		}
	}
}

// TestFullDisk fills a disk, as SQLite sees it, and makes room again.
func TestFullDisk(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	first := indextest.Disclosures()[0]
	if _, err := s.Put(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	s.LimitPages(t, 1)
	for _, d := range indextest.Disclosures()[1:] {
		_, err := s.Put(t.Context(), d)
		if err == nil || !strings.Contains(err.Error(), "the disk is full") || !strings.Contains(err.Error(), d.ID()) {
			t.Fatalf("got error %v, want that the disk is full", err)
		}
	}
	checkComplete(t, s, 1)
	if _, err := s.Disclosure(t.Context(), first.ID()); err != nil {
		t.Error(err)
	}
	s.LimitPages(t, 1<<30)
	if _, err := s.Put(t.Context(), indextest.Disclosures()[1]); err != nil {
		t.Error(err)
	}
	checkComplete(t, s, 2)
}

// TestReadOnly writes through a connection that may not.
func TestReadOnly(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "index.sqlite"))
	s.ForbidWriting(t)
	_, err := s.Put(t.Context(), indextest.Disclosures()[0])
	if err == nil || !strings.Contains(err.Error(), "the file is read-only") {
		t.Errorf("got error %v, want that the file is read-only", err)
	}
	if err := s.PutEntry(t.Context(), schemas.Entry{ID: "a"}); err == nil || !strings.Contains(err.Error(), "the file is read-only") {
		t.Errorf("got error %v, want that the file is read-only", err)
	}
}

// TestLocked waits for another process that holds the file's lock, and gives up when told to.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.sqlite")
	s := open(t, path)
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := s.Put(ctx, indextest.Disclosures()[0])
		done <- err
	}()
	if _, err := s.Search(t.Context(), indexer.Query{Text: "收入"}); err != nil { // readers do not wait
		t.Error(err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want context.Canceled", err)
	}
	go func() {
		_, err := s.Put(t.Context(), indextest.Disclosures()[0])
		done <- err
	}()
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	checkComplete(t, s, 1)
}

// TestOrphans finds what another program's deletion left.
func TestOrphans(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.sqlite")
	s := open(t, path)
	for _, d := range indextest.Disclosures()[:2] {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	edit(t, path, "DELETE FROM disclosures WHERE pk = 1; DELETE FROM items WHERE disclosure = 2 AND seq < 4")
	var orphans, broken int
	err := s.Contents(t.Context(), func(c indexer.Content) error {
		if c.Orphan && c.Leftover.Passages > 0 {
			orphans++
		} else if !c.Complete() && c.Expected.Items-c.Actual.Items == 3 {
			broken++
		}
		return nil
	})
	if err != nil || orphans != 1 || broken != 1 {
		t.Errorf("got %d orphans, %d broken, %v, want 1 and 1", orphans, broken, err)
	}
}

// TestKeyGivenAgain puts a disclosure whose key is that of one that another program removed the row of, and replaces it: of each, the
// rest is gone.
func TestKeyGivenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.sqlite")
	s := open(t, path)
	all := indextest.Disclosures()
	put := func(d *schemas.Disclosure) {
		t.Helper()
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	put(all[0])
	edit(t, path, "DELETE FROM disclosures")
	put(all[1])
	checkComplete(t, s, 1)
	put(all[1])
	checkComplete(t, s, 1)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, query := range []string{
		"SELECT count(*) FROM passage_codes WHERE passage NOT IN (SELECT pk FROM passages)",
		"SELECT count(*) FROM passage_fts WHERE rowid NOT IN (SELECT pk FROM passages)",
		"SELECT count(*) FROM passages WHERE tbl NOT IN (SELECT pk FROM tables)",
		"SELECT count(*) FROM items WHERE tbl NOT IN (SELECT pk FROM tables) OR passage NOT IN (SELECT pk FROM passages)",
		"SELECT count(*) FROM projects WHERE disclosure NOT IN (SELECT pk FROM disclosures)",
		"SELECT count(*) - 1 FROM disclosures",
	} {
		var n int
		if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: got %d, %v, want 0", query, n, err)
		}
	}
}

// TestViews reads the file as another program does.
func TestViews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.sqlite")
	s := open(t, path)
	for _, d := range indextest.Disclosures() {
		if _, err := s.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	res, err := s.Items(t.Context(), indexer.Query{Limit: 1, Filters: indexer.Filters{Code: []string{"2080505"}}})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var fen int64
	var name, header, form string
	row := db.QueryRowContext(t.Context(), "SELECT amount_fen, name, header, form FROM line_items WHERE id = ?", res.Items[0].ID)
	if err := row.Scan(&fen, &name, &header, &form); err != nil {
		t.Fatal(err)
	}
	if i := res.Items[0]; fen != int64(*i.Amount) || name != i.Name || header != i.Header || form != string(i.Form) {
		t.Errorf("got %d, %q, %q, %q, want %+v", fen, name, header, form, i)
	}
	var rows int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM table_rows WHERE kind = 'row'").Scan(&rows); err != nil || rows < 10 {
		t.Errorf("got %d rows, %v", rows, err)
	}
}
