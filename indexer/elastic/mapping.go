package elastic

// A kind is one of the indices. Its alias is the prefix, "-" and the kind.
type kind string

// The kinds. Kibana and other readers rely on the aliases.
const (
	disclosures kind = "disclosures"
	passages    kind = "passages"
	items       kind = "items"
	tables      kind = "tables"
	projects    kind = "projects"
	findings    kind = "findings"
	ledger      kind = "ledger"
	versions    kind = "versions" // which disclosures are versions of one, see family; no reader needs it
)

// parts are the kinds that hold the records of a disclosure beside its own.
func parts() []kind { return []kind{passages, items, tables, projects, findings} }

// kinds are all of them.
func kinds() []kind { return append(parts(), disclosures, ledger, versions) }

// mappingVersion grows with every change of the mappings or the analysis; it is the version of the templates, and the
// "schema" in the _meta of each index's mapping.
const mappingVersion = 4

// maxKeyword is how many characters of a keyword are indexed at most: Lucene refuses a document with a term of more than
// 32,766 bytes.
const maxKeyword = 8191

func keyword() object { return object{"type": "keyword", "ignore_above": maxKeyword} }

// words is a text field.
func words() object {
	return object{"type": "text", "analyzer": indexAnalyzer, "search_analyzer": searchAnalyzer}
}

// name is a keyword that can also be searched for words, as FIELD.text.
func name() object {
	f := keyword()
	f["fields"] = object{"text": words()}
	return f
}

func typed(t string) object { return object{"type": t} }

// unindexed is kept in the document only.
func unindexed() object { return object{"type": "object", "enabled": false} }

// position is a number that is kept, but neither searched nor sorted by.
func position(t string) object { return object{"type": t, "index": false, "doc_values": false} }

// originFields are in every document but the ledger's.
func originFields() object {
	return object{
		"disclosure_id": keyword(), "unit": name(), "region": name(), "fiscal_year": typed("integer"), "document_kind": keyword(),
		"scope": keyword(), "province": name(), "city": name(), "county": name(), "unit_type": keyword(), "text_source": keyword(), "current": typed("boolean"), "parser_version": typed("integer"), "generation": keyword(), "id": keyword(),
		"page": typed("integer"), "box": position("double"),
	}
}

// fields are what a kind's documents have beside originFields.
func (k kind) fields() object {
	switch k {
	case disclosures:
		return object{
			"title": words(), "published_on": object{"type": "date", "ignore_malformed": true}, "sha256": keyword(), "file_name": keyword(), "uri": keyword(),
			"bytes": typed("long"), "pages": typed("integer"), "indexed_at": typed("date"), "version_key": keyword(),
			"version_date": keyword(), "first_seen": typed("date"), "version_tables": position("keyword"),
			"version_headings": position("keyword"), "body": typed("binary"), "claims": unindexed(),
			"staffing": object{"properties": object{"authorised": typed("long"), "actual": typed("long"), "in_service": typed("long"),
				"retired": typed("long"), "retired_veterans": typed("long")}},
			"warnings": object{"properties": object{"code": keyword(), "message": keyword(), "page": typed("integer")}},
			"counts": object{"properties": object{"passages": typed("integer"), "items": typed("integer"), "tables": typed("integer"),
				"projects": typed("integer"), "findings": typed("integer")}},
		}
	case passages:
		text := words()
		text["index_options"] = "offsets" // so that highlighting by other programs has no limit of length
		return object{
			"seq": typed("integer"), "kind": keyword(), "section_id": keyword(), "section_ids": keyword(), "path": unindexed(),
			"level": typed("integer"), "table_index": typed("integer"), "table_number": name(), "table_title": name(), "form": keyword(),
			"row": typed("integer"), "code": keyword(), "code_path": keyword(), "state": keyword(), "amounts_fen": typed("long"), "amount_band": keyword(),
			"topic": keyword(), "heading": words(),
			"text": text, "context": words(), "parts": unindexed(),
		}
	case items:
		return object{
			"seq": typed("integer"), "passage_id": keyword(), "form": keyword(), "table_index": typed("integer"), "table_number": name(),
			"table_title": name(), "row": typed("integer"), "column": typed("integer"), "side": keyword(), "code": keyword(),
			"code_path": keyword(), "code_level": keyword(), "classification": keyword(), "name": name(), "label": words(), "header": name(),
			"header_path": keyword(), "measure": keyword(), "period": keyword(), "line": keyword(),
			"amount_fen": typed("long"), "half_fen": typed("long"), "amount_band": keyword(), "change_fen": typed("long"), "change_size": typed("long"),
			"amount_text": keyword(), "unit_of_measure": keyword(), "state": keyword(), "amount_high": typed("long"), "amount_low": typed("long"),
		}
	case tables:
		return object{
			"table_index": typed("integer"), "table_number": name(), "table_title": name(), "form": keyword(), "reporting_unit": keyword(),
			"unit_of_measure": keyword(), "state": keyword(), "notes": words(), "headers": keyword(), "rows": typed("integer"),
			"items": typed("integer"), "pages": typed("integer"),
		}
	case projects:
		return object{"name": name(), "fields": object{"properties": object{"key": keyword(), "value": words()}}}
	case findings:
		return object{"rule": keyword(), "severity": keyword(), "message": words(), "expected": keyword(), "actual": keyword(), "at": unindexed()}
	}
	if k == versions {
		return object{"generations": keyword(), "members": unindexed()}
	}
	return object{
		"id": keyword(), "state": keyword(), "code": keyword(), "message": keyword(), "page": typed("integer"), "file_name": keyword(),
		"url": keyword(), "sha256": keyword(), "bytes": typed("long"), "pages": typed("integer"), "disclosure_id": keyword(),
		"parser": typed("integer"), "deliveries": typed("integer"), "warnings": typed("integer"), "claims": unindexed(),
		"etag": keyword(), "last_modified": keyword(),
		"delivery": keyword(), "first_seen": typed("date"), "queued_at": typed("date"), "started_at": typed("date"), "finished_at": typed("date"),
	}
}

// mappings are a kind's own; those of content are put together with the component of originFields.
func (k kind) mappings() object {
	return object{"dynamic": "strict", "_meta": object{"schema": mappingVersion}, "properties": k.fields()}
}
