//go:build unix

package blob

import (
	"errors"
	"os"
)

// syncDir makes the names in a folder survive a power cut.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
