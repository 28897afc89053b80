// Package worker is the way of a PDF from the one who publishes it to the index: the stream of jobs, the workers that pull
// from it, the dead letters, and the ledger that says of every file what became of it. NATS JetStream is known here and
// nowhere else.
//
// It neither reads PDFs nor stores what was read: it calls an Extractor, an Index and a Ledger, named in ports.go and
// implemented elsewhere. Bytes live in a store of package blob, servers and connections come from package broker, and
// package source finds and fetches the files.
//
// What holds, whatever crashes when:
//
//   - A job is on the stream only after its bytes and its ledger entry are stored; it leaves the stream only after the index
//     has every item and the ledger says so, or after its dead letter is stored and the ledger says so.
//   - A fact about the document (schemas.Rejection) is never tried again; anything else is, with growing delay, up to the
//     last try, which ends in a dead letter with the code "failed". What is no fault of the file's is no try: its worker was
//     stopped, its server is busy with others, the index takes nobody's disclosure, its dead letter cannot be stored.
//   - The same job twice has the same effect as once. Of two workers with one message in hand, the slower one writes nothing
//     over what the other has settled.
//   - While the ledger is out of reach, workers hold what they have and fetch nothing.
//   - What a crash leaves in between, Verify finds and Recover repairs.
//
// What it does can be seen from outside: an Observer is told of every delivery, stage and final state, a Queue with Tracing
// carries one trace from publisher to worker in the headers of the message, and Health says whether a worker gets on.
//
// Start with OpenQueue, then NewPublisher and New; then DeadLetters, Track and Verify.
package worker
