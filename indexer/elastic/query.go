package elastic

import (
	"strings"

	"yusuan/indexer"
)

// The fields in which the words of a query are looked for, with their weights.
func passageFields() []string { return []string{"heading^4", "text", "context^0.5"} }

// ownPassageFields hold a passage's own words.
func ownPassageFields() []string { return []string{"heading^4", "text"} }

func itemFields() []string {
	return []string{"label", "header.text", "table_title.text", "table_number.text"}
}

// compile writes the plan as a query. It finds nothing that is being replaced, which hidden selects; see concealed.
func compile(p *indexer.Plan, hidden object) object {
	clauses := object{"must_not": hidden}
	filter := planFilters(p)
	words, mixed := p.Split()
	write := passageLeaf
	if p.Target == indexer.Items {
		write = itemLeaf
	}
	var score []object
	if own := p.Own(); len(own) > 0 {
		var list []object
		for _, tokens := range own {
			list = append(list, leaf(tokens, ownPassageFields()))
		}
		score = append(score, anyOf(list))
	}
	switch {
	case words == nil:
	case len(score) > 0:
		score = append(score, node(words, p.Target, write, true))
	default:
		filter = append(filter, node(words, p.Target, write, true))
	}
	if mixed != nil {
		filter = append(filter, node(mixed, p.Target, write, true))
	}
	if len(score) > 0 {
		clauses["must"] = score
	}
	clauses["filter"] = filter
	return object{"bool": clauses}
}

// node writes a parsed query; wanted is false under an odd number of Not.
func node(n indexer.Node, target indexer.Target, leaf func([]indexer.QueryToken, bool) object, wanted bool) object {
	list := func(nodes []indexer.Node) []object {
		out := make([]object, len(nodes))
		for i, c := range nodes {
			out[i] = node(c, target, leaf, wanted)
		}
		return out
	}
	switch n := n.(type) {
	case indexer.And:
		return object{"bool": object{"must": list(n.Nodes)}}
	case indexer.Or:
		return anyOf(list(n.Nodes))
	case indexer.Not:
		return object{"bool": object{"must_not": node(n.Node, target, leaf, !wanted)}}
	case indexer.Where:
		return object{"bool": object{"filter": filters(&n.Filters, target)}}
	case indexer.Term:
		return leaf(indexer.PhraseTokens(n.Text), wanted)
	case indexer.Phrase:
		return leaf(indexer.PhraseTokens(n.Text), wanted)
	}
	return none()
}

func none() object { return object{"match_none": object{}} }

func anyOf(list []object) object {
	if len(list) == 0 {
		return none()
	}
	return object{"bool": object{"should": list, "minimum_should_match": 1}}
}

// passageLeaf finds a phrase: anywhere where it is wanted, among the passage's own words where it is not.
func passageLeaf(tokens []indexer.QueryToken, wanted bool) object {
	if wanted {
		return leaf(tokens, passageFields())
	}
	return leaf(tokens, ownPassageFields())
}

func itemLeaf(tokens []indexer.QueryToken, _ bool) object { return leaf(tokens, itemFields()) }

// leaf finds a phrase in one of the fields, or a code.
func leaf(tokens []indexer.QueryToken, fields []string) object {
	if len(tokens) == 0 {
		return none()
	}
	found := inFields(tokens, fields)
	if len(tokens) == 1 && !tokens[0].Prefix {
		return anyOf([]object{found, {"term": object{"code": tokens[0].Term}}})
	}
	return found
}

// phrase finds words of a filter, one after the other, in one of the fields.
func phrase(words string, fields ...string) object {
	return inFields(indexer.PhraseTokens(words), fields)
}

func inFields(tokens []indexer.QueryToken, fields []string) object {
	return object{"multi_match": object{"type": "phrase", "query": terms(tokens), "fields": fields, "analyzer": "whitespace"}}
}

// terms joins tokens for the whitespace analyser. A single character at the end needs no prefix here: the index has every
// character by itself.
func terms(tokens []indexer.QueryToken) string {
	list := make([]string, len(tokens))
	for i, t := range tokens {
		list[i] = t.Term
	}
	return strings.Join(list, " ")
}

// planFilters writes the filters of the whole plan.
func planFilters(p *indexer.Plan) []object {
	f := filters(&p.Filters, p.Target)
	if p.Target == indexer.Passages && len(p.Passage) == 0 {
		f = oneOf(f, "kind", p.Kinds())
	}
	if !p.AllVersions {
		f = append(f, object{"term": object{"current": true}})
	}
	return f
}

