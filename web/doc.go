// Package web serves what is indexed over HTTP: the API under /api/v1, described by /api/v1/openapi.json. Lists are pages with a cursor
// as JSON, or all of it as CSV or NDJSON, by the Accept header; errors are problem documents (RFC 9457). What is uploaded
// goes to an Intake, and what becomes of it is in a Ledger; it reads no PDF itself. Who may do what is a Guard's business, such as those of package
// access; without one, everybody may do everything.
//
// Start with New; routes.go and jobs.go list what there is.
package web
