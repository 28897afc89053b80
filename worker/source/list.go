package source

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"

	"yusuan/schemas"
)

// maxLine bounds a line of a list, and maxList a list, in bytes.
const (
	maxLine = 64 << 10
	maxList = 256 << 20
)

// A Listing is a line of a list: what it names, or what is wrong with it.
type Listing struct {
	Line   int    // from 1; 0 where Err is about the list
	Where  string // a URL, or a path as it stands there
	From   string // of a path: the URL that the file came from, or ""
	Claims *schemas.Claims
	Err    error
}

// ReadList gives the lines of a list, in order, but for those that say nothing. A list is text in UTF-8, with or without a byte order mark, or in GBK, as a Chinese Excel saves
// CSV. It is of one of two kinds. If its first
// line is a CSV header with a column url (or path), it is CSV with any of the columns url, path, unit, region, year, kind
// (budget or final_accounts, 预算 or 决算), published_on (YYYY-MM-DD), in any order, also by their names in Chinese; other columns are ignored. Otherwise
// each line is a path or a URL; empty lines and those that start with # are skipped.
func ReadList(r io.ReadSeeker) iter.Seq[Listing] {
	return func(yield func(Listing) bool) {
		text, err := listText(r)
		if err != nil {
			yield(Listing{Err: err})
			return
		}
		readList(text, yield)
	}
}

func readList(r *bufio.Reader, yield func(Listing) bool) bool {
	l := list{yield}
	if columns := csvHeader(r); columns.has("url") || columns.has("path") {
		return l.csv(r, columns)
	}
	return l.lines(r)
}

// list yields what the list in a file names. Paths are relative to the list's folder. A line that is wrong is an item with an error that has
// its number.
func (e *expansion) list(name string) bool {
	f, r, err := openList(name)
	if err != nil {
		return e.fail("@"+name, err)
	}
	defer f.Close()
	e.listed = true
	defer func() { e.listed = false }()
	return readList(r, func(l Listing) bool {
		switch {
		case l.Err != nil && l.Line == 0:
			return e.fail("@"+name, l.Err)
		case l.Err != nil:
			return e.fail(fmt.Sprintf("@%s line %d", name, l.Line), l.Err)
		}
		return e.argument(l.Where, filepath.Dir(name), Item{URL: l.From, Claims: l.Claims}, false)
	})
}

// openList opens a list as UTF-8 without a byte order mark.
func openList(name string) (io.Closer, *bufio.Reader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read list: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.Size() > maxList {
		return nil, nil, errors.Join(fmt.Errorf("list has more than %d bytes: split it", maxList), f.Close())
	}
	r, err := listText(f)
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, r, nil
}

// listText gives a list as UTF-8 without a byte order mark.
func listText(list io.ReadSeeker) (*bufio.Reader, error) {
	text, err := decodedList(list)
	if err != nil {
		return nil, fmt.Errorf("read list: %w", err)
	}
	r := bufio.NewReaderSize(text, maxLine)
	if head, err := r.Peek(3); err == nil && bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		r.Discard(3) // it was just seen
	}
	return r, nil
}

