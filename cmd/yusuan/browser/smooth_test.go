package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// s300 writes a PDF with a table of so many rows and pages of narrative to a folder of the test.
func s300(t *testing.T, rows, narrative int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("水文站-%d-%d.pdf", rows, narrative))
	if err := os.WriteFile(path, drawDisclosure("青禾县水文站", 2024, rows, narrative), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
