package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Standard   bool
	Module     *struct{ Main bool }
	Imports    []string
}

// ours lists the packages of this module that are compiled into it or for its tests, test files left out.
func ours(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Module,Imports", "yusuan/...")
	out, err := cmd.Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, e.Stderr)
		}
		t.Fatal(err)
	}
	var list []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		if !p.Standard && p.Module != nil && p.Module.Main {
			list = append(list, p)
		}
	}
}

// within reports whether an import path is the root or below it.
func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

func withinAny(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return within(path, root) })
}

// standard reports whether an import is of the standard library: its first part has no dot, and it is none of ours.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != "yusuan"
}

// TestRooms keeps the arrows between the packages: which of ours each room may import, itself aside.
func TestRooms(t *testing.T) {
	rooms := map[string][]string{
		"yusuan/schemas":    {},
		"yusuan/extractor":  {"yusuan/schemas"},
		"yusuan/checker":    {"yusuan/schemas"},
		"yusuan/indexer":    {"yusuan/schemas"},
		"yusuan/worker":     {"yusuan/schemas"},
		"yusuan/web":        {"yusuan/schemas", "yusuan/indexer", "yusuan/checker"},
		"yusuan/dashboards": {"yusuan/schemas", "yusuan/indexer"},
	}
	seen := map[string]bool{}
	for _, p := range ours(t) {
		for room, allowed := range rooms {
			if !within(p.ImportPath, room) {
				continue
			}
			seen[room] = true
			for _, imported := range p.Imports {
				if within(imported, "yusuan") && !within(imported, room) && !withinAny(imported, allowed) {
					t.Errorf("%s imports %s; of ours it may import %v", p.ImportPath, imported, allowed)
				}
			}
		}
	}
	for _, room := range []string{"yusuan/schemas", "yusuan/extractor", "yusuan/indexer", "yusuan/worker"} {
		if !seen[room] {
			t.Errorf("no package in %s: has it moved?", room)
		}
	}
}

// TestLibraries keeps each library in its room.
func TestLibraries(t *testing.T) {
	tests := []struct {
		name      string
		libraries []string
		rooms     []string // where they may be imported
	}{
		{"PDF engines", []string{"github.com/ledongthuc/pdf", "github.com/klippa-app/go-pdfium", "github.com/tetratelabs/wazero"}, []string{"yusuan/extractor/pdf"}},
		{"Elasticsearch", []string{"github.com/elastic"}, []string{"yusuan/indexer/elastic"}},
		{"SQLite", []string{"modernc.org/sqlite"}, []string{"yusuan/indexer/sqlite"}},
		{"NATS", []string{"github.com/nats-io"}, []string{"yusuan/worker"}},
		{"metrics", []string{"github.com/prometheus"}, []string{"yusuan/cmd"}},
		{"sending traces", []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters"}, []string{"yusuan/cmd"}},
		{"tokens", []string{"github.com/coreos/go-oidc", "github.com/go-jose"}, []string{"yusuan/web/access"}},
		{"pages", []string{"html/template"}, []string{"yusuan/web/site"}},
		{"command line", []string{"github.com/alecthomas/kong", "github.com/schollz/progressbar"}, []string{"yusuan/cmd"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			used := false
			for _, p := range ours(t) {
				for _, imported := range p.Imports {
					if !withinAny(imported, tc.libraries) {
						continue
					}
					used = true
					if !withinAny(p.ImportPath, tc.rooms) {
						t.Errorf("%s imports %s, which belongs in %v", p.ImportPath, imported, tc.rooms)
					}
				}
			}
			if !used {
				t.Errorf("nobody imports %v: has the path changed?", tc.libraries)
			}
		})
	}
}

// TestSchemas keeps the ground free of everything but the standard library.
func TestSchemas(t *testing.T) {
	for _, p := range ours(t) {
		if !within(p.ImportPath, "yusuan/schemas") {
			continue
		}
		for _, imported := range p.Imports {
			if !standard(imported) && !within(imported, "yusuan/schemas") {
				t.Errorf("%s imports %s, want the standard library only", p.ImportPath, imported)
			}
		}
	}
}

// TestWithin holds the helpers of these tests to their word.
func TestWithin(t *testing.T) {
	tests := []struct {
		path, root string
		want       bool
	}{
		{"yusuan/worker", "yusuan/worker", true},
		{"yusuan/worker/blob", "yusuan/worker", true},
		{"yusuan/workers", "yusuan/worker", false},
		{"github.com/elastic/go-elasticsearch/v8", "github.com/elastic", true},
	}
	for _, tc := range tests {
		if got := within(tc.path, tc.root); got != tc.want {
			t.Errorf("within(%q, %q): got %v, want %v", tc.path, tc.root, got, tc.want)
		}
	}
	if standard("github.com/x/y") || standard("yusuan/worker") || !standard("encoding/json") {
		t.Error("standard: wrong about a path")
	}
}
