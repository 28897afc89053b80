package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// A screen is stdout or stderr. It may be used from many goroutines. The first error of writing is kept for flush.
type screen struct {
	terminal bool
	color    bool
	fd       int // of the terminal

	mu sync.Mutex
	w  *bufio.Writer
	// direct is set where lines must not wait for flush: stderr, and terminals.
	direct bool
	// bar is set while the last line is a progress bar: what is printed takes its place, and it is drawn anew below.
	bar bool
	err error
}

func newScreen(w io.Writer, env []string) *screen {
	s := &screen{w: bufio.NewWriter(w), direct: true}
	if f, ok := w.(*os.File); ok {
		s.fd = int(f.Fd())
		s.terminal = term.IsTerminal(s.fd)
	}
	s.color = s.terminal && lookup(env, "NO_COLOR") == "" && lookup(env, "TERM") != "dumb"
	return s
}

// Write implements io.Writer.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar {
		_, _ = s.w.WriteString("\r\x1b[2K") // the error comes again below
	}
	return s.write(b)
}

// write is Write with the lock held.
func (s *screen) write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err == nil && s.direct {
		err = s.w.Flush()
	}
	if s.err == nil {
		s.err = err
	}
	return n, err
}

// columns is how wide the terminal is now; 80 where that is not known.
func (s *screen) columns() int {
	if s.terminal {
		if w, _, err := term.GetSize(s.fd); err == nil && w > 0 {
			return w
		}
	}
	return 80
}

// keepLine says whether the last line is a progress bar.
func (s *screen) keepLine(bar bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bar = bar
}

// A barWriter is the screen for the progress bar itself.
type barWriter struct{ s *screen }

// Write implements io.Writer.
func (w barWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.write(b)
}

func (s *screen) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(s, format, args...) // kept for flush
}

// json prints a value indented, Chinese as it is.
func (s *screen) json(v any) error {
	enc := json.NewEncoder(s)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// jsonLine prints a value on one line.
func (s *screen) jsonLine(v any) error {
	enc := json.NewEncoder(s)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// flush gives the first error since the beginning.
func (s *screen) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.w.Flush(); s.err == nil {
		s.err = err
	}
	return s.err
}

func (s *screen) style(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// bold and faint are plain text where there is no terminal.
func (s *screen) bold(text string) string { return s.style("1", text) }

func (s *screen) faint(text string) string { return s.style("2", text) }

// An align says on which side of its column a cell stands.
type align bool

const (
	left  align = false
	right align = true
)

// A sheet is rows of cells to be printed in columns.
type sheet struct {
	aligns []align // of the columns; the further ones are left
	rows   [][]string
	gap    int // spaces between columns; 0 means 2
}

func (t *sheet) add(cells ...string) { t.rows = append(t.rows, cells) }

// String lays the rows out. East Asian characters are two columns wide. Escape sequences have no width.
func (t *sheet) String() string {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	gap := strings.Repeat(" ", max(t.gap, 2))
	var b strings.Builder
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString(gap)
			}
			pad := strings.Repeat(" ", widths[i]-width(cell))
			if i < len(t.aligns) && t.aligns[i] == right {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// width is how many columns of a terminal a text takes.
func width(s string) int {
	var plain strings.Builder
	for rest := s; rest != ""; {
		before, after, found := strings.Cut(rest, "\x1b[")
		plain.WriteString(before)
		if !found {
			break
		}
		_, rest, _ = strings.Cut(after, "m")
	}
	return uniseg.StringWidth(plain.String())
}
