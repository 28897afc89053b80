// Package schemas holds the data that crosses a boundary of yusuan: what extraction gives (Disclosure), what the queue
// carries (Job), what became of a file (Entry, Rejection), and the amounts and codes in them. The JSON Schemas of what is
// written to files, queues and indices are embedded beside the types.
//
// It imports the standard library only, so that every other package, and other programs, can rely on it. Start with
// Disclosure.
package schemas
