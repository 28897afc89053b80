// Package sqlite keeps what package indexer describes in one SQLite file: the index of a machine without servers. Put
// replaces a disclosure whole in one transaction; full-text search runs on FTS5 over our own tokens (indexer.TokenText); sums
// and facets are SQL. Several processes may have the file open.
//
// Other programs may read the file, too: the views line_items and table_rows have the names that dashboards know from
// Elasticsearch. Start with Open.
package sqlite
