//go:build !faults

package faults

// How often things break, and with how many copies beside our own samples.
const (
	workerKills = 4
	readerKills = 6
	serverKills = 3
	cuts        = 6
	refusals    = 4
	fullDisks   = 2
	dataDisk    = "200m"

	fewCopies  = 12
	manyCopies = 12
)
