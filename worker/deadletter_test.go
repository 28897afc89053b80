package worker_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"yusuan/schemas"
	"yusuan/worker"
)

// sickly has files that are rejected, need OCR, or fail, until cured.
func sickly(t *testing.T) (b *bench, cure func()) {
	b = newBench(t)
	cured := make(chan struct{})
	b.x.do = func(_ context.Context, text string, _ int) error {
		select {
		case <-cured:
			return nil
		default:
		}
		switch text {
		case "locked":
			return &schemas.Rejection{Code: schemas.PasswordNeeded, Message: "a password is needed", Page: 3}
		case "scan":
			return schemas.Reject(schemas.NeedsOCR, "pages are pictures")
		case "broken":
			return errors.New("engine broke")
		}
		return nil
	}
	for _, text := range []string{"good", "locked", "scan", "broken"} {
		b.publish(text)
	}
	stop := b.start(quick())
	b.settle()
	stop()
	return b, func() { close(cured) }
}

func TestDeadLetters(t *testing.T) {
	b, cure := sickly(t)
	l := b.deadLetters()
	want := []string{
		"password-needed locked.pdf: a password is needed",
		"needs-ocr scan.pdf: pages are pictures",
		"failed broken.pdf: given up after 4 tries: extract: engine broke",
	}
	if diff := cmp.Diff(b.letters(), want); diff != "" {
		t.Fatalf("got - want +:\n%s", diff)
	}
	list, err := l.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	locked, scan, broken := list[0], list[1], list[2]
	if locked.Page != 3 || locked.Job == nil || locked.Job.SHA256() != locked.ID || broken.Deliveries != 4 {
		t.Errorf("got %+v and %+v, want page, job and deliveries", locked, broken)
	}
	if d, ok, err := l.Show(t.Context(), scan.ID[:12]); err != nil || !ok || d.ID != scan.ID {
		t.Errorf("show by the start of its id: got %+v, %t, %v", d, ok, err)
	}
	if _, ok, err := l.Show(t.Context(), "nothing"); err != nil || ok {
		t.Errorf("show of nothing: got %t, %v", ok, err)
	}

	for _, want := range list {
		if d, ok, err := l.Of(t.Context(), want.ID); err != nil || !ok || cmp.Diff(d, want) != "" {
			t.Errorf("of %s: got %+v, %t, %v, want %+v", want.ID, d, ok, err, want)
		}
	}
	if err := l.Drop(t.Context(), locked); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{locked.ID, scan.ID[:12], "nothing"} { // dropped, shortened, unknown
		if _, ok, err := l.Of(t.Context(), id); err != nil || ok {
			t.Errorf("of %s: got %t, %v, want none", id, ok, err)
		}
	}
	if e := b.store.get(locked.ID); e.State != schemas.Rejected || e.Code != schemas.PasswordNeeded || !e.Dropped() {
		t.Errorf("dropped: got %+v, want it rejected as before, and remembered", e)
	}
	cure()
	for _, d := range []worker.DeadLetter{scan, broken} {
		if e, err := l.Retry(t.Context(), d); err != nil || e.State != schemas.Queued {
			t.Fatalf("retry: got %+v, %v", e, err)
		}
	}
	if got := b.letters(); len(got) != 0 {
		t.Errorf("got %v, want no dead letter to stand", got)
	}
	b.start(quick())
	b.settle()
	if diff := cmp.Diff(b.store.tally(), map[schemas.State]int{schemas.Indexed: 3, schemas.Rejected: 1}); diff != "" {
		t.Errorf("ledger, got - want +:\n%s", diff)
	}
	if got := b.publish("locked").State; got != schemas.Unchanged {
		t.Errorf("dropped and published again: got %s, want %s", got, schemas.Unchanged)
	}
	report, err := worker.Verify(t.Context(), b.lg, b.q, b.verifyParts())
	if err != nil || len(report.Problems) != 0 || report.DeadLetters != 0 {
		t.Errorf("verify: got %+v, %v", report, err)
	}
}

func TestRetryTwice(t *testing.T) {
	b, _ := sickly(t)
	l := b.deadLetters()
	list, err := l.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.Retry(t.Context(), list[0]); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.status().Jobs; got != 1 {
		t.Errorf("got %d jobs, want 1", got)
	}
	b.start(quick())
	b.settle()
	if got := b.letters(); len(got) != 3 {
		t.Errorf("rejected again: got %v, want its new letter among three", got)
	}
}

