package indexer

import (
	"regexp"
	"strings"
)

// maxTopic is how many headings a topic has at most.
const maxTopic = 2

var (
	yearInHeading = regexp.MustCompile(`[0-9０-９]{4}\s*年度?|[〇○零一二三四五六七八九]{4}年度?`)
	quotes        = strings.NewReplacer("“", "", "”", "", "\"", "", "「", "", "」", "", " ", "", "　", "", "：", "", ":", "")
)

// topicOf gives what a section is about, so that those of several units and years are counted as one: the headings of the outer two
// levels, without numbers, years, quotes and the unit's own name.
func topicOf(path []Step, unit string) string {
	var titles []string
	for _, step := range path {
		title := yearInHeading.ReplaceAllString(quotes.Replace(step.Title), "")
		if unit = quotes.Replace(unit); unit != "" {
			title = strings.ReplaceAll(title, unit, "")
		}
		title = strings.TrimPrefix(title, "关于")
		if title == "" {
			continue
		}
		if titles = append(titles, strings.ReplaceAll(title, headerSeparator, ">")); len(titles) == maxTopic {
			break
		}
	}
	return strings.Join(titles, headerSeparator)
}
