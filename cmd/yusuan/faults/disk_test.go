package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A disk is a small file system of its own.
type disk struct {
	t   *testing.T
	dir string
}

// newDisk mounts one with so many MiB, until the test ends.
func newDisk(t *testing.T, size string) *disk {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	unmount := func() error { return unix.Unmount(dir, unix.MNT_DETACH) }
	if errors.Is(err, syscall.EPERM) {
		err = sudo("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%s,uid=%d,mode=755", size, os.Getuid()), "tmpfs", dir)
		unmount = func() error { return sudo("umount", "--lazy", dir) }
	}
	if err != nil {
		t.Fatalf("a small disk can't be mounted (run this test as root, or as one who may use sudo without a password): %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return &disk{t, dir}
}

// sudo runs a command as root, where that needs no password.
func sudo(args ...string) error {
	out, err := exec.Command("sudo", append([]string{"-n"}, args...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("sudo %s: %w: %s", args[0], err, out)
	}
	return nil
}

// fill leaves no room on the disk, until the returned function is called.
func (d *disk) fill() (free func()) {
	d.t.Helper()
	path := filepath.Join(d.dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		d.t.Fatal(err)
	}
	for chunk := make([]byte, 1<<20); len(chunk) > 0; {
		if _, err = f.Write(chunk); err != nil {
			chunk = chunk[:len(chunk)/2]
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatalf("got %v, want a full disk", err)
	}
	f.Close()
	return func() {
		if err := os.Remove(path); err != nil {
			d.t.Error(err)
		}
	}
}

// TestDataDiskFull fills the disk with all that is embedded while files are ingested, and makes room after a while. Whoever gave
// the command gives it again.
func TestDataDiskFull(t *testing.T) {
	t.Parallel()
	s := files(t, manyCopies)
	r := &row{fault: "disk of the embedded store full", files: s.files}
	addRow(r)
	begun := time.Now()
	t.Cleanup(func() { r.took = time.Since(begun) })
	d := newDisk(t, dataDisk)
	st := &station{t: t, set: s, row: r, rng: newRand(t), dir: t.TempDir()}
	t.Cleanup(st.logsIfFailed)
	st.env = []string{"YUSUAN_DATA=" + filepath.Join(d.dir, "data"), "YUSUAN_CACHE=" + programs.cache}
	ingest := func() *process {
		p, err := launch(filepath.Join(st.dir, "ingest.log"), st.env, programs.yusuan, "ingest", s.dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.kill() })
		return p
	}
	st.fillWhile(d, ingest)
	st.ingestUntilWell()
	st.check(&st.client)
}

// fillWhile fills the disk at random moments while files are ingested, and starts that again where it has ended for it.
func (st *station) fillWhile(d *disk, ingest func() *process) {
	st.t.Helper()
	p := ingest()
	for st.row.times < fullDisks {
		st.between(50*time.Millisecond, 400*time.Millisecond)
		select {
		case <-p.ended:
			if p.cmd.ProcessState.ExitCode() == exitPartial {
				st.t.Fatalf("the work ended after %d of %d full disks: more files are needed", st.row.times, fullDisks)
			}
			p = ingest()
		default:
			free := d.fill()
			st.between(200*time.Millisecond, 3*time.Second)
			free()
			st.row.times++
		}
	}
	<-p.ended
}

// moreRuns is how often the command may have to be given again once there is room.
const moreRuns = 3

func (st *station) ingestUntilWell() {
	st.t.Helper()
	var result struct {
		Summary struct {
			Failed     int `json:"failed"`
			Unfinished int `json:"unfinished"`
		} `json:"summary"`
	}
	var out output
	for range moreRuns {
		var err error
		if out, err = st.run("ingest", "--json", st.set.dir); err != nil {
			st.t.Fatal(err)
		}
		if out.code != exitDone && out.code != exitPartial {
			continue
		}
		if err := json.Unmarshal(out.stdout, &result); err != nil {
			st.t.Fatal(err)
		}
		if result.Summary.Failed+result.Summary.Unfinished == 0 {
			return
		}
	}
	st.t.Fatalf("after %d more runs: exit code %d, %+v: %s", moreRuns, out.code, result.Summary, out.stderr)
}

// TestQueueDiskFull fills the disk of the NATS server while workers work. A server that has given up its files is started again
// once there is room, as whatever supervises it does by its health check.
func TestQueueDiskFull(t *testing.T) {
	t.Parallel()
	d := newDisk(t, "120m")
	st := newStation(t, "disk of the NATS server full", files(t, manyCopies), elasticsearch(t), filepath.Join(d.dir, "jetstream"))
	st.publishFirst("[a-c]*.pdf")
	st.work(2, st.env)
	wait := st.meanwhile("[d-z]*.pdf")
	st.breaks(fullDisks, 200*time.Millisecond, time.Second, func() bool {
		free := d.fill()
		st.between(500*time.Millisecond, 3*time.Second)
		free()
		if !st.nats.well() {
			st.t.Log("the NATS server has given up its files and is started again")
			st.nats.now.kill()
			st.nats.start()
		}
		return true
	})
	wait()
	st.finish()
}
