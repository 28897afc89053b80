package main

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/worker"
)

// samples are disclosures of units that do not exist.
//
//go:embed demo/*.pdf
var samples embed.FS

type demoCommand struct {
	Serve  bool   `help:"Serve the web pages afterwards, until stopped."`
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of this machine for --serve (default 127.0.0.1:8080)."`
}

// Help is the long form, with an example.
func (*demoCommand) Help() string {
	return `Reads sample disclosures that are part of the program into a store of their own, which is removed at the end, or into the one that
--data names, and shows what can be asked.

  yusuan demo
  yusuan demo --serve            and look at http://127.0.0.1:8080
  yusuan demo --data demo-data`
}

// A demoResult is what demo prints with --json.
type demoResult struct {
	Ingest ingestResult      `json:"ingest"`
	Search indexer.Result    `json:"search"`
	Sums   indexer.SumResult `json:"sums"`
	Figure *demoFigure       `json:"figure,omitempty"`
}

// A demoFigure is one amount with the file that it stands in.
type demoFigure struct {
	FileName string `json:"file_name"`
	indexer.LineItem
}

// The queries of the demo, as flags. They are shown as commands and run as such.
func demoSearch() searchCommand {
	return searchCommand{filters: filters{Limit: 3}, Query: []string{"三公经费", "下降"}}
}

func demoSums() itemsCommand {
	return itemsCommand{
		filters: filters{Code: []string{"2080505"}, Table: []string{"general_public_expenditure"}},
		SumBy:   []indexer.Dimension{indexer.UnitDimension, indexer.YearDimension, indexer.KindDimension},
	}
}

