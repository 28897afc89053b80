//go:build faults

package faults

// How often things break, and with how many copies beside our own samples.
const (
	workerKills = 20
	readerKills = 40
	serverKills = 10
	cuts        = 30
	refusals    = 20
	fullDisks   = 5
	dataDisk    = "600m" // the files are 120 MB, what is indexed of them as much again

	fewCopies  = 200
	manyCopies = 600
)
