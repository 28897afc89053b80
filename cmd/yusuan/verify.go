package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/broker"
)

type verifyCommand struct {
	Deep   bool `help:"Also read every stored PDF and compare its SHA-256."`
	Repair bool `help:"Queue the files again for which that is the remedy; ingest or worker then reads them."`
}

// Help is the long form, with an example.
func (verifyCommand) Help() string {
	return `Holds queue, stored PDFs, ledger and index against each other and lists what does not agree, with what to do. The exit code is then 5.

  yusuan verify --deep`
}

// Run verifies.
func (c *verifyCommand) Run(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	if err := p.needIndex(); err != nil {
		return err
	}
	s, err := p.openStation(ctx, lg)
	if errors.Is(err, broker.ErrInUse) && !c.Repair {
		p.remark("%s; the queue is not looked at", oneLine(err.Error()))
		s, err = p.openWithoutQueue(ctx, lg)
	}
	if err != nil {
		return err
	}
	defer s.close()
	report, err := worker.Verify(ctx, lg, s.queue, worker.VerifyParts{Ledger: s.store, Entries: s.store, Blobs: s.blobs, Index: s.store, Deep: c.Deep})
	if err != nil {
		return err
	}
	if p.JSON {
		err = p.out.json(report)
	} else {
		p.printReport(report)
	}
	if err == nil && c.Repair {
		err = p.repair(ctx, s, report.Problems)
	}
	if err == nil && len(report.Problems) > 0 {
		err = &exit{code: exitVerify}
	}
	return err
}

func (p *program) repair(ctx context.Context, s *station, problems []worker.Problem) error {
	n, err := worker.Repair(ctx, s.lg, s.queue, s.store, problems)
	if err != nil {
		return err
	}
	p.remark("%s queued again; yusuan ingest reads what is queued", plural(n, "file"))
	return nil
}

func (p *program) printReport(r worker.Report) {
	t := sheet{aligns: []align{left, right}}
	t.add("files in the ledger", fmt.Sprint(r.Files), stateCounts(r.States))
	if !r.NoQueue {
		t.add("jobs on the queue", fmt.Sprint(r.Jobs))
		t.add("dead letters", fmt.Sprint(r.DeadLetters))
	}
	t.add("stored PDFs", fmt.Sprint(r.Blobs))
	t.add("disclosures in the index", fmt.Sprint(r.Disclosures))
	p.out.printf("%s\n", t.String())
	if len(r.Problems) == 0 {
		parts := "queue, stored PDFs, ledger and index agree"
		if r.NoQueue {
			parts = "stored PDFs, ledger and index agree"
		}
		p.out.printf("%s\n", parts)
		return
	}
	p.out.printf("%s\n", p.out.bold(plural(len(r.Problems), "disagreement")))
	var list sheet
	for _, v := range r.Problems {
		list.add("  "+string(v.Kind), shortID(v.ID), v.FileName, v.Detail+"; "+v.Remedy)
	}
	p.out.printf("%s", list.String())
}

func stateCounts(states map[schemas.State]int) string {
	var parts []string
	for _, s := range slices.Sorted(maps.Keys(states)) {
		if states[s] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", s, states[s]))
		}
	}
	return strings.Join(parts, ", ")
}
