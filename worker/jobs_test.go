package worker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/blob"
	"yusuan/worker/source"
)

// letters gives the standing dead letters as "code file: message".
func (b *bench) letters() []string {
	b.t.Helper()
	list, err := b.deadLetters().List(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	var got []string
	for _, d := range list {
		got = append(got, fmt.Sprintf("%s %s: %s", d.Code, d.FileName, d.Message))
	}
	return got
}

func (b *bench) deadLetters() *worker.DeadLetters {
	return worker.NewDeadLetters(b.lg, b.q, b.store, b.store)
}

func TestBadJobs(t *testing.T) {
	payloads := map[string]string{
		"empty":        ``,
		"text":         `https://example.org/a.pdf`,
		"array":        `[1,2]`,
		"nothing":      `{}`,
		"short digest": `{"blob":"sha256:abc"}`,
		"other digest": `{"blob":"md5:d41d8cd98f00b204e9800998ecf8427e"}`,
		"type":         `{"url":17}`,
		"binary":       "\x00\xff\xfe",
		"long":         strings.Repeat("x", 100_000),
	}
	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.send(payload)
			b.start(quick())
			b.settle()
			list, err := b.deadLetters().List(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatalf("got dead letters %+v, %v, want one", list, err)
			}
			d := list[0]
			if d.Code != schemas.BadJob || d.Deliveries != 1 || d.Job != nil || len(d.Payload) > 4<<10 || len(d.Message) > 2000 {
				t.Errorf("got %+v, want %s at the first delivery with the payload", d, schemas.BadJob)
			}
			if e := b.store.get(d.ID); e.State != schemas.Rejected || e.Code != schemas.BadJob {
				t.Errorf("got entry %+v, want it rejected as %s", e, schemas.BadJob)
			}
			if _, err := b.deadLetters().Retry(t.Context(), d); err == nil {
				t.Error("got it retried, want an error")
			}
		})
	}
}

func TestURLJobs(t *testing.T) {
	b := newBench(t)
	calls := map[string]int{}
	give := func(name, text string) {
		b.fetch[name] = func() (source.Document, error) {
			calls[name]++
			return source.Document{Data: []byte(text), FileName: "2024.pdf", URL: name}, nil
		}
	}
	const good, gone, shaky, twin = "https://example.org/good", "https://example.org/gone", "https://example.org/shaky", "https://example.org/twin"
	give(good, "contents")
	give(twin, "published as a file")
	b.fetch[gone] = func() (source.Document, error) {
		return source.Document{}, schemas.Reject(schemas.NotFound, "404")
	}
	b.fetch[shaky] = func() (source.Document, error) {
		if calls[shaky]++; calls[shaky] == 1 {
			return source.Document{}, errors.New("502")
		}
		return source.Document{Data: []byte("late"), FileName: "late.pdf"}, nil
	}
	b.publish("published as a file")
	stop := b.start(quick())
	b.settle()
	for _, u := range []string{good, gone, shaky, twin} {
		b.send(fmt.Sprintf(`{"id":"mine","url":%q,"claims":{"unit":"示例县教育局","year":2024}}`, u))
	}
	b.settle()
	check := func(u string, state schemas.State, digest string) {
		t.Helper()
		e := b.store.get(worker.URLID(u))
		if e.State != state || e.SHA256 != digest || e.URL != u {
			t.Errorf("%s: got %+v, want %s with bytes %s", u, e, state, digest)
		}
	}
	check(good, schemas.Indexed, blob.Digest([]byte("contents")))
	check(gone, schemas.Rejected, "")
	check(shaky, schemas.Indexed, blob.Digest([]byte("late")))
	check(twin, schemas.Unchanged, blob.Digest([]byte("published as a file")))
	if e := b.store.get(worker.URLID(good)); e.FileName != "2024.pdf" || e.Claims == nil || e.Claims.Year != 2024 {
		t.Errorf("got %+v, want the fetched name and the claims", e)
	}
	doc := b.store.docs[schemas.DisclosureID(blob.Digest([]byte("contents")))]
	if doc == nil || doc.Claims == nil || doc.Claims.Unit != "示例县教育局" || doc.Source.URI != good || doc.Source.FileName != "2024.pdf" {
		t.Errorf("got disclosure %+v, want claims and source", doc)
	}

	// The same URL again: once with the same bytes, once with others.
	b.send(fmt.Sprintf(`{"url":%q}`, good))
	b.until("second fetch", func() bool { return b.store.get(worker.URLID(good)).State == schemas.Unchanged })
	b.settle()
	give(good, "corrected contents")
	b.send(fmt.Sprintf(`{"url":%q}`, good))
	b.until("third fetch", func() bool {
		return b.store.get(worker.URLID(good)).SHA256 == blob.Digest([]byte("corrected contents"))
	})
	b.settle()
	stop()
	check(good, schemas.Indexed, blob.Digest([]byte("corrected contents")))
	if got, want := b.x.count(), 4; got != want {
		t.Errorf("got %d extractions, want %d", got, want)
	}
}

