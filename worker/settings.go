package worker

import (
	"runtime"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// All that the way of a job is tuned by stands in this file, each with its reason: what the streams keep and how often, how long a
// worker may be silent, how often a job is tried. docs/operations.md says what of it an operator may change.

// A QueueConfig says how streams are made that aren't there. Those that are there stay as their operator has them.
type QueueConfig struct {
	Prefix   string // of all names; "" is DefaultPrefix
	Replicas int    // of each stream, on a cluster of NATS servers: 3 survives the loss of one; default 1
}

// DuplicateWindow is for how long the stream refuses a second message with the same Nats-Msg-Id. It covers a publisher that
// sends again because an answer was lost, and a crawler that finds the same link on many pages; the server keeps the
// ids in memory, so it is minutes and not days. Doing a job twice is harmless.
const DuplicateWindow = 10 * time.Minute

// jobStream has no limit of age, number or bytes: what a limit drops would be a file lost to sight. A server whose disk is full
// refuses new jobs instead, and publishers hear of it.
func (q *Queue) jobStream() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        q.names.JobStream(),
		Description: "jobs: PDFs to be read",
		Subjects:    []string{q.names.JobSubject()},
		Retention:   jetstream.WorkQueuePolicy, // a settled job is gone
		Storage:     jetstream.FileStorage,
		Replicas:    q.cfg.Replicas,
		Duplicates:  DuplicateWindow,
	}
}

// deadStream is likewise without limits. A million dead letters are half a gigabyte.
func (q *Queue) deadStream() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        q.names.DeadStream(),
		Description: "dead letters: jobs that were not indexed, and why",
		Subjects:    []string{q.names.prefix + ".dead.*"},
		Retention:   jetstream.LimitsPolicy, // read by many, removed by hand only
		Storage:     jetstream.FileStorage,
		Replicas:    q.cfg.Replicas,
		Duplicates:  DuplicateWindow,
	}
}

// maxAckPending is how many jobs may be handed out or waiting for another try, over all workers. A job that waits ten
// minutes for its next try counts, so that a small number would let a few thousand dead links hold up everybody else; the
// server writes its list of them to disk, so that it is no larger either.
const maxAckPending = 10_000

// consumer is what all workers share.
func (q *Queue) consumer(ackWait time.Duration) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       q.names.Consumer(),
		Description:   "all workers",
		DeliverPolicy: jetstream.DeliverAllPolicy,
		// Each job is settled on its own; one ack says nothing about the one before.
		AckPolicy: jetstream.AckExplicitPolicy,
		// After this without a sign of life a worker is taken for dead. InProgress is sent every third of it.
		AckWait: ackWait,
		// Unlimited, and the worker counts (Config.MaxDeliver): after a limit of its own the server leaves a message in
		// the work queue where no consumer sees it again, so that a job whose worker died would be lost to sight.
		MaxDeliver:    -1,
		MaxAckPending: maxAckPending,
		ReplayPolicy:  jetstream.ReplayInstantPolicy,
	}
}

// The defaults of Config.
const (
	// defaultMaxFile is far beyond any budget: the largest seen is a scan of 60 MB.
	defaultMaxFile = 256 << 20
	// defaultAckWait is how long a file waits whose worker was killed. Every heartbeat begins it anew, so that no file is
	// too slow for it; it need only be longer than a network's hiccup.
	defaultAckWait = 30 * time.Second
	// heartbeats is how many signs of life a worker gives in each AckWait: two may be lost.
	heartbeats = 3
	// defaultMaxDeliver tries take some 33 minutes with the default delays: longer than a restart of any server, and short
	// enough that somebody who waits for the last file hears of it.
	defaultMaxDeliver = 8
	// defaultGrace is longer than nearly all files take, and within what service managers wait before they kill.
	defaultGrace = 30 * time.Second
	// defaultJobTimeout is for what has no limit of its own: the extractor's are tighter.
	defaultJobTimeout = 15 * time.Minute
	// defaultFetchWait is how long stopping an idle worker takes.
	defaultFetchWait = time.Second
)

// defaultDelays are for a stumble, a restart, and a server that is away for a while.
func defaultDelays() []time.Duration {
	return []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
}

// Config says how a Worker works. The zero value is the defaults.
type Config struct {
	Jobs         int              // how many at a time; default the number of processors
	MaxFileBytes int64            // larger files are rejected as too-large; default 256 MiB
	MaxDeliver   int              // a job that failed this often is given up; default 8
	AckWait      time.Duration    // a worker silent for this long is taken for dead; default 30 s
	Delays       []time.Duration  // before the 2nd, 3rd, … try, the last for all further ones; default 1 s, 5 s, 30 s, 2 min, 10 min
	Grace        time.Duration    // for running jobs to end when the worker is stopped; default 30 s
	JobTimeout   time.Duration    // for reading one file, and for storing it; default 15 min
	FetchWait    time.Duration    // how long one request for a job waits at the server; default 1 s
	Clock        func() time.Time // of what the ledger is told; default time.Now
	// StorePatience is for how long the ledger may be out of reach before Run gives up with ErrStore; default 0: for ever. It
	// is also for how long the index may take no disclosure of several files; where it is one file's only, or this is 0, after 24 h,
	// that counts as a try of the file.
	StorePatience time.Duration
}

func (c Config) withDefaults() Config {
	orDefault(&c.Jobs, runtime.GOMAXPROCS(0))
	orDefault(&c.MaxFileBytes, defaultMaxFile)
	orDefault(&c.MaxDeliver, defaultMaxDeliver)
	orDefault(&c.AckWait, defaultAckWait)
	orDefault(&c.Grace, defaultGrace)
	orDefault(&c.JobTimeout, defaultJobTimeout)
	orDefault(&c.FetchWait, defaultFetchWait)
	if len(c.Delays) == 0 {
		c.Delays = defaultDelays()
	}
	return c
}

func orDefault[N int | int64 | time.Duration](n *N, value N) {
	if *n <= 0 {
		*n = value
	}
}
