// Package indexer says what is stored of a disclosure and what can be asked of it, as types: Records flattens a
// schemas.Disclosure into passages, line items, tables, projects and findings; Query is asked, Result answers. It also
// holds everything that must be the same whatever stores the records: folding and tokens of text, the query language, and
// highlighting.
//
// It does no input or output. Package sqlite keeps the records in one file, package elastic in Elasticsearch; package
// indextest runs the same tests on both. Start with Records and Query.
package indexer
