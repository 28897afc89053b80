// Package site serves the web pages: search, disclosures with their PDF beside them, units, regions, codes, comparison, and what comes in.
// Every page is made on the server and works without script where it can; scripts and styles are this package's own files or pinned
// libraries (assets/vendor, see scripts/vendor.sh), served from here, and nothing is loaded from elsewhere. Pages are in Chinese and English
// (messages), their state is in their address, and every text of a document, a file name or a query goes through html/template.
//
// Start with New; routes.go lists what there is. A page is a method of request that asks the index and shows a template.
package site
