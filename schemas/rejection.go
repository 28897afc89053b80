package schemas

import (
	"errors"
	"fmt"
)

// Code says why a document was rejected, or what the extraction warns of. Codes are strings so that they survive
// renumbering; they are part of the command line's and the queue's contract and never change their meaning.
type Code string

// The codes of a Rejection: facts about the document that no retry changes.
const (
	NotAPDF         Code = "not-a-pdf"        // other bytes under a .pdf name: HTML, Word, ZIP, an image
	EmptyFile       Code = "empty-file"       // no bytes
	Damaged         Code = "damaged"          // nothing could be read; as a warning: some pages are lost
	PasswordNeeded  Code = "password-needed"  // the empty user password does not open it
	NoPages         Code = "no-pages"         // a page tree without a page
	TooLarge        Code = "too-large"        // the file, or a stream in it once inflated, exceeds its limit
	TooManyPages    Code = "too-many-pages"   // more pages than the limit
	Timeout         Code = "timeout"          // reading took longer than the deadline
	Memory          Code = "memory"           // reading took more than the memory limit
	NeedsOCR        Code = "needs-ocr"        // pages are pictures, and no OCR service is configured
	UndecodableText Code = "undecodable-text" // glyphs that no map turns into characters; also a warning
	BadJob          Code = "bad-job"          // a message on the queue that is no job
	NotFound        Code = "not-found"        // the publisher says that there is no such file (HTTP 404, 410)
)

// The codes of a Warning in a Disclosure that was accepted (Damaged and UndecodableText serve as warnings too).
const (
	Repaired    Code = "repaired"     // the file's cross-references were wrong and were rebuilt
	NoText      Code = "no-text"      // pages, but not one character
	NoStructure Code = "no-structure" // readable, but no budget disclosure
	PageSize    Code = "page-size"    // a page box so large or so small that it was not believed
	// Doubts about tables.
	CellsMerged   Code = "cells-merged"   // cells that hold two figures
	HeaderMissing Code = "header-missing" // columns with cells and no header
	NotAmounts    Code = "not-amounts"    // many cells in columns of amounts are no figures
	TableMissed   Code = "table-missed"   // lines of figures outside every table, or a table's caption without a table
	GridOpen      Code = "grid-open"      // cells that their rules do not close
	RowSums       Code = "row-sums"       // rows that do not add up to their totals though most do
)

// A Rejection is a fact about a document: reading it again gives the same answer. Any other error is transient.
type Rejection struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`        // one line for a person: what is wrong and what to do
	Page    int    `json:"page,omitempty"` // 1-based; 0 where it is about the whole file
}

// Error gives the code, the page if there is one, and the message.
func (r *Rejection) Error() string {
	if r.Page > 0 {
		return fmt.Sprintf("%s: page %d: %s", r.Code, r.Page, r.Message)
	}
	return fmt.Sprintf("%s: %s", r.Code, r.Message)
}

// Reject returns a Rejection as an error.
func Reject(code Code, format string, args ...any) error {
	return &Rejection{Code: code, Message: fmt.Sprintf(format, args...)}
}

// AsRejection returns the Rejection in err's chain, or nil.
func AsRejection(err error) *Rejection {
	if r, ok := errors.AsType[*Rejection](err); ok {
		return r
	}
	return nil
}
