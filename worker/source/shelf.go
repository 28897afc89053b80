package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"
	"time"

	"yusuan/schemas"
)

// A member is a file in an archive.
type member struct {
	shelf *shelf
	path  string // of the archive's file
	at    []int  // index in the directory of each archive on the way, the outermost first
}

func (m *member) read(limit int64) ([]byte, error) { return m.shelf.read(m.path, m.at, limit) }

// A shelf has archives to be read from, of which it holds one open at a time, together with the archives in it that lead to the
// last member read. It may be used from many goroutines; they read one after the other, so that one member is in memory at a
// time.
type shelf struct {
	mu    sync.Mutex
	known map[string]*volume
	open  *volume // or nil
}

// A volume is an archive in a file.
type volume struct {
	path    string
	size    int64
	changed time.Time
	left    int // members that are still to be read, and one while it is being listed
	file    *os.File
	levels  []level // the file's own directory, then that of an archive in it, and so on
}

// A level is the directory of an archive.
type level struct {
	index int // in the level above
	zip   *zip.Reader
	bytes io.ReaderAt
	held  int64 // bytes in memory
}

func newShelf() *shelf { return &shelf{known: map[string]*volume{}} }

// errChanged says that an archive is not the one that was listed.
var errChanged = errors.New("the archive has changed since it was listed: give the command again")

// begin opens an archive to be listed, and gives its size. done must follow where there is no error.
func (s *shelf) begin(path string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[path] == nil {
		s.known[path] = &volume{path: path}
	}
	v := s.known[path]
	if err := s.take(v); err != nil {
		s.release(v)
		return 0, err
	}
	v.left++
	return v.size, nil
}

// expect says that a member will be read.
func (s *shelf) expect(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[path].left++
}

// done ends the listing.
func (s *shelf) done(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.known[path]
	v.left--
	s.release(v)
}

// release closes the archive if nobody waits for it.
func (s *shelf) release(v *volume) {
	if v.left <= 0 && s.open == v {
		s.put()
	}
}

// put closes what is open.
func (s *shelf) put() {
	if s.open != nil {
		s.open.file.Close() // only read
		s.open.file, s.open.levels, s.open = nil, nil, nil
	}
}

// take opens the archive unless it is open.
func (s *shelf) take(v *volume) error {
	if s.open == v {
		return nil
	}
	s.put()
	f, err := os.Open(v.path)
	if err != nil {
		return fmt.Errorf("open archive: %w", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = fmt.Errorf("open archive %s: it is no regular file", v.path)
	case v.left > 0 && (info.Size() != v.size || !info.ModTime().Equal(v.changed)):
		err = errChanged
	}
	if err != nil {
		f.Close()
		return err
	}
	v.size, v.changed, v.file = info.Size(), info.ModTime(), f
	z, err := directory(f, v.size)
	if err != nil {
		f.Close()
		v.file = nil
		return err
	}
	v.levels = []level{{zip: z, bytes: f}}
	s.open = v
	return nil
}

// members lists the archive that the indexes lead to.
func (s *shelf) members(path string, at []int) ([]*zip.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files(path, at)
}

func (s *shelf) files(path string, at []int) ([]*zip.File, error) {
	v := s.known[path]
	if err := s.take(v); err != nil {
		return nil, err
	}
	for i, index := range at {
		if i+1 < len(v.levels) && v.levels[i+1].index == index {
			continue
		}
		v.cut(i + 1)
		next, err := v.descend(index)
		if err != nil {
			return nil, err
		}
		v.levels = append(v.levels, next)
	}
	v.cut(len(at) + 1)
	return v.levels[len(at)].zip.File, nil
}

// cut gives up the levels from the nth on, with what they hold in memory.
func (v *volume) cut(n int) {
	clear(v.levels[n:])
	v.levels = v.levels[:n]
}

// descend opens an archive in the last level. One that is stored as it is is read where it is, any other one from memory.
func (v *volume) descend(index int) (level, error) {
	above := v.levels[len(v.levels)-1]
	f := above.zip.File[index]
	l := level{index: index}
	size := int64(min(f.CompressedSize64, math.MaxInt64/2))
	if f.Method == zip.Store && f.Flags&1 == 0 {
		offset, err := f.DataOffset()
		if err != nil {
			return l, err
		}
		l.bytes = io.NewSectionReader(above.bytes, offset, size)
	} else {
		room := int64(maxNested)
		for _, a := range v.levels {
			room -= a.held
		}
		data, err := inflate(f, room)
		if r := schemas.AsRejection(err); r != nil && r.Code == schemas.TooLarge {
			return l, schemas.Reject(schemas.TooLarge, "this archive is too large to be read inside another one (%s): %s", r.Message, unpack)
		}
		if err != nil {
			return l, err
		}
		l.bytes, l.held, size = bytes.NewReader(data), int64(len(data)), int64(len(data))
	}
	var err error
	l.zip, err = directory(l.bytes, size)
	return l, err
}

func (s *shelf) read(path string, at []int, limit int64) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.known[path]
	defer func() {
		v.left--
		s.release(v)
	}()
	last := len(at) - 1
	files, err := s.files(path, at[:last])
	if err != nil {
		return nil, archiveError(err)
	}
	return inflate(files[at[last]], limit)
}

// directory reads the list of an archive's members, if it is not too long.
func directory(r io.ReaderAt, size int64) (*zip.Reader, error) {
	m := &metered{r: r, left: maxDirectory}
	z, err := zip.NewReader(m, size)
	m.left = math.MaxInt64 // the members have limits of their own
	if errors.Is(err, zip.ErrInsecurePath) {
		err = nil // names are for people only
	}
	if errors.Is(err, zip.ErrFormat) {
		if what := noArchive(r, size); what != nil {
			return nil, what
		}
	}
	if err != nil {
		return nil, err
	}
	return z, nil
}

// metered lets only so many bytes be read.
type metered struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (m *metered) ReadAt(p []byte, off int64) (int, error) {
	if int64(len(p)) > m.left {
		return 0, errDirectory
	}
	m.left -= int64(len(p))
	return m.r.ReadAt(p, off)
}