// Run shows.
func (c *demoCommand) Run(ctx context.Context, p *program) error {
	serve := serveCommand{Listen: c.Listen, Timeout: answerTimeout}
	if c.Serve {
		if err := serve.check(c.Listen); err != nil {
			return err
		}
	}
	kept := p.Data != "" || p.Elasticsearch != ""
	if !kept {
		dir, err := os.MkdirTemp("", "yusuan-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer os.RemoveAll(dir)
		p.Data = dir
	}
	if err := c.show(ctx, p, kept); err != nil || !c.Serve {
		return err
	}
	return serve.Run(ctx, p)
}

func (c *demoCommand) show(ctx context.Context, p *program, kept bool) error {
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	s, err := p.openStation(ctx, lg)
	if err != nil {
		return err
	}
	defer s.close()
	d := demo{p: p, station: s}
	if err := d.run(ctx); err != nil {
		return err
	}
	if p.JSON {
		err = p.out.json(d.result)
	} else {
		d.print(kept || c.Serve)
	}
	if err == nil {
		err = d.result.Ingest.Summary.err()
	}
	return err
}

// A demo is one run of it.
type demo struct {
	p       *program
	station *station
	result  demoResult
}

func (d *demo) run(ctx context.Context) error {
	crew, err := d.p.newCrew(d.station, reading{}, fetching{}, patientWorker(runtime.GOMAXPROCS(0), d.station))
	if err != nil {
		return err
	}
	defer crew.close()
	in, err := sampleInputs()
	if err != nil {
		return err
	}
	g := newIngestion(d.p, d.station, in)
	if err := g.run(ctx, crew.worker); err != nil {
		return err
	}
	d.result.Ingest = g.result()
	return d.ask(ctx, d.station.store)
}

// ask runs the queries.
func (d *demo) ask(ctx context.Context, s indexed) error {
	search := demoSearch()
	q, err := search.whole()
	if err == nil {
		d.result.Search, err = s.Search(ctx, q)
	}
	if err != nil {
		return err
	}
	sums := demoSums()
	if q, err = sums.whole(); err != nil {
		return err
	}
	if d.result.Sums, err = indexer.Sums(ctx, s, q, sums.sums()); err != nil {
		return err
	}
	q.Limit = 1
	res, err := s.Items(ctx, q)
	if err != nil || len(res.Items) == 0 {
		return err
	}
	doc, err := s.Disclosure(ctx, res.Items[0].DisclosureID)
	if err != nil {
		return err
	}
	d.result.Figure = &demoFigure{doc.Source.FileName, res.Items[0]}
	return nil
}

// sampleInputs are the embedded files.
func sampleInputs() ([]input, error) {
	names, err := fs.Glob(samples, "demo/*.pdf")
	if err != nil {
		return nil, fmt.Errorf("list samples: %w", err)
	}
	var all []input
	for _, name := range names {
		base := strings.TrimPrefix(name, "demo/")
		all = append(all, input{name: base, load: func() (worker.Submission, error) {
			data, err := samples.ReadFile(name)
			return worker.Submission{Data: data, FileName: base}, err
		}})
	}
	return all, nil
}

func (d *demo) print(kept bool) {
	o, r := d.p.out, d.result
	where := ""
	if kept {
		where = d.p.storeFlags()
	}
	d.heading("读入 · Ingest the samples", "")
	d.p.printSummary(r.Ingest.Summary, r.Ingest.Files)
	d.heading("检索 · Search", demoSearch().line()+where)
	for i := range r.Search.Hits {
		if i > 0 {
			o.printf("\n")
		}
		d.p.printHit(&r.Search.Hits[i])
	}
	sums := demoSums()
	d.heading("汇总 · Sums", sums.line()+where)
	d.p.printSums(&sums, r.Sums.Groups)
	if r.Figure != nil {
		d.heading("出处 · Where one figure stands", "")
		d.p.printFigure(r.Figure)
	}
	d.heading("接下来 · Try next", "")
	if kept {
		o.printf("  yusuan search '\"主要原因\"' --unit 水利局%s\n  yusuan items --code 208 --year 2024%s\n", where, where)
	} else {
		o.printf("  yusuan demo --serve                 see them as web pages, http://127.0.0.1:8080\n")
		o.printf("  yusuan demo --data demo-data        keep these samples to ask more of them\n")
	}
	o.printf("  yusuan ingest FOLDER                read your own PDFs\n  yusuan --help\n")
}

// heading starts a part of the demo, with the command that gives the same.
func (d *demo) heading(title, command string) {
	o := d.p.out
	o.printf("\n%s", o.bold("── "+title+" ──"))
	if command != "" {
		o.printf("  %s", o.faint("$ yusuan "+command))
	}
	o.printf("\n\n")
}

// printFigure says where an amount stands and what it is worth.
func (p *program) printFigure(f *demoFigure) {
	var t sheet
	t.add("  what", origin(&f.Origin))
	t.add("", strings.TrimSpace(strings.Join([]string{f.Code, f.Name, f.Header}, "  ")))
	t.add("  table", strings.TrimSpace(f.TableNumber+" "+f.TableTitle))
	t.add("  file", f.FileName)
	t.add("  page", fmt.Sprint(f.Page))
	if f.Box != nil {
		t.add("  box", fmt.Sprintf("x %.1f–%.1f, y %.1f–%.1f pt from the top left", f.Box[0], f.Box[2], f.Box[1], f.Box[3]))
	}
	t.add("  printed", fmt.Sprintf("%s %s", f.AmountText, f.UnitOfMeasure))
	t.add("  amount", amount(f.Amount)+" 元")
	p.out.printf("%s", t.String())
}

// storeFlags are the flags that name the store, as a command needs them.
func (p *program) storeFlags() string {
	var b strings.Builder
	for _, f := range []struct{ name, value string }{{"data", p.Data}, {"elasticsearch", p.Elasticsearch}, {"prefix", p.Prefix}} {
		if f.value != "" {
			b.WriteString(" --" + f.name + " " + shellWord(f.value))
		}
	}
	return b.String()
}

// shellWord quotes a word for a shell where it needs to be.
func shellWord(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || strings.ContainsRune("'\"\\$`&|;<>()*?[]{}!#~", r) }) < 0
	if plain {
		return cmp.Or(s, "''")
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
