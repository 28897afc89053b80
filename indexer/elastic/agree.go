package elastic

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// agree makes the records of a family say which version is current: the family first, then the records. When it returns nil, they do,
// and nobody has changed the family meanwhile.
func (s *Store) agree(ctx context.Context, key string) error {
	a := agreement{key: key, patience: agreePatience}
	return s.race(ctx, func() error {
		a.family = family{}
		return s.agreeOnce(ctx, &a)
	})
}

// An agreement is a family as agree has read it last, over all its tries.
type agreement struct {
	family
	key      string
	seq      sequence
	hidden   []string // the generations that this one has concealed
	patience int      // how often it still gives way to others who have concealed something
}

// agreePatience is how often agree looks again before it shows what somebody else has concealed, who may be about to mark it: what
// is marked while it is shown may be seen beside another current one. Who takes longer was cut off. With the pauses of race that
// is some seconds.
const agreePatience = 20

// agreeOnce gives errRaced where it must look again.
func (s *Store) agreeOnce(ctx context.Context, a *agreement) error {
	var err error
	if a.seq, err = s.get(ctx, versions, a.key, "members", &a.family); err != nil {
		return err
	}
	early, marked := a.markCurrent()
	if len(early) > 0 { // they show themselves when they have ended
		if err := s.conceal(ctx, always(early, nil)); err != nil {
			return err
		}
	}
	if marked {
		return firstError(s.change(ctx, versions, a.key, a.seq, a.family), errRaced) // and look again
	}
	list, err := s.standing(ctx, &a.family)
	if err != nil {
		return err
	}
	wrong, err := s.strays(ctx, list)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return firstError(s.switchAlone(ctx, a, list), errRaced)
	}
	return s.conceal(ctx, s.reveal(ctx, a, nil, list)) // where one who switched was cut off at the end
}

// A standing is a stored member, and the generation that the disclosure's own record names. That is another one than the member's
// while it is being replaced: the new one is whole then, but may not be shown yet, or marked.
type standing struct {
	member
	own    string
	others []string // all other generations of which there may be records
	marked []string // those that must say whether they are current: what is shown, and what is to be shown
}

// standing reads how the stored members stand.
func (s *Store) standing(ctx context.Context, f *family) ([]standing, error) {
	var hidden generationList
	if _, err := s.get(ctx, versions, concealedID, "generations", &hidden); err != nil {
		return nil, err
	}
	var list []standing
	for _, m := range f.stored() {
		own, err := s.prior(ctx, m.DisclosureID)
		if err != nil {
			return nil, err
		}
		if own.Generation == "" {
			continue
		}
		st := standing{member: m, own: own.Generation, marked: []string{own.Generation}}
		for _, g := range m.generations() {
			if g == own.Generation {
				continue
			}
			st.others = append(st.others, g)
			if g == m.Generation || !slices.Contains(hidden.Generations, g) {
				st.marked = append(st.marked, g)
			}
		}
		list = append(list, st)
	}
	return list, nil
}

// markCurrent marks the stored members that are current, and reports whether any mark has changed. early are the generations of
// those who began as the first, and have not ended though others have.
func (f *family) markCurrent() (early []string, changed bool) {
	stored := f.versions()
	for i := range f.Members {
		if m := &f.Members[i]; m.Pending && m.Current && len(stored) > 0 {
			early = append(early, m.Generation)
			m.Current, changed = false, true
		}
	}
	for _, v := range stored {
		m := &f.Members[f.find(v.DisclosureID)]
		changed = changed || m.Current != v.Current
		m.Current = v.Current
	}
	return early, changed
}

// stored are the members that are not pending.
func (f *family) stored() []member {
	return slices.DeleteFunc(slices.Clone(f.Members), func(m member) bool { return m.Pending })
}

