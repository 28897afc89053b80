package site

import (
	"context"
	"slices"
	"strings"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/schemas/codebook"
)

// A codesView is the page of all codes.
type codesView struct {
	Asked  asked
	Find   string
	Region string
	Found  []codeNode // what Find finds, or none
	Trees  []codeTree
	Used   bool // only codes that the index has figures of
	Toggle string
}

// A codeTree is one classification.
type codeTree struct {
	ID, Name string
	Classes  []codeNode
}

// A codeNode is a code with those under it.
type codeNode struct {
	Code, Name, Link string
	Count            int // amounts of the year in the index
	Below            []codeNode
}

// maxFoundCodes is how many codes a search lists.
const maxFoundCodes = 100

// codes shows the classifications with how many amounts the index has of each code.
func (r *request) codes() error {
	a := r.asked()
	v := codesView{Asked: a, Find: strings.TrimSpace(a.Get("find")), Region: strings.TrimPrefix(a.Get("region"), "="), Used: a.Get("all") == ""}
	v.Toggle = a.link("all", "true")
	if !v.Used {
		v.Toggle = a.link("all")
	}
	counts, err := r.codeCounts(v.Region)
	if err != nil {
		return err
	}
	if v.Find != "" {
		for _, c := range codebook.Find(v.Find, maxFoundCodes) {
			v.Found = append(v.Found, r.codeNode(c.Code, v.Region, counts))
		}
		return r.show("codes", "codes", r.t("codes.title"), v)
	}
	v.Trees = r.codeTrees(&v, counts)
	return r.show("codes", "codes", r.t("codes.title"), v)
}

// codeForms are the forms that have codes, each expenditure once.
func codeForms() []string {
	return []string{string(schemas.GeneralPublicExpenditure), string(schemas.GeneralPublicBasicExpenditure), string(schemas.GovernmentFundExpenditure), string(schemas.StateCapitalExpenditure)}
}

// codeCounts says how many totals of the year the index has of each code, in a region if one is given.
func (r *request) codeCounts(region string) (map[string]int, error) {
	if region == "" {
		return r.s.counts.get(r.ctx())
	}
	return countCodes(r.ctx(), r.s.Index, region)
}

func countCodes(ctx context.Context, index indexer.Adder, region string) (map[string]int, error) {
	f := indexer.Filters{Form: codeForms()}
	if region != "" {
		f.Region = []string{"=" + region}
	}
	groups, err := index.Sum(ctx, indexer.Query{Filters: f}, []indexer.Dimension{indexer.CodeDimension})
	counts := map[string]int{}
	for _, g := range groups {
		if code := g.Keys[0]; code != "" {
			counts[code] += g.Count
		}
	}
	return counts, err
}

func (r *request) codeNode(code, region string, counts map[string]int) codeNode {
	return codeNode{Code: code, Name: codebook.Name(code), Link: codeLink(code, region), Count: counts[code]}
}

// codeTrees are the classifications: codes that the index has figures of, or all of the book's with them.
func (r *request) codeTrees(v *codesView, counts map[string]int) []codeTree {
	trees := []codeTree{{ID: "functional", Name: r.t("codes.functional")}, {ID: "economic", Name: r.t("codes.economic")}, {ID: "government", Name: r.t("codes.government")}, {ID: "other", Name: r.t("codes.other")}}
	below := map[string][]string{}
	add := func(code string) {
		parent := ""
		if len(code) > 3 {
			parent = code[:len(code)-2]
		}
		if !slices.Contains(below[parent], code) {
			below[parent] = append(below[parent], code)
		}
	}
	for code := range counts {
		for _, c := range indexer.CodePath(code) { // of a code the class, too, though no table prints it
			add(c)
		}
	}
	if !v.Used {
		for _, class := range codebook.Children("") {
			add(class.Code)
			for _, section := range codebook.Children(class.Code) {
				add(section.Code)
				for _, item := range codebook.Children(section.Code) {
					add(item.Code)
				}
			}
		}
	}
	var grow func(parent string) []codeNode
	grow = func(parent string) []codeNode {
		var list []codeNode
		for _, code := range slices.Sorted(slices.Values(below[parent])) {
			n := r.codeNode(code, v.Region, counts)
			n.Below = grow(code)
			list = append(list, n)
		}
		return list
	}
	for _, n := range grow("") {
		at := strings.IndexByte("235", n.Code[0])
		if at < 0 {
			at = 3
		}
		trees[at].Classes = append(trees[at].Classes, n)
	}
	return slices.DeleteFunc(trees, func(t codeTree) bool { return len(t.Classes) == 0 })
}
