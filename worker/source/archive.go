package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"yusuan/schemas"
)

// The bounds of an archive. A county's disclosures of a year are a few hundred files and some hundred megabytes.
const (
	maxMembers   = 50_000    // in an archive and those in it together
	maxDirectory = 32 << 20  // bytes of the list of members of one archive; 50,000 names take less than 10 MB
	maxNesting   = 3         // archives around a PDF
	maxNested    = 256 << 20 // bytes of the archives in archives that are held in memory at a time
	maxInflated  = 64 << 30  // bytes of all members together
	bombFloor    = 10 << 20  // what inflates to less is never taken for a bomb
	bombRatio    = 250       // how often as large a member may become; PDFs are packed inside and hardly shrink, zeros by 1,000
)

// bomb reports whether so many bytes out of so few are no file that anybody made to be read.
func bomb(inflated, packed int64) bool { return inflated > bombFloor && inflated/bombRatio > packed }

func isArchive(name string) bool { return strings.EqualFold(filepath.Ext(name), ".zip") }
func isPDF(name string) bool     { return strings.EqualFold(filepath.Ext(name), ".pdf") }

// archive yields the PDFs in a ZIP archive and in those in it: a member that can't be had is an item with an error, and so is an
// archive without a PDF.
func (e *expansion) archive(name string, about Item) bool {
	l := &listing{e: e, about: about, path: name}
	size, err := e.shelf.begin(name)
	if err != nil {
		return e.yield(Item{Path: name, FileName: baseName(name), Err: archiveError(err)})
	}
	defer e.shelf.done(name)
	l.allowed = min(maxInflated, max(bombFloor, size*bombRatio))
	return l.list(nil, name)
}

// A listing is the state of listing an archive in a file with all that are in it.
type listing struct {
	e        *expansion
	about    Item   // what an item has that is not the archive's to say
	path     string // of the file
	members  int
	inflated int64 // bytes that the members say they have
	allowed  int64 // for inflated
}

// list yields the PDFs of the archive that the indexes at lead to, called shown.
func (l *listing) list(at []int, shown string) bool {
	files, err := l.e.shelf.members(l.path, at)
	if err == nil {
		if l.members += len(files); l.members > maxMembers {
			err = schemas.Reject(schemas.TooLarge, "the archive holds more than %d files: unpack it and ingest the folder, or split it", maxMembers)
		}
	}
	if err != nil {
		return l.fail(shown, archiveError(err))
	}
	legacy := legacyNames(files)
	found, others := false, 0
	for i, f := range files {
		name, ok := memberName(f, legacy)
		if !ok {
			continue
		}
		inside := append(at[:len(at):len(at)], i)
		whole := shown + "/" + name
		switch {
		case l.e.ctx.Err() != nil:
			return false
		case isArchive(name):
			found = true
			if !l.nested(f, inside, whole) {
				return false
			}
		case isPDF(name):
			found = true
			if !l.pdf(f, inside, whole) {
				return false
			}
		default:
			others++
		}
	}
	if !found {
		return l.fail(shown, schemas.Reject(schemas.NotAPDF, "there is no PDF in the archive, only %d other files", others))
	}
	return true
}

func (l *listing) nested(f *zip.File, at []int, shown string) bool {
	if len(at) >= maxNesting {
		return l.fail(shown, schemas.Reject(schemas.TooLarge, "archives lie in each other more than %d deep: unpack them and ingest the folder", maxNesting))
	}
	if err := l.check(f); err != nil {
		return l.fail(shown, err)
	}
	return l.list(at, shown)
}

func (l *listing) pdf(f *zip.File, at []int, shown string) bool {
	if err := l.check(f); err != nil {
		return l.fail(shown, err)
	}
	it := l.item(shown)
	it.member = &member{shelf: l.e.shelf, path: l.path, at: at}
	l.e.shelf.expect(l.path)
	return l.e.yield(it)
}

func (l *listing) fail(shown string, err error) bool {
	it := l.item(shown)
	it.Err = err
	return l.e.yield(it)
}

// item is one of the archive. Its URL is the archive's, where a list has one, with the way inside as the fragment.
func (l *listing) item(shown string) Item {
	it := l.about
	it.Path, it.FileName = shown, baseName(shown)
	if inside := strings.TrimPrefix(shown, l.path+"/"); it.URL != "" && inside != shown {
		if u, err := url.Parse(it.URL); err == nil {
			u.Fragment = inside
			it.URL = u.String()
		}
	}
	return it
}

const unpack = "unpack the archive and ingest the folder"

// check says why a member can't be read, as far as the directory tells.
func (l *listing) check(f *zip.File) error {
	switch {
	case f.Flags&1 != 0:
		return schemas.Reject(schemas.PasswordNeeded, "it is encrypted in the archive: "+unpack)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return schemas.Reject(schemas.Damaged, "it is packed in a way that can't be read here (method %d of the ZIP format): %s", f.Method, unpack)
	}
	if f.UncompressedSize64 < math.MaxInt64/2 {
		l.inflated += int64(f.UncompressedSize64)
	}
	if f.UncompressedSize64 >= math.MaxInt64/2 || l.inflated > l.allowed {
		return schemas.Reject(schemas.TooLarge, "the archive would unpack to more than %s, far more than its size allows: it looks like a bomb", humanize.IBytes(uint64(l.allowed)))
	}
	return nil
}