// TestFailedPublishedAgain has a failed file that is simply ingested once more; its old letter stands no more.
func TestFailedPublishedAgain(t *testing.T) {
	b, cure := sickly(t)
	cure()
	if got := b.publish("broken").State; got != schemas.Queued {
		t.Fatalf("got %s, want %s", got, schemas.Queued)
	}
	if got := b.publish("locked").State; got != schemas.Unchanged {
		t.Errorf("a fact about the document: got %s, want %s", got, schemas.Unchanged)
	}
	b.start(quick())
	b.settle()
	if got := b.letters(); len(got) != 2 {
		t.Errorf("got %v, want two letters to stand", got)
	}
	if got := b.status().DeadLetters; got != 3 {
		t.Errorf("got %d letters on the stream, want 3", got)
	}
	if err := b.deadLetters().Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.status().DeadLetters; got != 2 {
		t.Errorf("after Tidy: got %d letters on the stream, want 2", got)
	}
}

// TestDeadLetterFirst has a server that takes no dead letters: the job stays on the stream until it does.
func TestDeadLetterFirst(t *testing.T) {
	b := newBench(t)
	b.observe()
	b.x.do = func(context.Context, string, int) error { return schemas.Reject(schemas.Damaged, "no") }
	js := b.q.JetStream()
	stream, err := js.Stream(t.Context(), b.q.Names().DeadStream())
	if err != nil {
		t.Fatal(err)
	}
	cfg := stream.CachedInfo().Config
	cfg.MaxMsgSize = 10
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	id := b.publish("file").Entry.ID
	b.start(quick())
	b.until("second try", func() bool { return b.x.count() >= 2 })
	if e := b.store.get(id); e.State.Final() {
		t.Errorf("got %s before the dead letter is stored", e.State)
	}
	cfg.MaxMsgSize = -1
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	b.settle()
	if e := b.store.get(id); e.State != schemas.Rejected || e.Code != schemas.Damaged {
		t.Errorf("got %+v, want it rejected as %s", e, schemas.Damaged)
	}
}

// fullDead has the stream of dead letters take no more, until the returned function is called.
func (b *bench) fullDead() (empty func()) {
	b.t.Helper()
	js := b.q.JetStream()
	dead, err := js.Stream(b.t.Context(), b.q.Names().DeadStream())
	if err != nil {
		b.t.Fatal(err)
	}
	cfg := dead.CachedInfo().Config
	cfg.MaxMsgs, cfg.Discard = 1, jetstream.DiscardNew
	if _, err := js.UpdateStream(b.t.Context(), cfg); err != nil {
		b.t.Fatal(err)
	}
	if _, err := js.Publish(b.t.Context(), b.q.Names().DeadSubject("other"), []byte(`{"id":"other","code":"other"}`)); err != nil {
		b.t.Fatal(err)
	}
	return func() {
		b.t.Helper()
		if err := dead.Purge(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
	}
}

// TestDeadLetterRefused has a stream of dead letters that is full for longer than the tries of a file last: in the end the letter
// says what it would have said at once.
func TestDeadLetterRefused(t *testing.T) {
	cases := map[string]struct {
		end     error
		state   schemas.State
		message string
		tries   int
	}{
		"rejected": {schemas.Reject(schemas.Damaged, "nothing could be read"), schemas.Rejected, "nothing could be read", 1},
		"failed":   {errors.New("engine broke"), schemas.Failed, "given up after 4 tries: extract: engine broke", 4},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			logs := b.observe()
			empty := b.fullDead()
			b.x.do = func(context.Context, string, int) error { return c.end }
			cfg := quick()
			b.start(cfg)
			id := b.publish("file").Entry.ID
			b.until("the letter is refused", func() bool { return logs.FilterMessageSnippet("dead letter not stored").Len() > 2*cfg.MaxDeliver })
			empty()
			b.settle()
			if e := b.store.get(id); e.State != c.state || e.Message != c.message || e.Deliveries != c.tries {
				t.Errorf("got %s %q after %d tries, want %s %q after %d", e.State, e.Message, e.Deliveries, c.state, c.message, c.tries)
			}
			if got, want := b.status().DeadLetters, uint64(1); got != want {
				t.Errorf("got %d dead letters, want %d", got, want)
			}
		})
	}
}

