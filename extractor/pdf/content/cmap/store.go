package cmap

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

//go:generate go run ./gen -dir /usr/share/poppler/cMap -out cmaps.zip

// packedMaps holds Adobe's CMap resources, packed by gen. Copyright 1990-2019 Adobe, BSD-3-Clause; see LICENSE.adobe.
//
//go:embed cmaps.zip
var packedMaps []byte

// A Store holds the predefined CMaps and CID collections (ISO 32000-1, 9.7.5.2), unpacked when first asked for. Any
// number of goroutines may use it.
type Store struct {
	mu          sync.Mutex
	archive     *zip.Reader
	maps        map[string]*CMap
	collections map[string][]string
}

// NewStore returns a Store.
func NewStore() *Store {
	return &Store{maps: map[string]*CMap{}, collections: map[string][]string{}}
}

// CMap returns a predefined CMap by name, or nil.
func (s *Store) CMap(name string) *CMap {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cmap(name, 0)
}

// maxUses bounds the CMaps that use each other; Adobe's need three.
const maxUses = 5

func (s *Store) cmap(name string, depth int) *CMap {
	if m, ok := s.maps[name]; ok {
		return m
	}
	var m *CMap
	switch {
	case name == "Identity-H" || name == "Identity-V":
		m = Identity(name == "Identity-V")
	case depth > maxUses || len(name) > 64:
		return nil
	case strings.Contains(name, "-UTF16-"):
		m = s.derive(name, "-UTF16-", ucs2, depth)
	case strings.Contains(name, "-UTF8-"):
		m = s.derive(name, "-UTF8-", utf8Form, depth)
	default:
		m = s.unpack(name, depth)
	}
	if m != nil { // names in files are anybody's; only what exists is kept
		s.maps[name] = m
	}
	return m
}

// derive makes a CMap of UTF-8 or UTF-16 from that of UTF-32, which differs only in how codes are written.
func (s *Store) derive(name, part string, f form, depth int) *CMap {
	wide := s.cmap(strings.Replace(name, part, "-UTF32-", 1), depth+1)
	if wide == nil {
		return nil
	}
	m := *wide
	m.form = f
	m.spaces = []space{{1, 0, 0x7f}, {2, 0xc280, 0xdfbf}, {3, 0xe08080, 0xefbfbf}, {4, 0xf0808080, 0xf4bfbfbf}}
	if f == ucs2 {
		m.spaces = []space{{2, 0, 0xd7ff}, {2, 0xe000, 0xffff}, {4, 0xd800dc00, 0xdbffdfff}}
	}
	if m.parent != nil {
		if m.parent = s.cmap(strings.TrimSuffix(name, "V")+"H", depth+1); m.parent == nil {
			return nil
		}
	}
	return &m
}

// Unicode returns the ToUnicode map that a name stands for, or nil: Identity-H says that codes are UTF-16.
func (s *Store) Unicode(name string) *CMap {
	if name == "Identity-H" || name == "Identity-V" {
		return &CMap{Complete: true, form: ucs2}
	}
	return s.CMap(name)
}

// Collection returns what the CIDs of one of Adobe's collections (GB1, CNS1, Japan1, Korea1, KR) stand for, or nil.
func (s *Store) Collection(ordering string) func(cid uint32) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.collections[ordering]
	if !ok {
		data, err := s.read("cid/" + ordering)
		if err != nil {
			return nil
		}
		list = strings.Split(string(data), "\n")
		s.collections[ordering] = list
	}
	return func(cid uint32) string {
		if int64(cid) < int64(len(list)) {
			return list[cid]
		}
		return ""
	}
}

// read returns an entry of the archive.
func (s *Store) read(name string) ([]byte, error) {
	if s.archive == nil {
		z, err := zip.NewReader(bytes.NewReader(packedMaps), int64(len(packedMaps)))
		if err != nil {
			return nil, fmt.Errorf("read packed cmaps: %w", err)
		}
		s.archive = z
	}
	for _, f := range s.archive.File {
		if f.Name != name {
			continue
		}
		rd, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("read packed %s: %w", name, err)
		}
		defer rd.Close()
		return io.ReadAll(rd)
	}
	return nil, errors.New("no packed " + name)
}

// unpack reads a CMap as gen writes it.
func (s *Store) unpack(name string, depth int) *CMap {
	data, err := s.read("cmap/" + name)
	if err != nil {
		return nil
	}
	u := &unpacker{data: data}
	m := &CMap{Complete: true, Ordering: u.text()}
	m.Vertical = u.next() == 1
	if use := u.text(); use != "" {
		if m.parent = s.cmap(use, depth+1); m.parent == nil {
			return nil
		}
	}
	for range u.next() {
		m.spaces = append(m.spaces, space{int(u.next()), uint32(u.next()), uint32(u.next())})
	}
	for n := uint8(1); n <= 4; n++ {
		m.cids = append(m.cids, u.ranges(n)...)
	}
	switch {
	case strings.Contains(name, "-UCS2-"):
		m.form = ucs2
	case strings.Contains(name, "-UTF32-"):
		m.form = utf32
	}
	return m.finish()
}

// An unpacker reads varints. What it reads is our own and always whole.
type unpacker struct{ data []byte }

func (u *unpacker) next() uint64 {
	x, n := binary.Uvarint(u.data)
	u.data = u.data[n:]
	return x
}

func (u *unpacker) text() string {
	n := u.next()
	s := string(u.data[:n])
	u.data = u.data[n:]
	return s
}

// ranges reads the columns of codes n bytes long: gaps, lengths and CIDs.
func (u *unpacker) ranges(n uint8) []cidRange {
	out := make([]cidRange, u.next())
	for i := range out {
		out[i] = cidRange{n: n, lo: uint32(u.next())}
	}
	var end uint32
	for i := range out {
		out[i].lo += end
		end = out[i].lo + uint32(u.next())
		out[i].hi = end
	}
	var next int64
	for i := range out {
		delta, size := binary.Varint(u.data)
		u.data = u.data[size:]
		out[i].cid = uint32(next + delta)
		next += delta + int64(out[i].hi-out[i].lo) + 1
	}
	return out
}
