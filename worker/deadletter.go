package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"yusuan/schemas"
)

// FailedCode is the code of a dead letter of a job that was given up after its last delivery. It is no rejection: nothing is
// known about the document.
const FailedCode schemas.Code = "failed"

// A DeadLetter says why a job was not indexed. It is the payload of a message on the stream of dead letters.
type DeadLetter struct {
	ID         string       `json:"id"` // of the ledger entry
	Code       schemas.Code `json:"code"`
	Message    string       `json:"message"`
	Page       int          `json:"page,omitempty"` // 1-based
	FileName   string       `json:"file_name,omitempty"`
	Job        *schemas.Job `json:"job,omitempty"`     // nil for a message that is no job
	Payload    string       `json:"payload,omitempty"` // of a message that is no job, its first 4 KiB
	Deliveries int          `json:"deliveries"`        // how often the job was handed out
	Time       time.Time    `json:"time"`
	Sequence   uint64       `json:"-"` // in the stream of dead letters, where it was read from there
}

// bury publishes the dead letter and returns once the stream has it. The same letter of the same delivery twice is one.
func (q *Queue) bury(ctx context.Context, d DeadLetter, msgID string) error {
	d.Message = oneLine(d.Message)
	payload, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("publish dead letter of %s: %w", d.ID, err)
	}
	if _, err := q.send(ctx, q.names.DeadSubject(d.Code), q.names.DeadStream(), payload, msgID); err != nil {
		return fmt.Errorf("publish dead letter of %s: %w", d.ID, err)
	}
	return nil
}

// droppedMark starts the message of a ledger entry whose dead letter was dropped by hand. The entry keeps its state and its
// code, so that the sums stay true, and neither publishing nor verifying asks for the file again.
const droppedMark = "dropped: "

// Dropped reports whether the entry's dead letter was dropped by hand.
func Dropped(e schemas.Entry) bool { return strings.HasPrefix(e.Message, droppedMark) }
