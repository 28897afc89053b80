package sandbox_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"yusuan/extractor/sandbox"
	"yusuan/schemas"
)

// A child does not outlive its parent, however that ends and whatever the child is doing.
func TestChildDiesWithParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), startEnv+"=parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	line, err := bufio.NewReader(out).ReadString('\n')
	if _, e := fmt.Sscan(line, &pid); err != nil || e != nil {
		t.Fatalf("got %q from the parent: %v, %v", line, err, e)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // it was killed
	for range 500 {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(b), ") Z ") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("child %d is alive 5 s after its parent", pid)
}

// What is taken at once, between two looks of the parent, is refused by the kernel.
func TestDoMemoryAtOnce(t *testing.T) {
	p := pool(t, "serve", brief())
	_, err := p.Do(t.Context(), sandbox.Request{Name: "burst"})
	if r := schemas.AsRejection(err); r == nil || r.Code != schemas.Memory || r.Page != 2 {
		t.Errorf("got %v, want memory on page 2", err)
	}
	echo(t, p, "the next file")
}
