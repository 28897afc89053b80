package site

import (
	"embed"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// A Language is one that the pages are in.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Languages are all of them, the one first that is taken where nothing is known.
func Languages() []Language { return []Language{Chinese, English} }

// Tag is the language for HTML (BCP 47).
func (l Language) Tag() string {
	if l == English {
		return "en"
	}
	return "zh-CN"
}

// Other is the language to change to, which has two of them.
func (l Language) Other() Language {
	if l == English {
		return Chinese
	}
	return English
}

// languageOf is what the visitor chose, else the first that the browser asks for and there is.
func languageOf(r *http.Request) Language {
	switch chosen := Language(cookie(r, languageCookie)); chosen {
	case Chinese, English:
		return chosen
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return Chinese
	}
	for _, t := range tags {
		switch base, _ := t.Base(); base.String() {
		case "zh":
			return Chinese
		case "en":
			return English
		}
	}
	return Chinese
}

// messageFiles are lines of a key, the Chinese and the English, split by tabs; lines that begin with # and empty ones are none.
//
//go:embed messages
var messageFiles embed.FS

// A catalogue has the messages of one language by their keys.
type catalogue map[string]string

// readMessages reads the messages of each language.
func readMessages() (map[Language]catalogue, error) {
	all := map[Language]catalogue{Chinese: {}, English: {}}
	files, err := messageFiles.ReadDir("messages")
	if err != nil {
		return nil, fmt.Errorf("site: messages: %w", err)
	}
	for _, f := range files {
		text, err := messageFiles.ReadFile("messages/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("site: messages: %w", err)
		}
		for n, line := range strings.Split(string(text), "\n") {
			if line == "" || line[0] == '#' {
				continue
			}
			part := strings.Split(line, "\t")
			if len(part) != 3 || part[0] == "" || part[1] == "" || part[2] == "" {
				return nil, fmt.Errorf("site: messages: %s:%d: want a key, Chinese and English, split by tabs", f.Name(), n+1)
			}
			if _, twice := all[Chinese][part[0]]; twice {
				return nil, fmt.Errorf("site: messages: %s:%d: %s is there already", f.Name(), n+1, part[0])
			}
			all[Chinese][part[0]], all[English][part[0]] = part[1], part[2]
		}
	}
	return all, nil
}

// text is a message with its arguments, as fmt.Sprintf has them. A key that there is not is a fault of ours, and is shown as it is.
func (c catalogue) text(key string, args ...any) string {
	text, ok := c[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// name is the message for a word of the index, such as kind.budget; one that there is none for is the word itself.
func (c catalogue) name(group, word string) string {
	if text, ok := c[group+"."+word]; ok {
		return text
	}
	return word
}
