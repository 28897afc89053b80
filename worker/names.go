package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"yusuan/schemas"
)

// DefaultPrefix starts the names of streams and subjects.
const DefaultPrefix = "yusuan"

// Names are what the queue's parts are called on the NATS server. Other programs rely on them.
type Names struct {
	prefix string
}

// NewNames checks the prefix ("" is DefaultPrefix): lower-case letters, digits, - and _.
func NewNames(prefix string) (Names, error) {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	if strings.Trim(prefix, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || len(prefix) > 64 {
		return Names{}, fmt.Errorf("prefix %q: want up to 64 of a to z, 0 to 9, - and _", prefix)
	}
	return Names{prefix}, nil
}

// JobStream is the stream of jobs: YUSUAN_JOBS.
func (n Names) JobStream() string { return strings.ToUpper(n.prefix) + "_JOBS" }

// JobSubject is where jobs are published: yusuan.jobs.
func (n Names) JobSubject() string { return n.prefix + ".jobs" }

// Consumer is the durable consumer that all workers share: workers.
func (n Names) Consumer() string { return "workers" }

// DeadStream is the stream of dead letters: YUSUAN_DEAD.
func (n Names) DeadStream() string { return strings.ToUpper(n.prefix) + "_DEAD" }

// DeadSubject is where a dead letter with this code goes: yusuan.dead.<code>.
func (n Names) DeadSubject(code schemas.Code) string {
	return n.prefix + ".dead." + token(string(code))
}

// EventSubject is where a file's change to this state is told: yusuan.events.<state>.
func (n Names) EventSubject(s schemas.State) string { return n.prefix + ".events." + token(string(s)) }

// Bucket is the object store of PDFs: yusuan-blobs.
func (n Names) Bucket() string { return n.prefix + "-blobs" }

// token makes a code from elsewhere fit for one part of a subject.
func token(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r <= ' ' || r == '.' || r == '*' || r == '>' || r >= utf8.RuneSelf {
			return '-'
		}
		return r
	}, s)
	if clean == "" {
		return "-"
	}
	return clean
}

// URLPrefix starts the ledger id of a file whose bytes were not known when it was published.
const URLPrefix = "url-"

// URLID is the ledger id of a file published by URL alone.
func URLID(url string) string { return URLPrefix + hexDigest([]byte(url)) }

// badPrefix starts the ledger id of a message that is no job.
const badPrefix = "bad-"

// JobID is the ledger id of a job: the content's SHA-256 where the job names it, else its URL's. A job published by URL whose
// bytes became known later keeps the id it had, which it carries; any other id in a job is its sender's own and names
// nothing here.
func JobID(j schemas.Job) string {
	if j.Blob == "" || j.URL != "" && j.ID == URLID(j.URL) {
		return URLID(j.URL)
	}
	return j.SHA256()
}

func hexDigest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
