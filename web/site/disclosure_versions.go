package site

import (
	"time"

	"yusuan/checker"
	"yusuan/schemas"
)

// versions are those of a disclosure, oldest first as far as the history has them so.
func (r *request) versions(id string) ([]schemas.Version, error) {
	if r.s.History == nil {
		return nil, nil
	}
	return r.s.History.Versions(r.ctx(), id)
}

// versionLines lists the versions, and gives the address of the one that took this one's place.
func (r *request) versionLines(id string, versions []schemas.Version) (list []versionLine, newer string) {
	var this schemas.Version
	for _, v := range versions {
		if v.DisclosureID == id {
			this = v
		}
	}
	for _, v := range versions {
		one := versionLine{Link: "/disclosures/" + v.DisclosureID, Published: v.PublishedOn, Current: v.Current, This: v.DisclosureID == id}
		if !v.FirstSeen.IsZero() {
			one.Seen = v.FirstSeen.Local().Format(time.DateOnly)
		}
		switch {
		case one.This:
		case older(v, this):
			one.Changes = "/disclosures/" + id + "/changes/" + v.DisclosureID
		default:
			one.Changes = "/disclosures/" + v.DisclosureID + "/changes/" + id
		}
		if v.DisclosureID == this.SupersededBy {
			newer = one.Link
		}
		list = append(list, one)
	}
	return list, newer
}

// older reports which of two versions was published first, else seen first.
func older(a, b schemas.Version) bool {
	if a.PublishedOn != b.PublishedOn && a.PublishedOn != "" && b.PublishedOn != "" {
		return a.PublishedOn < b.PublishedOn
	}
	return a.FirstSeen.Before(b.FirstSeen)
}

// A changesView is the page of what is different between two versions.
type changesView struct {
	Older, Newer disclosureHead
	OlderLink    string
	NewerLink    string
	Groups       []changeGroup
	Total        int
	More         int // changes that are not shown
}

// A changeGroup is what is different in one table, or in the text.
type changeGroup struct {
	Name    string
	Changes []changeLine
}

// A changeLine is one difference.
type changeLine struct {
	What, Where           string
	Before, After         string
	PageBefore, PageAfter int
	LinkBefore, LinkAfter string
	Difference            *schemas.Fen
	Figure                bool
}

// maxChanges is how many differences the page lists.
const maxChanges = 2000

// disclosureChanges shows what is different from another version.
func (r *request) disclosureChanges() error {
	newer, err := r.theDisclosure("id")
	if err != nil {
		return err
	}
	before, err := r.theDisclosure("older")
	if err != nil {
		return err
	}
	changes := checker.Changes(before, newer)
	v := changesView{Older: r.disclosureHead(before), Newer: r.disclosureHead(newer), OlderLink: "/disclosures/" + before.ID(), NewerLink: "/disclosures/" + newer.ID(), Total: len(changes)}
	v.More = max(0, len(changes)-maxChanges)
	for _, c := range changes[:len(changes)-v.More] {
		name := firstOf(c.Table, c.Section, r.t("changes.whole"))
		if n := len(v.Groups); n == 0 || v.Groups[n-1].Name != name {
			v.Groups = append(v.Groups, changeGroup{Name: name})
		}
		g := &v.Groups[len(v.Groups)-1]
		g.Changes = append(g.Changes, r.changeLine(&v, c))
	}
	return r.show("changes", "search", r.t("changes.title")+" · "+v.Newer.Title, v)
}

func (r *request) changeLine(v *changesView, c checker.Change) changeLine {
	line := changeLine{
		What: r.words.name("change", string(c.Kind)), Where: c.Row, Before: c.Before, After: c.After, PageBefore: c.PageBefore, PageAfter: c.PageAfter,
		Difference: c.Difference, Figure: c.Kind == checker.FigureChange,
	}
	if c.Field != "" {
		line.Where = r.words.name("field", c.Field)
	}
	if c.Column != "" {
		if line.Where != "" {
			line.Where += " · "
		}
		line.Where += c.Column
	}
	if c.Before != "" && c.UnitBefore != "" {
		line.Before += " " + string(c.UnitBefore)
	} else if line.Figure && c.Before != "" {
		line.Before += " " + string(c.Unit)
	}
	if line.Figure && c.After != "" {
		line.After += " " + string(c.Unit)
	}
	if c.PageBefore > 0 {
		line.LinkBefore = v.OlderLink + "?page=" + itoa(c.PageBefore)
	}
	if c.PageAfter > 0 {
		line.LinkAfter = v.NewerLink + "?page=" + itoa(c.PageAfter)
	}
	return line
}
