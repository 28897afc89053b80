package worker

import (
	"context"

	"yusuan/schemas"
)

// An Extractor reads a PDF. src comes with SHA256, FileName, URI and Bytes filled in. An error that has a
// *schemas.Rejection in its chain is a fact about the document; any other is transient. It returns soon after ctx is done.
type Extractor interface {
	Extract(ctx context.Context, src schemas.Source, data []byte) (*schemas.Disclosure, error)
}

// An Index stores a disclosure whole or not at all. It gives false, and changes nothing, where a newer parser's result of
// the same bytes is there already.
type Index interface {
	Put(ctx context.Context, d *schemas.Disclosure) (stored bool, err error)
	// Versions gives all versions of the disclosure, itself among them, oldest first; none where there is no such disclosure.
	Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error)
}

// A Ledger remembers what was published and what became of it: one entry a file, the last one put.
type Ledger interface {
	PutEntry(ctx context.Context, e schemas.Entry) error
	// Entry gives false where there is none with the id.
	Entry(ctx context.Context, id string) (schemas.Entry, bool, error)
	// EntriesOf calls fn with every entry of the bytes with this SHA-256; what was put a moment ago is among them.
	EntriesOf(ctx context.Context, sha256 string, fn func(schemas.Entry) error) error
}

// An EntryLister calls fn with every ledger entry in one of the states, or in any where none is given, until fn returns an
// error, which it returns.
type EntryLister interface {
	Entries(ctx context.Context, states []schemas.State, fn func(schemas.Entry) error) error
}

// A Holdings calls fn with every disclosure in the index.
type Holdings interface {
	Holdings(ctx context.Context, fn func(Holding) error) error
}

// A Holding is what the index has of a disclosure.
type Holding struct {
	DisclosureID string
	Expected     int64 // items that it should have by its own record
	Actual       int64 // items that there are
	Strays       int64 // of these, those that say otherwise than the record whether it is the newest of its versions
	Current      bool  // it is, by its own record
}

// Blobs keeps bytes by their SHA-256 in hex; those of package blob do.
type Blobs interface {
	Has(ctx context.Context, digest string) (bool, error)
	Put(ctx context.Context, data []byte) (digest string, err error)
	Get(ctx context.Context, digest string, limit int64) ([]byte, error)
}

// A BlobLister knows which bytes there are; those of package blob do.
type BlobLister interface {
	Has(ctx context.Context, digest string) (bool, error)
	List(ctx context.Context, fn func(digest string) error) error
}
