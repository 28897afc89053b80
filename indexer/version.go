package indexer

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"yusuan/schemas"
)

// VersionKey is the same for disclosures of which one is a newer version of the other: those of the same unit and region, for
// the same year, of the same kind and scope. It is "" where the document says too little to tell: such a disclosure is no
// version of any. What has only tables, only text or both never takes the place of one that has the others: many units publish
// the two in separate files.
func VersionKey(d *schemas.Disclosure) string {
	if d.Unit == "" || d.FiscalYear == nil || d.DocumentKind == "" || d.DocumentKind == schemas.UnknownKind {
		return ""
	}
	part := "whole"
	switch {
	case len(d.Tables) == 0:
		part = "text"
	case len(d.Sections) == 0:
		part = "tables"
	}
	h := sha256.New()
	for _, s := range []string{Fold(d.Unit), Fold(d.Region), strconv.Itoa(*d.FiscalYear), string(d.DocumentKind), string(d.Scope), part} {
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

// MarkCurrent sorts the versions, oldest first, and marks the last one as the current. They go by the date of publication where
// each has one, since an archive may be read in any order; else, and on the same day, by when they were first seen. The same
// versions always give the same order, whoever asks.
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
		versions[i].Current = i == len(versions)-1
	}
}
