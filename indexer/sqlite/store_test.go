package sqlite_test

import (
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"yusuan/indexer/indextest"
	"yusuan/indexer/sqlite"
)

func open(t testing.TB, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), zap.NewNop(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformance(t *testing.T) {
	indextest.Run(t, func(t *testing.T) indextest.Store { return open(t, filepath.Join(t.TempDir(), "index.sqlite")) })
}
