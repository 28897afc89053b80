package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
)

// Reindex makes every table anew from the stored disclosures and the ledger, in one transaction: readers see the old ones until
// they see the new ones, other writers wait, and after a minute try again. It also brings the file of an older program up to this one's schema. told hears of
// every disclosure. After an error everything is as before. It returns how many disclosures there are.
func Reindex(ctx context.Context, lg *zap.Logger, path string, told func()) (n int, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return 0, fmt.Errorf("reindex %s: %w", path, err)
	}
	s := &Store{lg: lg, path: path}
	if s.writers, err = connect(abs, 1, "synchronous(FULL)"); err != nil { // tables are dropped in any order: no foreign keys
		return 0, s.wrap("reindex", err)
	}
	defer func() { err = errors.Join(err, s.writers.Close()) }()
	err = s.write(ctx, func(tx *sql.Tx) error {
		n = 0
		r := &reindexing{tx: tx, told: func() { n++; told() }}
		return r.run(ctx)
	})
	if err != nil {
		return n, s.wrap("reindex", err)
	}
	return n, nil
}

// A reindexing is one run.
type reindexing struct {
	tx   *sql.Tx
	told func()
}

func (r *reindexing) run(ctx context.Context) error {
	version, err := r.version(ctx)
	if err != nil {
		return err
	}
	seen := "first_seen"
	if version < 2 {
		seen = "''"
	}
	from := "disclosures"
	if version >= 5 {
		from = "disclosures JOIN documents USING (pk)"
	}
	for _, statement := range []string{
		"CREATE TABLE old_disclosures AS SELECT id, " + seen + " AS first_seen, body FROM " + from + " ORDER BY id",
		"CREATE TABLE old_ledger AS SELECT record FROM ledger ORDER BY id",
	} {
		if _, err := r.tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if err := r.dropOld(ctx); err != nil {
		return err
	}
	if _, err := r.tx.ExecContext(ctx, schemaSQL); err != nil {
		return err
	}
	if err := r.rows(ctx, "SELECT rowid, first_seen, body FROM old_disclosures WHERE rowid > ? ORDER BY rowid LIMIT 1", r.disclosure); err != nil {
		return err
	}
	if err := r.rows(ctx, "SELECT rowid, '', record FROM old_ledger WHERE rowid > ? ORDER BY rowid LIMIT 1", r.entry); err != nil {
		return err
	}
	_, err = r.tx.ExecContext(ctx, fmt.Sprintf("DROP TABLE old_disclosures; DROP TABLE old_ledger; PRAGMA user_version = %d", schemaVersion))
	return err
}

// version refuses a file that is none of ours, or of a newer program.
func (r *reindexing) version(ctx context.Context) (int, error) {
	var version, application int
	row := r.tx.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id)")
	if err := row.Scan(&version, &application); err != nil {
		return 0, err
	}
	if application != applicationID {
		return 0, errors.New("the file is another program's database")
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("the file has schema %d, and this program knows %d: use the yusuan that wrote it", version, schemaVersion)
	}
	return version, nil
}

// dropOld drops every table and view but the copies. Dropping a full-text table drops those that belong to it.
func (r *reindexing) dropOld(ctx context.Context) error {
	for _, kind := range []string{"view", "table"} {
		for {
			var name string
			err := r.tx.QueryRowContext(ctx, `SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'old\_%' ESCAPE '\' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
				ORDER BY sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 1`, kind).Scan(&name)
			if errors.Is(err, sql.ErrNoRows) {
				break
			}
			if err != nil {
				return err
			}
			if _, err := r.tx.ExecContext(ctx, fmt.Sprintf("DROP %s %q", kind, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows calls fn with one row after the other.
func (r *reindexing) rows(ctx context.Context, query string, fn func(ctx context.Context, firstSeen string, content []byte) error) error {
	for last := int64(0); ; {
		var seen string
		var content []byte
		err := r.tx.QueryRowContext(ctx, query, last).Scan(&last, &seen, &content)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(ctx, seen, content); err != nil {
			return err
		}
	}
}

func (r *reindexing) disclosure(ctx context.Context, firstSeen string, body []byte) error {
	d, err := indexer.Unpack(body)
	if err != nil {
		return err
	}
	if seen, err := parseTime(firstSeen); err != nil {
		return err
	} else if !seen.IsZero() {
		d.Source.FirstSeen = seen
	}
	b, err := indexer.Records(d)
	if err != nil {
		return err
	}
	b.Disclosure.IndexedAt = time.Now().UTC().Truncate(time.Millisecond)
	r.told()
	_, err = putBatch(ctx, r.tx, &b)
	return err
}

func (r *reindexing) entry(ctx context.Context, _ string, record []byte) error {
	var e schemas.Entry
	if err := json.Unmarshal(record, &e); err != nil {
		return err
	}
	return putEntry(ctx, r.tx, e)
}
