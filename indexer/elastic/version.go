package elastic

import (
	"context"
	"fmt"
	"slices"

	"yusuan/indexer"
	"yusuan/schemas"
)

// A family is the document, in the index of versions, of all disclosures with one version key. It is read and changed by its
// name, without a search, so that two workers see what the other has done a moment ago.
type family struct {
	Members []member `json:"members"`
}

// A member is one version, as the disclosure's own record has it since the last Put that has ended. It is pending from before its
// first record is stored until the last one is; what is pending takes nobody's place.
type member struct {
	schemas.Version
	Generation string `json:"generation"`
	Pending    bool   `json:"pending,omitempty"`
	// Writing are the Puts that have begun and not ended, or that were cut off.
	Writing []writing `json:"writing,omitempty"`
	// Formerly are the families in which the disclosure may be still, until a Put has ended.
	Formerly []string `json:"formerly,omitempty"`
}

// A writing is a Put that writes parts of a generation. Once the own record has a higher sequence number than what it wants to
// replace, it can't succeed any more.
type writing struct {
	Generation string `json:"generation"`
	Replaces   int64  `json:"replaces"` // the sequence number of the own record, or noRecord
}

// noRecord is below all sequence numbers.
const noRecord = -1

// begin enters a Put.
func (m *member) begin(generation string, prior sequence) {
	w := writing{generation, prior.Number}
	if prior.Term == 0 {
		w.Replaces = noRecord
	}
	m.end(generation)
	m.Writing = append(m.Writing, w)
}

// end takes out what begin has entered.
func (m *member) end(generation string) {
	m.Writing = slices.DeleteFunc(m.Writing, func(w writing) bool { return w.Generation == generation })
}

// writes reports whether somebody writes the generation who wants to replace the own record of that number, or a later one.
func (m *member) writes(generation string, number int64) bool {
	return slices.ContainsFunc(m.Writing, func(w writing) bool { return w.Generation == generation && w.Replaces >= number })
}

// generations are those of which there may be records.
func (m *member) generations() []string {
	list := []string{m.Generation}
	for _, w := range m.Writing {
		if !slices.Contains(list, w.Generation) {
			list = append(list, w.Generation)
		}
	}
	return list
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

// versions are those that are not pending, oldest first, with those marked that are current.
func (f *family) versions() []schemas.Version {
	var list []schemas.Version
	for _, m := range f.stored() {
		list = append(list, m.Version)
	}
	indexer.MarkCurrent(list)
	return list
}

// member reads the disclosure's member of its family. It gives errReplaced where there is none any more: a newer parse says that it
// belongs elsewhere.
func (s *Store) member(ctx context.Context, d *indexer.DisclosureRecord) (member, error) {
	var f family
	if _, err := s.get(ctx, versions, familyID(d), "members", &f); err != nil {
		return member{}, err
	}
	i := f.find(d.ID)
	if i < 0 {
		return member{}, errReplaced
	}
	return f.Members[i], nil
}

// A placing says how a disclosure stands in its family before it is stored.
type placing struct {
	current bool // its records are to be stored as current ones
	again   bool // it was there before, if only pending: an earlier Put was cut off, or has ended
	beside  bool // another generation of it is being written, or was
}

// register enters the disclosure into its family, as pending if it is new there, and that it is being written. The first one is
// stored as current; others are not until settleVersions makes them so.
func (s *Store) register(ctx context.Context, d *indexer.DisclosureRecord, prior priorRecord) (placing, error) {
	var place placing
	formerly, err := s.formerly(ctx, d, prior)
	if err != nil {
		return place, fmt.Errorf("register the version: %w", err)
	}
	err = s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, familyID(d), "members", &f)
		if err != nil {
			return err
		}
		i := f.find(d.ID)
		if place = (placing{again: i >= 0}); !place.again {
			i = len(f.Members)
			f.Members = append(f.Members, member{Version: d.Version(), Generation: d.Generation, Pending: true})
			f.Members[i].Current = i == 0
		}
		m := &f.Members[i]
		m.begin(d.Generation, prior.seq)
		m.FirstSeen = earlier(m.FirstSeen, d.FirstSeen)
		for _, key := range formerly {
			if !slices.Contains(m.Formerly, key) {
				m.Formerly = append(m.Formerly, key)
			}
		}
		d.FirstSeen, place.current, place.beside = m.FirstSeen, m.Current, len(m.Writing) > 1
		return s.change(ctx, versions, familyID(d), seq, f)
	})
	if err != nil {
		return place, fmt.Errorf("register the version: %w", err)
	}
	return place, nil
}

