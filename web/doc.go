// Package web serves what is indexed over HTTP: the API under /api/v1, described by /api/v1/openapi.json. Lists are pages with a cursor
// as JSON, or all of it as CSV or NDJSON, by the Accept header; errors are problem documents (RFC 9457). It reads only (export.go makes files, which it removes), and asks
// nobody who they are: whoever starts it says where it listens.
//
// Start with New; routes.go lists what there is.
package web
