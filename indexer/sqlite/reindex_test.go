package sqlite_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
	"yusuan/schemas"
)

// TestReindex makes a file anew while somebody reads it.
func TestReindex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	s, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	indextest.FillForReindex(t, s)
	want := indextest.TakeSnapshot(t, s)
	stop := indextest.ReadWhile(t, s)
	told := 0
	n, err := sqlite.Reindex(t.Context(), zap.NewNop(), path, func() { told++ })
	stop()
	if err != nil || n != 7 || told != n {
		t.Fatalf("got %d disclosures, told of %d, %v, want 7", n, told, err)
	}
	indextest.CheckSnapshot(t, indextest.TakeSnapshot(t, s), want)
	if _, err := s.Put(t.Context(), indextest.Disclosures()[0]); err != nil {
		t.Errorf("put after it: %v", err)
	}
}

// TestOpenWhileReindexing opens the file, and reads it, while it is being made anew.
func TestOpenWhileReindexing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	s, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err != nil {
		t.Fatal(err)
	}
	indextest.FillForReindex(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opened := false
	_, err = sqlite.Reindex(t.Context(), zap.NewNop(), path, func() {
		if opened {
			return
		}
		opened = true
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // half of what a lock is waited for
		defer cancel()
		s, err := sqlite.Open(ctx, zap.NewNop(), path)
		if err != nil {
			t.Errorf("open: %v", err)
			return
		}
		defer s.Close()
		if res, err := s.Search(ctx, indexer.Query{}); err != nil || res.Total == 0 {
			t.Errorf("search: got %d, %v", res.Total, err)
		}
	})
	if err != nil || !opened {
		t.Errorf("reindex: %v", err)
	}
}

// firstSeen is when the disclosures of older files were first seen, where those say it.
var firstSeen = time.Date(2024, 3, 1, 8, 30, 0, 0, time.UTC)

// TestReindexOlder brings files of older schemas up to date.
func TestReindexOlder(t *testing.T) {
	for version := 1; version < sqlite.SchemaVersion; version++ {
		t.Run(fmt.Sprint(version), func(t *testing.T) { testReindexOlder(t, version) })
	}
}

func testReindexOlder(t *testing.T, version int) {
	path := filepath.Join(t.TempDir(), "index.db")
	writeOlder(t, path, version)
	_, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err == nil || !strings.Contains(err.Error(), "yusuan reindex") {
		t.Fatalf("open: got %v, want what to do", err)
	}
	if n, err := sqlite.Reindex(t.Context(), zap.NewNop(), path, func() {}); err != nil || n != 5 {
		t.Fatalf("got %d, %v, want 5 disclosures", n, err)
	}
	got, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	want, err := sqlite.Open(t.Context(), zap.NewNop(), filepath.Join(t.TempDir(), "new.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	for _, d := range indextest.Disclosures() {
		if version > 1 {
			d.Source.FirstSeen = firstSeen
		}
		if _, err := want.Put(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if err := want.PutEntry(t.Context(), schemas.Entry{ID: "a", State: schemas.Indexed}); err != nil {
		t.Fatal(err)
	}
	indextest.CheckSnapshot(t, indextest.TakeSnapshot(t, got), indextest.TakeSnapshot(t, want))
}

// writeOlder writes what Reindex reads of a file of an older schema.
func writeOlder(t *testing.T, path string, version int) {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("testdata", "schema1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(string(schema))
	exec(fmt.Sprintf("PRAGMA application_id = 0x7975736e; PRAGMA user_version = %d; PRAGMA journal_mode = WAL", version))
	if version > 1 {
		exec("ALTER TABLE disclosures ADD COLUMN first_seen TEXT NOT NULL DEFAULT '" + firstSeen.Format(time.RFC3339) + "'")
	}
	for i, d := range indextest.Disclosures() {
		b, err := indexer.Records(d)
		if err != nil {
			t.Fatal(err)
		}
		exec(`INSERT INTO disclosures (id, sha256, title, unit, unit_text, region, region_text, document_kind, scope, current, parser_version,
			generation, passages, items, tables, projects, findings, indexed_at, record, body)
			VALUES (?, ?, '', '', 1, '', 1, '', '', 1, 1, '', 0, 0, 0, 0, 0, '', '{}', ?)`, d.ID(), d.Source.SHA256, b.Disclosure.Body)
		exec("INSERT INTO passages (disclosure, seq, kind, section_id, state, page, heading, text, detail) VALUES (?, 1, '', '', '', 1, '', '', '{}')", i+1)
	}
	record, err := json.Marshal(schemas.Entry{ID: "a", State: schemas.Indexed})
	if err != nil {
		t.Fatal(err)
	}
	exec("INSERT INTO ledger (id, state, code, record) VALUES ('a', 'indexed', '', ?)", string(record))
}

// TestReindexFails leaves files alone that are none of its own, and what it could not finish.
func TestReindexFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.db")
	s, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err != nil {
		t.Fatal(err)
	}
	indextest.FillForReindex(t, s)
	want := indextest.TakeSnapshot(t, s)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var body []byte
	if err := db.QueryRow("SELECT body FROM documents WHERE pk = 3").Scan(&body); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE documents SET body = 'no gzip' WHERE pk = 3"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Reindex(t.Context(), zap.NewNop(), path, func() {}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error with the path", err)
	}
	if _, err := db.Exec("UPDATE documents SET body = ? WHERE pk = 3", body); err != nil {
		t.Fatal(err)
	}
	indextest.CheckSnapshot(t, indextest.TakeSnapshot(t, s), want)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf("PRAGMA user_version = %d", 99)); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Reindex(t.Context(), zap.NewNop(), path, func() {}); err == nil || !strings.Contains(err.Error(), "schema 99") {
		t.Errorf("a newer file: got %v", err)
	}
}
