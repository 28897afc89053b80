package elastic

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A family is the document, in the index of versions, of all disclosures with one version key. It is read and changed by its
// name, without a search, so that two workers see what the other has done a moment ago.
type family struct {
	Members []member `json:"members"`
}

// A member is one version. It is pending from before its first record is stored until the last one is; what is pending takes
// nobody's place.
type member struct {
	schemas.Version
	Generation string `json:"generation"`
	Pending    bool   `json:"pending,omitempty"`
}

// familyID names the family of a disclosure; one that is no version of any has a family of its own.
func familyID(d *indexer.DisclosureRecord) string {
	if d.VersionKey == "" {
		return "only-" + d.ID
	}
	return d.VersionKey
}

func (f *family) find(disclosureID string) int {
	return slices.IndexFunc(f.Members, func(m member) bool { return m.DisclosureID == disclosureID })
}

// stored are the versions that are not pending, oldest first, with those marked that are current.
func (f *family) stored() []schemas.Version {
	var list []schemas.Version
	for _, m := range f.Members {
		if !m.Pending {
			list = append(list, m.Version)
		}
	}
	indexer.MarkCurrent(list)
	return list
}

// A placing says how a disclosure stands in its family before it is stored.
type placing struct {
	current bool // its records are to be stored as current ones
	again   bool // it was there before, if only pending: an earlier Put was cut off, or has ended
}

// register enters the disclosure into its family, as pending if it is new there. The first one is stored as current; others are
// not until settleVersions makes them so.
func (s *Store) register(ctx context.Context, d *indexer.DisclosureRecord) (placing, error) {
	var place placing
	err := s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, familyID(d), "members", &f)
		if err != nil {
			return err
		}
		m := member{Version: d.Version(), Generation: d.Generation, Pending: true}
		if i := f.find(d.ID); i >= 0 {
			old := f.Members[i]
			place = placing{current: old.Current, again: true}
			list := indexer.AddVersion([]schemas.Version{old.Version}, m.Version)
			m.Version, m.Pending = list[0], old.Pending
			f.Members = slices.Delete(f.Members, i, i+1)
		} else {
			place = placing{current: len(f.Members) == 0}
		}
		m.Current = place.current
		d.FirstSeen = m.FirstSeen
		f.Members = append(f.Members, m)
		return s.change(ctx, versions, familyID(d), seq, f)
	})
	if err != nil {
		return place, fmt.Errorf("register the version: %w", err)
	}
	return place, nil
}

// leave takes a disclosure out of a family that it belongs to no more; one of the others may be current again.
func (s *Store) leave(ctx context.Context, key, disclosureID string) error {
	return s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, key, "members", &f)
		if err != nil {
			return err
		}
		if i := f.find(disclosureID); i >= 0 {
			f.Members = slices.Delete(f.Members, i, i+1)
			if err := s.change(ctx, versions, key, seq, f); err != nil {
				return err
			}
		}
		return s.agree(ctx, key)
	})
}

// settleVersions ends the disclosure's being pending, and makes current who is in its family.
func (s *Store) settleVersions(ctx context.Context, d *indexer.DisclosureRecord) error {
	return s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, familyID(d), "members", &f)
		if err != nil {
			return err
		}
		i := f.find(d.ID)
		if i < 0 { // a newer parse says that it belongs elsewhere, and has settled it there
			return nil
		}
		f.Members[i].Pending = false
		if err := s.change(ctx, versions, familyID(d), seq, f); err != nil {
			return err
		}
		if len(f.Members) == 1 && f.Members[0].Current {
			return nil // it was alone from the beginning, as nearly all are
		}
		return s.agree(ctx, familyID(d))
	})
}

// agree makes the records of a family say which version is current, until they do and nobody has changed the family meanwhile;
// then it gives nil.
func (s *Store) agree(ctx context.Context, key string) error {
	var f family
	seq, err := s.get(ctx, versions, key, "members", &f)
	if err != nil {
		return err
	}
	stored := f.stored()
	wrong, err := s.strays(ctx, stored)
	if err != nil {
		return err
	}
	var early []string // generations of those who began as the first, and have not ended though others have
	for i, m := range f.Members {
		if m.Pending && m.Current && len(stored) > 0 {
			early = append(early, m.Generation)
			f.Members[i].Current = false
		}
	}
	marked := len(early) > 0
	for _, v := range stored {
		m := &f.Members[f.find(v.DisclosureID)]
		marked = marked || m.Current != v.Current
		m.Current = v.Current
	}
	if len(wrong) > 0 || marked {
		if err := s.switchVersions(ctx, stored, f.generations(stored), wrong, early); err != nil {
			return err
		}
		return firstError(s.change(ctx, versions, key, seq, f), errRaced) // and look again
	}
	return s.conceal(ctx, nil, f.generations(stored)) // where one who switched was cut off at the end
}

