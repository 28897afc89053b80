package browser

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs are the paths of what the tests run.
var programs struct{ yusuan, chromium, cache string }

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	if programs.chromium, err = findChromium(); err != nil {
		return 1, err
	}
	dir, err := os.MkdirTemp("", "yusuan-browser-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	programs.yusuan, programs.cache = filepath.Join(dir, "yusuan"), filepath.Join(dir, "cache")
	if out, err := exec.Command("go", "build", "-o", programs.yusuan, "yusuan/cmd/yusuan").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("build yusuan: %w\n%s", err, out)
	}
	return m.Run(), nil
}

func findChromium() (string, error) {
	if path := os.Getenv("YUSUAN_TEST_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no Chromium: install it (scripts/test.sh does on Debian as root), or name one in YUSUAN_TEST_CHROMIUM")
}