// filters writes filters on what the target is.
func filters(by *indexer.Filters, target indexer.Target) []object {
	f := []object{}
	add := func(list []object) {
		if len(list) > 0 {
			f = append(f, anyOf(list))
		}
	}
	add(names(by.Region, placeFields()...))
	add(names(by.Unit, "unit"))
	f = oneOf(f, "disclosure_id", by.Disclosure)
	f = oneOf(f, "unit_type", by.UnitType)
	f = oneOf(f, "text_source", by.TextSource)
	f = oneOf(f, "kind", by.Passage)
	f = oneOf(f, "document_kind", by.Kind)
	f = oneOf(f, "scope", by.Scope)
	f = oneOf(f, "state", by.State)
	f = oneOf(f, "measure", by.Measure)
	f = oneOf(f, "period", by.Period)
	years := object{}
	if by.YearFrom != 0 {
		years["gte"] = by.YearFrom
	}
	if by.YearTo != 0 {
		years["lte"] = by.YearTo
	}
	if len(years) > 0 {
		f = append(f, object{"range": object{"fiscal_year": years}})
	}
	var forms, headers, codes []object
	for _, form := range by.Form {
		if indexer.IsForm(form) {
			forms = append(forms, object{"term": object{"form": form}})
		} else {
			forms = append(forms, phrase(form, "table_title.text", "table_number.text"))
		}
	}
	add(forms)
	for _, h := range by.Header {
		headers = append(headers, phrase(h, "header.text"))
	}
	add(headers)
	for _, code := range by.Code {
		codes = append(codes, object{"prefix": object{"code": code}})
	}
	add(codes)
	add(sections(by.Section))
	return amounts(f, by, target)
}

// placeFields are the names of a disclosure's region and of the divisions that it lies in.
func placeFields() []string { return []string{"region", "province", "city", "county"} }

// names filters by a name, whole or by words in it, that stands in one of the fields.
func names(values []string, fields ...string) []object {
	var out []object
	for _, v := range values {
		exact, v := indexer.Exact(v)
		for _, field := range fields {
			if exact {
				out = append(out, object{"term": object{field: v}})
			} else {
				out = append(out, phrase(v, field+".text"))
			}
		}
	}
	return out
}

func oneOf[T ~string](f []object, field string, values []T) []object {
	if len(values) == 0 {
		return f
	}
	return append(f, object{"terms": object{field: values}})
}

func sections(values []string) []object {
	var out []object
	for _, v := range values {
		if exact, topic := indexer.Exact(v); exact {
			out = append(out, object{"term": object{"topic": topic}})
		} else if indexer.IsSectionID(v) {
			out = append(out, object{"term": object{"section_ids": v}})
		} else {
			out = append(out, object{"bool": object{"filter": []object{
				{"term": object{"kind": indexer.SectionPassage}}, phrase(v, "heading", "context"),
			}}})
		}
	}
	return out
}

// amounts filters by amount. A row has several; one of them must be within both bounds.
func amounts(f []object, by *indexer.Filters, target indexer.Target) []object {
	bounds := object{}
	if by.Min != nil {
		bounds["gte"] = int64(*by.Min)
	}
	if by.Max != nil {
		bounds["lte"] = int64(*by.Max)
	}
	if len(bounds) == 0 {
		return f
	}
	field := "amounts_fen"
	if target == indexer.Items {
		field = "amount_fen"
	}
	return append(f, object{"range": object{field: bounds}})
}

// order writes the plan's sort keys.
func order(p *indexer.Plan) []object {
	out := make([]object, len(p.Keys))
	for i, k := range p.Keys {
		direction := "asc"
		if k.Descending() {
			direction = "desc"
		}
		by := object{"order": direction}
		field := string(k)
		switch k {
		case indexer.ScoreKey:
			field = "_score"
		case indexer.YearKey:
			by["missing"] = 0
		case indexer.UnitKey, indexer.RegionKey:
			by["missing"] = "_first"
		case indexer.ChangeKey:
			field, by["missing"] = "change_size", -1
		case indexer.AmountKey:
			field, by["missing"] = "amount_fen", int64(indexer.NoAmount)
			if p.Target == indexer.Passages {
				field, by["mode"] = "amounts_fen", "max"
			}
		}
		out[i] = object{field: by}
	}
	return out
}
