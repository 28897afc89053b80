package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"go.uber.org/zap"

	"yusuan/extractor"
	"yusuan/indexer/export"
	"yusuan/schemas"
	"yusuan/worker"
	"yusuan/worker/source"
)

// maxFile bounds a PDF, in bytes.
const maxFile = 256 << 20

// reading are the flags of how PDFs are read.
type reading struct {
	Engine  string        `enum:"auto,ledongthuc,pdfium" default:"auto" help:"PDF engine: auto, ledongthuc or pdfium."`
	Timeout time.Duration `placeholder:"TIME" help:"Processor time that one file may take, beside 200 ms a page (default 5s)."`
	Memory  byteSize      `placeholder:"SIZE" help:"Memory that reading one file may take (default 1GiB)."`
}

func (r reading) config(children int) extractor.PoolConfig {
	return extractor.PoolConfig{Engine: r.Engine, Children: children, Deadline: r.Timeout, Memory: int64(r.Memory)}
}

// A byteSize is a flag such as 512MB or 1GiB.
type byteSize int64

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *byteSize) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n == 0 || n > 1<<50 {
		return fmt.Errorf("size %q, want one such as 512MB or 1GiB", text)
	}
	*b = byteSize(n)
	return nil
}

type extractCommand struct {
	reading
	Format []extractFormat `enum:"json,csv,xlsx,md" default:"json" help:"json (all that was read), csv and xlsx (its amounts), md (text and tables as Markdown); with --out several by commas."`
	Out    string          `placeholder:"DIR" help:"Write DIR/NAME.json for each NAME.pdf, and DIR/NAME.error.json for one that cannot be read."`
	Jobs   int             `placeholder:"N" help:"How many files are read at a time (default: as many as there are processors)."`
	Paths  []string        `arg:"" name:"path" help:"PDFs, ZIP archives of them, folders of both, or @LIST, a file that lists them."`
}

// Help is the long form, with an example.
func (extractCommand) Help() string {
	return `Without --out, one file goes to standard output. Files of the same name from several folders become NAME.json, NAME-2.json, …
Numbers of telephones, identity cards and bank cards are masked in csv, xlsx and md, as in the index; json has what the PDF has.

  yusuan extract 2024.pdf
  yusuan extract --format md 2024.pdf
  yusuan extract --format json,xlsx --out tables/ pdfs/`
}

// An extractFormat is how a file that was read is written, and how the name of its output ends.
type extractFormat string

// asJSON is the format that has everything.
const asJSON extractFormat = "json"

// write writes what was read.
func (f extractFormat) write(ctx context.Context, w io.Writer, d *schemas.Disclosure) error {
	if f == asJSON {
		return writeIndented(w, d)
	}
	return export.WriteOne(ctx, w, d, export.Format(f))
}

// An extractFailure is what NAME.error.json holds.
type extractFailure struct {
	Code    schemas.Code `json:"code"`
	Message string       `json:"message"`
	Page    int          `json:"page,omitempty"`
}

// An extractResult is one file's line in the summary.
type extractResult struct {
	Path   string          `json:"path"`
	Output string          `json:"output,omitempty"` // path of what was written, of the first format
	Pages  int             `json:"pages,omitempty"`
	Error  *extractFailure `json:"error,omitempty"`
}

// An extractSummary is the result of extracting to a folder.
type extractSummary struct {
	Files     int             `json:"files"`
	Extracted int             `json:"extracted"`
	Failed    int             `json:"failed"` // rejected ones included
	Pages     int             `json:"pages"`
	Seconds   float64         `json:"seconds"`
	Results   []extractResult `json:"results"`
}

