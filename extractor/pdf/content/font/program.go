package font

import (
	"yusuan/extractor/pdf/content/object"
	"yusuan/schemas"
)

// A fontProgram is an embedded font, read backwards.
type fontProgram interface {
	// encoding returns the program's own encoding by glyph name, or nil.
	encoding() *encoding
	// codeText returns what a code of a simple font shows; name is its glyph name, which may be "".
	codeText(code byte, name string) string
	// glyphText returns what a glyph of a composite font shows, by glyph index or CID as the program has it.
	glyphText(gid, cid uint32) string
}

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
	p, err := parseProgram(data)
	if err != nil {
		return nil, nil
	}
	return p, nil
}

func parseProgram(data []byte) (fontProgram, error) {
	return nil, errProgram
}
