package font

import (
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"

	"yusuan/extractor/pdf/content/cmap"
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A fontProgram is an embedded font, read backwards.
type fontProgram interface {
	// encoding returns the program's own encoding by glyph name, or nil.
	encoding() *encoding
	// codeText returns what a code of a simple font shows; name is its glyph name, which may be "".
	codeText(code byte, name string) string
	// glyphText returns what a glyph of a composite font shows. gid is its index, cid its CID; which of the two counts
	// depends on the kind of program.
	glyphText(gid, cid uint32) string
}

// errProgram says that an embedded font program is not of a known form.
var errProgram = errors.New("font program is not understood")

// maxGlyphs is the most glyphs that any of the formats can number.
const maxGlyphs = 1 << 16

// lazyProgram returns a function that reads the program at its first call: most fonts never need it.
func (l *Loader) lazyProgram(v object.Value) func() fontProgram {
	done := v.IsNull()
	var p fontProgram
	return func() fontProgram {
		if !done {
			done = true
			var err error
			if p, err = l.program(v); err != nil {
				l.File.Fault("font program: %v", err)
			}
		}
		return p
	}
}

// program reads an embedded program; nil if it is not understood. The error is a *schemas.Rejection.
func (l *Loader) program(v object.Value) (fontProgram, error) {
	if v.IsNull() {
		return nil, nil
	}
	data, err := l.File.Stream(v)
	if r := schemas.AsRejection(err); r != nil {
		return nil, r
	}
	p, err := parseProgram(data, l.Store)
	if err != nil {
		return nil, nil
	}
	return p, nil
}

// parseProgram reads any of the embedded formats, told by its first bytes: what the PDF says is often wrong.
func parseProgram(data []byte, store *cmap.Store) (p fontProgram, err error) {
	defer func() { // the readers check bounds; this is for what they overlook
		if x := recover(); x != nil {
			p, err = nil, fmt.Errorf("%w: %v", errProgram, x)
		}
	}()
	if len(data) < 8 {
		return nil, errProgram
	}
	switch head := binary.BigEndian.Uint32(data); {
	case head == 0x00010000 || head == 0x74727565 || head == 0x4f54544f || head == 0x74746366: // true, OTTO, ttcf
		return parseSFNT(data, store)
	case data[0] == '%' || data[0] == 0x80:
		return parseType1(data)
	case data[0] == 1 && data[1] <= 1 && data[2] <= 32:
		return parseCFF(data, store)
	}
	return nil, errProgram
}

//go:embed glyphorders.txt
var glyphOrdersText string

// glyphOrders are the lists of standard glyph names: mac and cff.
var glyphOrders = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	list := ""
	for line := range strings.Lines(glyphOrdersText) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@':
			list = line[1:]
		default:
			out[list] = append(out[list], strings.Fields(line)...)
		}
	}
	return out
})

// A view reads big-endian numbers; out of bounds it gives 0 and remembers.
type view struct {
	b   []byte
	bad bool
}

func (v *view) at(i, n int) []byte {
	if i < 0 || n < 0 || i > len(v.b)-n {
		v.bad = true
		return nil
	}
	return v.b[i : i+n]
}

func (v *view) u8(i int) int {
	if b := v.at(i, 1); b != nil {
		return int(b[0])
	}
	return 0
}

func (v *view) u16(i int) int {
	if b := v.at(i, 2); b != nil {
		return int(b[0])<<8 | int(b[1])
	}
	return 0
}

func (v *view) u32(i int) int {
	if b := v.at(i, 4); b != nil {
		return int(binary.BigEndian.Uint32(b))
	}
	return 0
}
