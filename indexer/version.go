package indexer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"yusuan/schemas"
)

// VersionKey is the same for disclosures of which one may be a newer version of the other: those of the same unit and region, for
// the same year, of the same kind and scope. It is "" where the document says too little to tell: such a disclosure is no
// version of any.
func VersionKey(d *schemas.Disclosure) string {
	if d.Unit == "" || d.FiscalYear == nil || d.DocumentKind == "" || d.DocumentKind == schemas.UnknownKind {
		return ""
	}
	h := sha256.New()
	for _, s := range []string{Fold(d.Unit), Fold(d.Region), strconv.Itoa(*d.FiscalYear), string(d.DocumentKind), string(d.Scope)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// versionDate is when the disclosure was published: by the publisher's claim, else by the document; "" where neither says.
func versionDate(d *schemas.Disclosure) string {
	switch {
	case d.Claims != nil && d.Claims.PublishedOn != "":
		return d.Claims.PublishedOn
	case d.PublishedOn != nil:
		return *d.PublishedOn
	}
	return ""
}

// AddVersion puts v among the versions, in place of what was known of the same disclosure: it was first seen at the earlier of
// the two times.
func AddVersion(versions []schemas.Version, v schemas.Version) []schemas.Version {
	out := RemoveVersion(versions, v.DisclosureID)
	for _, old := range versions {
		if old.DisclosureID == v.DisclosureID && !old.FirstSeen.IsZero() && (v.FirstSeen.IsZero() || old.FirstSeen.Before(v.FirstSeen)) {
			v.FirstSeen = old.FirstSeen
		}
	}
	return append(out, v)
}

// RemoveVersion returns the versions without that disclosure.
func RemoveVersion(versions []schemas.Version, disclosureID string) []schemas.Version {
	return slices.DeleteFunc(slices.Clone(versions), func(v schemas.Version) bool { return v.DisclosureID == disclosureID })
}

// MarkCurrent sorts the versions, oldest first, and says of each whether a newer one has taken its place. They go by the date of
// publication where each has one, since an archive may be read in any order; else, and on the same day, by when they were
// first seen. The same versions always give the same answer, whoever asks.
func MarkCurrent(versions []schemas.Version) {
	dated := !slices.ContainsFunc(versions, func(v schemas.Version) bool { return v.PublishedOn == "" })
	slices.SortFunc(versions, func(a, b schemas.Version) int {
		byDate := 0
		if dated {
			byDate = cmp.Compare(a.PublishedOn, b.PublishedOn)
		}
		return cmp.Or(byDate, a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.DisclosureID, b.DisclosureID))
	})
	for i := range versions {
		v := &versions[i]
		v.SupersededBy = ""
		for _, newer := range versions[i+1:] {
			if covers(newer, *v) {
				v.SupersededBy = newer.DisclosureID
				break
			}
		}
		v.Current = v.SupersededBy == ""
	}
}

// covers reports whether a newer version has what an older one has: at least two thirds of its tables, and of its headings. A
// correction may add a table or leave one out; what only shares the introduction is another part of the same disclosure.
func covers(newer, older schemas.Version) bool {
	return mostly(newer.Tables, older.Tables) && mostly(newer.Headings, older.Headings)
}

func mostly(have, want []string) bool {
	n := 0
	for _, w := range want {
		if slices.Contains(have, w) {
			n++
		}
	}
	return 3*n >= 2*len(want)
}

// maxVersionParts bounds how many tables and headings are kept of a version.
const maxVersionParts = 64

// versionTables lists the tables of a disclosure, sorted.
func versionTables(d *schemas.Disclosure) []string {
	var list []string
	for _, t := range d.Tables {
		name := string(t.Kind)
		if name == "" || t.Kind == schemas.OtherForm {
			name = Fold(t.Title)
		}
		list = append(list, name)
	}
	return distinct(list)
}

// versionHeadings lists the headings of the first two levels, sorted.
func versionHeadings(d *schemas.Disclosure) []string {
	var list []string
	var walk func(sections []schemas.Section, depth int)
	walk = func(sections []schemas.Section, depth int) {
		for _, s := range sections {
			list = append(list, Fold(s.Title))
			if depth < 2 {
				walk(s.Children, depth+1)
			}
		}
	}
	walk(d.Sections, 1)
	return distinct(list)
}

func distinct(list []string) []string {
	slices.Sort(list)
	list = slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
	return slices.Clip(list[:min(len(list), maxVersionParts)])
}
