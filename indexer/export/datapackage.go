package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
)

// dataPackage writes CSV with its description: a Tabular Data Package (https://specs.frictionlessdata.io/tabular-data-package/) that
// is a Fiscal one as well (https://specs.frictionlessdata.io/fiscal-data-package/). Of the latter there are two ways to say what a
// column is: that of version 1, a columnType at each field, and that of 0.3, a model, which the published JSON Schema still demands.
// Both are there. The profile has to be the tabular one: that schema allows no other.
func (x *exporter) dataPackage(ctx context.Context) ([]File, error) {
	files, err := x.csv(ctx)
	if err != nil {
		return nil, err
	}
	var resources []map[string]any
	for i, schema := range []map[string]any{itemSchema(), disclosureSchema()} {
		hash, err := fileHash(filepath.Join(x.dir, files[i].Name))
		if err != nil {
			return nil, err
		}
		resources = append(resources, map[string]any{
			"name": files[i].Name[:len(files[i].Name)-len(".csv")], "path": files[i].Name, "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv",
			"encoding": "utf-8", "bytes": files[i].Bytes, "hash": "sha256:" + hash, "schema": schema,
		})
	}
	description, err := json.MarshalIndent(map[string]any{
		"name": "yusuan", "profile": "tabular-data-package", "title": "Budget and final-accounts disclosures (预决算公开)",
		"description": "Amounts of tables that public bodies published, one a line, each with its page and the SHA-256 of its PDF. Lines of several measures, periods, forms, scopes or code levels must not be added: one may be a part of the other.",
		"countryCode": "CN", "granularity": "aggregated", "columnTypes": columnTypes(), "model": model(), "resources": resources,
	}, "", "  ")
	if err != nil {
		return nil, err
	}
	file, err := x.file("datapackage.json", func(f *os.File) (int, error) {
		_, err := f.Write(append(description, '\n'))
		return len(resources), err
	})
	return append(files, file), err
}

// tableSchema describes columns (https://specs.frictionlessdata.io/table-schema/).
func tableSchema(fields []field) map[string]any {
	list := []map[string]any{}
	for _, f := range fields {
		one := map[string]any{"name": f.name, "type": f.kind, "description": f.description}
		if f.columnType != "" {
			one["columnType"] = f.columnType
		}
		list = append(list, one)
	}
	return map[string]any{"fields": list, "missingValues": []string{""}}
}

// itemSchema has, beside the columns, the currency, which is in none of them.
func itemSchema() map[string]any {
	s := tableSchema(itemFields())
	s["primaryKey"] = []string{"disclosure_id", "seq"}
	s["foreignKeys"] = []map[string]any{{"fields": "disclosure_id", "reference": map[string]any{"resource": "disclosures", "fields": "disclosure_id"}}}
	s["extraFields"] = []map[string]any{{"name": "currency", "type": "string", "columnType": "value-currency:code", "constant": currency}}
	return s
}

// currency is that of every amount (ISO 4217).
const currency = "CNY"

func disclosureSchema() map[string]any {
	s := tableSchema(disclosureFields())
	s["primaryKey"] = "disclosure_id"
	return s
}

// columnTypes are the taxonomy of budgets, and what it has no words for.
func columnTypes() []any {
	return []any{
		"https://specs.frictionlessdata.io/taxonomies/fiscal/budgets.json",
		[]map[string]any{
			{"name": "budget-line-id:disclosure", "dataType": "string", "unique": true},
			{"name": "budget-line-id:number", "dataType": "integer", "unique": true, "prior": "budget-line-id:disclosure"},
			{"name": "budget-line-name", "dataType": "string"},
			{"name": "budget-form:code", "dataType": "string"},
			{"name": "budget-side:code", "dataType": "string"},
			{"name": "reporting-scope:code", "dataType": "string"},
			{"name": "value-kind:code:period", "dataType": "string", "prior": "value-kind:code"},
		},
	}
}

// model says of version 0.3 which columns are measures and which dimensions.
func model() map[string]any {
	dimension := func(kind string, key []string, attributes ...string) map[string]any {
		of := map[string]any{}
		for _, name := range append(key, attributes...) {
			of[name] = map[string]any{"source": name, "resource": "items"}
		}
		return map[string]any{"dimensionType": kind, "primaryKey": key, "attributes": of}
	}
	classified := func(as string, d map[string]any) map[string]any {
		d["classificationType"] = as
		return d
	}
	return map[string]any{
		"measures": map[string]any{"amount": map[string]any{"source": "amount_yuan", "resource": "items", "currency": currency, "factor": 1}},
		"dimensions": map[string]any{
			"year":       dimension("datetime", []string{"fiscal_year"}),
			"region":     dimension("location", []string{"region"}),
			"unit":       classified("administrative", dimension("classification", []string{"unit"}, "scope")),
			"functional": classified("functional", dimension("classification", []string{"functional_code"}, "code_level")),
			"economic":   classified("economic", dimension("classification", []string{"economic_code"}, "code_level")),
			"line":       dimension("fact", []string{"disclosure_id", "seq"}, "name", "line", "side", "header", "page", "box", "sha256", "file_name", "link"),
			"phase":      dimension("other", []string{"document_kind", "period"}),
			"kind":       dimension("other", []string{"measure"}),
			"form":       dimension("other", []string{"form"}, "table_number", "table_title"),
			"version":    dimension("other", []string{"current"}),
		},
	}
}

func fileHash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
