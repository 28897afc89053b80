package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/broker"
)

// BenchmarkQueue publishes small files and works on them with an extractor, an index and a ledger that cost nothing: what the
// queue itself costs, with every write synced to disk.
func BenchmarkQueue(b *testing.B) {
	ctx := context.Background()
	srv, err := broker.Open(ctx, zap.NewNop(), broker.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	q, err := worker.OpenQueue(ctx, zap.NewNop(), srv.Conn(), worker.QueueConfig{})
	if err != nil {
		b.Fatal(err)
	}
	blobs, err := blob.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	s := newStore()
	pub := worker.NewPublisher(zap.NewNop(), q, blobs, s)
	b.ResetTimer()
	begun := time.Now()
	for i := range b.N {
		if _, err := pub.Publish(ctx, worker.Submission{Data: fmt.Append(nil, "file ", i)}); err != nil {
			b.Fatal(err)
		}
	}
	published := time.Since(begun)
	begun = time.Now()
	report, err := worker.Verify(ctx, zap.NewNop(), q, worker.VerifyParts{Ledger: s, Entries: s, Blobs: blobs, Index: s})
	if err != nil || report.Jobs != b.N {
		b.Fatalf("got %+v, %v", report, err)
	}
	verified := time.Since(begun)
	begun = time.Now()
	w := worker.New(zap.NewNop(), q, worker.Parts{Extractor: &extractor{}, Index: s, Ledger: s, Blobs: blobs}, worker.Config{})
	runCtx, cancel := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- w.Run(runCtx) }()
	for s.indexed() < b.N {
		time.Sleep(time.Millisecond)
	}
	worked := time.Since(begun)
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	per := func(d time.Duration) float64 { return float64(b.N) / d.Seconds() }
	b.ReportMetric(per(published), "published/s")
	b.ReportMetric(per(verified), "verified/s")
	b.ReportMetric(per(worked), "worked/s")
}