// generations are those of the versions.
func (f *family) generations(list []schemas.Version) []string {
	var out []string
	for _, v := range list {
		out = append(out, f.Members[f.find(v.DisclosureID)].Generation)
	}
	return out
}

// versionKinds are the indices whose documents say whether they are current.
func versionKinds() []kind { return append(parts(), disclosures) }

// strays lists the versions of which a record says something else of being current than the version.
func (s *Store) strays(ctx context.Context, list []schemas.Version) ([]string, error) {
	if err := s.refresh(ctx, versionKinds()); err != nil {
		return nil, err
	}
	var wrong []string
	for _, v := range list {
		var answer struct {
			Count int `json:"count"`
		}
		query := object{"query": object{"bool": object{"filter": []object{
			{"term": object{"disclosure_id": v.DisclosureID}}, {"term": object{"current": !v.Current}},
		}}}}
		if err := s.request(ctx, http.MethodPost, "/"+s.aliases(versionKinds())+"/_count", query, &answer); err != nil {
			return nil, fmt.Errorf("compare versions: %w", err)
		}
		if answer.Count > 0 {
			wrong = append(wrong, v.DisclosureID)
		}
	}
	return wrong, nil
}

// switchVersions marks the versions' records where they are wrong. Readers see one of two versions as current all the time, and
// never both: the new one is marked while it is concealed, and shown in the moment in which the old ones are concealed. The
// early ones are concealed as well: they show themselves when they have ended.
func (s *Store) switchVersions(ctx context.Context, list []schemas.Version, generations, wrong, early []string) error {
	var current, revived []string // generations
	retired := early
	for i, v := range list {
		isWrong := slices.Contains(wrong, v.DisclosureID)
		if v.Current {
			current = append(current, generations[i])
		}
		switch {
		case isWrong && v.Current:
			revived = append(revived, generations[i])
		case isWrong:
			retired = append(retired, generations[i])
		}
	}
	mark := func(current bool) error {
		for _, v := range list {
			if v.Current == current && slices.Contains(wrong, v.DisclosureID) {
				if err := s.mark(ctx, v); err != nil {
					return err
				}
			}
		}
		return s.refresh(ctx, versionKinds())
	}
	if len(revived) > 0 {
		if err := s.conceal(ctx, revived, nil); err != nil {
			return err
		}
		if err := mark(true); err != nil {
			return err
		}
	}
	if err := s.conceal(ctx, retired, current); err != nil {
		return err
	}
	if err := mark(false); err != nil {
		return err
	}
	return s.conceal(ctx, nil, generations)
}

// mark sets whether the version's records are current.
func (s *Store) mark(ctx context.Context, v schemas.Version) error {
	body := object{
		"query": object{"bool": object{"filter": []object{
			{"term": object{"disclosure_id": v.DisclosureID}}, {"term": object{"current": !v.Current}},
		}}},
		"script": object{"lang": "painless", "source": "ctx._source.current = params.current", "params": object{"current": v.Current}},
	}
	var answer byQuery
	err := s.request(ctx, http.MethodPost, "/"+s.aliases(versionKinds())+"/_update_by_query?conflicts=proceed", body, &answer)
	if err == nil {
		err = answer.failure()
	}
	if err != nil {
		return fmt.Errorf("mark version %s: %w", v.DisclosureID, err)
	}
	return nil
}

// Versions returns all versions of the disclosure, itself among them, oldest first; only itself where it is no version of any.
// Where there is no such disclosure, the error is indexer.ErrNotFound. It sees what was put a moment ago.
func (s *Store) Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error) {
	var own indexer.DisclosureRecord
	seq, err := s.get(ctx, disclosures, disclosureID, "id,sha256,version_key,version_date,first_seen,version_tables,version_headings,current", &own)
	if err == nil && seq.Term == 0 {
		err = indexer.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("versions of disclosure %s: %w", disclosureID, err)
	}
	var f family
	if own.VersionKey != "" {
		if _, err := s.get(ctx, versions, familyID(&own), "members", &f); err != nil {
			return nil, fmt.Errorf("versions of disclosure %s: %w", disclosureID, err)
		}
	}
	list := f.stored()
	if !slices.ContainsFunc(list, func(v schemas.Version) bool { return v.DisclosureID == disclosureID }) {
		list = indexer.AddVersion(list, own.Version())
		indexer.MarkCurrent(list)
	}
	return list, nil
}
