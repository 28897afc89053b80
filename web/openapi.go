package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"yusuan/schemas"
)

// describe gives the OpenAPI 3.1 description of the routes. The schemas are made of the types that are answered with.
func (a *api) describe(routes []route) map[string]any {
	components := map[string]json.RawMessage{}
	schemaOf(problem{}, components)
	paths := map[string]map[string]any{}
	for _, r := range routes {
		if paths[r.path] == nil {
			paths[r.path] = map[string]any{}
		}
		paths[r.path][strings.ToLower(r.method)] = a.describeRoute(r, components)
	}
	return map[string]any{
		"openapi": "3.1.0", "info": map[string]any{"title": "yusuan", "version": a.Version, "description": "Budget and final-accounts disclosures: full text, amounts with their places, sums."},
		"paths": paths, "components": map[string]any{"schemas": components, "securitySchemes": map[string]any{
			"bearer": map[string]any{"type": "http", "scheme": "bearer", "description": "A key of yusuan key create, or a token (JWT) of the issuer that the server trusts."},
			"key":    map[string]any{"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "A key of yusuan key create."},
		}},
	}
}

func (a *api) describeRoute(r route, components map[string]json.RawMessage) map[string]any {
	wrong := map[string]any{"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Problem"}}}
	responses := map[string]any{"default": map[string]any{"description": "What is wrong.", "content": wrong}}
	operation := map[string]any{"summary": r.summary, "operationId": operationID(r), "parameters": describeParameters(r), "responses": responses}
	if r.uploads {
		operation["requestBody"] = describeUpload()
		responses["202"] = map[string]any{"description": "The jobs.", "content": describeContent(r, components), "headers": map[string]any{
			"Location": map[string]any{"description": "The job's path; of several files, that of all jobs.", "schema": map[string]any{"type": "string"}}}}
	} else if r.accepts {
		responses["202"] = map[string]any{"description": "It is under way.", "content": describeContent(r, components)}
	} else {
		responses["200"] = map[string]any{"description": "The answer.", "content": describeContent(r, components)}
		responses["304"] = map[string]any{"description": "It is as the ETag says."}
	}
	if a.Asks {
		operation["description"] = "Needs the role " + r.need.String() + "."
		operation["security"] = []map[string]any{{"bearer": []string{}}, {"key": []string{}}}
		responses["401"] = map[string]any{"description": "No key or token, or one that is not known.", "content": wrong}
		responses["403"] = map[string]any{"description": "The role is not enough.", "content": wrong}
	}
	return operation
}

func describeContent(r route, components map[string]json.RawMessage) map[string]any {
	content := map[string]any{}
	switch {
	case r.content != nil:
		for _, media := range r.content {
			content[media] = map[string]any{}
		}
	case r.result == nil:
		content[string(asJSON)] = map[string]any{"schema": map[string]any{"type": "object"}}
	default:
		content[string(asJSON)] = map[string]any{"schema": schemaOf(r.result, components)}
	}
	for _, f := range r.formats {
		if f != asJSON {
			content[string(f)] = map[string]any{"schema": map[string]any{"type": "string"}}
		}
	}
	return content
}

// describeUpload is the body of an upload: a PDF, a form with PDFs, or a list of URLs.
func describeUpload() map[string]any {
	field := func(more ...string) map[string]any {
		schema := map[string]any{"type": "string"}
		for i := 0; i < len(more); i += 2 {
			schema[more[i]] = more[i+1]
		}
		return schema
	}
	form := map[string]any{"type": "object", "required": []string{"file"}, "properties": map[string]any{
		"file": map[string]any{"type": "array", "minItems": 1, "maxItems": maxFiles, "items": field("contentMediaType", "application/pdf"),
			"description": "The PDFs, each with its file name; the field may have any name."},
		"unit": field(), "region": field(), "year": field(), "kind": field(), "published_on": field("format", "date"),
	}}
	list := func(description string) map[string]any {
		return map[string]any{"schema": map[string]any{"type": "string", "description": fmt.Sprintf("%s; up to %d lines and %d bytes, in UTF-8 or GBK. A line that is wrong is told as "+
			"rejected, and the others are handed in. URLs are http or https; those that lead to private addresses are refused when they are fetched.", description, maxLines, maxList)}}
	}
	return map[string]any{"required": true, "content": map[string]any{
		"application/pdf":     map[string]any{},
		"text/plain":          list("URLs, one a line; # begins a remark"),
		"text/csv":            list("CSV whose header has url, and unit, region, year, kind and published_on as far as they are known, also by their Chinese names"),
		"multipart/form-data": map[string]any{"schema": form},
	}}
}

