package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"time"

	"go.uber.org/zap"
	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A Store is an open index file. Its methods may be called from several goroutines.
type Store struct {
	lg      *zap.Logger
	path    string
	writers *sql.DB // one connection, so that writers of this process queue here and not on the file's lock
	readers *sql.DB
}

// The connections' settings.
const (
	readerCount = 4
	busyTimeout = 10 * time.Second // how long SQLite waits for another process's lock before it says SQLITE_BUSY
	busyTries   = 6                // how often a transaction that got SQLITE_BUSY is begun
)

// Open opens the index file, making it if there is none. A file that a newer yusuan wrote, or another program, is refused.
func Open(ctx context.Context, lg *zap.Logger, path string) (*Store, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	s := &Store{lg: lg, path: path}
	if s.writers, err = connect(abs, 1, "foreign_keys(1)", "synchronous(FULL)"); err != nil {
		return nil, s.wrap("open", err)
	}
	if err := s.prepare(ctx); err != nil {
		return nil, s.wrap("open", errors.Join(err, s.writers.Close()))
	}
	if s.readers, err = connect(abs, readerCount, "query_only(1)"); err != nil {
		return nil, s.wrap("open", errors.Join(err, s.writers.Close()))
	}
	return s, nil
}

func connect(abs string, conns int, pragmas ...string) (*sql.DB, error) {
	if err := registerTally(); err != nil {
		return nil, err
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}}
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// prepare checks whose file it is and makes the schema in a new one. Two processes may do so at once: the second finds the
// schema made.
func (s *Store) prepare(ctx context.Context) error {
	var mode string
	err := s.retry(ctx, func() error { return s.writers.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode) })
	if err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("journal mode is %s, want wal: the file system cannot share memory between processes", mode)
	}
	fresh, err := s.fresh(ctx, s.writers)
	if err != nil || !fresh {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		if fresh, err := s.fresh(ctx, tx); err != nil || !fresh {
			return err
		}
		if _, err := tx.ExecContext(ctx, schemaSQL); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion))
		return err
	})
}

// fresh reports whether the file has nothing in it yet. Where it is none of this program's, that is an error. It needs no lock, so that a
// file can be opened while it is being reindexed.
func (s *Store) fresh(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (bool, error) {
	var version, application, objects int
	err := s.retry(ctx, func() error {
		return db.QueryRowContext(ctx,
			"SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)").
			Scan(&version, &application, &objects)
	})
	switch {
	case err != nil:
		return false, err
	case version == 0 && application == 0 && objects == 0:
		return true, nil
	case application != applicationID:
		return false, errors.New("the file is another program's database")
	case version < schemaVersion:
		return false, fmt.Errorf("the file has schema %d, and this program wants %d: yusuan reindex brings it up to it", version, schemaVersion)
	case version != schemaVersion:
		return false, fmt.Errorf("the file has schema %d, and this program knows %d: use the yusuan that wrote it, or index again into a new file", version, schemaVersion)
	}
	return false, nil
}

// Close closes the file.
func (s *Store) Close() error {
	if err := errors.Join(s.readers.Close(), s.writers.Close()); err != nil {
		return s.wrap("close", err)
	}
	return nil
}

// Refresh does nothing: what Put stored is seen by the next query.
func (s *Store) Refresh(context.Context) error { return nil }

// write runs fn in a transaction that holds the file's write lock from its beginning.
func (s *Store) write(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.retry(ctx, func() error { return transact(ctx, s.writers, nil, fn) })
}

// read runs fn in a transaction that sees one state of the file. fn may run several times.
func (s *Store) read(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.retry(ctx, func() error { return transact(ctx, s.readers, &sql.TxOptions{ReadOnly: true}, fn) })
}

func transact(ctx context.Context, db *sql.DB, opts *sql.TxOptions, fn func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// retry runs fn until it gives another error than "busy", at most busyTries times.
func (s *Store) retry(ctx context.Context, fn func() error) error {
	for try := 1; ; try++ {
		err := fn()
		if code := resultCode(err); code != sqlite3.SQLITE_BUSY && code != sqlite3.SQLITE_LOCKED || try == busyTries {
			return err
		}
		s.lg.Debug("index is locked, trying again", zap.String("file", s.path), zap.Int("try", try))
		wait := time.Duration(try) * (10*time.Millisecond + rand.N(40*time.Millisecond))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// resultCode returns SQLite's primary result code, or 0.
func resultCode(err error) int {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// wrap says what failed on which file, and what to do about the failures that a person can do something about.
func (s *Store) wrap(op string, err error) error {
	advice := map[int]string{
		sqlite3.SQLITE_FULL:     "the disk is full, nothing was changed",
		sqlite3.SQLITE_READONLY: "the file is read-only",
		sqlite3.SQLITE_CANTOPEN: "the file cannot be opened or made: check the folder and its rights",
		sqlite3.SQLITE_CORRUPT:  "the file is damaged: move it away and index again",
		sqlite3.SQLITE_NOTADB:   "the file is no index",
		sqlite3.SQLITE_BUSY:     "another process has it locked",
		sqlite3.SQLITE_LOCKED:   "another process has it locked",
		sqlite3.SQLITE_IOERR:    "the disk gives errors",
	}[resultCode(err)]
	if advice != "" {
		return fmt.Errorf("%s index %s: %s: %w", op, s.path, advice, err)
	}
	return fmt.Errorf("%s index %s: %w", op, s.path, err)
}
