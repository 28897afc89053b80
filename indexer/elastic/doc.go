// Package elastic keeps what package indexer describes in Elasticsearch 8 or 9. It is the only importer of go-elasticsearch.
//
// Open makes the templates and the indices that are missing: versioned ones (yusuan-passages-v1) behind the aliases that
// readers use (yusuan-passages). Put sends every record with the parser's version as its external version, so that an older
// parse never overwrites a newer one, and the disclosure's own record last, so that whoever reads it knows that the rest is
// there. What Put stored is found after the index's next refresh, within a second, or at once after Refresh.
//
// Text is analysed as indexer.Tokens does, by an analyser generated from indexer.FoldRune, so that the same query finds the same
// in package sqlite. Start with Open.
package elastic