// legacyNames reports whether those names that don't say to be UTF-8 are in the code page of the machine that packed them, in
// China GBK: one that is no UTF-8 decides for all, since a program writes all of them alike.
func legacyNames(files []*zip.File) bool {
	for _, f := range files {
		if f.Flags&utf8Flag == 0 && !utf8.ValidString(f.Name) {
			return true
		}
	}
	return false
}

// memberName is a member's path for people, without what would lead out of the archive. It gives false for what is no file to be
// taken: folders, hidden files, those that an office program has open, and what macOS adds.
func memberName(f *zip.File, legacy bool) (string, bool) {
	name, ok := unicodePath(f.Extra, f.Name)
	switch {
	case ok:
	case legacy && f.Flags&utf8Flag == 0:
		name = fromGB(f.Name)
	default:
		name = readable(f.Name)
	}
	name = strings.ReplaceAll(name, `\`, "/") // some programs on Windows
	if strings.HasSuffix(name, "/") || f.Mode().IsDir() {
		return "", false
	}
	var parts []string
	for _, part := range strings.Split(name, "/") {
		switch {
		case part == "", part == ".", part == "..":
			continue
		case hidden(part):
			return "", false
		}
		parts = append(parts, visible(part))
	}
	return strings.Join(parts, "/"), len(parts) > 0
}

// hidden reports whether a file or folder is not meant to be read.
func hidden(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") || base == "__MACOSX"
}

// errDirectory is about a list of members that is too long to be read.
var errDirectory = errors.New("list of members too long")

// archiveError makes facts about an archive rejections; a disk that can't be read is none.
func archiveError(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok || schemas.AsRejection(err) != nil || errors.Is(err, errChanged) {
		return err
	}
	switch {
	case errors.Is(err, errDirectory):
		return schemas.Reject(schemas.TooLarge, "the archive's list of members has more than %s: split it, or %s", humanize.IBytes(maxDirectory), unpack)
	case errors.Is(err, errOverLimit):
		return schemas.Reject(schemas.TooLarge, "the file has more bytes than the limit, and than the archive says")
	case errors.Is(err, zip.ErrAlgorithm):
		return schemas.Reject(schemas.Damaged, "it is packed in a way that can't be read here: "+unpack)
	case errors.Is(err, zip.ErrChecksum):
		return schemas.Reject(schemas.Damaged, "it is damaged in the archive (its checksum is another): get the archive again")
	}
	return schemas.Reject(schemas.Damaged, "the archive is damaged or cut short (%s): get it again", strings.TrimPrefix(err.Error(), "zip: "))
}

// noArchive says what a file is that is called .zip and has no directory of a ZIP, or nil if it begins as one.
func noArchive(r io.ReaderAt, size int64) error {
	if size == 0 {
		return schemas.Reject(schemas.EmptyFile, "the archive is empty: get it again")
	}
	head := make([]byte, 8)
	n, _ := r.ReadAt(head, 0) // what can't be read is told by who reads on
	for _, k := range []struct{ prefix, kind string }{
		{"Rar!", "a RAR archive under a .zip name: unpack it and ingest the folder"},
		{"7z\xBC\xAF", "a 7-Zip archive under a .zip name: unpack it and ingest the folder"},
		{"%PDF-", "a PDF under a .zip name: rename it"},
	} {
		if strings.HasPrefix(string(head[:n]), k.prefix) {
			return schemas.Reject(schemas.NotAPDF, "this is %s", k.kind)
		}
	}
	if n < 2 || string(head[:2]) != "PK" {
		return schemas.Reject(schemas.Damaged, "this is no ZIP archive, or a damaged one: get it again")
	}
	return nil
}

// inflate gives a member's bytes, at most limit. The directory's word on the size is not taken for the size.
func inflate(f *zip.File, limit int64) ([]byte, error) {
	if f.UncompressedSize64 > uint64(limit) {
		return nil, schemas.Reject(schemas.TooLarge, "the file has more than %d bytes, the limit", limit)
	}
	if bomb(int64(f.UncompressedSize64), int64(min(f.CompressedSize64, math.MaxInt64))) {
		return nil, schemas.Reject(schemas.TooLarge, "it would unpack to %s, %d times its size in the archive: it looks like a bomb",
			humanize.IBytes(f.UncompressedSize64), f.UncompressedSize64/max(f.CompressedSize64, 1))
	}
	r, err := f.Open()
	if err != nil {
		return nil, archiveError(err)
	}
	defer r.Close()
	data, err := slurp(r, limit)
	if err != nil {
		return nil, archiveError(err)
	}
	return data, nil
}

// errOverLimit says that there are more bytes than allowed.
var errOverLimit = errors.New("more bytes than the limit")

// slurp reads to the end, or gives errOverLimit. It never holds more than twice what it has read, and where there is no end
// not much more than limit. Never nil without an error.
func slurp(r io.Reader, limit int64) ([]byte, error) {
	var chunks [][]byte
	total := int64(0)
	for size := 32 << 10; ; size = min(2*size, 8<<20) {
		chunk, n := make([]byte, size), 0
		for n < size {
			m, err := r.Read(chunk[n:])
			n += m
			total += int64(m)
			if total > limit {
				return nil, errOverLimit
			}
			if err == io.EOF {
				whole := make([]byte, 0, total)
				for _, c := range append(chunks, chunk[:n]) {
					whole = append(whole, c...)
				}
				return whole, nil
			}
			if err != nil {
				return nil, fmt.Errorf("after %d bytes: %w", total, err)
			}
		}
		chunks = append(chunks, chunk)
	}
}
