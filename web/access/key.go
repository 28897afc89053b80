package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// keyPrefix starts every key, so that people and programs that look for leaked secrets know what it is.
const keyPrefix = "yusuan_"

// nameCharacters are those of a key's name, and maxName how many it has at most.
const (
	nameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-"
	maxName        = 64
)

// A Key is one line of a file of keys: NAME ROLE sha256:HASH [EXPIRES]. The key itself is nowhere: it has 256 random bits, so that its
// plain hash tells nothing of it.
type Key struct {
	Name    string
	Role    Role
	Expires time.Time // the zero time: never

	hash [sha256.Size]byte
}

// NewKey makes a key, and gives it with the secret, which is not kept.
func NewKey(name string, role Role, expires time.Time) (k Key, secret string, err error) {
	if err := checkName(name); err != nil {
		return k, "", err
	}
	var random [32]byte
	_, _ = rand.Read(random[:]) // it never fails
	secret = keyPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return Key{name, role, expires, sha256.Sum256([]byte(secret))}, secret, nil
}

func checkName(name string) error {
	if name == "" || len(name) > maxName || strings.Trim(name, nameCharacters) != "" {
		return fmt.Errorf("name %q: want up to %d letters, digits, and . _ @ -", name, maxName)
	}
	return nil
}

// Expired reports whether the key is good no more at that time.
func (k Key) Expired(at time.Time) bool { return !k.Expires.IsZero() && !at.Before(k.Expires) }

// matches takes the same time wherever the hashes differ.
func (k Key) matches(hash [sha256.Size]byte) bool {
	return subtle.ConstantTimeCompare(k.hash[:], hash[:]) == 1
}

// line is the key as it stands in a file.
func (k Key) line() string {
	line := k.Name + " " + k.Role.String() + " " + hashPrefix + hex.EncodeToString(k.hash[:])
	if !k.Expires.IsZero() {
		line += " " + k.Expires.UTC().Format(time.RFC3339)
	}
	return line
}

// hashPrefix says which hash it is.
const hashPrefix = "sha256:"

// parseKey reads a line. It gives false for an empty one and for a remark, which begins with #.
func parseKey(line string) (k Key, ok bool, err error) {
	parts := strings.Fields(line)
	if len(parts) == 0 || strings.HasPrefix(parts[0], "#") {
		return k, false, nil
	}
	if len(parts) != 3 && len(parts) != 4 {
		return k, false, fmt.Errorf("want NAME ROLE %sHASH, and perhaps when it expires", hashPrefix)
	}
	k.Name = parts[0]
	if err := checkName(k.Name); err != nil {
		return k, false, err
	}
	if k.Role, err = ParseRole(parts[1]); err != nil {
		return k, false, err
	}
	digits, isHash := strings.CutPrefix(parts[2], hashPrefix)
	hash, err := hex.DecodeString(digits)
	if !isHash || err != nil || len(hash) != len(k.hash) {
		return k, false, fmt.Errorf("the hash of %s is none: want %s and %d hex digits", k.Name, hashPrefix, 2*len(k.hash)) // the line may have a key in it
	}
	copy(k.hash[:], hash)
	if len(parts) == 4 {
		if k.Expires, err = ParseExpiry(parts[3], time.Time{}); err != nil {
			return k, false, err
		}
	}
	return k, true, nil
}

// ParseExpiry reads a time such as 2027-01-31T12:00:00Z, a day (2027-01-31: until it begins, UTC), or, where now is given, a number of days
// from it: 90d.
func ParseExpiry(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	var days int
	if n, err := fmt.Sscanf(text, "%dd", &days); n == 1 && err == nil && !now.IsZero() && text == fmt.Sprintf("%dd", days) && days > 0 && days <= 36500 {
		return now.AddDate(0, 0, days), nil
	}
	return time.Time{}, fmt.Errorf("expiry %q: want a time such as 2027-01-31 or 2027-01-31T12:00:00Z%s", text, orDays(now))
}

func orDays(now time.Time) string {
	if now.IsZero() {
		return ""
	}
	return ", or days from now such as 90d"
}
