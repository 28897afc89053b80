package source

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
)

// A packed is a member to be written to an archive.
type packed struct {
	name   string
	data   string
	flags  uint16 // beside what is written anyway
	method uint16
	extra  []byte
	raw    *zip.FileHeader // instead: with data as it is, and these sizes and checksum
}

func zipped(t testing.TB, members ...packed) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, m := range members {
		h := m.raw
		if h == nil {
			h = &zip.FileHeader{Method: m.method, NonUTF8: m.flags&utf8Flag == 0, Extra: m.extra}
		}
		h.Name = m.name
		create := z.CreateHeader
		if m.raw != nil {
			create = z.CreateRaw
		}
		w, err := create(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// unicodeField is an Info-ZIP Unicode Path extra field.
func unicodeField(name, headerName string) []byte {
	field := binary.LittleEndian.AppendUint16(nil, 0x7075)
	field = binary.LittleEndian.AppendUint16(field, uint16(5+len(name)))
	field = append(field, 1)
	field = binary.LittleEndian.AppendUint32(field, crc32.ChecksumIEEE([]byte(headerName)))
	return append(field, name...)
}

// readAll expands the arguments and reads each item: "path: bytes" or "path! code: message".
func readAll(t *testing.T, root string, limit int64, args ...string) []string {
	t.Helper()
	var items []Item
	for it := range Expand(t.Context(), args) {
		items = append(items, it)
	}
	var got []string
	for _, it := range items {
		name := strings.TrimPrefix(it.Name(), root+"/")
		err := it.Err
		var data []byte
		if err == nil {
			data, err = it.Read(limit)
		}
		if err == nil {
			got = append(got, name+": "+string(data))
			continue
		}
		if r := schemas.AsRejection(err); r != nil {
			got = append(got, fmt.Sprintf("%s! %s: %s", name, r.Code, r.Message))
		} else {
			got = append(got, name+"! "+strings.ReplaceAll(err.Error(), root+"/", ""))
		}
	}
	return got
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

const gbkName = "\xd4\xa4\xcb\xe3" // 预算

func TestArchiveNames(t *testing.T) {
	cases := []struct {
		name    string
		members []packed
		want    []string
	}{
		{"UTF-8 with its flag", []packed{{name: "县/预算.pdf", flags: utf8Flag}}, []string{"县/预算.pdf"}},
		{"UTF-8 without, as macOS and Linux write it", []packed{{name: "县/预算.pdf"}}, []string{"县/预算.pdf"}},
		{"GBK", []packed{{name: gbkName + "\\" + gbkName + ".PDF"}}, []string{"预算/预算.PDF"}},
		{"GBK whose second byte is a backslash", []packed{{name: gbkName + "\x81\x5c.pdf"}}, []string{"预算乗.pdf"}},
		{"GB18030 of four bytes", []packed{{name: "\x82\x35\x8f\x33.pdf"}}, []string{"龦.pdf"}},
		{"one name in GBK decides for those that could be both", []packed{{name: "\xd0\xb0.pdf"}, {name: gbkName + ".pdf"}}, []string{"邪.pdf", "预算.pdf"}},
		{"alone it is taken for UTF-8", []packed{{name: "\xd0\xb0.pdf"}}, []string{"а.pdf"}},
		{"GBK for some, a flag for others", []packed{{name: gbkName + ".pdf"}, {name: "决算.pdf", flags: utf8Flag}}, []string{"预算.pdf", "决算.pdf"}},
		{"a flag that lies", []packed{{name: gbkName + ".pdf", flags: utf8Flag}}, []string{"预算.pdf"}},
		{"Unicode path", []packed{{name: "____.pdf", extra: unicodeField("预算.pdf", "____.pdf")}}, []string{"预算.pdf"}},
		{"Unicode path of an earlier name", []packed{{name: "b.pdf", extra: unicodeField("预算.pdf", "a.pdf")}}, []string{"b.pdf"}},
		{"Unicode path cut short", []packed{{name: "b.pdf", extra: unicodeField("预算.pdf", "b.pdf")[:9]}}, []string{"b.pdf"}},
		{"hidden, Apple's, Office's", []packed{
			{name: "__MACOSX/._a.pdf"}, {name: ".DS_Store"}, {name: ".git/a.pdf"}, {name: "x/~$a.pdf"}, {name: "._a.pdf"}, {name: "a.pdf"}, {name: "folder.pdf/"},
		}, []string{"a.pdf"}},
		{"leading out", []packed{{name: "../../etc/a.pdf"}, {name: "/abs/b.pdf"}, {name: `..\..\c.pdf`}}, []string{"etc/a.pdf", "abs/b.pdf", "c.pdf"}},
		{"controls", []packed{{name: "a\x1b[2J\n.pdf"}}, []string{"a\uFFFD[2J\uFFFD.pdf"}},
		{"the same twice", []packed{{name: "a.pdf"}, {name: "a.pdf"}}, []string{"a.pdf", "a.pdf"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for i := range c.members {
				c.members[i].method = zip.Deflate
				if !strings.HasSuffix(c.members[i].name, "/") {
					c.members[i].data = pdf
				}
			}
			name := write(t, filepath.Join(root, "a.zip"), zipped(t, c.members...))
			var want []string
			for _, w := range c.want {
				want = append(want, "a.zip/"+w+": "+pdf)
			}
			if diff := cmp.Diff(readAll(t, root, 100, name), want); diff != "" {
				t.Errorf("got - want +:\n%s", diff)
			}
		})
	}
}

func TestArchivesInFoldersListsAndArchives(t *testing.T) {
	root := t.TempDir()
	inner := zipped(t, packed{name: "y.pdf", data: "y", method: zip.Deflate}, packed{name: "z.pdf", data: "z"})
	middle := zipped(t, packed{name: "in/inner.zip", data: string(inner), method: zip.Deflate}, packed{name: "m.pdf", data: "m"})
	write(t, filepath.Join(root, "f", "b.zip"), zipped(t,
		packed{name: "1.pdf", data: "1"},
		packed{name: "stored.zip", data: string(inner)},
		packed{name: "middle.ZIP", data: string(middle), method: zip.Deflate},
		packed{name: "2.pdf", data: "2"},
	))
	write(t, filepath.Join(root, "f", "a.pdf"), []byte("a"))
	write(t, filepath.Join(root, "f", "c.zip"), inner)
	write(t, filepath.Join(root, "list.csv"), []byte("url,path,unit\nhttps://example.org/c.zip?x=1,f/c.zip,示例县\n,f/a.pdf,\n"))
	want := []string{
		"f/a.pdf: a", "f/b.zip/1.pdf: 1", "f/b.zip/stored.zip/y.pdf: y", "f/b.zip/stored.zip/z.pdf: z",
		"f/b.zip/middle.ZIP/in/inner.zip/y.pdf: y", "f/b.zip/middle.ZIP/in/inner.zip/z.pdf: z", "f/b.zip/middle.ZIP/m.pdf: m",
		"f/b.zip/2.pdf: 2", "f/c.zip/y.pdf: y", "f/c.zip/z.pdf: z",
	}
	args := []string{filepath.Join(root, "f"), filepath.Join(root, "f", "c.zip")} // the second is known
	if diff := cmp.Diff(readAll(t, root, 100, args...), want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
	var said []string
	for it := range Expand(t.Context(), []string{"@" + filepath.Join(root, "list.csv")}) {
		s := strings.TrimPrefix(it.Path, root+"/") + " " + it.FileName + " " + it.URL
		if it.Claims != nil {
			s += " " + it.Claims.Unit
		}
		data, err := it.Read(100) // while the rest is being listed
		said = append(said, fmt.Sprintf("%s %s %v", s, data, err))
	}
	want = []string{
		"f/c.zip/y.pdf y.pdf https://example.org/c.zip?x=1#y.pdf 示例县 y <nil>",
		"f/c.zip/z.pdf z.pdf https://example.org/c.zip?x=1#z.pdf 示例县 z <nil>",
		"f/a.pdf a.pdf  a <nil>",
	}
	if diff := cmp.Diff(said, want); diff != "" {
		t.Errorf("list, got - want +:\n%s", diff)
	}
}

// TestArchiveTrouble has a good member beside each bad one: all are accounted for.
func TestArchiveTrouble(t *testing.T) {
	noise := make([]byte, 400)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	wrongSum := zipped(t, packed{name: "a.pdf", data: pdf}, packed{name: "bad.pdf", data: "BYTES"}, packed{name: "b.pdf", data: pdf})
	wrongSum = bytes.Replace(wrongSum, []byte("BYTES"), []byte("BITES"), 1)
	deep := zipped(t, packed{name: "a.pdf", data: pdf})
	for range 4 {
		deep = zipped(t, packed{name: "z.zip", data: string(deep), method: zip.Deflate})
	}
	sized := func(size uint64, method uint16) *zip.FileHeader {
		return &zip.FileHeader{Method: method, UncompressedSize64: size, CompressedSize64: 400, CRC32: 1}
	}
	good := packed{name: "a.pdf", data: pdf}
	ok := "x.zip/a.pdf: " + pdf
	cases := []struct {
		name string
		data []byte
		want []string // the beginning of each
	}{
		{"checksum", wrongSum, []string{ok, "x.zip/bad.pdf! damaged: it is damaged in the archive (its checksum", "x.zip/b.pdf: " + pdf}},
		{"noise for deflated bytes", zipped(t, packed{name: "bad.pdf", data: string(noise), raw: sized(1000, zip.Deflate)}, good),
			[]string{"x.zip/bad.pdf! damaged: the archive is damaged or cut short", ok}},
		{"encrypted", zipped(t, packed{name: "bad.pdf", data: string(noise), raw: &zip.FileHeader{Flags: 1, UncompressedSize64: 388, CompressedSize64: 400}}, good),
			[]string{"x.zip/bad.pdf! password-needed: it is encrypted in the archive: unpack", ok}},
		{"LZMA", zipped(t, packed{name: "bad.pdf", data: string(noise), raw: sized(1000, 14)}, good),
			[]string{"x.zip/bad.pdf! damaged: it is packed in a way that can't be read here (method 14", ok}},
		{"over the limit", zipped(t, packed{name: "bad.pdf", data: strings.Repeat("x", 5001)}, good), []string{"x.zip/bad.pdf! too-large: the file has more than 5000 bytes", ok}},
		{"more bytes than it says", zipped(t, packed{name: "bad.pdf", data: strings.Repeat("x", 400), raw: sized(100, zip.Store)}, good),
			[]string{"x.zip/bad.pdf! damaged: ", ok}},
		{"sizes that no disk has", zipped(t, packed{name: "bad.pdf", data: string(noise), raw: sized(1<<63, zip.Store)}, packed{name: "bad.zip", data: string(noise), raw: sized(1<<40, zip.Store)}),
			[]string{"x.zip/bad.pdf! too-large: the archive would unpack to more than", "x.zip/bad.zip! too-large: the archive would unpack"}},
		{"nested too deep", deep, []string{"x.zip/z.zip/z.zip/z.zip! too-large: archives lie in each other more than 3 deep"}},
		{"a nested one that is damaged", zipped(t, packed{name: "n.zip", data: string(wrongSum[:200])}, packed{name: "h.zip", data: "<html>"}, good),
			[]string{"x.zip/n.zip! damaged: the archive is damaged or cut short", "x.zip/h.zip! damaged: this is no ZIP archive", ok}},
		{"cut short", wrongSum[:len(wrongSum)-10], []string{"x.zip! damaged: the archive is damaged or cut short"}},
		{"empty", nil, []string{"x.zip! empty-file: the archive is empty"}},
		{"no members", zipped(t), []string{"x.zip! not-a-pdf: there is no PDF in the archive, only 0 other files"}},
		{"no PDFs", zipped(t, packed{name: "a.doc"}, packed{name: "b.xls"}), []string{"x.zip! not-a-pdf: there is no PDF in the archive, only 2 other files"}},
		{"RAR", []byte("Rar!\x1a\x07\x00 and so on"), []string{"x.zip! not-a-pdf: this is a RAR archive under a .zip name"}},
		{"PDF", []byte(pdf), []string{"x.zip! not-a-pdf: this is a PDF under a .zip name: rename it"}},
		{"behind a program that unpacks it", append(bytes.Repeat([]byte("MZ"), 500), zipped(t, good)...), []string{ok}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			got := readAll(t, root, 5000, write(t, filepath.Join(root, "x.zip"), c.data))
			if len(got) != len(c.want) {
				t.Fatalf("got %d items, want %d:\n%s", len(got), len(c.want), strings.Join(got, "\n"))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got %q, want %q…", got[i], want)
				}
			}
		})
	}
}

// TestBombs has archives that grow out of proportion, and measures that memory does not.
func TestBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 40<<20)
	one := zipped(t, packed{name: "zeros.pdf", data: zeros, method: zip.Deflate})
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	ballast := make([]byte, 400<<10)
	for i := range ballast {
		ballast[i] = byte(rand.Uint32())
	}
	beside := zipped(t, packed{name: "zeros.pdf", data: zeros, method: zip.Deflate}, packed{name: "ballast", data: string(ballast)})
	var members []packed // the members of an overlapping bomb say the same of the same bytes
	for i := range 300 {
		h := z.File[0].FileHeader
		h.CompressedSize64 = 10
		h.UncompressedSize64 = 9 << 20
		members = append(members, packed{name: fmt.Sprintf("%d.pdf", i), data: "0123456789", raw: &h})
	}
	var many []packed
	for i := range maxMembers + 1 {
		many = append(many, packed{name: fmt.Sprintf("%06d", i)})
	}
	long := bytes.Repeat([]byte("PK\x01\x02"+strings.Repeat("\x00", 42)), maxDirectory/46+1000)
	end := append([]byte("PK\x05\x06"), make([]byte, 18)...)
	count := len(long) / 46
	binary.LittleEndian.PutUint16(end[8:], uint16(count))
	binary.LittleEndian.PutUint16(end[10:], uint16(count))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(long)))
	cases := []struct {
		name string
		data []byte
		want string
		n    int
	}{
		{"zeros", one, "x.zip/zeros.pdf! too-large: the archive would unpack to more than 10 MiB", 1},
		{"zeros beside others", beside, "x.zip/zeros.pdf! too-large: it would unpack to 40 MiB, 10", 1},
		{"overlapping", zipped(t, members...), "too-large: the archive would unpack to more than", 300},
		{"members", zipped(t, many...), "x.zip! too-large: the archive holds more than 50000 files", 1},
		{"directory", append(long, end...), "x.zip! too-large: the archive's list of members", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			name := write(t, filepath.Join(root, "x.zip"), c.data)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := readAll(t, root, 256<<20, name)
			runtime.ReadMemStats(&after)
			if len(got) != c.n || !strings.Contains(got[len(got)-1], c.want) {
				t.Errorf("got %d items, the last %q, want %d and %q", len(got), got[len(got)-1], c.n, c.want)
			}
			if used := int64(after.TotalAlloc - before.TotalAlloc); used > 400<<20 {
				t.Errorf("%d MB were allocated in all", used>>20)
			}
		})
	}
}

