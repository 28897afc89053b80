//go:build faults

package faults

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// shiftClock is added to the standard library's package time: the wall clock is off by the seconds in the environment.
const shiftClock = `
var clockShift = func() (n int64) {
	s, _ := syscall.Getenv("YUSUAN_TEST_CLOCK")
	digits, sign := s, int64(1)
	if len(s) > 0 && s[0] == '-' {
		digits, sign = s[1:], -1
	}
	for i := range len(digits) {
		n = 10*n + int64(digits[i]-'0')
	}
	return sign * n
}()
`

// shifted builds the program with a clock that can be off. Go asks the kernel without a library in between, so that there is
// nothing else to put in its way.
func shifted(t *testing.T) string {
	t.Helper()
	source := filepath.Join(runtime.GOROOT(), "src/time/time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const reads = "sec, nsec, mono := runtimeNow()"
	if strings.Count(string(text), reads) != 1 {
		t.Fatalf("%s of %s does not read the clock as it did: this test is to be adapted", source, runtime.Version())
	}
	changed := strings.Replace(string(text), reads, reads+"\n\tsec += clockShift", 1)
	changed = strings.Replace(changed, "\nimport (", "\nimport (\n\t\"syscall\"", 1) + shiftClock
	dir := t.TempDir()
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, "time.go")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"time.go": []byte(changed), "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "yusuan")
	if out, err := exec.Command("go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", path, "yusuan/cmd/yusuan").CombinedOutput(); err != nil {
		t.Fatalf("build with another clock: %v\n%s", err, out)
	}
	return path
}

// TestClock has one worker whose clock is a day ahead and one whose clock is a day behind; both are killed now and then.
func TestClock(t *testing.T) {
	st := newStation(t, "clocks a day ahead and behind", files(t, fewCopies), elasticsearch(t), "")
	path := shifted(t)
	st.publishFirst("*.pdf")
	for _, shift := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		env := append(st.env[:len(st.env):len(st.env)], fmt.Sprintf("YUSUAN_TEST_CLOCK=%d", int(shift.Seconds())))
		name := fmt.Sprintf("worker%+.0fh", shift.Hours())
		st.workers = append(st.workers, keep(t, name, func() (*process, error) {
			return launch(filepath.Join(st.dir, name+".log"), env, path, "worker", "--workers", "1")
		}))
	}
	st.breaks(workerKills/2, 200*time.Millisecond, 1500*time.Millisecond, func() bool { return st.worker().kill() })
	st.finish()
}
