package blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A transfer of bytes may take transferTime, and slowest more for each second's worth of them, in bytes: without a deadline of
// ours the NATS client has one of 5 s, however large the object is, and without any a lost answer would be waited for for ever.
const (
	transferTime = 30 * time.Second
	slowest      = 128 << 10
)

func transferring[N int | uint64](ctx context.Context, size N) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, transferTime+time.Duration(size/slowest)*time.Second)
}

// Objects keeps blobs in a JetStream object store, for workers on several machines without a folder in common.
type Objects struct {
	store jetstream.ObjectStore
	name  string
}

// OpenObjects opens the bucket, and makes it with so many replicas (0 is one) if it isn't there. Two processes may do so at once.
func OpenObjects(ctx context.Context, js jetstream.JetStream, bucket string, replicas int) (*Objects, error) {
	store, err := js.ObjectStore(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket:      bucket,
			Description: "PDFs by SHA-256",
			Storage:     jetstream.FileStorage,
			Replicas:    replicas,
		})
		if errors.Is(err, jetstream.ErrBucketExists) {
			store, err = js.ObjectStore(ctx, bucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open object store %s: %w", bucket, err)
	}
	return &Objects{store: store, name: bucket}, nil
}

// Put keeps data and returns its digest, once the server has confirmed it. What is there already with the same length is
// left alone.
func (o *Objects) Put(ctx context.Context, data []byte) (string, error) {
	digest := Digest(data)
	info, err := o.store.GetInfo(ctx, digest)
	if err == nil && info.Size == uint64(len(data)) {
		return digest, nil
	}
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		return "", fmt.Errorf("put blob in object store %s: %w", o.name, err)
	}
	ctx, cancel := transferring(ctx, len(data))
	defer cancel()
	if _, err := o.store.PutBytes(ctx, digest, data); err != nil {
		return "", fmt.Errorf("put blob in object store %s (is the NATS server's disk full?): %w", o.name, err)
	}
	return digest, nil
}

// Get returns the bytes of a blob, at most limit of them. It gives ErrNotFound, ErrDamaged or ErrTooLarge.
func (o *Objects) Get(ctx context.Context, digest string, limit int64) ([]byte, error) {
	if err := checkDigest(digest); err != nil {
		return nil, err
	}
	obj, cancel, err := o.open(ctx, digest, limit)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("get blob %s from object store %s: %w", digest, o.name, err)
	}
	defer cancel()
	defer obj.Close()
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(obj, limit+1))
	switch {
	case n > limit:
		return nil, fmt.Errorf("get blob %s: %w of %d bytes", digest, ErrTooLarge, limit)
	case errors.Is(err, jetstream.ErrDigestMismatch), err == nil && Digest(buf.Bytes()) != digest:
		return nil, fmt.Errorf("get blob %s from object store %s: %w (remove it with nats object rm %s %s, then ingest the file again)",
			digest, o.name, ErrDamaged, o.name, digest)
	case err != nil:
		return nil, fmt.Errorf("get blob %s from object store %s: %w", digest, o.name, err)
	}
	return buf.Bytes(), nil
}

// open begins to read an object of at most limit bytes, with the time that its size asks for.
func (o *Objects) open(ctx context.Context, digest string, limit int64) (jetstream.ObjectResult, context.CancelFunc, error) {
	info, err := o.store.GetInfo(ctx, digest)
	if err != nil {
		return nil, nil, err
	}
	if info.Size > uint64(limit) {
		return nil, nil, fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	}
	ctx, cancel := transferring(ctx, info.Size)
	obj, err := o.store.Get(ctx, digest)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	return obj, cancel, nil
}

// Has reports whether a blob is there; it does not read it.
func (o *Objects) Has(ctx context.Context, digest string) (bool, error) {
	if err := checkDigest(digest); err != nil {
		return false, err
	}
	_, err := o.store.GetInfo(ctx, digest)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for blob in object store %s: %w", o.name, err)
	}
	return true, nil
}

// List calls fn with the digest of each blob until fn returns an error, which it returns.
func (o *Objects) List(ctx context.Context, fn func(digest string) error) error {
	infos, err := o.store.List(ctx)
	if errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list blobs in object store %s: %w", o.name, err)
	}
	for _, info := range infos {
		if checkDigest(info.Name) != nil {
			continue
		}
		if err := fn(info.Name); err != nil {
			return err
		}
	}
	return nil
}
