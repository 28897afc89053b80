// Package export writes what is indexed as files that other programs open: CSV, Parquet, XLSX, and a data package (Frictionless Data),
// and whole disclosures as Markdown. Every figure carries its unit, year, form, page, box and the SHA-256 of its PDF.
//
// It holds one page of line items at a time, and one line a disclosure. Start with Write; WriteOne is for a
// disclosure that is in no index.
package export