// TestRejectWhenStopped stops a worker at the moment when its file is rejected: the job is handed back.
func TestRejectWhenStopped(t *testing.T) {
	b := newBench(t)
	b.observe()
	begun := make(chan struct{}, 2)
	b.x.do = func(ctx context.Context, _ string, call int) error {
		begun <- struct{}{}
		if call == 1 {
			<-ctx.Done()
		}
		return schemas.Reject(schemas.Damaged, "nothing could be read")
	}
	cfg := quick()
	cfg.Grace, cfg.Delays = time.Millisecond, []time.Duration{time.Hour}
	id := b.publish("file").Entry.ID
	stop := b.start(cfg)
	<-begun
	stop()
	if e := b.store.get(id); e.State != schemas.Queued || e.Deliveries != 0 || e.Code != "" {
		t.Errorf("handed back: got %+v, want it %s, and no try", e, schemas.Queued)
	}
	b.start(cfg) // it has the job at once
	b.settle()
	b.last(id, schemas.Rejected)
}

func TestVerifyAndRepair(t *testing.T) {
	b, cure := sickly(t)
	ctx := t.Context()
	publish := func(text string) string { return b.publish(text).Entry.ID }
	lost, unblobbed, unindexed := publish("lost"), publish("unblobbed"), publish("unindexed")
	stop := b.start(quick())
	b.settle()
	stop()
	edit := func(id string, change func(*schemas.Entry)) {
		e := b.store.get(id)
		change(&e)
		if err := b.store.PutEntry(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	edit(lost, func(e *schemas.Entry) {
		e.State, e.QueuedAt = schemas.Working, e.QueuedAt.Add(-time.Hour)
	})
	edit(unblobbed, func(e *schemas.Entry) { e.SHA256 = strings.Repeat("0", 64) })
	delete(b.store.docs, schemas.DisclosureID(unindexed))
	b.store.docs["unknown"] = &schemas.Disclosure{}
	stray, err := b.blobs.Put(ctx, []byte("stray"))
	if err != nil {
		t.Fatal(err)
	}
	letters, err := b.deadLetters().List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := b.q.JetStream().Stream(ctx, b.q.Names().DeadStream())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(ctx, letters[0].Sequence); err != nil {
		t.Fatal(err)
	}
	ghost := worker.DeadLetter{ID: "ghost", Code: schemas.Damaged}
	b.sendDead(ghost)

	report, err := worker.Verify(ctx, b.lg, b.q, b.verifyParts())
	if err != nil {
		t.Fatal(err)
	}
	got := map[worker.ProblemKind][]string{}
	for _, p := range report.Problems {
		got[p.Kind] = append(got[p.Kind], p.ID)
		if p.Detail == "" || p.Remedy == "" {
			t.Errorf("problem %+v: want it to say what is wrong and what to do", p)
		}
	}
	want := map[worker.ProblemKind][]string{
		worker.JobLost:       {lost},
		worker.BlobMissing:   {unblobbed},
		worker.BlobUnknown:   {stray},
		worker.IndexMissing:  {unindexed},
		worker.IndexUnknown:  {"unknown"},
		worker.LetterMissing: {letters[0].ID},
		worker.LetterUnknown: {"ghost"},
	}
	// The bytes and the disclosure of the entry that names others now are nobody's.
	want[worker.BlobUnknown] = append(want[worker.BlobUnknown], unblobbed)
	want[worker.IndexUnknown] = append([]string{schemas.DisclosureID(unblobbed)}, want[worker.IndexUnknown]...)
	for _, ids := range []map[worker.ProblemKind][]string{got, want} {
		for kind := range ids {
			slices.Sort(ids[kind])
		}
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Fatalf("got - want +:\n%s", diff)
	}

	cure()
	n, err := worker.Repair(ctx, b.lg, b.q, b.store, report.Problems)
	if err != nil || n != 4 {
		t.Fatalf("repair: got %d, %v, want 4", n, err)
	}
	b.start(quick())
	b.settle()
	for _, id := range []string{lost, unindexed, letters[0].ID, stray} {
		if e := b.store.get(id); e.State != schemas.Indexed {
			t.Errorf("repaired: got %+v, want it indexed", e)
		}
	}
	if b.store.docs[schemas.DisclosureID(unindexed)] == nil {
		t.Error("the disclosure is not in the index again")
	}
}

func TestVerifyDamagedBlob(t *testing.T) {
	b := newBench(t)
	id := b.publish("file").Entry.ID
	stop := b.start(quick())
	b.settle()
	stop()
	b.damage(id)
	parts := b.verifyParts()
	report, err := worker.Verify(t.Context(), b.lg, b.q, parts)
	if err != nil || len(report.Problems) != 1 || report.Problems[0].Kind != worker.BlobDamaged {
		t.Errorf("deep: got %+v, %v, want one %s", report.Problems, err, worker.BlobDamaged)
	}
	parts.Deep = false
	if report, err = worker.Verify(t.Context(), b.lg, b.q, parts); err != nil || len(report.Problems) != 0 {
		t.Errorf("not deep: got %+v, %v, want none", report.Problems, err)
	}
	if r, err := b.pub.Publish(t.Context(), worker.Submission{Data: []byte("file")}); err != nil || r.State != schemas.Unchanged {
		t.Fatalf("got %+v, %v", r, err)
	}
	parts.Deep = true
	if report, err = worker.Verify(t.Context(), b.lg, b.q, parts); err != nil || len(report.Problems) != 0 {
		t.Errorf("published again: got %+v, %v, want it mended", report.Problems, err)
	}
}

func TestRecover(t *testing.T) {
	b := newBench(t)
	digest, err := b.blobs.Put(t.Context(), []byte("file"))
	if err != nil {
		t.Fatal(err)
	}
	waiting := b.publish("waiting").Entry.ID
	old := time.Now().Add(-time.Minute)
	for _, e := range []schemas.Entry{
		{ID: digest, SHA256: digest, State: schemas.Queued, QueuedAt: old},
		{ID: worker.URLID("https://example.org/a"), URL: "https://example.org/a", State: schemas.Working, QueuedAt: old},
		{ID: "bad-x", State: schemas.Queued, QueuedAt: old},
		{ID: "young", SHA256: "young", State: schemas.Queued, QueuedAt: time.Now()}, // its job comes next
		{ID: "final", SHA256: "final", State: schemas.Indexed, QueuedAt: old},
	} {
		if err := b.store.PutEntry(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	n, err := worker.Recover(t.Context(), b.lg, b.q, b.store, b.store)
	if err != nil || n != 3 {
		t.Errorf("got %d, %v, want 3", n, err)
	}
	if got := b.status().Jobs; got != 3 {
		t.Errorf("got %d jobs, want the two lost and the one waiting", got)
	}
	if e := b.store.get("bad-x"); e.State != schemas.Rejected {
		t.Errorf("a lost message that was no job: got %+v", e)
	}
	if got := b.store.states(waiting); len(got) != 1 {
		t.Errorf("the one waiting: got %v, want it left alone", got)
	}
}

// sendDead puts a dead letter on the stream by hand.
func (b *bench) sendDead(d worker.DeadLetter) {
	b.t.Helper()
	payload := []byte(`{"id":"` + d.ID + `","code":"` + string(d.Code) + `"}`)
	if _, err := b.q.JetStream().Publish(b.t.Context(), b.q.Names().DeadSubject(d.Code), payload, jetstream.WithMsgID(d.ID)); err != nil {
		b.t.Fatal(err)
	}
}

// A laggard is an index that shows only later what it has stored.
type laggard struct {
	*store
	looks int
}

func (l *laggard) Holdings(ctx context.Context, fn func(worker.Holding) error) error {
	l.looks++
	return l.store.Holdings(ctx, func(h worker.Holding) error {
		if l.looks == 1 {
			h.Actual--
		}
		return fn(h)
	})
}

// short is an index that has lost an item of each disclosure.
type short struct{ *store }

func (s short) Holdings(ctx context.Context, fn func(worker.Holding) error) error {
	return s.store.Holdings(ctx, func(h worker.Holding) error { h.Actual--; return fn(h) })
}

func TestVerifyLooksTwice(t *testing.T) {
	b := newBench(t)
	b.publish("file")
	stop := b.start(quick())
	b.settle()
	stop()
	parts := b.verifyParts()
	lag := &laggard{store: b.store}
	parts.Index = lag
	report, err := worker.Verify(t.Context(), b.lg, b.q, parts)
	if err != nil || len(report.Problems) != 0 || lag.looks != 2 {
		t.Errorf("got %+v, %v after %d looks, want nothing after 2", report.Problems, err, lag.looks)
	}
	parts.Index = short{b.store}
	report, err = worker.Verify(t.Context(), b.lg, b.q, parts)
	if err != nil || len(report.Problems) != 1 || report.Problems[0].Kind != worker.IndexIncomplete {
		t.Errorf("for good: got %+v, %v, want one %s", report.Problems, err, worker.IndexIncomplete)
	}
}
