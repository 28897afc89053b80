package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/worker/source"
)

func TestOutputStems(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  []string
	}{
		{"plain", []string{"a.pdf", "b.PDF", "noext"}, []string{"a", "b", "noext"}},
		{"same name", []string{"a.pdf", "a.pdf", "A.pdf"}, []string{"a", "a-2", "A-3"}},
		{"taken by another's number", []string{"a-2.pdf", "a.pdf", "a.pdf"}, []string{"a-2", "a", "a-3"}},
		{"name of an error file", []string{"a.pdf", "a.error.pdf"}, []string{"a", "a.error-2"}},
		{"error file of a name", []string{"a.error.pdf", "a.pdf"}, []string{"a.error", "a-2"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			var items []source.Item
			for _, f := range tc.files {
				items = append(items, source.Item{Path: "x/" + f, FileName: f})
			}
			if diff := cmp.Diff(outputStems(items), tc.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
}

func TestWriteJSONLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "x.json")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(target, func(w io.Writer) error { return writeIndented(w, 1) }); err == nil {
		t.Error("a folder in the place of the file: got no error")
	}
	if err := writeFile(filepath.Join(dir, "y.json"), func(w io.Writer) error { return writeIndented(w, func() {}) }); err == nil {
		t.Error("no JSON: got no error")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != "x.json" {
		t.Errorf("got %v, want x.json only", entries)
	}
}