// operationID names an operation by its path, and its method unless that is GET: disclosuresByIdPdf, postDisclosures.
func operationID(r route) string {
	id := ""
	if r.method != http.MethodGet {
		id = strings.ToLower(r.method)
	}
	for _, part := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(r.path, "/api/v1/"), ".json"), "/") {
		switch {
		case strings.HasPrefix(part, "{"):
			id += "By" + strings.ToUpper(part[1:2]) + part[2:len(part)-1]
		case id == "":
			id = part
		default:
			id += strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return id
}

func describeParameters(r route) []map[string]any {
	list := []map[string]any{}
	for _, name := range []string{"id", "n"} {
		if strings.Contains(r.path, "{"+name+"}") {
			list = append(list, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]any{"type": "string"}})
		}
	}
	for _, p := range r.params {
		list = append(list, map[string]any{"name": p.Name, "in": "query", "description": p.Description, "schema": p.Schema})
	}
	return list
}

// schemaOf makes a schema of a type, and puts those that it refers to among the components. A Disclosure has one of its own.
func schemaOf(v any, components map[string]json.RawMessage) json.RawMessage {
	if _, ok := v.(schemas.Disclosure); ok {
		components["Disclosure"] = disclosureSchema()
		return json.RawMessage(`{"$ref":"#/components/schemas/Disclosure"}`)
	}
	r := jsonschema.Reflector{Anonymous: true, AllowAdditionalProperties: true, Namer: componentName, Mapper: func(t reflect.Type) *jsonschema.Schema {
		if t != reflect.TypeFor[schemas.Table]() {
			return nil
		}
		components["Disclosure"] = disclosureSchema()
		return &jsonschema.Schema{Ref: tableSchema}
	}}
	s := r.Reflect(v)
	s.Version = ""
	for name, def := range s.Definitions {
		text := rewritten(def)
		if other, ok := components[name]; ok && !bytes.Equal(other, text) {
			panic("two types are called " + name) // they are ours
		}
		components[name] = text
	}
	s.Definitions = nil
	return rewritten(s)
}

// componentName is a type's name as others see it; "" of a type without one.
func componentName(t reflect.Type) string {
	name := t.Name()
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// disclosureDefinitions is where the definitions of a Disclosure's schema are, and tableSchema stands for that of a table until
// references are rewritten.
const (
	disclosureDefinitions = "#/components/schemas/Disclosure/$defs/"
	tableSchema           = "#/table"
)

// disclosureSchema is the published one, as a part of the description.
func disclosureSchema() json.RawMessage {
	var s map[string]json.RawMessage
	if err := json.Unmarshal(schemas.DisclosureSchema, &s); err != nil {
		panic(err) // it is ours
	}
	delete(s, "$id")
	delete(s, "$schema")
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return bytes.ReplaceAll(b, []byte(`"#/$defs/`), []byte(`"`+disclosureDefinitions))
}

// rewritten is the schema with its references to where OpenAPI keeps schemas.
func rewritten(s *jsonschema.Schema) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // it is made of our types
	}
	b = bytes.ReplaceAll(b, []byte("#/$defs/"), []byte("#/components/schemas/"))
	return bytes.ReplaceAll(b, []byte(tableSchema), []byte(disclosureDefinitions+"table"))
}
