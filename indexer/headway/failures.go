package headway

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// failures counts the failed files by message, most frequent first.
func failures(ctx context.Context, l Ledger) ([]Failure, error) {
	counts := map[string]int{}
	err := l.Entries(ctx, indexer.EntryFilter{States: []schemas.State{schemas.Failed}}, func(e schemas.Entry) error {
		if m := gist(e.Message); len(counts) < maxGists || counts[m] > 0 {
			counts[m]++
		} else {
			counts[otherGist]++
		}
		return nil
	})
	list := []Failure{}
	for _, m := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, Failure{m, counts[m]})
	}
	slices.SortStableFunc(list, func(a, b Failure) int { return cmp.Compare(b.Files, a.Files) })
	return list, err
}

// maxGists bounds how many kinds of messages are told apart; the others are otherGist.
const (
	maxGists  = 200
	otherGist = "others"
)

var (
	messageURL    = regexp.MustCompile(`\b[a-z]+://[^\s"']*[^\s"':;,.]`)
	messageDigest = regexp.MustCompile(`\b(url-|bad-)?[0-9a-f]{16,}\b`)
	messageQuote  = regexp.MustCompile(`"[^"]*"`)
	messageNumber = regexp.MustCompile(`[0-9]{4,}|[0-9]+\.[0-9]+|\b[0-9]+(ns|µs|ms|s|m)\b`)
)

// gist is a message without what differs from file to file: addresses, digests, names in quotes, long numbers and durations.
func gist(message string) string {
	for _, cut := range []struct {
		what *regexp.Regexp
		by   string
	}{{messageURL, "URL"}, {messageQuote, "…"}, {messageDigest, "…"}, {messageNumber, "N"}} {
		message = cut.what.ReplaceAllString(message, cut.by)
	}
	return message
}
