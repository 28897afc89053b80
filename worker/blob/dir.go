package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Dir keeps each blob in a file of its own, DIR/ab/abcdef…. Any number of processes may share the folder, and a file is
// there whole or not at all.
type Dir struct {
	root string
}

// OpenDir makes the folder if need be.
func OpenDir(root string) (*Dir, error) {
	if err := os.MkdirAll(root, 0o750); err != nil {
		return nil, fmt.Errorf("open blob folder %s (is it writable?): %w", root, err)
	}
	return &Dir{root: root}, nil
}

func (d *Dir) path(digest string) string { return filepath.Join(d.root, digest[:2], digest) }

// Put keeps data and returns its digest, once it would survive a power cut. What is there already is left alone, unless it
// is damaged: then it is replaced.
func (d *Dir) Put(ctx context.Context, data []byte) (string, error) {
	digest := Digest(data)
	if kept, err := d.Get(ctx, digest, int64(len(data))); err == nil && len(kept) == len(data) {
		return digest, nil
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := d.write(digest, data); err != nil {
		return "", fmt.Errorf("put blob in folder %s (disk full, or not writable? free some space or mend its rights, then go on): %w", d.root, err)
	}
	return digest, nil
}

// write makes the file under another name and moves it when its bytes are on disk, so that nobody sees half of it.
func (d *Dir) write(digest string, data []byte) (err error) {
	path := d.path(digest)
	folder := filepath.Dir(path)
	switch err := os.Mkdir(folder, 0o750); {
	case err == nil:
		if err := syncDir(d.root); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	f, err := os.CreateTemp(folder, tempPrefix+"*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Chmod(0o640); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(folder)
}

// tempPrefix starts the names of files being written. One that a dead process left behind is never taken for a blob.
const tempPrefix = ".new-"

// Get returns the bytes of a blob, at most limit of them. It gives ErrNotFound, ErrDamaged or ErrTooLarge.
func (d *Dir) Get(_ context.Context, digest string, limit int64) ([]byte, error) {
	if err := checkDigest(digest); err != nil {
		return nil, err
	}
	f, err := os.Open(d.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("get blob %s from folder %s: %w", digest, d.root, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("get blob: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("get blob: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("get blob %s: %w of %d bytes", digest, ErrTooLarge, limit)
	}
	if Digest(data) != digest {
		return nil, fmt.Errorf("get blob %s from folder %s: %w (ingest the file again to replace it)", digest, d.root, ErrDamaged)
	}
	return data, nil
}

// Has reports whether a blob is there; it does not read it.
func (d *Dir) Has(_ context.Context, digest string) (bool, error) {
	if err := checkDigest(digest); err != nil {
		return false, err
	}
	info, err := os.Stat(d.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for blob: %w", err)
	}
	return info.Mode().IsRegular(), nil
}

// List calls fn with the digest of each blob, in order, until fn returns an error, which it returns.
func (d *Dir) List(ctx context.Context, fn func(digest string) error) error {
	folders, err := os.ReadDir(d.root)
	if err != nil {
		return fmt.Errorf("list blobs: %w", err)
	}
	for _, folder := range folders {
		if !folder.IsDir() || len(folder.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(d.root, folder.Name()))
		if err != nil {
			return fmt.Errorf("list blobs: %w", err)
		}
		for _, file := range files {
			if err := ctx.Err(); err != nil {
				return err
			}
			if checkDigest(file.Name()) != nil || !strings.HasPrefix(file.Name(), folder.Name()) {
				continue // a file being written, or somebody else's
			}
			if err := fn(file.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}