// TestLostBlob has a job whose bytes are gone from the store, with and without a URL to get them again.
func TestLostBlob(t *testing.T) {
	b := newBench(t)
	const u = "https://example.org/a.pdf"
	b.fetch[u] = func() (source.Document, error) { return source.Document{Data: []byte("again"), FileName: "a.pdf"}, nil }
	withURL, without, other := blob.Digest([]byte("again")), blob.Digest([]byte("lost")), blob.Digest([]byte("before"))
	b.send(fmt.Sprintf(`{"blob":"sha256:%s","url":%q}`, withURL, u))
	b.send(fmt.Sprintf(`{"blob":"sha256:%s"}`, without))
	b.send(fmt.Sprintf(`{"blob":"sha256:%s","url":%q}`, other, u))
	b.start(quick())
	b.settle()
	want := map[string]schemas.State{withURL: schemas.Indexed, without: schemas.Failed, other: schemas.Failed}
	for id, state := range want {
		if e := b.store.get(id); e.State != state {
			t.Errorf("got %s (%s), want %s", e.State, e.Message, state)
		}
	}
}

func TestTooLarge(t *testing.T) {
	b := newBench(t)
	cfg := quick()
	cfg.MaxFileBytes = 5
	b.publish("12345")
	id := b.publish("123456").Entry.ID
	b.start(cfg)
	b.settle()
	if e := b.store.get(id); e.State != schemas.Rejected || e.Code != schemas.TooLarge {
		t.Errorf("got %+v, want it rejected as %s", e, schemas.TooLarge)
	}
	if got := b.store.indexed(); got != 1 {
		t.Errorf("got %d disclosures, want the one at the limit", got)
	}
}

// TestNewerParser has an index with the result of a parser newer than this one.
func TestNewerParser(t *testing.T) {
	b := newBench(t)
	r := b.publish("file")
	newer := &schemas.Disclosure{Source: schemas.Source{SHA256: r.Entry.ID}, ParserVersion: schemas.ParserVersion + 1}
	b.store.docs[newer.ID()] = newer
	b.start(quick())
	b.settle()
	if e := b.store.get(r.Entry.ID); e.State != schemas.Unchanged || b.store.docs[newer.ID()] != newer {
		t.Errorf("got %+v, want it unchanged", e)
	}
}

func TestJobID(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	const u = "https://example.org/a.pdf"
	cases := map[string]struct {
		job  schemas.Job
		want string
	}{
		"blob":                 {schemas.Job{Blob: "sha256:" + digest}, digest},
		"url":                  {schemas.Job{URL: u}, worker.URLID(u)},
		"both":                 {schemas.Job{URL: u, Blob: "sha256:" + digest}, digest},
		"both, known by url":   {schemas.Job{ID: worker.URLID(u), URL: u, Blob: "sha256:" + digest}, worker.URLID(u)},
		"a sender's own id":    {schemas.Job{ID: "../../etc", URL: u}, worker.URLID(u)},
		"an id of another url": {schemas.Job{ID: worker.URLID("x"), URL: u, Blob: "sha256:" + digest}, digest},
	}
	for name, c := range cases {
		if got := worker.JobID(c.job); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	n, err := worker.NewNames("")
	if err != nil {
		t.Fatal(err)
	}
	got := []string{n.JobStream(), n.JobSubject(), n.Consumer(), n.DeadStream(), n.DeadSubject("a.b *>"), n.EventSubject(schemas.OCRNeeded), n.Bucket()}
	want := []string{"YUSUAN_JOBS", "yusuan.jobs", "workers", "YUSUAN_DEAD", "yusuan.dead.a-b---", "yusuan.events.needs-ocr", "yusuan-blobs"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +:\n%s", diff)
	}
	for _, bad := range []string{"a.b", "a b", "A", "预算", "*", strings.Repeat("a", 65)} {
		if _, err := worker.NewNames(bad); err == nil {
			t.Errorf("prefix %q: got no error", bad)
		}
	}
}
