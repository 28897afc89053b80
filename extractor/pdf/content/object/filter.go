package object

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

// maxFilters bounds the filters of one stream.
const maxFilters = 8

// Errors of decoding. With ErrDamaged comes what could be decoded.
var (
	ErrDamaged  = errors.New("stream is damaged")
	ErrFilter   = errors.New("stream has a filter that is not read here")
	errTooLarge = errors.New("stream exceeds its limit")
)

// A predictor holds the parameters of Flate and LZW (ISO 32000-1, table 8).
type predictor struct {
	kind, colors, bits, columns, early int
}

// decode undoes one filter. It returns errTooLarge once the result passes limit.
func decode(name string, in []byte, p predictor, limit int64) ([]byte, error) {
	switch name {
	case "FlateDecode", "Fl":
		out, err := inflate(in, limit)
		return unpredict(out, p, err)
	case "LZWDecode", "LZW":
		out, err := unlzw(in, p.early != 0, limit)
		return unpredict(out, p, err)
	case "ASCII85Decode", "A85":
		return unascii85(in)
	case "ASCIIHexDecode", "AHx":
		return unasciihex(in)
	case "RunLengthDecode", "RL":
		return unrunlength(in, limit)
	}
	return nil, fmt.Errorf("%w: %s", ErrFilter, name)
}

// inflate reads zlib data. Neither the header nor the checksum is believed: many writers get the latter wrong, and
// what inflates is better than nothing.
func inflate(in []byte, limit int64) ([]byte, error) {
	in = bytes.TrimLeft(in, "\r\n") // a stray end of line after the keyword stream
	if len(in) >= 2 && in[0]&0x0f == 8 && (int(in[0])<<8|int(in[1]))%31 == 0 {
		in = in[2:]
	}
	read := func(guess, limit int64) ([]byte, error) {
		return readLimited(flate.NewReader(bytes.NewReader(in)), guess, limit)
	}
	out, err := read(min(int64(len(in))*4+512, 1<<20), min(limit, countFrom))
	if !errors.Is(err, errTooLarge) || limit <= countFrom {
		return out, err
	}
	// So large a stream is measured before memory is spent on it: it may be a bomb.
	n, _ := io.Copy(io.Discard, io.LimitReader(flate.NewReader(bytes.NewReader(in)), limit+1))
	if n > limit {
		return nil, errTooLarge
	}
	return read(n+1, limit)
}

// countFrom is the size from which an inflated stream is measured first.
const countFrom = 16 << 20

// readLimited reads rd to its end or to one byte past limit.
func readLimited(rd io.Reader, guess, limit int64) ([]byte, error) {
	out := make([]byte, 0, min(guess, limit+1))
	for {
		if len(out) == cap(out) {
			out = append(out, 0)[:len(out)]
		}
		n, err := rd.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case int64(len(out)) > limit:
			return nil, errTooLarge
		case err == io.EOF:
			return out, nil
		case err != nil:
			return out, fmt.Errorf("%w: %v", ErrDamaged, err)
		}
	}
}

// unpredict undoes a PNG or TIFF predictor (ISO 32000-1, 7.4.4.4). A last row cut short is filled up.
func unpredict(in []byte, p predictor, err error) ([]byte, error) {
	if p.kind < 2 || err != nil && len(in) == 0 {
		return in, err
	}
	if p.colors < 1 || p.colors > 32 || p.bits < 1 || p.bits > 16 || p.columns < 1 {
		return nil, fmt.Errorf("%w: predictor", ErrDamaged)
	}
	bpp := max(1, p.colors*p.bits/8)
	row := (p.columns*p.colors*p.bits + 7) / 8
	if p.kind == 2 {
		if p.bits != 8 {
			return nil, fmt.Errorf("%w: TIFF predictor of %d bits", ErrFilter, p.bits)
		}
		for at := 0; at < len(in); at += row {
			line := in[at:min(at+row, len(in))]
			for i := bpp; i < len(line); i++ {
				line[i] += line[i-bpp]
			}
		}
		return in, err
	}
	out := make([]byte, 0, len(in))
	prev := make([]byte, row)
	for len(in) > 0 {
		kind := in[0]
		n := min(row, len(in)-1)
		out = append(out, in[1:1+n]...)
		in = in[1+n:]
		if n < row {
			return out, errors.Join(err, ErrDamaged)
		}
		line := out[len(out)-row:]
		unfilter(kind, line, prev, bpp)
		prev = line
	}
	return out, err
}

// unfilter undoes one row's PNG filter (RFC 2083, section 6).
func unfilter(kind byte, line, prev []byte, bpp int) {
	for i := range line {
		var a, c byte
		if i >= bpp {
			a, c = line[i-bpp], prev[i-bpp]
		}
		b := prev[i]
		switch kind {
		case 1:
			line[i] += a
		case 2:
			line[i] += b
		case 3:
			line[i] += byte((int(a) + int(b)) / 2)
		case 4:
			line[i] += paeth(a, b, c)
		}
	}
}

func paeth(a, b, c byte) byte {
	abs := func(x int) int { return max(x, -x) }
	pa, pb, pc := abs(int(b)-int(c)), abs(int(a)-int(c)), abs(int(a)+int(b)-2*int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}