// decodedList reads a list as UTF-8. It is taken for GBK if there are more lines that can't be UTF-8 than lines that have
// Chinese in it: a line of a UTF-8 list may be broken. The two bytes of a GBK character may well be one UTF-8 character of
// two bytes (预 is Ԥ), but those of Chinese have three.
func decodedList(f io.ReadSeeker) (io.Reader, error) {
	r := bufio.NewReaderSize(io.LimitReader(f, maxList), maxLine)
	broken, chinese := 0, 0
	for {
		line, err := r.ReadSlice('\n')
		switch {
		case !utf8.Valid(line) && err != bufio.ErrBufferFull:
			broken++
		case bytes.ContainsFunc(line, func(c rune) bool { return c >= firstIdeographic && c != utf8.RuneError }):
			chinese++
		}
		if err == io.EOF {
			break
		}
		if err != nil && err != bufio.ErrBufferFull {
			return nil, err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if broken > chinese {
		return transform.NewReader(io.LimitReader(f, maxList), simplifiedchinese.GB18030.NewDecoder()), nil
	}
	return io.LimitReader(f, maxList), nil
}

// firstIdeographic is where the blocks of Chinese, Japanese and Korean begin in Unicode.
const firstIdeographic = '\u2E80'

// header gives the column of each name in the first line of a list.
type header map[string]int

func (h header) has(column string) bool {
	_, ok := h[column]
	return ok
}

// get gives the value of a column in a record; "" where there is none.
func (h header) get(record []string, column string) string {
	i, ok := h[column]
	if !ok || i >= len(record) {
		return ""
	}
	return strings.TrimSpace(record[i])
}

// columnNames are what columns are called in Chinese.
func columnNames() map[string]string {
	return map[string]string{
		"网址": "url", "路径": "path", "单位": "unit", "单位名称": "unit", "地区": "region", "年度": "year", "年份": "year", "种类": "kind", "公开日期": "published_on",
	}
}

// csvHeader reads the first line as the header that it may be.
func csvHeader(r *bufio.Reader) header {
	head, _ := r.Peek(maxLine) // less is all there is
	line, _, _ := bytes.Cut(head, []byte("\n"))
	fields, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		return nil
	}
	columns, chinese := header{}, columnNames()
	for i, f := range fields {
		name := strings.ToLower(strings.TrimSpace(f))
		if english, ok := chinese[name]; ok {
			name = english
		}
		columns[name] = i
	}
	return columns
}

// A list is one that is being read.
type list struct {
	yield func(Listing) bool
}

func (l list) fail(line int, err error) bool { return l.yield(Listing{Line: line, Err: err}) }

var (
	errNotUTF8  = errors.New("neither UTF-8 nor GBK: save the list as UTF-8")
	errLongLine = fmt.Errorf("line longer than %d bytes", maxLine)
)

func (l list) lines(r *bufio.Reader) bool {
	for n := 1; ; n++ {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return l.fail(n, errLongLine) // what follows can't be trusted to be lines
		}
		if err != nil && err != io.EOF {
			return l.fail(n, err)
		}
		text := strings.TrimSpace(string(line))
		if text != "" && !strings.HasPrefix(text, "#") && !l.line(n, text) {
			return false
		}
		if err == io.EOF {
			return true
		}
	}
}

func (l list) line(n int, text string) bool {
	if unreadable(text) {
		return l.fail(n, errNotUTF8)
	}
	return l.yield(Listing{Line: n, Where: text})
}

// unreadable reports whether the text is no UTF-8, or was no GBK.
func unreadable(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError)
}

func (l list) csv(r *bufio.Reader, columns header) bool {
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1 // short rows leave the rest empty
	c.ReuseRecord = true
	for first := true; ; first = false {
		record, err := c.Read()
		if err == io.EOF {
			return true
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			if !l.fail(bad.Line, bad.Err) {
				return false
			}
			continue
		}
		if err != nil {
			return l.yield(Listing{Err: err})
		}
		line, _ := c.FieldPos(0)
		if !first && !l.record(line, record, columns) {
			return false
		}
	}
}

func (l list) record(line int, record []string, columns header) bool {
	get := func(column string) string { return columns.get(record, column) }
	for _, field := range record {
		if unreadable(field) {
			return l.fail(line, errNotUTF8)
		}
	}
	claims, err := schemas.ParseClaims(get)
	if err != nil {
		return l.fail(line, err)
	}
	where, from := get("path"), get("url")
	if where == "" {
		where, from = from, ""
	}
	if where == "" {
		if strings.Join(record, "") == "" {
			return true // a row of commas, as spreadsheets leave at the end
		}
		return l.fail(line, errors.New("neither url nor path"))
	}
	return l.yield(Listing{Line: line, Where: where, From: from, Claims: claims})
}
