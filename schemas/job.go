package schemas

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// JobSchema is the JSON Schema (draft 2020-12) of a Job.
//
//go:embed job.schema.json
var JobSchema []byte

// BlobPrefix starts the Blob of a Job; the SHA-256 in hex follows.
const BlobPrefix = "sha256:"

// A Job asks for one PDF to be read and indexed. It is what a message on the queue holds: a reference, never the bytes.
// One of URL and Blob is set, or both (the bytes are stored, and URL says where they came from).
type Job struct {
	ID       string  `json:"id,omitempty"`
	URL      string  `json:"url,omitempty"`       // http, https or file
	Blob     string  `json:"blob,omitempty"`      // sha256:<64 hex digits>
	FileName string  `json:"file_name,omitempty"` // for people
	Claims   *Claims `json:"claims,omitempty"`
}

// SHA256 returns the hex digest that Blob names, or "".
func (j Job) SHA256() string { return strings.TrimPrefix(j.Blob, BlobPrefix) }

// Validate says what is wrong with the job, or nil.
func (j Job) Validate() error {
	if j.URL == "" && j.Blob == "" {
		return errors.New("job has neither url nor blob")
	}
	if j.Blob == "" {
		return nil
	}
	digest, ok := strings.CutPrefix(j.Blob, BlobPrefix)
	if !ok || len(digest) != 64 || strings.Trim(digest, "0123456789abcdef") != "" {
		return fmt.Errorf("job has blob %q, want sha256: and 64 hex digits", j.Blob)
	}
	return nil
}

// ParseJob reads a message's payload. An error is a fact about the message: it will never be a job.
func ParseJob(payload []byte) (Job, error) {
	var j Job
	if err := json.Unmarshal(payload, &j); err != nil {
		return j, fmt.Errorf("parse job: %w", err)
	}
	return j, j.Validate()
}

// A State says what became of a file. Every file is in exactly one.
type State string

// The states of a file.
const (
	Queued     State = "queued"     // on the stream, nobody has begun
	Working    State = "working"    // a worker reads it
	Indexed    State = "indexed"    // every item is in the index
	Unchanged  State = "unchanged"  // the same bytes are there already, read by the same parser
	Superseded State = "superseded" // a newer version of the same disclosure has taken its place
	OCRNeeded  State = "needs-ocr"  // kept, and to be tried again once there is an OCR service
	Rejected   State = "rejected"   // a fact about the document; Code says which
	Failed     State = "failed"     // given up after the last delivery; Message says why
)

// States are all states, in the order of a file's way.
func States() []State {
	return []State{Queued, Working, Indexed, Unchanged, Superseded, OCRNeeded, Rejected, Failed}
}

// UnreadStates are those of files that were not indexed, and will not be by themselves.
func UnreadStates() []State { return []State{OCRNeeded, Rejected, Failed} }

// Unread reports whether the file was not indexed, and will not be by itself.
func (s State) Unread() bool { return s == OCRNeeded || s == Rejected || s == Failed }

// Final reports whether no worker will touch the file again by itself.
func (s State) Final() bool { return s != Queued && s != Working }

// An Entry is a file's line in the ledger: what was published and what became of it.
type Entry struct {
	ID           string     `json:"id"` // the content's SHA-256 where it is known when publishing, else "url-" and the URL's
	State        State      `json:"state"`
	Code         Code       `json:"code,omitempty"`    // of a rejection
	Message      string     `json:"message,omitempty"` // one line for a person
	Page         int        `json:"page,omitempty"`    // 1-based page that failed
	FileName     string     `json:"file_name,omitempty"`
	URL          string     `json:"url,omitempty"`
	SHA256       string     `json:"sha256,omitempty"`
	Bytes        int64      `json:"bytes,omitempty"`
	Pages        int        `json:"pages,omitempty"`
	DisclosureID string     `json:"disclosure_id,omitempty"` // set when indexed
	Parser       int        `json:"parser,omitempty"`        // ParserVersion that gave the state
	Deliveries   int        `json:"deliveries,omitempty"`    // how often a worker has tried
	Warnings     int        `json:"warnings,omitempty"`      // how many the disclosure has
	Claims       *Claims    `json:"claims,omitempty"`
	ETag         string     `json:"etag,omitempty"`          // of the URL's last answer, as the server gave it (RFC 9110)
	LastModified string     `json:"last_modified,omitempty"` // likewise
	FirstSeen    time.Time  `json:"first_seen,omitzero"`     // when the file was first put on the queue, by the queue's clock; zero before a worker has had it
	Delivery     string     `json:"delivery,omitempty"`      // the message on the queue that gave the final state
	QueuedAt     time.Time  `json:"queued_at"`
	StartedAt    *time.Time `json:"started_at,omitempty"`
	FinishedAt   *time.Time `json:"finished_at,omitempty"`
}

// DroppedMark starts the message of an entry that somebody has dropped by hand. The entry keeps its state and its code, so that the sums stay
// true, and neither publishing nor verifying asks for the file again.
const DroppedMark = "dropped: "

// Dropped reports whether somebody has dropped the file by hand.
func (e Entry) Dropped() bool { return strings.HasPrefix(e.Message, DroppedMark) }
