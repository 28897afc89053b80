package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"go.uber.org/zap"
)

// maxBulkItems is how many documents one bulk request has at most.
const maxBulkItems = 2000

// bulkPath asks for no more of the answer than sendBulk reads.
const bulkPath = "/_bulk?filter_path=items.*._index,items.*._id,items.*._seq_no,items.*._primary_term,items.*.status,items.*.error"

// A document is one to be stored, as its two lines of a bulk body.
type document struct {
	id     string
	action string // index, or create for one that must not be there
	lines  []byte
}

// newDocument makes the lines. target has the index, the ID and what else the action takes.
func newDocument(action string, target object, source any) (document, error) {
	id, _ := target["_id"].(string)
	head, err := json.Marshal(object{action: target})
	if err != nil {
		return document{}, err
	}
	body, err := json.Marshal(source)
	if err != nil {
		return document{}, fmt.Errorf("%s: %w", id, err)
	}
	lines := make([]byte, 0, len(head)+len(body)+2)
	lines = append(append(append(append(lines, head...), '\n'), body...), '\n')
	return document{id, action, lines}, nil
}

// A bulkResult says what bulk has done.
type bulkResult struct {
	conflicts int      // documents that were not stored, since somebody else has changed what they were made dependent on
	last      sequence // of the document that was stored last
}

// bulk stores documents, in requests bounded by size and number. It returns when every one of them is stored or in conflict. Documents that the server is too busy for are sent
// again. An error names the first document that cannot be stored, and why.
func (s *Store) bulk(ctx context.Context, docs []document) (bulkResult, error) {
	var res bulkResult
	for len(docs) > 0 {
		n, size := 0, 0
		for n < len(docs) && n < maxBulkItems && (n == 0 || size+len(docs[n].lines) <= s.cfg.BulkBytes) {
			size += len(docs[n].lines)
			n++
		}
		if err := s.bulkChunk(ctx, docs[:n], &res); err != nil {
			return res, err
		}
		docs = docs[n:]
	}
	return res, nil
}

// bulkChunk stores the documents of one request, those that failed for a while again and again.
func (s *Store) bulkChunk(ctx context.Context, docs []document, res *bulkResult) error {
	for try := 1; ; try++ {
		failed, reason, err := s.sendBulk(ctx, docs, res)
		if status(err) == http.StatusRequestEntityTooLarge && len(docs) > 1 {
			return s.bulkHalves(ctx, docs, res)
		}
		if err != nil {
			return err
		}
		if len(failed) == 0 {
			return nil
		}
		if try > s.cfg.Retries {
			return fmt.Errorf("%d of %d documents not stored after %d tries, the first %s: %w", len(failed), len(docs), try, failed[0].id, reason)
		}
		s.cfg.Observer.resent(len(failed))
		s.lg.Warn("elasticsearch took part of a bulk, sending the rest again",
			zap.Int("rest", len(failed)), zap.Int("try", try), zap.Error(reason))
		if err := s.pause(ctx, try); err != nil {
			return err
		}
		docs = failed
	}
}

// bulkHalves stores documents whose request was too large for the server.
func (s *Store) bulkHalves(ctx context.Context, docs []document, res *bulkResult) error {
	half := len(docs) / 2
	if err := s.bulkChunk(ctx, docs[:half], res); err != nil {
		return err
	}
	return s.bulkChunk(ctx, docs[half:], res)
}

// sendBulk sends one request and returns the documents to send again, with the reason of the first.
func (s *Store) sendBulk(ctx context.Context, docs []document, res *bulkResult) (failed []document, reason, err error) {
	var body bytes.Buffer
	for _, d := range docs {
		body.Write(d.lines)
	}
	var answer struct {
		Items []map[string]struct {
			sequence
			ID     string          `json:"_id"`
			Status int             `json:"status"`
			Error  json.RawMessage `json:"error"`
		} `json:"items"`
	}
	if err := s.request(ctx, http.MethodPost, bulkPath, body.Bytes(), &answer); err != nil {
		return nil, nil, err
	}
	if len(answer.Items) != len(docs) {
		return nil, nil, fmt.Errorf("elasticsearch answered for %d of %d documents", len(answer.Items), len(docs))
	}
	for i, actions := range answer.Items {
		item, ok := actions[docs[i].action]
		if !ok || item.ID != docs[i].id {
			return nil, nil, fmt.Errorf("elasticsearch answered for another document than %s", docs[i].id)
		}
		switch {
		case item.Status < 300:
			res.last = item.sequence
		case item.Status == http.StatusConflict:
			res.conflicts++
		default:
			e := &serverError{status: item.Status}
			e.kind, e.reason = readCause(item.Error)
			if !e.busy() && e.status < 500 {
				return nil, nil, fmt.Errorf("document %s: %w", docs[i].id, e)
			}
			if e.busy() {
				s.cfg.Observer.busy(e.status)
			}
			failed = append(failed, docs[i])
			reason = firstError(reason, e)
		}
	}
	return failed, reason, nil
}

func firstError(first, next error) error {
	if first != nil {
		return first
	}
	return next
}
