package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"yusuan/schemas"
	"yusuan/worker"
)

// A summary counts what became of the files of a run. Files is the sum of Indexed, Unchanged, Superseded, NeedsOCR, Rejected,
// Failed and Unfinished.
type summary struct {
	Files      int                  `json:"files"`
	Indexed    int                  `json:"indexed"`
	Unchanged  int                  `json:"unchanged"` // read before by the same parser
	Superseded int                  `json:"superseded"`
	NeedsOCR   int                  `json:"needs_ocr"`
	Rejected   int                  `json:"rejected"`
	ByReason   map[schemas.Code]int `json:"rejected_by_reason"`
	Failed     int                  `json:"failed"`
	Unfinished int                  `json:"unfinished"` // still queued or being read
	// RejectedEarlier counts, by reason, the unchanged files that are not in the index; those dropped by hand are left out.
	RejectedEarlier map[schemas.Code]int `json:"rejected_earlier"`
	Pages           int                  `json:"pages"` // of the files that were indexed
	Seconds         float64              `json:"seconds"`
}

func summarise(results []*fileResult, took time.Duration) summary {
	s := summary{Files: len(results), ByReason: map[schemas.Code]int{}, RejectedEarlier: map[schemas.Code]int{}, Seconds: seconds(took)}
	for _, r := range results {
		switch r.State {
		case schemas.Indexed:
			s.Indexed++
			s.Pages += r.Pages
		case schemas.Unchanged:
			s.Unchanged++
			if r.missing() {
				s.RejectedEarlier[r.reason()]++
			}
		case schemas.Superseded:
			s.Superseded++
		case schemas.OCRNeeded:
			s.NeedsOCR++
		case schemas.Rejected:
			s.Rejected++
			s.ByReason[r.Code]++
		case schemas.Failed:
			s.Failed++
		default:
			s.Unfinished++
		}
	}
	return s
}

// add counts the files of another part of the run.
func (s *summary) add(o summary) {
	s.Files += o.Files
	s.Indexed += o.Indexed
	s.Unchanged += o.Unchanged
	s.Superseded += o.Superseded
	s.NeedsOCR += o.NeedsOCR
	s.Rejected += o.Rejected
	s.Failed += o.Failed
	s.Unfinished += o.Unfinished
	s.Pages += o.Pages
	for code, n := range o.ByReason {
		s.ByReason[code] += n
	}
	for code, n := range o.RejectedEarlier {
		s.RejectedEarlier[code] += n
	}
}

// missing reports whether the file is not in the index, and nobody has said that it need not be.
func (r *fileResult) missing() bool {
	state := r.State
	if state == schemas.Unchanged {
		state = r.Earlier
	}
	unread := state == schemas.OCRNeeded || state == schemas.Rejected || state == schemas.Failed
	return unread && !r.Dropped()
}

// reason is the code of a file that is not in the index.
func (r *fileResult) reason() schemas.Code {
	if r.Code == "" {
		return worker.FailedCode
	}
	return r.Code
}

// err is the exit that the summary asks for.
func (s summary) err() error {
	switch {
	case s.Unfinished > 0:
		return &exit{code: exitFailed}
	case s.NeedsOCR+s.Rejected+s.Failed+len(s.RejectedEarlier) > 0:
		return &exit{code: exitPartial}
	}
	return nil
}

// printSummary prints the counts and each file that is not in the index.
func (p *program) printSummary(s summary, results []*fileResult) {
	p.out.printf("%s\n\n", p.out.bold(fmt.Sprintf("%s, %s read in %.1f s", plural(s.Files, "file"), plural(s.Pages, "page"), s.Seconds)))
	counts := sheet{aligns: []align{left, right}}
	counts.add("  indexed", fmt.Sprint(s.Indexed))
	note := ""
	if n := sum(s.RejectedEarlier); n > 0 {
		note = fmt.Sprintf("of these %d were rejected earlier: %s", n, reasons(s.RejectedEarlier))
	}
	counts.add("  unchanged", fmt.Sprint(s.Unchanged), note)
	counts.add("  superseded", fmt.Sprint(s.Superseded))
	counts.add("  needs-ocr", fmt.Sprint(s.NeedsOCR))
	counts.add("  rejected", fmt.Sprint(s.Rejected), reasons(s.ByReason))
	counts.add("  failed", fmt.Sprint(s.Failed))
	if s.Unfinished > 0 {
		counts.add("  unfinished", fmt.Sprint(s.Unfinished), "give the same command again to go on")
	}
	p.out.printf("%s", counts.String())
	missing := sheet{}
	for _, r := range results {
		if r.missing() {
			missing.add("  "+r.Path, string(r.reason()), pageMessage(r.Page, r.Message))
		}
	}
	if len(missing.rows) > 0 {
		p.out.printf("\n%s\n%s", p.out.bold("Not indexed (yusuan deadletter has those that were read)"), missing.String())
	}
}

func pageMessage(page int, message string) string {
	if page > 0 {
		return fmt.Sprintf("page %d: %s", page, message)
	}
	return message
}

// reasons lists codes with their counts: "empty-file 2, timeout 1".
func reasons(byReason map[schemas.Code]int) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(byReason)) {
		parts = append(parts, fmt.Sprintf("%s %d", code, byReason[code]))
	}
	return strings.Join(parts, ", ")
}

func sum[K comparable](counts map[K]int) int {
	n := 0
	for _, v := range counts {
		n += v
	}
	return n
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
