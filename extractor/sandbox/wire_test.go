package sandbox_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"yusuan/extractor/sandbox"
)

func framed(kind byte, payload string) []byte {
	b := append([]byte("ysb1"), kind)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(payload))), payload...)
}

func TestServeRefuses(t *testing.T) {
	request := append(framed('Q', `{"name":"a"}`), framed('D', "x")...)
	tests := []struct {
		name string
		in   []byte
		ok   bool
	}{
		{"nothing", nil, true},
		{"a request", request, true},
		{"two requests", append(bytes.Clone(request), request...), true},
		{"cut in the frame", request[:5], false},
		{"cut in the header", request[:12], false},
		{"cut between", framed('Q', `{"name":"a"}`), false},
		{"no magic", []byte("GET / HTTP/1.1\r\n\r\n"), false},
		{"length beyond the limit", append([]byte("ysb1Q"), 0xFF, 0xFF, 0xFF, 0xFF), false},
		{"length beyond the bytes", append([]byte("ysb1Q"), 0, 0, 1, 0), false},
		{"data first", framed('D', "x"), false},
		{"two headers", append(framed('Q', `{}`), framed('Q', `{}`)...), false},
		{"unknown kind", framed('?', ""), false},
		{"header is no JSON", append(framed('Q', `{`), framed('D', "x")...), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := sandbox.Serve(t.Context(), bytes.NewReader(tt.in), &out, silent)
			if (err == nil) != tt.ok {
				t.Errorf("got %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func silent(context.Context, sandbox.Request, func(page, pages int)) ([]byte, error) { return nil, nil }

func TestServeReplies(t *testing.T) {
	in := append(framed('Q', `{"name":"a"}`), framed('D', "x")...)
	var out bytes.Buffer
	err := sandbox.Serve(t.Context(), bytes.NewReader(in), &out, func(_ context.Context, r sandbox.Request, p func(int, int)) ([]byte, error) {
		p(1, 2)
		return append(r.Data, '!'), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, f := range [][]byte{framed('H', ""), framed('B', ""), framed('P', "\x00\x00\x00\x01\x00\x00\x00\x02"), framed('R', "x!")} {
		want = append(want, f...)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("got %q, want %q", out.Bytes(), want)
	}
}

// A parent that does not listen any more ends the child.
func TestServeBrokenOut(t *testing.T) {
	if err := sandbox.Serve(t.Context(), bytes.NewReader(nil), deaf{}, silent); err == nil {
		t.Error("got no error")
	}
}

type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func FuzzServe(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(append(framed('Q', `{"name":"a","options":"e30="}`), framed('D', "x")...))
	f.Add([]byte("ysb1D\x3F\xFF\xFF\xFFshort"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		// Any end is right but a panic or a large allocation on the word of a length.
		_ = sandbox.Serve(t.Context(), bytes.NewReader(in), &out, silent)
		if !bytes.HasPrefix(out.Bytes(), framed('H', "")) {
			t.Errorf("got %q, want ready first", out.Bytes())
		}
	})
}