// Run extracts.
func (c *extractCommand) Run(ctx context.Context, p *program) error {
	items := slices.Collect(source.Expand(ctx, c.Paths))
	for _, it := range items {
		if it.Path == "" {
			return usageError("extract reads files; for %s use yusuan ingest", it.URL)
		}
	}
	if c.Out == "" && len(items) > 1 {
		return usageError("extract: %d files need --out DIR to be written to", len(items))
	}
	if c.Out == "" && len(c.Format) > 1 {
		return usageError("extract: %d formats need --out DIR to be written to", len(c.Format))
	}
	lg, err := p.logger(zap.ErrorLevel)
	if err != nil {
		return err
	}
	pool, err := p.pool(lg, c.config(jobCount(c.Jobs, len(items))))
	if err != nil {
		return err
	}
	defer pool.Close()
	if c.Out == "" {
		return c.toStdout(ctx, p, pool, items)
	}
	return c.toFolder(ctx, p, pool, items)
}

func (c *extractCommand) toStdout(ctx context.Context, p *program, pool *extractor.Pool, items []source.Item) error {
	if len(items) == 0 {
		return usageError("extract: no PDF in %v", c.Paths)
	}
	d, err := extractItem(ctx, pool, items[0])
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		f := failure(err)
		return &exit{exitPartial, fmt.Errorf("%s: %s", items[0].Path, f.line())}
	}
	if c.Format[0] == asJSON {
		return p.out.json(d)
	}
	var buf bytes.Buffer
	if err := c.Format[0].write(ctx, &buf, d); err != nil {
		return err
	}
	p.out.printf("%s", buf.Bytes())
	return nil
}

func extractItem(ctx context.Context, pool *extractor.Pool, it source.Item) (*schemas.Disclosure, error) {
	if it.Err != nil {
		return nil, it.Err
	}
	data, err := it.Read(maxFile)
	if err != nil {
		return nil, err
	}
	d, err := pool.Extract(ctx, extractor.Source{FileName: it.FileName, URI: it.URL}, data)
	if err != nil {
		return nil, err
	}
	d.Claims = it.Claims
	return d, nil
}

// failure puts an error in the form of the error file.
func failure(err error) extractFailure {
	if r := schemas.AsRejection(err); r != nil {
		return extractFailure{r.Code, r.Message, r.Page}
	}
	return extractFailure{worker.FailedCode, plainly(err), 0}
}

func (f extractFailure) line() string {
	if f.Page > 0 {
		return fmt.Sprintf("%s: page %d: %s", f.Code, f.Page, f.Message)
	}
	return fmt.Sprintf("%s: %s", f.Code, f.Message)
}

func (c *extractCommand) toFolder(ctx context.Context, p *program, pool *extractor.Pool, items []source.Item) error {
	out, err := openFolder(c.Out)
	if err != nil {
		return err
	}
	begun := time.Now()
	stems := outputStems(items)
	results := make([]extractResult, len(items))
	bar := p.progress("extract", len(items))
	err = parallel(ctx, jobCount(c.Jobs, len(items)), len(items), func(ctx context.Context, i int) error {
		r, err := out.extract(ctx, pool, items[i], stems[i], c.Format)
		results[i] = r
		if r.Error != nil {
			bar.line("%s: %s", items[i].Path, r.Error.line())
		}
		bar.add(1)
		return err
	})
	bar.end()
	if err != nil {
		return err
	}
	return p.extractSummary(results, time.Since(begun))
}

func (p *program) extractSummary(results []extractResult, took time.Duration) error {
	s := extractSummary{Files: len(results), Seconds: seconds(took), Results: results}
	for _, r := range results {
		s.Pages += r.Pages
		if r.Error != nil {
			s.Failed++
		} else {
			s.Extracted++
		}
	}
	if p.JSON {
		if err := p.out.json(s); err != nil {
			return err
		}
	} else {
		p.remark("%d files: %d extracted, %d not; %d pages in %.1f s", s.Files, s.Extracted, s.Failed, s.Pages, s.Seconds)
	}
	if s.Failed > 0 {
		return &exit{code: exitPartial}
	}
	return nil
}

// seconds are rounded to milliseconds.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

// parallel calls fn for 0 to n-1, as many at a time as there are jobs, until one gives an error or ctx is done.
func parallel(ctx context.Context, jobs, n int, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var all sync.WaitGroup
	for range jobs {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := fn(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
