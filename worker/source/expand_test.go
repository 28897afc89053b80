package source

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"yusuan/schemas"
)

// tree makes files with the names, all with the same content; a name with " -> " is a link.
func tree(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		name, target, link := strings.Cut(name, " -> ")
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case link:
			err = os.Symlink(target, full)
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(full, 0o750)
		default:
			err = os.WriteFile(full, []byte(pdf), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// lines writes items as text, one each, paths relative to root.
func lines(root string, args ...string) []string {
	var got []string
	for it := range Expand(context.Background(), args) {
		s := strings.TrimPrefix(it.Name(), root+"/")
		s = strings.TrimPrefix(s, "@"+root+"/")
		if it.Path != "" && it.URL != "" {
			s += " from " + it.URL
		}
		if it.Err != nil {
			s += " ! " + strings.ReplaceAll(it.Err.Error(), root+"/", "")
		}
		if it.FileName != "" && it.FileName != filepath.Base(it.Name()) {
			s += " named " + it.FileName
		}
		got = append(got, s)
	}
	return got
}

func TestExpandFolder(t *testing.T) {
	root := tree(t,
		"b.pdf", "a.PDF", "c.txt", ".hidden.pdf", "~$open.pdf", "sub/z.pdf", "sub/deeper/预算.Pdf", ".git/x.pdf", "empty/",
		"sub/loop -> ..", "sub/linked.pdf -> ../b.pdf", "gone.pdf -> nowhere", "gone -> nowhere", "twin -> sub",
	)
	want := []string{
		"a.PDF", "b.pdf", "gone.pdf ! stat gone.pdf: no such file or directory", "sub/deeper/预算.Pdf", "sub/linked.pdf", "sub/z.pdf",
	}
	if diff := cmp.Diff(lines(root, root), want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestExpandGivesAFileOnce(t *testing.T) {
	root := tree(t, "a.pdf", "sub/b.pdf")
	got := lines(root, root, filepath.Join(root, "sub"), filepath.Join(root, "sub", "..", "a.pdf"))
	if diff := cmp.Diff(got, []string{"a.pdf", "sub/b.pdf"}); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestExpandArguments(t *testing.T) {
	root := tree(t, "b.pdf", "c.txt", "sub/z.pdf", "real/q.pdf", "link -> real")
	args := []string{
		filepath.Join(root, "c.txt"), filepath.Join(root, "missing.pdf"), "https://example.org/a/%E9%A2%84%E7%AE%97.pdf?x=1",
		filepath.Join(root, "sub"), filepath.Join(root, "link"), "@" + filepath.Join(root, "nolist"),
	}
	want := []string{
		"c.txt",
		"missing.pdf ! stat missing.pdf: no such file or directory",
		"https://example.org/a/%E9%A2%84%E7%AE%97.pdf?x=1 named 预算.pdf",
		"sub/z.pdf",
		"link/q.pdf",
		"nolist ! read list: open nolist: no such file or directory",
	}
	if diff := cmp.Diff(lines(root, args...), want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestExpandUnreadableFolder(t *testing.T) {
	root := tree(t, "a.pdf", "shut/b.pdf", "z.pdf")
	shut := filepath.Join(root, "shut")
	if err := os.Rename(shut, shut+".real"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "a.pdf", "no-folder"), filepath.Join(root, "shut.pdf")); err != nil {
		t.Fatal(err)
	}
	got := lines(root, root)
	want := []string{"a.pdf", "shut.pdf ! stat shut.pdf: not a directory", "shut.real/b.pdf", "z.pdf"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

func TestExpandStops(t *testing.T) {
	root := tree(t, "a.pdf", "b.pdf", "sub/c.pdf")
	n := 0
	for range Expand(t.Context(), []string{root, root}) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("got %d items, want 1", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for it := range Expand(ctx, []string{root}) {
		t.Errorf("got %v after the end", it)
	}
}

func writeList(t *testing.T, root, text string) string {
	t.Helper()
	name := filepath.Join(root, "list.txt")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "@" + name
}

func TestListOfLines(t *testing.T) {
	root := tree(t, "b.pdf", "sub/z.pdf", "with, comma.pdf", "预算.pdf")
	cases := []struct {
		name, text string
		want       []string
	}{
		{"plain", "# ours\nb.pdf\n\n https://example.org/x.pdf \r\nsub\n", []string{"b.pdf", "https://example.org/x.pdf", "sub/z.pdf"}},
		{"byte order mark, no end of line", "\ufeffb.pdf", []string{"b.pdf"}},
		{"a comma in a name", "with, comma.pdf\n", []string{"with, comma.pdf"}},
		{"lists do not nest", "@list.txt\n", []string{"@list.txt ! stat @list.txt: no such file or directory"}},
		{"GBK", "b.pdf\n# \xd4\xa4\n\xd4\xa4\xcb\xe3.pdf\nb.pdf\n", []string{"b.pdf", "预算.pdf", "b.pdf"}},
		{"GBK that could be UTF-8 on one line", "\xd0\xb0.pdf\n\xd4\xa4\xcb\xe3.pdf\n\xd4\xa4\xcb\xe3.pdf\n", []string{
			"邪.pdf ! stat 邪.pdf: no such file or directory", "预算.pdf", "预算.pdf",
		}},
		{"UTF-8 with a broken line", "预算.pdf\n\xd4\xa4\xcb\xe3.pdf\nb.pdf\n", []string{
			"预算.pdf", "list.txt line 2 ! neither UTF-8 nor GBK: save the list as UTF-8", "b.pdf",
		}},
		{"neither", "b.pdf\n\xff\xfeb\x00.pdf\nb.pdf\n", []string{
			"b.pdf", "list.txt line 2 ! neither UTF-8 nor GBK: save the list as UTF-8", "b.pdf",
		}},
		{"endless line", "b.pdf\n" + strings.Repeat("x", maxLine+1), []string{"b.pdf", "list.txt line 2 ! line longer than 65536 bytes"}},
		{"empty", "", nil},
		{"only a byte order mark", "\ufeff", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(lines(root, writeList(t, root, c.text)), c.want); diff != "" {
				t.Errorf("got - want +:\n%s", diff)
			}
		})
	}
}

func TestListOfClaims(t *testing.T) {
	root := tree(t, "b.pdf")
	arg := writeList(t, root, "\ufeffUnit,URL,year,region,kind,note,path,published_on\r\n"+
		"示例县教育局,https://example.org/1.pdf,2024,示例县,决算,x,,2025-09-01\r\n"+
		",https://example.org/2.pdf\r\n"+
		"示例县民政局,https://example.org/3.pdf,2023年,,budget,,b.pdf\r\n"+
		"甲,https://example.org/4.pdf,later\r\n"+
		"乙,https://example.org/5.pdf,2024,,draft\r\n"+
		"丙,,2024\r\n"+
		",,,,,,,\r\n"+
		"丁,https://example.org/6.pdf,,,,,,1.9.2025\r\n"+
		"\"戊\"x,https://example.org/7.pdf\r\n"+
		"己,https://example.org/8.pdf\r\n")
	type row struct {
		Name, URL string
		Claims    *schemas.Claims
		Err       string
	}
	var got []row
	for it := range Expand(t.Context(), []string{arg}) {
		r := row{Name: strings.ReplaceAll(it.Name(), root+"/", ""), Claims: it.Claims}
		if it.Path != "" {
			r.URL = it.URL
		}
		if it.Err != nil {
			r.Err = it.Err.Error()
		}
		got = append(got, r)
	}
	want := []row{
		{Name: "https://example.org/1.pdf", Claims: &schemas.Claims{
			Unit: "示例县教育局", Region: "示例县", Year: 2024, Kind: schemas.FinalAccounts, PublishedOn: "2025-09-01",
		}},
		{Name: "https://example.org/2.pdf"},
		{Name: "b.pdf", URL: "https://example.org/3.pdf", Claims: &schemas.Claims{Unit: "示例县民政局", Year: 2023, Kind: schemas.Budget}},
		{Name: "@list.txt line 5", Err: `year "later" is none`},
		{Name: "@list.txt line 6", Err: `kind "draft": want budget or final_accounts`},
		{Name: "@list.txt line 7", Err: "neither url nor path"},
		{Name: "@list.txt line 9", Err: `published_on "1.9.2025": want YYYY-MM-DD`},
		{Name: "@list.txt line 10", Err: `extraneous or missing " in quoted-field`},
		{Name: "https://example.org/8.pdf", Claims: &schemas.Claims{Unit: "己"}},
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
}

// TestListFromExcel is a CSV file as a Chinese Excel saves it, with columns that nobody asked for.
func TestListFromExcel(t *testing.T) {
	root := tree(t, "预算.pdf")
	text := "序号,path,unit,region,year,kind,备注\r\n1,预算.pdf,示例县教育局,示例县,2024年,预算,无\r\n2,缺.pdf,,,,,\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"GBK": gbk, "UTF-8": "\ufeff" + text} {
		t.Run(name, func(t *testing.T) {
			var got []Item
			for it := range Expand(t.Context(), []string{writeList(t, root, text)}) {
				got = append(got, it)
			}
			if len(got) != 2 || got[0].FileName != "预算.pdf" || got[0].Err != nil || got[1].FileName != "缺.pdf" || got[1].Err == nil {
				t.Fatalf("got %+v, want two files, the second of which is missing", got)
			}
			want := &schemas.Claims{Unit: "示例县教育局", Region: "示例县", Year: 2024, Kind: schemas.Budget}
			if diff := cmp.Diff(got[0].Claims, want); diff != "" {
				t.Errorf("got - want +:\n%s", diff)
			}
		})
	}
}

// TestReadList reads lists that are in no file, and numbers their lines.
func TestReadList(t *testing.T) {
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("网址,单位\r\nhttps://a.example/1.pdf,示例县教育局\r\n,\r\n,无\r\na.pdf,\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]Listing{
		gbk: {{Line: 2, Where: "https://a.example/1.pdf", Claims: &schemas.Claims{Unit: "示例县教育局"}}, {Line: 4, Err: errors.New("neither url nor path")}, {Line: 5, Where: "a.pdf"}},
		"\ufeff# 预算\n\nhttps://a.example/1.pdf\n@list": {{Line: 3, Where: "https://a.example/1.pdf"}, {Line: 4, Where: "@list"}},
		"url,path\nhttps://a.example/1.pdf,1.pdf":      {{Line: 2, Where: "1.pdf", From: "https://a.example/1.pdf"}},
		"": nil,
	} {
		got := slices.Collect(ReadList(strings.NewReader(text)))
		same := cmp.Comparer(func(a, b error) bool { return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error()) })
		if diff := cmp.Diff(got, want, same); diff != "" {
			t.Errorf("%q (-got +want):\n%s", text, diff)
		}
	}
	for l := range ReadList(strings.NewReader("a\nb")) {
		if l.Line > 1 {
			t.Error("it goes on when nobody listens")
		}
		break
	}
}

func FuzzList(f *testing.F) {
	for _, seed := range []string{"a.pdf\n", "url,unit\nhttps://example.org/a.pdf,甲\n", "\ufeffurl\n\"", "# x\n\r\n", "path,year\n,\n\xff"} {
		f.Add([]byte(seed))
	}
	keepInside := strings.NewReplacer("://", "://", "/", "x", "..", "xx") // no walk through this machine
	f.Fuzz(func(t *testing.T, raw []byte) {
		text := []byte(keepInside.Replace(string(raw)))
		name := filepath.Join(t.TempDir(), "list")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		n := 0
		for it := range Expand(t.Context(), []string{"@" + name}) {
			if it.Err == nil && it.URL == "" && it.Path == "" {
				t.Errorf("item that names nothing: %+v", it)
			}
			if n++; n > 1000 {
				break
			}
		}
	})
}
