package object

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"yusuan/schemas"
)

// Stream decodes a stream. With ErrDamaged or ErrFilter comes what could be decoded; a *schemas.Rejection says that a
// limit was passed.
func (f *File) Stream(v Value) ([]byte, error) {
	if v.Kind() != Stream {
		return nil, fmt.Errorf("%w: no stream", ErrDamaged)
	}
	filters, params, err := f.filters(v)
	if err != nil {
		return nil, err
	}
	limit := min(f.lim.MaxStream, f.left)
	var out []byte
	if f.crypted {
		out, err = f.decrypted(v, filters, params, limit)
	} else {
		out, err = f.raw(v)
		for i := 0; i < len(filters) && err == nil; i++ {
			out, err = decode(filters[i], out, params[i], limit)
		}
	}
	if errors.Is(err, errTooLarge) || int64(len(out)) > limit {
		return nil, schemas.Reject(schemas.TooLarge, "a stream exceeds %d bytes once inflated", limit)
	}
	f.left -= int64(len(out))
	return out, err
}

// filters returns the names and parameters of a stream's filters.
func (f *File) filters(v Value) ([]string, []predictor, error) {
	names, parms := v.Key("Filter"), v.Key("DecodeParms")
	if names.IsNull() {
		return nil, nil, nil
	}
	if names.Kind() == Name {
		return []string{names.Name()}, []predictor{parameters(parms)}, nil
	}
	n := names.Len()
	if n > maxFilters {
		return nil, nil, fmt.Errorf("%w: %d filters", ErrFilter, n)
	}
	list, params := make([]string, 0, n), make([]predictor, 0, n)
	for i := range n {
		p := parms.Index(i)
		if parms.Kind() == Dict && n == 1 {
			p = parms
		}
		if names.Index(i).Name() == "Crypt" && p.Key("Name").Text() == "" {
			continue // the identity
		}
		list, params = append(list, names.Index(i).Name()), append(params, parameters(p))
	}
	return list, params, nil
}

func parameters(v Value) predictor {
	get := func(k string, missing int) int {
		if x := v.Key(k); x.Kind() == Number {
			return max(0, min(x.Int(), 1<<20))
		}
		return missing
	}
	if v.IsNull() {
		return predictor{kind: 1, early: 1}
	}
	return predictor{get("Predictor", 1), get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1), get("EarlyChange", 1)}
}

// raw returns a stream's bytes as they stand in the file. Only the printed form says where that is.
func (f *File) raw(v Value) ([]byte, error) {
	s := v.v.String()
	at := strings.LastIndexByte(s, '@')
	offset, err := strconv.Atoi(s[at+1:])
	if at < 0 || err != nil || offset < 0 || offset > len(f.data) {
		return nil, fmt.Errorf("%w: no data", ErrDamaged)
	}
	length := int64(-1)
	if n := v.Key("Length"); n.Kind() == Number {
		length = int64(n.Int())
	}
	return streamBytes(f.data, offset, length), nil
}

// decrypted lets ledongthuc decrypt a stream. It can only do so together with the filters, of which it knows two.
func (f *File) decrypted(v Value, filters []string, params []predictor, limit int64) (out []byte, err error) {
	for i, name := range filters {
		if name != "FlateDecode" && name != "ASCII85Decode" || params[i].kind > 1 && params[i].kind != 12 {
			return nil, fmt.Errorf("%w: %s, encrypted", ErrFilter, name)
		}
	}
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, x)
		}
	}()
	if n := v.Key("Length").Int(); n < 0 || n > len(f.data) {
		return nil, fmt.Errorf("%w: length", ErrDamaged)
	}
	rd := v.v.Reader()
	defer rd.Close()
	out, err = readLimited(rd, 1<<14, limit)
	if errors.Is(err, ErrDamaged) && len(out) > 0 && strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) && len(filters) == 0 {
		err = nil // AES data not a whole number of blocks
	}
	if len(filters) == 0 && f.aes {
		out = unpad(out)
	}
	return out, err
}

// unpad takes off the padding of AES-CBC (RFC 8018, 6.1.1), which ledongthuc leaves.
func unpad[T []byte | string](b T) T {
	if len(b) == 0 || len(b)%16 != 0 {
		return b
	}
	n := int(b[len(b)-1])
	if n < 1 || n > 16 {
		return b
	}
	for i := len(b) - n; i < len(b); i++ {
		if int(b[i]) != n {
			return b
		}
	}
	return b[:len(b)-n]
}