func TestArchiveThatChanges(t *testing.T) {
	root := t.TempDir()
	name := write(t, filepath.Join(root, "x.zip"), zipped(t, packed{name: "a.pdf", data: pdf}))
	var items []Item
	for it := range Expand(t.Context(), []string{name}) {
		items = append(items, it)
	}
	// Another one is read in between, so that this one is opened anew.
	write(t, name, zipped(t, packed{name: "b.pdf", data: pdf + " and more"}))
	other := write(t, filepath.Join(root, "y.zip"), zipped(t, packed{name: "a.pdf", data: pdf}))
	s := items[0].member.shelf
	if _, err := s.begin(other); err != nil {
		t.Fatal(err)
	}
	s.done(other)
	if _, err := items[0].Read(100); err == nil || schemas.AsRejection(err) != nil || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("got %v, want that the archive has changed", err)
	}
	if s.open != nil {
		t.Error("an archive stays open though all is read")
	}
}

// TestArchivesAreClosed reads members of many archives in turn.
func TestArchivesAreClosed(t *testing.T) {
	root := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(root, fmt.Sprintf("%02d.zip", i)), zipped(t, packed{name: "a.pdf", data: pdf}, packed{name: "b.pdf", data: pdf}))
	}
	var items []Item
	for it := range Expand(t.Context(), []string{root}) {
		items = append(items, it)
	}
	if len(items) != 40 {
		t.Fatalf("got %d items, want 40", len(items))
	}
	for _, first := range []int{0, 1} {
		for i := first; i < len(items); i += 2 {
			if data, err := items[i].Read(100); err != nil || string(data) != pdf {
				t.Errorf("%s: got %q, %v", items[i].Path, data, err)
			}
		}
	}
	if items[0].member.shelf.open != nil {
		t.Error("an archive stays open though all is read")
	}
}

func FuzzArchive(f *testing.F) {
	inner := zipped(f, packed{name: gbkName + ".pdf", data: pdf, method: zip.Deflate})
	f.Add(inner)
	f.Add(zipped(f, packed{name: "a.pdf", data: pdf, extra: unicodeField("预算.pdf", "a.pdf")}, packed{name: "n.zip", data: string(inner)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(t.TempDir(), "x.zip")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		for it := range Expand(t.Context(), []string{name}) {
			n++
			if it.Err != nil {
				continue
			}
			if got, err := it.Read(1000); err == nil && len(got) > 1000 {
				t.Errorf("%s: %d bytes, over the limit", it.Path, len(got))
			}
		}
		if n == 0 {
			t.Error("nothing was said of the archive")
		}
	})
}
