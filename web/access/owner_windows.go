package access

import (
	"io/fs"
	"os"
)

// sameOwner is for systems where a file's rights do not come with its folder.
func sameOwner(*os.File, fs.FileInfo) error { return nil }