// reveal decides to conceal some members and to show others, as long as the family and the own records are as agree has read them,
// else it gives errRaced. It shows what the own record names instead of what that is about to replace, as show does.
func (s *Store) reveal(ctx context.Context, a *agreement, hide, show []standing) func([]string) ([]string, []string, error) {
	return func(list []string) (add, remove []string, err error) {
		var touched []standing
		for _, m := range hide {
			add = append(append(add, m.own), m.others...)
			touched = append(touched, m)
		}
		for _, m := range show {
			if !slices.Contains(list, m.own) {
				continue
			}
			if !slices.Contains(a.hidden, m.own) && a.patience > 0 {
				a.patience--
				return nil, nil, errRaced
			}
			remove, add = append(remove, m.own), append(add, m.others...)
			touched = append(touched, m)
		}
		if len(touched) == 0 {
			return nil, nil, nil
		}
		for _, m := range touched {
			if own, err := s.prior(ctx, m.DisclosureID); err != nil || own.Generation != m.own {
				return nil, nil, firstError(err, errRaced)
			}
		}
		if seq, err := s.get(ctx, versions, a.key, "members", &family{}); err != nil || seq != a.seq {
			return nil, nil, firstError(err, errRaced)
		}
		for _, m := range hide {
			a.hidden = append(a.hidden, m.own)
		}
		return add, remove, nil
	}
}

// versionKinds are the indices whose documents say whether they are current.
func versionKinds() []kind { return append(parts(), disclosures) }

// strays lists the members of which a record says something else of being current than the family.
func (s *Store) strays(ctx context.Context, list []standing) ([]standing, error) {
	if err := s.refresh(ctx, versionKinds()); err != nil {
		return nil, err
	}
	var wrong []standing
	for _, m := range list {
		n, err := s.count(ctx, versionKinds(), ofGenerations(m.DisclosureID, m.marked, isCurrent(!m.Current)))
		if err != nil {
			return nil, fmt.Errorf("compare versions: %w", err)
		}
		if n > 0 {
			wrong = append(wrong, m)
		}
	}
	return wrong, nil
}

func isCurrent(current bool) object { return object{"term": object{"current": current}} }

// switchAlone switches versions after it has changed the family, so that whoever else has begun to can't go on. What is wrong it
// looks for once more: another may just have ended.
func (s *Store) switchAlone(ctx context.Context, a *agreement, list []standing) error {
	seq, err := s.changed(ctx, versions, a.key, a.seq, a.family)
	if err != nil {
		return err
	}
	a.seq = seq
	wrong, err := s.strays(ctx, list)
	if err != nil || len(wrong) == 0 {
		return err
	}
	return s.switchVersions(ctx, a, list, wrong)
}

// switchVersions marks the records of the members where they are wrong. Readers see one of two versions as current all the time, and
// never both: the new one is marked while it is concealed, and shown in the moment in which the old ones are concealed. Those
// are shown again when they are marked, by agree.
func (s *Store) switchVersions(ctx context.Context, a *agreement, list, wrong []standing) error {
	var revived, retired, current []standing
	for _, m := range wrong {
		if m.Current {
			revived = append(revived, m)
		} else {
			retired = append(retired, m)
		}
	}
	for _, m := range list {
		if m.Current {
			current = append(current, m)
		}
	}
	if len(revived) > 0 {
		if err := s.conceal(ctx, s.reveal(ctx, a, revived, nil)); err != nil {
			return err
		}
		if err := s.markAll(ctx, revived); err != nil {
			return err
		}
	}
	if err := s.conceal(ctx, s.reveal(ctx, a, retired, current)); err != nil {
		return err
	}
	return s.markAll(ctx, retired)
}

// markAll makes the members' records say whether they are current, and refreshes.
func (s *Store) markAll(ctx context.Context, list []standing) error {
	for _, m := range list {
		if err := s.mark(ctx, m.DisclosureID, m.marked, m.Current); err != nil {
			return err
		}
	}
	return s.refresh(ctx, versionKinds())
}

// mark sets whether the records of generations that a search finds are current, all of them.
func (s *Store) mark(ctx context.Context, disclosureID string, generations []string, current bool) error {
	body := object{
		"query":  ofGenerations(disclosureID, generations, isCurrent(!current)),
		"script": object{"lang": "painless", "source": "ctx._source.current = params.current", "params": object{"current": current}},
	}
	err := s.race(ctx, func() error {
		var answer byQuery
		err := s.request(ctx, http.MethodPost, "/"+s.aliases(versionKinds())+"/_update_by_query?conflicts=proceed", body, &answer)
		if err = firstError(err, answer.failure()); err != nil || answer.Conflicts == 0 {
			return err
		}
		return firstError(s.refresh(ctx, versionKinds()), errRaced) // somebody else has changed some: they are looked for once more
	})
	if err != nil {
		return fmt.Errorf("mark version %s: %w", disclosureID, err)
	}
	return nil
}
