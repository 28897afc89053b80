package faults

import (
	"sync"
	"syscall"
	"testing"
	"time"
)

// meanwhile publishes the files whose names match the pattern while things break, and gives a function that waits for it.
func (st *station) meanwhile(pattern string) (wait func()) {
	var wg sync.WaitGroup
	var err error
	wg.Go(func() { err = st.publish(pattern) })
	st.t.Cleanup(wg.Wait)
	return func() {
		st.t.Helper()
		if wg.Wait(); err != nil {
			st.t.Fatal(err)
		}
	}
}

func (st *station) publishFirst(pattern string) {
	st.t.Helper()
	if err := st.publish(pattern); err != nil {
		st.t.Fatal(err)
	}
}

// TestWorkerKilled kills one of two workers at random moments; each is started again.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	st := newStation(t, "worker killed", files(t, manyCopies), elasticsearch(t), "")
	st.publishFirst("[a-c]*.pdf")
	st.work(2, st.env)
	wait := st.meanwhile("[d-z]*.pdf")
	st.breaks(workerKills, 200*time.Millisecond, 1500*time.Millisecond, func() bool { return st.worker().kill() })
	wait()
	st.finish()
}

// TestReaderKilled kills the processes in which workers read PDFs.
func TestReaderKilled(t *testing.T) {
	t.Parallel()
	st := newStation(t, "reader killed", files(t, fewCopies), elasticsearch(t), "")
	st.publishFirst("*.pdf")
	st.work(2, st.env)
	st.breaks(readerKills, 50*time.Millisecond, 500*time.Millisecond, func() bool {
		readers := st.worker().process().children()
		return len(readers) > 0 && syscall.Kill(readers[st.rng.IntN(len(readers))], syscall.SIGKILL) == nil
	})
	st.finish()
}

// TestServerKilled kills the NATS server and starts it again on the same files.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	st := newStation(t, "NATS server killed", files(t, manyCopies), elasticsearch(t), "")
	st.publishFirst("[a-c]*.pdf")
	st.work(2, st.env)
	wait := st.meanwhile("[d-z]*.pdf")
	st.breaks(serverKills, 300*time.Millisecond, 2*time.Second, func() bool {
		killed := st.nats.now.kill()
		st.between(0, 2*time.Second)
		st.nats.start()
		return killed
	})
	wait()
	st.finish()
}
