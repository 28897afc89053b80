package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// extract writes STEM.json and so on, one for each format, or STEM.error.json, and removes what an earlier run may have left of the
// other. An error is about the folder, or ctx is done.
func (o folder) extract(ctx context.Context, pool *extractor.Pool, it source.Item, stem string, formats []extractFormat) (extractResult, error) {
	r := extractResult{Path: it.Path}
	d, err := extractItem(ctx, pool, it)
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	failed := filepath.Join(o.path, stem+errorSuffix+".json")
	if err != nil {
		f := failure(err)
		r.Error, r.Output = &f, failed
		if err := writeFile(failed, func(w io.Writer) error { return writeIndented(w, f) }); err != nil {
			return r, err
		}
		for _, format := range formats {
			if err := removeEarlier(o.output(stem, format)); err != nil {
				return r, err
			}
		}
		return r, nil
	}
	r.Pages, r.Output = d.Source.Pages, o.output(stem, formats[0])
	for _, format := range formats {
		if err := writeFile(o.output(stem, format), func(w io.Writer) error { return format.write(ctx, w, d) }); err != nil {
			return r, err
		}
	}
	return r, removeEarlier(failed)
}

// output is the path of what is written of an item.
func (o folder) output(stem string, format extractFormat) string {
	return filepath.Join(o.path, stem+"."+string(format))
}

func removeEarlier(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove an earlier result: %w", err)
	}
	return nil
}

func writeIndented(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writeFile writes a file that is there whole or not at all.
func writeFile(path string, write func(io.Writer) error) (err error) {
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
	buf := bufio.NewWriter(f)
	if err := write(buf); err != nil {
		return err
	}
	if err := buf.Flush(); err != nil {
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
