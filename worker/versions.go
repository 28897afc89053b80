package worker

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
)

// noteVersions makes the ledger say of every version of what was just read whether it is superseded, as the index has it; of those
// whose entry is on its way, their own worker does. It comes after the entry of this one is final: of two workers that store
// versions of one disclosure at once, the one that is later sees the other's entry.
func (d *delivery) noteVersions(ctx context.Context) error {
	switch d.entry.State {
	case schemas.Indexed, schemas.Unchanged, schemas.Superseded:
	default:
		return nil
	}
	_, err := d.w.gate.hold(ctx, d.stop, func(ctx context.Context) error { return d.w.noteVersionsOnce(ctx, d.entry.DisclosureID) })
	return err
}

func (w *Worker) noteVersionsOnce(ctx context.Context, disclosureID string) error {
	versions, err := w.versions(ctx, disclosureID)
	if err != nil || len(versions) < 2 {
		return err
	}
	for _, v := range versions {
		if err := w.noteVersion(ctx, v, versions); err != nil {
			return err
		}
	}
	return nil
}

// versions asks the index. Each call of a store has its own storeTimeout: a disclosure may have many versions.
func (w *Worker) versions(ctx context.Context, disclosureID string) ([]schemas.Version, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	list, err := w.parts.Index.Versions(ctx, disclosureID)
	if err != nil {
		return nil, fmt.Errorf("look for versions: %w", err)
	}
	return list, nil
}

// noteVersion does what noteVersions does for one version.
func (w *Worker) noteVersion(ctx context.Context, v schemas.Version, all []schemas.Version) error {
	listing, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var changed []schemas.Entry
	err := w.parts.Ledger.EntriesOf(listing, v.SHA256, func(e schemas.Entry) error {
		if marked, ok := markVersion(e, v, all); ok {
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
	return nil
}

// markVersion gives the entry of v as it should be, and whether it has to be changed.
func markVersion(e schemas.Entry, v schemas.Version, all []schemas.Version) (schemas.Entry, bool) {
	switch {
	case (e.State == schemas.Indexed || e.State == schemas.Unchanged) && !v.Current:
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
		_, found, err := d.w.rec.entry(ctx, old.SHA256)
		if err != nil || found {
			return err
		}
		versions, err := d.w.versions(ctx, schemas.DisclosureID(old.SHA256))
		if err != nil {
			return err
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
