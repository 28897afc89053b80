package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"yusuan/schemas"
)

// An Item is one file to be published, or one that can't be: then Err says why, and it is to be counted, not dropped.
type Item struct {
	// Path is that of a file on this machine, or of one in an archive (archive.zip/folder/2024.pdf), which only Read can
	// open; "" for a URL.
	Path     string
	URL      string // http, https or file; with Path, where a list says that the file came from
	FileName string // for people; "" for a URL that does not end as a PDF's
	Claims   *schemas.Claims
	Err      error // a *schemas.Rejection where it is a fact about the file

	member *member // nil for what is in no archive
}

// Name is what to call the item in messages.
func (it Item) Name() string {
	if it.Path != "" {
		return it.Path
	}
	return it.URL
}

// Read gives the bytes of an item with a Path: at most limit of them, see ReadFile. Never nil without an error. A file in an
// archive is read once.
func (it Item) Read(limit int64) ([]byte, error) {
	if it.member != nil {
		return it.member.read(limit)
	}
	return ReadFile(it.Path, limit)
}

// maxDepth bounds how deep folders are followed.
const maxDepth = 64

// IsURL reports whether an argument names a file by URL.
func IsURL(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "file":
		return true
	}
	return false
}

// Expand gives the items that the arguments name, in the order of the arguments, and by name within a folder: a file,
// whatever it is called; a folder with all that is under it, of which files called *.pdf and *.zip (in either case) are taken,
// but none that is hidden or that an office program has open (~$…); a file called *.zip, which is the PDFs in it; a URL; @LIST, a
// list of those. It reads folders, lists and the directories of archives as it goes, and no PDF. A link is followed. A file
// that several arguments name is given once, but each time that a list names it, for lists say more about it.
func Expand(ctx context.Context, args []string) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		e := expansion{ctx: ctx, yield: yield, visited: map[string]bool{}, shelf: newShelf()}
		for _, arg := range args {
			if !e.argument(arg, "", Item{}, true) {
				return
			}
		}
	}
}

// An expansion is the state of expanding arguments.
type expansion struct {
	ctx     context.Context
	yield   func(Item) bool
	visited map[string]bool // folders by their path without links, files by their path
	listed  bool            // in a list: each of its lines is given
	shelf   *shelf          // nil where archives are given as the files that they are
	folders func(string)    // told of each folder, or nil
}

// argument yields what arg names, relative to the folder base, with what a list says of it. It gives false when to stop.
func (e *expansion) argument(arg, base string, about Item, lists bool) bool {
	if e.ctx.Err() != nil {
		return false
	}
	if IsURL(arg) {
		about.URL, about.FileName = arg, PDFName(arg)
		return e.yield(about)
	}
	if name, ok := strings.CutPrefix(arg, "@"); ok && lists {
		return e.list(name)
	}
	name := arg
	if base != "" && !filepath.IsAbs(name) {
		name = filepath.Join(base, name)
	}
	info, err := os.Stat(name)
	if err != nil {
		return e.fail(name, err)
	}
	if info.IsDir() {
		return e.folder(name, about, 0)
	}
	return e.file(name, about)
}

func (e *expansion) fail(name string, err error) bool {
	return e.yield(Item{Path: name, FileName: baseName(name), Err: err})
}

func (e *expansion) file(name string, about Item) bool {
	if whole, err := filepath.Abs(name); err == nil && !e.listed {
		if e.visited[whole] {
			return true
		}
		e.visited[whole] = true
	}
	if e.shelf != nil && isArchive(name) {
		return e.archive(name, about)
	}
	about.Path, about.FileName = name, baseName(name)
	return e.yield(about)
}

// realPath returns the whole path of a file without links.
func realPath(name string) (string, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// folder yields the PDFs under a folder.
func (e *expansion) folder(name string, about Item, depth int) bool {
	if depth > maxDepth {
		return e.fail(name, fmt.Errorf("folders nested deeper than %d", maxDepth))
	}
	real, err := realPath(name)
	if err != nil {
		return e.fail(name, err)
	}
	if e.visited[real+"/"] {
		return true
	}
	e.visited[real+"/"] = true
	if e.folders != nil {
		e.folders(name)
	}
	entries, err := os.ReadDir(name) // sorted by name; what it could read comes even with an error
	if err != nil && !e.fail(name, err) {
		return false
	}
	for _, entry := range entries {
		if e.ctx.Err() != nil {
			return false
		}
		if !e.entry(filepath.Join(name, entry.Name()), entry, about, depth) {
			return false
		}
	}
	return true
}

func (e *expansion) entry(name string, entry fs.DirEntry, about Item, depth int) bool {
	base := entry.Name()
	if hidden(base) {
		return true
	}
	mode := entry.Type()
	wanted := isPDF(base) || isArchive(base)
	if mode&fs.ModeSymlink != 0 {
		info, err := os.Stat(name)
		if err != nil {
			if !wanted {
				return true // a broken link to who knows what
			}
			return e.fail(name, err)
		}
		mode = info.Mode().Type()
	}
	switch {
	case mode.IsDir():
		return e.folder(name, about, depth+1)
	case !wanted:
		return true
	case !mode.IsRegular():
		return e.fail(name, errors.New("it is called .pdf or .zip and is no regular file"))
	}
	return e.file(name, about)
}
