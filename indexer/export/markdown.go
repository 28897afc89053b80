package export

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"yusuan/indexer"
	"yusuan/indexer/markdown"
)

// markdownFolder is where the files of disclosures are.
const markdownFolder = "disclosures"

// markdown writes a file for each disclosure that the filters of disclosures select; those of amounts say nothing here.
func (x *exporter) markdown(ctx context.Context) (File, error) {
	folder := *x
	folder.dir = filepath.Join(x.dir, markdownFolder)
	if err := os.MkdirAll(folder.dir, 0o755); err != nil {
		return File{}, err
	}
	var ids, names []string
	err := x.disclosures(ctx, func(r indexer.DisclosureRecord) error {
		ids, names = append(ids, r.ID), append(names, markdownName(&r))
		return nil
	})
	if err != nil {
		return File{}, err
	}
	all := File{Name: markdownFolder + "/", Records: len(ids)}
	for i, id := range ids {
		d, err := x.archive.Disclosure(ctx, id)
		if err != nil {
			return File{}, err
		}
		one, err := folder.file(names[i], func(f *os.File) (int, error) { return 1, markdown.Write(f, d) })
		if err != nil {
			return File{}, fmt.Errorf("disclosure %s: %w", id, err)
		}
		all.Bytes += one.Bytes
	}
	return all, nil
}

// maxName bounds how many characters of a unit's name are in the name of a file.
const maxName = 40

// markdownName names the file of a disclosure: for people, by its unit, year and kind, of which only letters and digits are taken, and
// for programs by its ID.
func markdownName(d *indexer.DisclosureRecord) string {
	year := ""
	if d.FiscalYear != nil {
		year = strconv.Itoa(*d.FiscalYear)
	}
	var parts []string
	for _, part := range []string{d.Unit, year, string(d.DocumentKind), d.ID} {
		letters := []rune(strings.Map(func(r rune) rune {
			if r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, part))
		if len(letters) > 0 {
			parts = append(parts, string(letters[:min(len(letters), maxName)]))
		}
	}
	return strings.Join(parts, "-") + ".md"
}
