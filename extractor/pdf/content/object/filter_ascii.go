package object

import (
	"bytes"
	"compress/lzw"
	"fmt"
	"io"

	"yusuan/extractor/pdf/content/syntax"
)

// unascii85 decodes base-85 text up to ~> or its end.
func unascii85(in []byte) ([]byte, error) {
	in = bytes.TrimPrefix(bytes.TrimLeft(in, "\r\n\t \x00"), []byte("<~"))
	out := make([]byte, 0, len(in)*4/5+4)
	var group uint32
	n := 0
	for _, c := range in {
		switch {
		case c == '~':
			return tail85(out, group, n), nil
		case syntax.IsSpace(c):
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			group = group*85 + uint32(c-'!')
			if n++; n == 5 {
				out = append(out, byte(group>>24), byte(group>>16), byte(group>>8), byte(group))
				group, n = 0, 0
			}
		default:
			return out, fmt.Errorf("%w: byte %#x in ASCII85", ErrDamaged, c)
		}
	}
	return tail85(out, group, n), nil
}

func tail85(out []byte, group uint32, n int) []byte {
	if n < 2 {
		return out
	}
	for i := n; i < 5; i++ {
		group = group*85 + 84
	}
	b := [4]byte{byte(group >> 24), byte(group >> 16), byte(group >> 8), byte(group)}
	return append(out, b[:n-1]...)
}

// unasciihex decodes hexadecimal text up to > or its end.
func unasciihex(in []byte) ([]byte, error) {
	lex := syntax.Lexer{Data: append(append([]byte{'<'}, in...), '>')}
	out := lex.Next().Bytes
	if lex.Faults > 0 {
		return out, fmt.Errorf("%w: ASCIIHex", ErrDamaged)
	}
	return out, nil
}

// unrunlength decodes run-length data (ISO 32000-1, 7.4.5).
func unrunlength(in []byte, limit int64) ([]byte, error) {
	var out []byte
	for len(in) > 0 && in[0] != 128 {
		if int64(len(out)) > limit {
			return nil, errTooLarge
		}
		n := int(in[0])
		in = in[1:]
		switch {
		case n < 128 && n < len(in):
			out = append(out, in[:n+1]...)
			in = in[n+1:]
		case n > 128 && len(in) > 0:
			out = append(out, bytes.Repeat(in[:1], 257-n)...)
			in = in[1:]
		default:
			return out, fmt.Errorf("%w: run length", ErrDamaged)
		}
	}
	return out, nil
}

// unlzw decodes LZW data. The usual early change of code width is not what compress/lzw does, hence an own decoder.
func unlzw(in []byte, early bool, limit int64) ([]byte, error) {
	if !early {
		return readLimited(lzw.NewReader(bytes.NewReader(in), lzw.MSB, 8), int64(len(in))*4, limit)
	}
	d := lzwDecoder{in: in}
	return d.run(limit)
}

// An lzwDecoder decodes LZW with early change (ISO 32000-1, 7.4.4).
type lzwDecoder struct {
	in     []byte
	bits   uint32
	n      uint
	prefix [4096]uint16
	suffix [4096]byte
	first  [4096]byte
	length [4096]uint16
}

func (d *lzwDecoder) code(width uint) (int, bool) {
	for d.n < width {
		if len(d.in) == 0 {
			return 0, false
		}
		d.bits = d.bits<<8 | uint32(d.in[0])
		d.in = d.in[1:]
		d.n += 8
	}
	d.n -= width
	return int(d.bits>>d.n) & (1<<width - 1), true
}

func (d *lzwDecoder) run(limit int64) ([]byte, error) {
	const clear, end = 256, 257
	for i := range 256 {
		d.suffix[i], d.first[i], d.length[i] = byte(i), byte(i), 1
	}
	var out []byte
	width, next, prev := uint(9), 258, -1
	for {
		c, ok := d.code(width)
		if !ok {
			return out, io.ErrUnexpectedEOF
		}
		switch {
		case c == end:
			return out, nil
		case c == clear:
			width, next, prev = 9, 258, -1
			continue
		case c > next || c == next && prev < 0:
			return out, fmt.Errorf("%w: LZW code", ErrDamaged)
		}
		if prev >= 0 && next < 4096 {
			d.prefix[next], d.first[next], d.length[next] = uint16(prev), d.first[prev], d.length[prev]+1
			if c == next {
				d.suffix[next] = d.first[prev]
			} else {
				d.suffix[next] = d.first[c]
			}
			next++
		}
		out = d.emit(out, c)
		if int64(len(out)) > limit {
			return nil, errTooLarge
		}
		prev = c
		if next+1 >= 1<<width && width < 12 {
			width++
		}
	}
}

// emit appends the string of code c, which is built from its end.
func (d *lzwDecoder) emit(out []byte, c int) []byte {
	n := int(d.length[c])
	out = append(out, make([]byte, n)...)
	for i := len(out) - 1; n > 0; i, n = i-1, n-1 {
		out[i] = d.suffix[c]
		c = int(d.prefix[c])
	}
	return out
}
