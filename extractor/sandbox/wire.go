package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A frame is: magic (4 bytes), kind (1), length of the payload (4, big endian), payload.
//
//	parent → child   header (JSON), then data, for each request
//	child → parent   ready once; then for each request begun, any number of progress and warming, and one of result,
//	                 rejection, failure
const (
	magic       = "ysb1"
	frameHeader = len(magic) + 5
)

type kind byte

const (
	kindReady     kind = 'H' // the child has started; no payload
	kindHeader    kind = 'Q' // a header
	kindData      kind = 'D' // the file
	kindBegun     kind = 'B' // the child has read the whole request; no payload
	kindProgress  kind = 'P' // page and pages, 4 bytes each
	kindWarming   kind = 'W' // the child begins work that serves all files to come; no payload
	kindResult    kind = 'R' // the reply
	kindRejection kind = 'J' // a schemas.Rejection as JSON
	kindFailure   kind = 'E' // any other error's text
)

const (
	maxHeader  = 1 << 20 // bytes of a header, rejection or failure
	maxRequest = 1 << 30 // bytes of a file
)

// A header goes before a file's bytes.
type header struct {
	Name    string `json:"name"`
	Options []byte `json:"options,omitempty"`
	Memory  int64  `json:"memory"` // limit in bytes
	Reply   int    `json:"reply"`  // longest reply in bytes
}

// writeFrame writes one frame.
func writeFrame(w io.Writer, k kind, payload []byte) error {
	b := make([]byte, 0, frameHeader+min(len(payload), 4096))
	b = append(b, magic...)
	b = append(b, byte(k))
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	if len(payload) <= 4096 {
		// One write for a small frame, so that it is never seen half.
		_, err := w.Write(append(b, payload...))
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	_, err := w.Write(payload)
	return err
}

// errFrame says that the other side does not speak the protocol.
var errFrame = errors.New("sandbox: bad frame")

// readFrame reads one frame. limit gives the longest payload allowed for a kind, -1 for a kind that is not expected. Memory
// is taken as the payload arrives, never on the word of a length.
func readFrame(r io.Reader, limit func(kind) int) (kind, []byte, error) {
	var h [frameHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return 0, nil, err
	}
	if string(h[:len(magic)]) != magic {
		return 0, nil, fmt.Errorf("%w: it begins with %q", errFrame, h[:len(magic)])
	}
	k, n := kind(h[len(magic)]), int64(binary.BigEndian.Uint32(h[len(magic)+1:]))
	if most := limit(k); n > int64(most) {
		return 0, nil, fmt.Errorf("%w: kind %q with %d bytes, allowed %d", errFrame, byte(k), n, most)
	}
	const step = 1 << 20
	payload := make([]byte, 0, min(n, step))
	for int64(len(payload)) < n {
		more := int(min(n-int64(len(payload)), max(step, int64(len(payload)))))
		at := len(payload)
		payload = append(payload, make([]byte, more)...)
		if _, err := io.ReadFull(r, payload[at:]); err != nil {
			return 0, nil, fmt.Errorf("sandbox: frame cut short: %w", noEOF(err))
		}
	}
	return k, payload, nil
}

// noEOF keeps an end within a request from passing for the end of all requests.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fromParent is the limit of readFrame in the child.
func fromParent(k kind) int {
	switch k {
	case kindHeader:
		return maxHeader
	case kindData:
		return maxRequest
	}
	return -1
}

// fromChild returns the limit of readFrame in the parent.
func fromChild(reply int) func(kind) int {
	return func(k kind) int {
		switch k {
		case kindReady, kindBegun, kindWarming:
			return 0
		case kindProgress:
			return 8
		case kindResult:
			return reply
		case kindRejection, kindFailure:
			return maxHeader
		}
		return -1
	}
}
