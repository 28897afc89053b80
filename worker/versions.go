package worker

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// noteVersions makes the ledger say of every version of what was just read whether it is superseded, as the index has it. It
// comes after the entry of this one is final: of two workers that store versions of one disclosure at once, the one that is
// later sees the other's entry.
func (d *delivery) noteVersions(ctx context.Context) error {
	if d.entry.State != schemas.Indexed && d.entry.State != schemas.Superseded {
		return nil
	}
	_, err := d.w.gate.hold(ctx, d.stop, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		return d.w.noteVersionsOnce(ctx, d.entry.DisclosureID)
	})
	return err
}

func (w *Worker) noteVersionsOnce(ctx context.Context, disclosureID string) error {
	versions, err := w.parts.Index.Versions(ctx, disclosureID)
	if err != nil {
		return fmt.Errorf("look for versions: %w", err)
	}
	if len(versions) < 2 {
		return nil
	}
	for _, v := range versions {
		var changed []schemas.Entry
		err := w.parts.Ledger.EntriesOf(ctx, v.SHA256, func(e schemas.Entry) error {
			if marked, ok := markVersion(e, v, versions); ok {
				changed = append(changed, marked)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("look for versions: %w", err)
		}
		for _, e := range changed {
			if err := w.rec.put(ctx, e); err != nil {
				return err
			}
			w.lg.Info("version", append(fileFields(e), zap.String(keyState, string(e.State)))...)
		}
	}
	return nil
}

// markVersion gives the entry of v as it should be, and whether it has to be changed.
func markVersion(e schemas.Entry, v schemas.Version, all []schemas.Version) (schemas.Entry, bool) {
	switch {
	case e.State == schemas.Indexed && !v.Current:
		e.State, e.Message = schemas.Superseded, "a newer version is indexed"
		for _, newer := range all {
			if newer.DisclosureID == v.SupersededBy {
				e.Message += ": " + newer.SHA256
			}
		}
	case e.State == schemas.Superseded && v.Current:
		e.State, e.Message = schemas.Indexed, ""
	default:
		return e, false
	}
	return e, true
}

// keepPredecessor gives what a URL had before an entry of its own, since its bytes are kept and may be in the index, and the
// URL's entry is about other bytes from now on.
func (d *delivery) keepPredecessor(ctx context.Context, digest string) error {
	old := d.entry
	if old.SHA256 == "" || old.SHA256 == digest || old.ID == old.SHA256 {
		return nil
	}
	_, err := d.w.gate.hold(ctx, d.stop, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		_, found, err := d.w.rec.entry(ctx, old.SHA256)
		if err != nil || found {
			return err
		}
		versions, err := d.w.parts.Index.Versions(ctx, schemas.DisclosureID(old.SHA256))
		if err != nil {
			return fmt.Errorf("look for versions: %w", err)
		}
		return d.w.rec.put(ctx, predecessor(old, digest, versions, d.w.rec.now()))
	})
	if err == nil {
		d.entry.FirstSeen, d.entry.DisclosureID = d.firstSeen(), ""
	}
	return err
}

// predecessor is the entry of bytes that their URL does not give any more; versions are empty where they are not in the index.
func predecessor(e schemas.Entry, digest string, versions []schemas.Version, finished time.Time) schemas.Entry {
	e.ID, e.State, e.Code, e.Page, e.Delivery = e.SHA256, schemas.Superseded, "", 0, ""
	e.Message = "its URL has other bytes now: " + digest
	e.FinishedAt, e.ETag, e.LastModified, e.DisclosureID = &finished, "", "", ""
	for _, v := range versions {
		if v.SHA256 != e.SHA256 {
			continue
		}
		e.DisclosureID = v.DisclosureID
		if v.Current {
			e.State = schemas.Indexed
		}
	}
	return e
}
