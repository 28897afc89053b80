package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"
)

// Keys are those of a file. It is looked at with every request and read when it has changed, so that a key that was revoked is refused from
// then on.
type Keys struct {
	lg   *zap.Logger
	path string

	mu   sync.Mutex
	info fs.FileInfo // of the file when it was read; nil where it could not be
	list []Key
}

// OpenKeys reads the file. An error says which line is wrong.
func OpenKeys(lg *zap.Logger, path string) (*Keys, error) {
	list, err := ReadKeys(path)
	if err != nil {
		return nil, err
	}
	k := &Keys{lg: lg, path: path}
	k.refresh()
	if len(list) == 0 {
		lg.Warn("there are no keys in the file: make one with yusuan key create", zap.String("file", path))
	}
	return k, nil
}

// Verify implements Verifier.
func (k *Keys) Verify(_ context.Context, secret string) (Identity, bool) {
	hash := sha256.Sum256([]byte(secret))
	id, found := Identity{}, false
	for _, key := range k.refresh() {
		if key.matches(hash) && !key.Expired(time.Now()) {
			id, found = Identity{key.Name, key.Role}, true
		}
	}
	return id, found
}

// refresh gives the keys as the file has them now. Where it is gone or cannot be read, there are none; a line that is wrong lets nobody in and
// shuts out nobody else.
func (k *Keys) refresh() []Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if err == nil && k.info != nil && os.SameFile(info, k.info) && info.ModTime().Equal(k.info.ModTime()) && info.Size() == k.info.Size() {
		return k.list
	}
	if err != nil && k.info == nil && k.list == nil {
		return nil // it was said before
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(k.path)
	}
	if err != nil {
		k.lg.Error("the file of keys can't be read: nobody has a key", zap.Error(err))
		k.info, k.list = info, nil // said once, until the file is another one
		return nil
	}
	again := k.info != nil
	var wrong []error
	k.info = info
	k.list, wrong = parseKeys(data)
	for _, err := range wrong {
		k.lg.Error("a line of the file of keys is wrong, and lets nobody in", zap.String("file", k.path), zap.Error(err))
	}
	if again {
		k.lg.Info("keys were read anew", zap.String("file", k.path), zap.Int("keys", len(k.list)))
	}
	return k.list
}

// parseKeys reads the lines of a file of keys, and gives what is wrong with the others.
func parseKeys(data []byte) (list []Key, wrong []error) {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		k, ok, err := parseKey(string(line))
		switch {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("line %d: %w", n, err))
		case ok && indexOf(list, k.Name) >= 0:
			wrong = append(wrong, fmt.Errorf("line %d: there is another key with the name %s", n, k.Name))
		case ok:
			list = append(list, k)
		}
	}
	return list, wrong
}

func indexOf(list []Key, name string) int {
	return slices.IndexFunc(list, func(k Key) bool { return k.Name == name })
}

// ReadKeys reads a file of keys: one a line, see Key; empty lines and remarks (#) are skipped. An error says which line is wrong.
func ReadKeys(path string) ([]Key, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	list, wrong := parseKeys(data)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("read keys: %s: %w", path, wrong[0])
	}
	return list, nil
}

// fileRemark is the first line of a file that is made here.
const fileRemark = "# keys of yusuan serve: NAME ROLE sha256:HASH [EXPIRES]\n"

var (
	// ErrNoKey says that there is no key with the name.
	ErrNoKey = errors.New("there is no such key")
	// ErrKeyExists says that there is one.
	ErrKeyExists = errors.New("there is a key with this name")
)

// AddKey puts a key into the file, which is made if need be, for its owner alone.
func AddKey(path string, k Key) error {
	return change(path, func(text string) (string, error) {
		list, wrong := parseKeys([]byte(text))
		switch {
		case len(wrong) > 0:
			return "", wrong[0]
		case indexOf(list, k.Name) >= 0:
			return "", fmt.Errorf("%s: %w", k.Name, ErrKeyExists)
		case text == "":
			text = fileRemark
		case !strings.HasSuffix(text, "\n"):
			text += "\n"
		}
		return text + k.line() + "\n", nil
	})
}

// RemoveKey takes the key out of the file. The other lines stay as they are.
func RemoveKey(path, name string) error {
	return change(path, func(text string) (string, error) {
		var kept strings.Builder
		found := false
		for line := range strings.Lines(text) {
			// By its first word: a key whose line is wrong otherwise can be revoked as well.
			if parts := strings.Fields(line); len(parts) > 0 && parts[0] == name {
				found = true
				continue
			}
			kept.WriteString(line)
		}
		if !found {
			return "", fmt.Errorf("%s: %w", name, ErrNoKey)
		}
		return kept.String(), nil
	})
}

// change rewrites the file at once: a server that reads it meanwhile sees it as it was or as it is. Of two who change it at the same time, one is
// refused, so that neither undoes what the other has done.
func change(path string, edit func(string) (string, error)) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("change keys of %s: %w", path, err)
		}
	}()
	if real, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
		path = real // a link stays one
	}
	scratch := path + ".new"
	f, err := os.OpenFile(scratch, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("somebody else is changing it (if not, remove %s)", scratch)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // else it has taken the file's place, and what has its name is another's
			f.Close()
			os.Remove(scratch)
		}
	}()
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(string(data))
	if err != nil {
		return err
	}
	if info, statErr := os.Stat(path); statErr == nil {
		err = errors.Join(f.Chmod(info.Mode().Perm()), sameOwner(f, info))
	}
	if err == nil {
		_, err = f.WriteString(text)
	}
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(scratch, path)
	}
	return err
}
