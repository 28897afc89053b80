// Package faults has no code of the program: its tests run the program with real servers, break something while it works, and
// hold the end against a run in which nothing broke. Nothing may be lost and nothing be there twice.
//
// The tests build the program and the NATS server, and want an Elasticsearch (YUSUAN_TEST_ELASTICSEARCH, see scripts/test.sh). Those
// that need a small disk mount one, and so want to be root. Each runs shortly with go test ./...; with the build tag faults (make
// faults) they break things more often, and a cluster of three Elasticsearch nodes as well. With the tag load (make load), thousands
// of files are measured instead. At the end a table says what was broken how often.
//
// The files come from package copies, whose command is loadgen.
package faults
