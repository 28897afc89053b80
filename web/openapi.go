package web

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"yusuan/schemas"
)

// describe gives the OpenAPI 3.1 description of the routes. The schemas are made of the types that are answered with.
func (a *api) describe(routes []route) map[string]any {
	components := map[string]json.RawMessage{}
	schemaOf(problem{}, components)
	paths := map[string]any{}
	for _, r := range routes {
		content := map[string]any{}
		switch {
		case r.content != "":
			content[r.content] = map[string]any{}
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
		paths[r.path] = map[string]any{"get": map[string]any{
			"summary": r.summary, "operationId": operationID(r.path), "parameters": describeParameters(r),
			"responses": map[string]any{
				"200": map[string]any{"description": "The answer.", "content": content},
				"304": map[string]any{"description": "It is as the ETag says."},
				"default": map[string]any{"description": "What is wrong.", "content": map[string]any{
					"application/problem+json": map[string]any{"schema": map[string]any{"$ref": "#/components/schemas/Problem"}}}},
			},
		}}
	}
	return map[string]any{
		"openapi": "3.1.0", "info": map[string]any{"title": "yusuan", "version": a.Version, "description": "Budget and final-accounts disclosures: full text, amounts with their places, sums."},
		"paths": paths, "components": map[string]any{"schemas": components},
	}
}

// operationID names an operation by its path: disclosuresTables.
func operationID(path string) string {
	id := ""
	for _, part := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/api/v1/"), ".json"), "/") {
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
		components[name] = rewritten(def)
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