// formerly lists the families that the disclosure is to leave: that of the stored parse, and those which that had not left yet.
func (s *Store) formerly(ctx context.Context, d *indexer.DisclosureRecord, prior priorRecord) ([]string, error) {
	if prior.VersionKey == "" || prior.VersionKey == d.VersionKey {
		return nil, nil
	}
	var f family
	if _, err := s.get(ctx, versions, prior.VersionKey, "members", &f); err != nil {
		return nil, err
	}
	list := []string{prior.VersionKey}
	if i := f.find(d.ID); i >= 0 {
		list = append(list, f.Members[i].Formerly...)
	}
	return slices.DeleteFunc(list, func(key string) bool { return key == d.VersionKey }), nil
}

// unregister ends that the disclosure is being written, when it has not been stored.
func (s *Store) unregister(ctx context.Context, d *indexer.DisclosureRecord) error {
	return s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, familyID(d), "members", &f)
		if err != nil {
			return err
		}
		i := f.find(d.ID)
		if i < 0 || !f.Members[i].writes(d.Generation, noRecord) {
			return nil
		}
		f.Members[i].end(d.Generation)
		return s.change(ctx, versions, familyID(d), seq, f)
	})
}

// leave takes a disclosure out of a family that it belongs to no more, unless by now it does; one of the others may be current again.
func (s *Store) leave(ctx context.Context, key, disclosureID string) error {
	err := s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, key, "members", &f)
		if err != nil {
			return err
		}
		own, _, err := s.ownVersion(ctx, disclosureID)
		if err != nil {
			return err
		}
		i := f.find(disclosureID)
		if i < 0 || familyID(&own) == key {
			return nil
		}
		f.Members = slices.Delete(f.Members, i, i+1)
		return s.change(ctx, versions, key, seq, f)
	})
	if err != nil {
		return err
	}
	return s.agree(ctx, key)
}

// settleVersions ends the disclosure's being written, takes it out of the families that it belonged to, and makes current who is in
// its own. It gives errReplaced where somebody else has stored it since.
func (s *Store) settleVersions(ctx context.Context, d *indexer.DisclosureRecord) error {
	var left []string // families
	alone := false
	err := s.race(ctx, func() error {
		var f family
		seq, err := s.get(ctx, versions, familyID(d), "members", &f)
		if err != nil {
			return err
		}
		own, _, err := s.ownVersion(ctx, d.ID) // read after the family: whoever stores another one now settles it after this
		if err != nil {
			return err
		}
		i := f.find(d.ID)
		if i < 0 || own.Generation != d.Generation {
			return errReplaced
		}
		for _, key := range f.Members[i].Formerly {
			if err := s.leave(ctx, key, d.ID); err != nil {
				return err
			}
			left = append(left, key)
		}
		f.Members[i].settle(&own)
		alone = len(left) == 0 && len(f.Members) == 1 && f.Members[i].Current && own.Current // as nearly all are
		return s.change(ctx, versions, familyID(d), seq, f)
	})
	if err != nil || alone {
		return err
	}
	return s.agree(ctx, familyID(d))
}

// settle makes the member what the own record says.
func (m *member) settle(own *indexer.DisclosureRecord) {
	v := own.Version()
	v.Current = m.Current
	m.Version, m.Generation, m.Pending, m.Formerly = v, own.Generation, false, nil
	m.end(own.Generation)
}

// ownVersion reads what a disclosure's own record says of it as a version.
func (s *Store) ownVersion(ctx context.Context, id string) (indexer.DisclosureRecord, sequence, error) {
	const fields = "id,sha256,generation,version_key,version_date,first_seen,version_tables,version_headings,current"
	var own indexer.DisclosureRecord
	seq, err := s.get(ctx, disclosures, id, fields, &own)
	return own, seq, err
}

// Versions returns all versions of the disclosure, itself among them, oldest first; only itself where it is no version of any.
// Where there is no such disclosure, the error is indexer.ErrNotFound. It sees what was put a moment ago.
func (s *Store) Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error) {
	own, seq, err := s.ownVersion(ctx, disclosureID)
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
	list := f.versions()
	if !slices.ContainsFunc(list, func(v schemas.Version) bool { return v.DisclosureID == disclosureID }) {
		list = indexer.AddVersion(list, own.Version())
		indexer.MarkCurrent(list)
	}
	return list, nil
}
