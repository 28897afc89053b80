package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"yusuan/schemas"
	"yusuan/worker"
)

// watchStatus shows the status until ctx is done, which is how watching ends: in place on a terminal, else one after the
// other; with --json an object a line.
func (p *program) watchStatus(ctx context.Context, look func() (status, error)) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		st, err := look()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.showAgain(st, first); err != nil {
			return err
		}
		if err := p.out.flush(); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *program) showAgain(st status, first bool) error {
	switch {
	case p.JSON:
		return json.NewEncoder(p.out).Encode(st)
	case p.out.terminal && p.out.color:
		clear := "\x1b[H"
		if first {
			clear += "\x1b[2J"
		}
		p.out.printf("%s%s\x1b[J", clear, strings.ReplaceAll(p.statusText(st), "\n", "\x1b[K\n"))
	case first:
		p.out.printf("%s", p.statusText(st))
	default:
		p.out.printf("\n%s", p.statusText(st))
	}
	return nil
}

// How many lines of each list are shown; --json has all.
const (
	shownWorking  = 16
	shownFailures = 5
)

func (p *program) statusText(st status) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   %s\n\n", p.out.bold(fmt.Sprintf("%s, %s in the index", plural(st.Files, "file"), plural(int(st.Pages), "page"))),
		p.out.faint(st.Time.Local().Format(time.DateTime)))
	b.WriteString(st.countsText())
	b.WriteString("\n")
	b.WriteString(st.queueText())
	b.WriteString("\n")
	b.WriteString(st.ratesText())
	if len(st.Working) > 0 {
		fmt.Fprintf(&b, "\n%s\n%s", p.out.bold("Being read now"), st.workingText())
	}
	if len(st.Failures) > 0 {
		fmt.Fprintf(&b, "\n%s\n%s", p.out.bold("Failed (yusuan deadletter retry --code failed tries again)"), st.failuresText())
	}
	return b.String()
}

func (st *status) countsText() string {
	byReason := map[schemas.Code]int{}
	for _, r := range st.Reasons {
		byReason[r.Code] = r.Files
	}
	delete(byReason, schemas.NeedsOCR) // these two have lines of their own
	delete(byReason, worker.FailedCode)
	t := sheet{aligns: []align{left, right}}
	add := func(s schemas.State, note string) { t.add("  "+string(s), fmt.Sprint(st.States[s]), note) }
	add(schemas.Queued, st.oldestText())
	add(schemas.Working, "")
	add(schemas.Indexed, "")
	add(schemas.Unchanged, "")
	add(schemas.Superseded, "")
	add(schemas.OCRNeeded, "")
	add(schemas.Rejected, reasons(byReason))
	add(schemas.Failed, "")
	return t.String()
}

func (st *status) oldestText() string {
	if st.OldestQueued == nil {
		return ""
	}
	return "the oldest for " + roughly(st.Time.Sub(*st.OldestQueued))
}

func (st *status) queueText() string {
	q := st.Queue
	if q == nil {
		return "Queue: not looked at: " + st.NoQueue + "\n"
	}
	oldest := ""
	if q.OldestWaiting != nil {
		oldest = " (the oldest for " + roughly(st.Time.Sub(*q.OldestWaiting)) + ")"
	}
	return fmt.Sprintf("Queue: %s waiting%s, %d in hand or to be tried again, %s\n",
		plural(int(q.Waiting), "job"), oldest, q.InFlight, plural(int(q.DeadLetters), "dead letter"))
}

func (st *status) ratesText() string {
	t := sheet{aligns: []align{left, right, right, right, right}}
	t.add("Finished", "files", "pages", "files/min", "pages/min")
	for _, r := range st.Rates {
		name := fmt.Sprintf("  last %d min", r.Minutes)
		t.add(name, fmt.Sprint(r.Files), fmt.Sprint(r.Pages), fmt.Sprintf("%.1f", r.FilesPerMinute), fmt.Sprintf("%.0f", r.PagesPerMinute))
	}
	text := t.String()
	switch {
	case st.ETASeconds != nil:
		text += fmt.Sprintf("%s left, done in about %s at this rate\n", plural(st.Left, "file"), roughly(time.Duration(*st.ETASeconds*float64(time.Second))))
	case st.Left > 0:
		text += fmt.Sprintf("%s left, and nothing was finished within the hour\n", plural(st.Left, "file"))
	}
	return text
}

func (st *status) workingText() string {
	var t sheet
	for i, w := range st.Working {
		if i == shownWorking {
			t.add(fmt.Sprintf("  and %d more", len(st.Working)-i))
			break
		}
		since, tries := "", ""
		if w.StartedAt != nil {
			since = "for " + roughly(st.Time.Sub(*w.StartedAt))
		}
		if w.Deliveries > 1 {
			tries = fmt.Sprintf("delivery %d", w.Deliveries)
		}
		t.add("  "+w.File, shortID(w.ID), since, tries)
	}
	return t.String()
}

func (st *status) failuresText() string {
	t := sheet{aligns: []align{right}}
	for i, f := range st.Failures {
		if i == shownFailures {
			rest := 0
			for _, f := range st.Failures[i:] {
				rest += f.Files
			}
			t.add(fmt.Sprint(rest), "of other kinds")
			break
		}
		t.add(fmt.Sprint(f.Files), f.Message)
	}
	var b strings.Builder
	for line := range strings.Lines(t.String()) {
		b.WriteString("  " + line)
	}
	return b.String()
}

// roughly writes a duration with its two greatest parts.
func roughly(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}
