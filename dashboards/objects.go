package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// An object is written with its keys in alphabetical order, so that the file is the same each time.
type object = map[string]any

// A reference names another object that this one needs. Kibana finds it by name.
type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// A savedObject is one line of the file.
type savedObject struct {
	Attributes object `json:"attributes"`
	// CoreMigrationVersion and TypeMigrationVersion say which form the attributes have. A newer Kibana brings them up to its own; an
	// older one refuses them.
	CoreMigrationVersion string      `json:"coreMigrationVersion"`
	ID                   string      `json:"id"`
	References           []reference `json:"references"`
	Type                 string      `json:"type"`
	TypeMigrationVersion string      `json:"typeMigrationVersion"`
}

// The types, with the last form that Kibana 8.19 still brings up by itself and that every 8 since 8.9 takes.
const (
	viewType   = "index-pattern" // a data view, as it was called once
	lensType   = "lens"
	searchType = "search"
	boardType  = "dashboard"
)

func newObject(kind, id string, attributes object, references []reference) savedObject {
	forms := map[string]string{viewType: "8.0.0", lensType: "8.9.0", searchType: "8.0.0", boardType: "8.9.0"}
	return savedObject{
		Type: kind, ID: id, Attributes: attributes, References: references, CoreMigrationVersion: "8.8.0", TypeMigrationVersion: forms[kind],
	}
}

// write writes one object a line.
func write(w io.Writer, list []savedObject) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, o := range list {
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("write %s %s: %w", o.Type, o.ID, err)
		}
	}
	return nil
}

// text is JSON within JSON, as Kibana keeps much of what it stores. There is nothing in it that cannot be encoded.
func text(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
