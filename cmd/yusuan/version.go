package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"yusuan/schemas"
)

type versionCommand struct{}

// Help is the long form, with an example.
func (versionCommand) Help() string {
	return `The parser's version is in everything that it has read; the schema's is that of the JSON.

  yusuan version --json`
}

// A versionResult is what version prints with --json.
type versionResult struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	System  string `json:"system"`
	Schema  string `json:"schema"` // schemas.SchemaVersion
	Parser  int    `json:"parser"` // schemas.ParserVersion
}

func versions() versionResult {
	v := versionResult{
		Version: "(devel)", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Schema: schemas.SchemaVersion, Parser: schemas.ParserVersion,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}

// Run prints the versions.
func (versionCommand) Run(_ context.Context, p *program) error {
	v := versions()
	if p.JSON {
		return p.out.json(v)
	}
	commit := ""
	if v.Commit != "" {
		commit = " " + shortID(v.Commit)
	}
	p.out.printf("yusuan %s%s, parser %d, schema %s, %s %s\n", v.Version, commit, v.Parser, v.Schema, v.Go, v.System)
	return nil
}
