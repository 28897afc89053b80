package site

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"yusuan/schemas"
)

//go:embed templates
var templateFiles embed.FS

// shared are the templates that every page has: frame.html around it, and the parts that several have.
func shared() []string {
	return []string{"templates/frame.html", "templates/parts.html", "templates/places.html"}
}

// parsePages parses each page with what is shared, once for each language.
func (s *site) parsePages() (map[Language]map[string]*template.Template, error) {
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("site: templates: %w", err)
	}
	pages := map[Language]map[string]*template.Template{}
	for _, lang := range Languages() {
		pages[lang] = map[string]*template.Template{}
		base, err := template.New("").Funcs(s.functions(lang)).ParseFS(templateFiles, shared()...)
		if err != nil {
			return nil, fmt.Errorf("site: templates: %w", err)
		}
		for _, name := range names {
			if slices.Contains(shared(), name) {
				continue
			}
			page := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
			own, err := base.Clone()
			if err == nil {
				own, err = own.ParseFS(templateFiles, name)
			}
			if err != nil {
				return nil, fmt.Errorf("site: templates: %w", err)
			}
			pages[lang][page] = own
		}
	}
	return pages, nil
}

// functions are those of the templates. Texts come back as strings: html/template makes them safe.
func (s *site) functions(lang Language) template.FuncMap {
	words := s.words[lang]
	return template.FuncMap{
		"t":      words.text,
		"name":   func(group string, word any) string { return words.name(group, fmt.Sprint(word)) },
		"asset":  s.assets.url,
		"count":  func(n any) string { return grouped(fmt.Sprint(n)) },
		"yuan":   func(f schemas.Fen) string { return amountIn(f, yuanUnit) },
		"wan":    func(f schemas.Fen) string { return amountIn(f, wanUnit) },
		"brief":  words.brief,
		"date":   func(t time.Time) string { return t.Local().Format("2006-01-02") },
		"time":   func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
		"bytes":  bytesText,
		"query":  url.QueryEscape,
		"plus":   func(a, b int) int { return a + b },
		"box":    boxText,
		"json":   jsonText,
		"pieces": pieces,
		"dict":   dict,
		"list":   func(items ...any) []any { return items },
		"orDash": func(text string) string { return orDash(text) },
	}
}

// dict gives a template several values by name.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m, nil
}

// jsonText is a value for a page's script, in an attribute.
func jsonText(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}
