// Yusuan (预算) reads the budget and final-accounts disclosures that public bodies publish as PDFs into structured data and makes
// them searchable: on one machine with nothing to install, or with workers on a NATS server that index into Elasticsearch. Its
// commands are listed by yusuan --help; yusuan demo shows it at work.
//
// # A tour of the code
//
// From the bottom up, with the file to open first.
//
// Package schemas (schemas/disclosure.go) is the ground: the types that cross a boundary. A Disclosure is one PDF as read, a
// Job asks for one to be read, an Entry of the ledger says what became of it, a Rejection is a fact about a document that no
// second try will change. Amounts are integers of 分 with the printed text beside them. It imports nothing of ours, and nobody
// else's either.
//
// Package extractor (extractor/extractor.go) turns a PDF into a Disclosure, in four rooms, one after the other. In
// extractor/pdf a page becomes glyphs and rulings, by one of two engines or by both (pdf.Auto): our own interpreter in
// pdf/content, and PDFium in pdf/pdfium; nothing above it knows that there are PDFs. extractor/layout makes runs, lines and
// paragraphs of the glyphs, extractor/table finds tables by rulings or by alignment, and extractor/budget knows what the
// document says: forms, sections, codes, units of measure; schemas/region knows China's counties by name, schemas/codebook
// what the codes of classifications are called. Strangers' files can hang and crash any reader, so that an extractor.Pool reads
// them in children of this program (extractor/sandbox), with a deadline and a limit of memory.
//
// Package indexer (indexer/record.go, indexer/query.go) says what is stored of a Disclosure and what can be asked, as types and
// pure functions: records, what a column's header means (measure.go), folding and tokens of text, the query language, highlighting. indexer/headway says how far the reading of files is. indexer/export and indexer/markdown write it as files that other programs open. indexer/sqlite keeps it in one
// file, indexer/elastic in Elasticsearch; indexer/indextest holds both to the same answers.
//
// Package worker (worker/doc.go) is the only one that knows JetStream: a Publisher stores the bytes (worker/blob), writes the
// ledger and queues a job; a Worker fetches one job at a time, has it read and indexed, and only then takes it off the
// queue; what cannot be read becomes a dead letter with the reason. Verify holds queue, bytes, ledger and index against each
// other. worker/broker opens NATS, embedded or elsewhere, and worker/source finds and fetches files.
//
// Package checker (checker/changes.go) says what is different in a newer version of a disclosure, which reasons the narrative gives
// (reasons.go), and who has published what (coverage.go).
//
// Package web (web/routes.go) serves the index over HTTP, and takes uploads (web/upload.go) for whoever implements its Intake; web/access knows
// who may do what. web/site (web/site/routes.go) makes the pages: templates, messages in two languages, styles and scripts, all served from the program. Program dashboards (dashboards/overview.go) writes the dashboards that Kibana imports.
//
// Extractor, indexer, checker and worker do not know each other. The worker names the small interfaces that it calls
// (worker/ports.go), and this package puts them together; arch_test.go keeps it so.
//
// Here, main.go is the whole way: parse, build, run, exit code. cli.go has the flags and commands, settings.go reads the
// environment and the configuration file, and each command is a file with its flags, its help and its Run: extract.go,
// ingest.go, publish.go, work.go, search.go, items.go, deadletter.go, verify.go, doctor.go, demo.go. store.go and station.go
// open what the flags name: the index with the ledger, and all that a job passes through. submit.go sees to it that every
// input has one result, and summary.go counts them; screen.go lays out what is printed and progress.go tells how far it is.
// compare.go and reindex.go are about versions, of disclosures and of this program; compareyears.go prints what
// web/comparison finds of years and codes, coverage.go says who has published; export.go writes files by indexer/export; serve.go opens package web, with
// guard.go for who may ask, intake.go for what is uploaded, and key.go for keys; watch.go goes on ingesting; status.go
// tells what goes on. metrics.go, monitor.go and tracing.go turn what workers, children and stores tell their observers into
// Prometheus metrics, health and OpenTelemetry traces; nobody else knows these. What the program promises to those
// who type it is in testdata/script, one script a subject.
package main
