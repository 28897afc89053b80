package broker

import (
	"cmp"
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

// ErrInUse is in the chain of Open's error where another process runs the embedded server of the folder.
var ErrInUse = errors.New("the folder is in use")

// errLocked is what lockFile gives where another process has the lock.
var errLocked = errors.New("locked")

// jetStreamMemory bounds JetStream's memory storage, in bytes. Our streams are on disk; without a bound the server
// promises itself three quarters of the machine.
const jetStreamMemory = 64 << 20

// An embedded is the server in this process. It starts anew by itself after its disk was full: the server refuses a stream
// that it once could not write until then, without an answer to whoever publishes.
type embedded struct {
	lg      *zap.Logger
	cfg     Config
	opts    *server.Options
	unlock  func() error  // of the folder
	broken  chan string   // has room for one: what the server said when it could not write
	stop    chan struct{} // closed to end heal
	stopped chan struct{} // closed by heal when it has

	mu  sync.Mutex
	srv *server.Server // nil while it starts anew
}

// startEmbedded brings the server up in cfg.Dir, which no other process may use at the same time: the server has no lock of
// its own, and two of them on the same files would spoil both.
func startEmbedded(lg *zap.Logger, cfg Config) (*embedded, error) {
	if cfg.Dir == "" {
		return nil, errors.New("no folder given for its files")
	}
	opts, err := serverOptions(cfg)
	if err != nil {
		return nil, err
	}
	unlock, err := claimDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{
		lg: lg, cfg: cfg, opts: opts, unlock: unlock,
		broken: make(chan string, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := e.run(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	go e.heal()
	return e, nil
}

// InProcessConn is how the client connects, and connects again, without a port.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.srv == nil {
		return nil, errors.New("the embedded NATS server is starting anew")
	}
	return e.srv.InProcessConn()
}

// url is where it listens, or "".
func (e *embedded) url() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.srv == nil || e.srv.Addr() == nil {
		return ""
	}
	return "nats://" + e.srv.Addr().String()
}

// run starts a server on the files.
func (e *embedded) run() error {
	opts := *e.opts // the server fills in what is not set
	srv, err := server.NewServer(&opts)
	if err != nil {
		return err
	}
	log := &serverLog{lg: e.lg.Named("nats").Sugar(), broken: e.broken}
	srv.SetLoggerV2(log, false, false, false)
	srv.Start() // returns once it is up, or has said fatal
	fatal := log.fatal()
	if fatal == "" && !srv.ReadyForConnections(e.cfg.Timeout) {
		fatal = fmt.Sprintf("not up within %s", e.cfg.Timeout)
	}
	if fatal != "" {
		srv.Shutdown()
		srv.WaitForShutdown()
		return errors.New(fatal)
	}
	e.mu.Lock()
	e.srv = srv
	e.mu.Unlock()
	return nil
}

// shut stops the server, once its files are written.
func (e *embedded) shut() {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

func (e *embedded) close() {
	close(e.stop)
	<-e.stopped
	e.shut()
	if err := e.unlock(); err != nil {
		e.lg.Warn("data folder not unlocked", zap.Error(err))
	}
}

// healEvery is how often a server that could not write looks whether it can.
const healEvery = 2 * time.Second

// heal starts the server anew once there is room on the disk.
func (e *embedded) heal() {
	defer close(e.stopped)
	for {
		select {
		case <-e.stop:
			return
		case why := <-e.broken:
			e.lg.Error("the embedded NATS server can't write its files; nothing is published or settled until there is room on the disk",
				zap.String("folder", e.cfg.Dir), zap.String("reason", why))
			if !e.restart() {
				return
			}
			e.lg.Info("the embedded NATS server writes again", zap.String("folder", e.cfg.Dir))
		}
	}
}

// restart waits for room and starts a new server; it gives false when it is told to stop.
func (e *embedded) restart() bool {
	tick := time.NewTicker(healEvery)
	defer tick.Stop()
	for {
		select {
		case <-e.stop:
			return false
		case <-tick.C:
		}
		if err := probe(e.cfg.Dir); err != nil {
			e.lg.Debug("no room yet", zap.Error(err))
			continue
		}
		e.shut()
		if err := e.run(); err != nil {
			e.lg.Warn("the embedded NATS server did not start anew", zap.Error(err))
			continue
		}
		select {
		case <-e.broken: // what the old one said on its way out
		default:
		}
		return true
	}
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
			return nil, fmt.Errorf("%w by another yusuan process%s: stop it, choose another folder, or run a NATS server for both", ErrInUse, holder)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if err := errors.Join(f.Truncate(0), writeHolder(f), probe(dir)); err != nil {
		f.Close()
		return nil, fmt.Errorf("the folder can't be written (disk full, or read-only): %w", err)
	}
	return f.Close, nil
}

// probe writes a file of probeBytes and removes it.
func probe(dir string) error {
	path := filepath.Join(dir, "probe")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, probeBytes))
	return cmp.Or(err, errors.Join(f.Sync(), f.Close(), os.Remove(path)))
}

// writeHolder writes this process's number into the lock file.
func writeHolder(f *os.File) error {
	_, err := f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	return err
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
	lg     *zap.SugaredLogger
	broken chan<- string

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

// Errorf logs as an error, and looks for the one after which the server no longer answers: it has no other way to tell.
func (l *serverLog) Errorf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.lg.Error(text)
	if strings.Contains(text, "ritical write error") {
		select {
		case l.broken <- text:
		default:
		}
	}
}

// Debugf logs as debug.
func (l *serverLog) Debugf(format string, v ...any) { l.lg.Debugf(format, v...) }

// Tracef logs as debug.
func (l *serverLog) Tracef(format string, v ...any) { l.lg.Debugf(format, v...) }
