// Package source finds the files to be published and gets their bytes: paths, folders, ZIP archives, URLs and lists of them
// (Expand), what comes into folders later (Watch), and what a URL names (Fetcher). It knows nothing of queues and does not look
// into the PDFs.
package source

// A Document is what a URL gave.
type Document struct {
	Data      []byte
	FileName  string // from the answer's headers or the URL's path; "" where neither has one
	URL       string // after redirects
	Unchanged bool   // it is what the Request's validators say, and has no Data
	// ETag and LastModified let a later Request ask whether the file has changed; "" where the server gives none that
	// can be relied on.
	ETag         string
	LastModified string
}
