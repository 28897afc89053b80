package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"yusuan/extractor"
	"yusuan/worker/source"
)

// jobCount is how many files are worked on at a time: as asked for, or one for each processor, and no more than there are.
func jobCount(asked, files int) int {
	return max(1, min(cmp.Or(max(asked, 0), runtime.GOMAXPROCS(0)), files))
}

// A folder is where extracted files are written.
type folder struct{ path string }

func openFolder(path string) (folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return folder{}, fmt.Errorf("make the output folder: %w", err)
	}
	return folder{path}, nil
}

// outputStems gives each item a name of its own for its output. What differs in case only is the same, as on some disks.
func outputStems(items []source.Item) []string {
	used := map[string]bool{}
	stems := make([]string, len(items))
	for i, it := range items {
		base := cmp.Or(it.FileName, filepath.Base(it.Path))
		if ext := filepath.Ext(base); strings.EqualFold(ext, ".pdf") {
			base = strings.TrimSuffix(base, ext)
		}
		stem := base
		for n := 2; used[strings.ToLower(stem)] || used[strings.ToLower(stem+errorSuffix)]; n++ {
			stem = fmt.Sprintf("%s-%d", base, n)
		}
		used[strings.ToLower(stem)], used[strings.ToLower(stem+errorSuffix)] = true, true
		stems[i] = stem
	}
	return stems
}

// errorSuffix and .json follow the name of a file that could not be read.
const errorSuffix = ".error"

// extract writes STEM.json or STEM.error.json, and removes the other one, which an earlier run may have left. An error is about
// the folder, or ctx is done.
func (o folder) extract(ctx context.Context, pool *extractor.Pool, it source.Item, stem string) (extractResult, error) {
	r := extractResult{Path: it.Path}
	d, err := extractItem(ctx, pool, it)
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	name, other, value := stem+".json", stem+errorSuffix+".json", any(d)
	if err != nil {
		f := failure(err)
		r.Error = &f
		name, other, value = other, name, f
	} else {
		r.Pages = d.Source.Pages
	}
	r.Output = filepath.Join(o.path, name)
	if err := writeJSON(r.Output, value); err != nil {
		return r, err
	}
	if err := os.Remove(filepath.Join(o.path, other)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("remove an earlier result: %w", err)
	}
	return r, nil
}

// writeJSON writes a file that is there whole or not at all.
func writeJSON(path string, v any) (err error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".yusuan-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, err)
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(buf.Bytes()); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
