// Package blob keeps the bytes of PDFs under their SHA-256, in a folder (Dir) or in a JetStream object store (Objects). It
// keeps bytes once however often they come, verifies them when they are read, and forgets nothing by itself.
//
// Both stores have the same four methods: Put, Get, Has and List. Start with OpenDir or OpenObjects.
package blob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Errors that a caller can tell apart. Both mean that the bytes have to come from somewhere else.
var (
	ErrNotFound = errors.New("no such blob")
	ErrDamaged  = errors.New("blob is damaged") // the bytes kept have another digest
	ErrTooLarge = errors.New("blob exceeds the limit")
)

// Digest is the name of a blob: the SHA-256 of its bytes, in 64 lower-case hex digits.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// checkDigest refuses what is no digest, before it becomes part of a path or a subject.
func checkDigest(digest string) error {
	if len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is no SHA-256 in hex", digest)
	}
	return nil
}
