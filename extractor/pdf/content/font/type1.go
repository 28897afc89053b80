package font

import (
	"bytes"

	"yusuan/extractor/pdf/content/syntax"
)

// A type1Font is a Type 1 program, of which only the encoding in its clear part is read.
type type1Font struct{ codes *encoding }

// maxClear bounds the clear part of a Type 1 program.
const maxClear = 1 << 18

func parseType1(data []byte) (fontProgram, error) {
	if data[0] == 0x80 && len(data) > 6 { // the header of a PFB segment
		data = data[6:]
	}
	data = data[:min(len(data), maxClear)]
	if n := bytes.Index(data, []byte("eexec")); n >= 0 {
		data = data[:n]
	}
	at := bytes.Index(data, []byte("/Encoding"))
	if at < 0 {
		return nil, errProgram
	}
	lex := &syntax.Lexer{Data: data, Pos: at + len("/Encoding")}
	if tok := lex.Next(); string(tok.Bytes) == "StandardEncoding" {
		return &type1Font{encodings()["StandardEncoding"]}, nil
	}
	var e encoding
	var code, name syntax.Token
	for {
		tok := lex.Next()
		switch {
		case tok.Kind == syntax.EOF || tok.Kind == syntax.Keyword && (string(tok.Bytes) == "def" || string(tok.Bytes) == "readonly"):
			return &type1Font{&e}, nil
		case tok.Kind == syntax.Number:
			code = tok
		case tok.Kind == syntax.Name:
			name = tok
		case string(tok.Bytes) == "put":
			if code.Kind == syntax.Number && code.Num >= 0 && code.Num < 256 && name.Kind == syntax.Name {
				e[int(code.Num)] = string(name.Bytes)
			}
			name = syntax.Token{}
		}
	}
}

func (f *type1Font) encoding() *encoding { return f.codes }

func (f *type1Font) codeText(byte, string) string { return "" }

func (f *type1Font) glyphText(uint32, uint32) string { return "" }
