package broker

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// errLocked is what lockFile gives where another process has the lock.
var errLocked = errors.New("locked")

// jetStreamMemory bounds JetStream's memory storage, in bytes. Our streams are on disk; without a bound the server
// promises itself three quarters of the machine.
const jetStreamMemory = 64 << 20

// startServer brings the embedded server up in cfg.Dir, which no other process may use at the same time: the server has no
// lock of its own, and two of them on the same files would spoil both.
func (b *Broker) startServer(cfg Config) error {
	if cfg.Dir == "" {
		return errors.New("no folder given for its files")
	}
	unlock, err := claimDir(cfg.Dir)
	if err != nil {
		return err
	}
	b.unlock = unlock
	opts, err := serverOptions(cfg)
	if err == nil {
		err = b.runServer(opts, cfg.Timeout)
	}
	if err != nil {
		b.Close()
	}
	return err
}

func serverOptions(cfg Config) (*server.Options, error) {
	opts := &server.Options{
		ServerName:             cfg.Name,
		DontListen:             cfg.Listen == "",
		NoSigs:                 true, // signals are the program's
		JetStream:              true,
		StoreDir:               cfg.Dir,
		SyncAlways:             true, // else an ack means "in the page cache", and a power cut loses minutes of jobs
		JetStreamMaxMemory:     jetStreamMemory,
		DisableJetStreamBanner: true,
	}
	if cfg.Listen == "" {
		return opts, nil
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w", cfg.Listen, err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: port %q is no number up to 65535", cfg.Listen, port)
	}
	opts.Host, opts.Port = host, int(n)
	if n == 0 {
		opts.Port = server.RANDOM_PORT // any free one, as elsewhere in Go
	}
	return opts, nil
}

func (b *Broker) runServer(opts *server.Options, timeout time.Duration) error {
	srv, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	log := &serverLog{lg: b.lg.Named("nats").Sugar()}
	srv.SetLoggerV2(log, false, false, false)
	b.srv = srv
	srv.Start() // returns once it is up, or has said fatal
	if fatal := log.fatal(); fatal != "" {
		return errors.New(fatal)
	}
	if !srv.ReadyForConnections(timeout) {
		return fmt.Errorf("not up within %s", timeout)
	}
	return nil
}

// probeBytes is what claimDir writes to see that the folder takes files, in bytes: about what an idle server needs.
const probeBytes = 1 << 20

// claimDir makes the folder, locks it for this process and tries whether it can be written. The errors are for people.
func claimDir(dir string) (unlock func() error, err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder (is its parent writable?): %w", err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("the folder can't be written (read-only, or another user's): %w", err)
	}
	if err := lockFile(f); err != nil {
		holder := readHolder(f)
		f.Close()
		if errors.Is(err, errLocked) {
			return nil, fmt.Errorf("another yusuan process%s uses the folder; stop it, choose another folder, or run a NATS server for both", holder)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := probe(dir, f); err != nil {
		f.Close()
		return nil, fmt.Errorf("the folder can't be written (disk full, or read-only): %w", err)
	}
	return f.Close, nil
}

// probe writes this process's number into the lock file, and a file of probeBytes that it removes.
func probe(dir string, lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	if _, err := lock.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return err
	}
	path := filepath.Join(dir, "probe")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(path))
}

// readHolder gives " (pid N)" from a lock file, or "".
func readHolder(f *os.File) string {
	buf := make([]byte, 16)
	n, _ := f.ReadAt(buf, 0) // a short read is the rule here
	pid, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (pid %d)", pid)
}

// serverLog passes the server's log on, its notices as debug: they are about itself, not about our work.
type serverLog struct {
	lg *zap.SugaredLogger

	mu    sync.Mutex
	first string // fatal message
}

func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Fatalf keeps the message: the server stops by itself, and ending the process is not for a library to do.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	if l.first == "" {
		l.first = fmt.Sprintf(format, v...)
	}
	l.mu.Unlock()
	l.lg.Errorf(format, v...)
}

// Noticef logs as debug.
func (l *serverLog) Noticef(format string, v ...any) { l.lg.Debugf(format, v...) }

// Warnf logs as a warning.
func (l *serverLog) Warnf(format string, v ...any) { l.lg.Warnf(format, v...) }

// Errorf logs as an error.
func (l *serverLog) Errorf(format string, v ...any) { l.lg.Errorf(format, v...) }

// Debugf logs as debug.
func (l *serverLog) Debugf(format string, v ...any) { l.lg.Debugf(format, v...) }

// Tracef logs as debug.
func (l *serverLog) Tracef(format string, v ...any) { l.lg.Debugf(format, v...) }
