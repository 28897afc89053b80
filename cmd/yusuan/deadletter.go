package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/worker"
)

type deadLetterCommand struct {
	List  deadLetterList  `cmd:"" help:"List what was not indexed, and why."`
	Show  deadLetterShow  `cmd:"" help:"Show one dead letter whole."`
	Retry deadLetterRetry `cmd:"" help:"Queue files again; ingest or worker then reads them."`
	Drop  deadLetterDrop  `cmd:"" help:"Forget dead letters: the files stay unread and are not asked for again."`
}

// Help is the long form, with an example.
func (deadLetterCommand) Help() string {
	return `A dead letter is a file that was not indexed, with the reason. An ID may be shortened.

  yusuan deadletter list --code needs-ocr
  yusuan deadletter retry 3f2a9c && yusuan ingest`
}

// An office is dead letters that are open to a command.
type office struct {
	p       *program
	station *station
	letters *worker.DeadLetters
}

func (p *program) openOffice(ctx context.Context) (*office, error) {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return nil, err
	}
	if err := p.needIndex(); err != nil {
		return nil, err
	}
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return nil, err
	}
	return &office{p, s, s.deadLetters()}, nil
}

func (o *office) close() { o.station.close() }

// A choice is which dead letters a command is about.
type choice struct {
	All  bool           `help:"All of them."`
	Code []schemas.Code `placeholder:"CODE" help:"Those with this code, such as needs-ocr or failed."`
	IDs  []string       `arg:"" optional:"" name:"id" help:"IDs, or how they begin."`
}

// pick gives the letters chosen.
func (c choice) pick(ctx context.Context, o *office) ([]worker.DeadLetter, error) {
	if len(c.IDs) == 0 && len(c.Code) == 0 && !c.All {
		return nil, usageError("deadletter: which? Name IDs, --code or --all")
	}
	if len(c.IDs) > 0 && (c.All || len(c.Code) > 0) {
		return nil, usageError("deadletter: either IDs or --code or --all")
	}
	if len(c.IDs) == 0 {
		all, err := o.letters.List(ctx)
		return withCode(all, c.Code), err
	}
	var picked []worker.DeadLetter
	for _, id := range c.IDs {
		d, err := o.one(ctx, id)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(picked, func(p worker.DeadLetter) bool { return p.ID == d.ID }) {
			picked = append(picked, d)
		}
	}
	return picked, nil
}

func (o *office) one(ctx context.Context, id string) (worker.DeadLetter, error) {
	d, found, err := o.letters.Show(ctx, id)
	if err == nil && !found {
		err = fmt.Errorf("%s: %w (see yusuan deadletter list)", id, worker.ErrNoDeadLetter)
	}
	return d, err
}

// withCode keeps the letters with one of the codes; no code is any.
func withCode(all []worker.DeadLetter, codes []schemas.Code) []worker.DeadLetter {
	if len(codes) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(d worker.DeadLetter) bool { return !slices.Contains(codes, d.Code) })
}

type deadLetterList struct {
	Code []schemas.Code `placeholder:"CODE" help:"Only those with this code, such as needs-ocr or failed."`
}

// Run lists.
func (c *deadLetterList) Run(ctx context.Context, p *program) error {
	o, err := p.openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	all, err := o.letters.List(ctx)
	if err != nil {
		return err
	}
	all = withCode(all, c.Code)
	if p.JSON {
		return p.out.json(append([]worker.DeadLetter{}, all...))
	}
	var t sheet
	for _, d := range all {
		t.add(shortID(d.ID), d.Time.Local().Format(time.DateTime), string(d.Code), letterName(d), pageMessage(d.Page, d.Message))
	}
	p.out.printf("%s", t.String())
	p.remark("%s", plural(len(all), "dead letter"))
	return nil
}

// shortID is as much of an ID as is sure to be told from others.
func shortID(id string) string {
	const digits = 12
	if len(id) <= digits {
		return id
	}
	return id[:digits]
}

func letterName(d worker.DeadLetter) string {
	url := ""
	if d.Job != nil {
		url = d.Job.URL
	}
	return cmp.Or(d.FileName, url, "(no job)")
}

type deadLetterShow struct {
	ID string `arg:"" help:"ID, or how it begins."`
}

// Run shows.
func (c *deadLetterShow) Run(ctx context.Context, p *program) error {
	o, err := p.openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	d, err := o.one(ctx, c.ID)
	if err != nil {
		return err
	}
	if p.JSON {
		return p.out.json(d)
	}
	var t sheet
	t.add("id", d.ID)
	t.add("file", letterName(d))
	if d.Job != nil && d.Job.URL != "" {
		t.add("url", d.Job.URL)
	}
	t.add("code", string(d.Code))
	t.add("message", pageMessage(d.Page, d.Message))
	t.add("time", d.Time.Local().Format(time.DateTime))
	t.add("deliveries", fmt.Sprint(d.Deliveries))
	if d.Payload != "" {
		t.add("payload", d.Payload)
	}
	p.out.printf("%s", t.String())
	return nil
}

type deadLetterRetry struct{ choice }

// Run queues again.
func (c *deadLetterRetry) Run(ctx context.Context, p *program) error {
	return c.each(ctx, p, "queued again", func(o *office, d worker.DeadLetter) error {
		_, err := o.letters.Retry(ctx, d)
		return err
	})
}

type deadLetterDrop struct{ choice }

// Run drops.
func (c *deadLetterDrop) Run(ctx context.Context, p *program) error {
	return c.each(ctx, p, "dropped", func(o *office, d worker.DeadLetter) error { return o.letters.Drop(ctx, d) })
}

// each does the same with every letter chosen, also where one of them can't be.
func (c choice) each(ctx context.Context, p *program, done string, do func(*office, worker.DeadLetter) error) error {
	o, err := p.openOffice(ctx)
	if err != nil {
		return err
	}
	defer o.close()
	picked, err := c.pick(ctx, o)
	if err != nil {
		return err
	}
	ids, errs := []string{}, []error{}
	for _, d := range picked {
		if err := do(o, d); err != nil {
			errs = append(errs, err)
			continue
		}
		ids = append(ids, d.ID)
		if !p.JSON {
			p.out.printf("%s  %s  %s\n", shortID(d.ID), done, letterName(d))
		}
	}
	if p.JSON {
		if err := p.out.json(ids); err != nil {
			return err
		}
	}
	p.remark("%s %s", plural(len(ids), "dead letter"), done)
	return errors.Join(errs...)
}
