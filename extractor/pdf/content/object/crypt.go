package object

import (
	"errors"

	"yusuan/extractor/pdf/content/syntax"
)

// checkEncryption refuses the encryptions that ledongthuc reads wrongly without saying so: RC4 keys of less than 128
// bits (it never cuts the object key to n+5 bytes, ISO 32000-1, 7.6.2). The others it reads or refuses itself.
func (f *File) checkEncryption(t *table) error {
	raw := t.trailer["Encrypt"]
	if raw == nil {
		return nil
	}
	lex := &syntax.Lexer{Data: raw}
	if tok := lex.Next(); tok.Kind == syntax.Number { // a reference
		n := int(tok.Num)
		if n < 0 || n >= len(t.entries) || t.entries[n].state != plain {
			return errors.New("no encryption dictionary")
		}
		lex = &syntax.Lexer{Data: f.data, Pos: int(min(t.entries[n].offset, int64(len(f.data))))}
		lex.Next()
		lex.Next()
		lex.Next()
	} else {
		lex = &syntax.Lexer{Data: raw}
	}
	d, err := rawDict(lex)
	if err != nil {
		return errors.New("no encryption dictionary")
	}
	version, _ := rawInt(d["V"])
	bits, _ := rawInt(d["Length"])
	f.aes = version >= 4 // of version 4 ledongthuc takes AES only
	if version < 4 && bits < 128 {
		return errors.New("encrypted with a short key, which is not read here")
	}
	return nil
}
