package indextest

import (
	"context"
	"testing"
	"time"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A Store is what the tests ask of a back end.
type Store interface {
	Put(context.Context, *schemas.Disclosure) (indexer.Outcome, error)
	Search(context.Context, indexer.Query) (indexer.Result, error)
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Sum(context.Context, indexer.Query, []indexer.Dimension) ([]indexer.Group, error)
	Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error)
	Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error)
	Disclosures(context.Context, indexer.Filters, bool, func(indexer.DisclosureRecord) error) error
	Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error)
	Contents(context.Context, func(indexer.Content) error) error
	PutEntry(context.Context, schemas.Entry) error
	Entry(ctx context.Context, id string) (schemas.Entry, bool, error)
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
	DeleteEntry(ctx context.Context, id string) error
	LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error)
	Refresh(context.Context) error
	Close() error
}

// Run runs every test against stores that open gives. Each call of open must give an empty store, and see to it that the
// store is closed and removed when the test ends.
func Run(t *testing.T, open func(*testing.T) Store) {
	t.Run("read", func(t *testing.T) { RunReads(t, open) })
	t.Run("write", func(t *testing.T) {
		s := open(t)
		t.Run("put", func(t *testing.T) { testPut(t, s) })
		t.Run("cancelled", func(t *testing.T) { testCancelled(t, s) })
	})
	t.Run("versions", func(t *testing.T) {
		t.Run("order", func(t *testing.T) { testVersions(t, open(t)) })
		t.Run("dates", func(t *testing.T) { testVersionDates(t, open(t)) })
		t.Run("whole reads", func(t *testing.T) { testWholeReads(t, open(t)) })
		t.Run("races", func(t *testing.T) { testRaces(t, open(t)) })
		t.Run("replaced at once", func(t *testing.T) { testReplaceAtOnce(t, open(t)) })
		t.Run("parts", func(t *testing.T) { testParts(t, open(t)) })
		t.Run("none", func(t *testing.T) { testNoVersions(t, open(t)) })
	})
	t.Run("ledger summary", func(t *testing.T) { testLedgerSummary(t, open(t)) })
	t.Run("write much", func(t *testing.T) {
		s := open(t)
		t.Run("put at once", func(t *testing.T) { testPutAtOnce(t, s) })
		t.Run("large disclosure", func(t *testing.T) { testLargeDisclosure(t, s) })
	})
}

// RunReads runs the tests that only read; see Run.
func RunReads(t *testing.T, open func(*testing.T) Store) {
	s := filled(t, open)
	t.Run("search", func(t *testing.T) { testSearch(t, s) })
	t.Run("hits", func(t *testing.T) { testHits(t, s) })
	t.Run("disclosures", func(t *testing.T) { testDisclosures(t, s) })
	t.Run("sources", func(t *testing.T) { testSources(t, s) })
	t.Run("orders", func(t *testing.T) { testOrders(t, s) })
	t.Run("pages", func(t *testing.T) { testPages(t, s) })
	t.Run("facets", func(t *testing.T) { testFacets(t, s) })
	t.Run("items", func(t *testing.T) { testItems(t, s) })
	t.Run("item records", func(t *testing.T) { testItemRecords(t, s) })
	t.Run("sums", func(t *testing.T) { testSums(t, s) })
	t.Run("chosen", func(t *testing.T) { testChosen(t, s) })
	t.Run("chosen sums", func(t *testing.T) { testChosenSums(t, s) })
	t.Run("bad queries", func(t *testing.T) { testBadQueries(t, s) })
	t.Run("ledger", func(t *testing.T) { testLedger(t, s) })
	t.Run("found", func(t *testing.T) { testFound(t, s) })
	t.Run("large sums", func(t *testing.T) { testLargeSums(t, s) })
}

// filled opens a store and puts Disclosures into it.
func filled(t *testing.T, open func(*testing.T) Store) Store {
	t.Helper()
	s := open(t)
	fill(t, s)
	return s
}

func fill(t *testing.T, s Store) {
	t.Helper()
	for _, d := range Disclosures() {
		put(t, s, d, indexer.Stored)
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, s Store, d *schemas.Disclosure, want indexer.Outcome) {
	t.Helper()
	got, err := s.Put(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("put %s: got outcome %q, want %q", d.Source.FileName, got, want)
	}
}
