package web

import (
	"context"
	"errors"
	"net/http"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/web/access"
)

// DeadLetters are what was not indexed. An error in whose chain is ErrClosed or ErrSettled is for who asks; any other is about the queue or a
// store.
type DeadLetters interface {
	// Retry puts the file with this id on the queue again, and gives its entry.
	Retry(ctx context.Context, id string) (schemas.Entry, error)
	// Drop has the file stay unread for good, and nobody asks for it again.
	Drop(ctx context.Context, id string) error
}

// ErrSettled says that a file is in no state to be retried or dropped; the text of the error around it says why.
var ErrSettled = errors.New("nothing to be done about this file")

// letterRoutes are about files that were not indexed.
func (a *api) letterRoutes() []route {
	return []route{
		{method: http.MethodPost, path: jobsPath + "/{id}/retry", need: access.Ingest, accepts: true, long: true, result: jobAnswer{}, answer: a.retry,
			summary: "Queues a file again that was rejected, needs OCR or has failed."},
		{method: http.MethodDelete, path: jobsPath + "/{id}", need: access.Ingest, long: true, result: jobAnswer{}, answer: a.drop,
			summary: "Drops a file that was rejected, needs OCR or has failed: it keeps its state, stays unread, and is not asked for again."},
	}
}

// retry queues a file again.
func (a *api) retry(w http.ResponseWriter, r *http.Request, _ *params) error {
	e, err := a.deadLetter(r)
	if err != nil {
		return err
	}
	if e, err = a.DeadLetters.Retry(r.Context(), e.ID); err != nil {
		return a.notDone(r, err)
	}
	a.lg.Info("file queued again", by(r), zap.String("job", e.ID))
	job := jobOf(e)
	w.Header().Set("Location", job.Location)
	allowTime(w)
	return writeAccepted(w, job)
}

// drop gives up a file.
func (a *api) drop(w http.ResponseWriter, r *http.Request, _ *params) error {
	e, err := a.deadLetter(r)
	if err != nil {
		return err
	}
	if err := a.DeadLetters.Drop(r.Context(), e.ID); err != nil {
		return a.notDone(r, err)
	}
	a.lg.Info("file dropped", by(r), zap.String("job", e.ID))
	allowTime(w)
	return a.job(w, r, nil)
}

// deadLetter gives the entry of the file that the path names, where it is one to be retried or dropped.
func (a *api) deadLetter(r *http.Request) (schemas.Entry, error) {
	var e schemas.Entry
	if a.DeadLetters == nil || a.Ledger == nil {
		return e, problem{Status: http.StatusServiceUnavailable, Detail: ErrClosed.Error()}
	}
	e, found, err := a.Ledger.Entry(r.Context(), r.PathValue("id"))
	switch {
	case err != nil:
		return e, err
	case !found:
		return e, noJob()
	case e.Dropped():
		return e, problem{Status: http.StatusConflict, Detail: "the file was dropped, and is not asked for again"}
	case !e.State.Unread():
		return e, problem{Status: http.StatusConflict, Detail: "the file is " + string(e.State) + ": only what was rejected, needs OCR or has failed can be retried or dropped"}
	}
	return e, nil
}

// notDone says why a file was neither queued nor dropped.
func (a *api) notDone(r *http.Request, err error) error {
	switch {
	case r.Context().Err() != nil:
		return err
	case errors.Is(err, ErrSettled):
		return problem{Status: http.StatusConflict, Detail: err.Error()}
	case errors.Is(err, ErrClosed):
		return problem{Status: http.StatusServiceUnavailable, Detail: err.Error(), later: "30"}
	}
	a.lg.Error("file was neither queued again nor dropped", zap.String("job", r.PathValue("id")), zap.Error(err))
	return problem{Status: http.StatusServiceUnavailable, Detail: "the queue or the ledger does not take it; that is our fault, and in our log", later: "30"}
}

func noJob() error { return problem{Status: http.StatusNotFound, Detail: "there is no such job"} }
