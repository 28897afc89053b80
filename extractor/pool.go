package extractor

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"go.uber.org/zap"

	"yusuan/extractor/pdf"
	"yusuan/extractor/pdf/content"
	"yusuan/extractor/pdf/pdfium"
	"yusuan/extractor/sandbox"
	"yusuan/schemas"
)

// The engines by the names that the command line uses.
const (
	AutoEngine       = "auto"       // ledongthuc, and pdfium for what it cannot read cleanly
	LedongthucEngine = "ledongthuc" // our interpreter over the object reader of ledongthuc/pdf
	PDFiumEngine     = "pdfium"     // PDFium as WebAssembly
)

// NewEngine returns the engine of that name. cacheDir holds PDFium's compiled code between runs; "" means none.
func NewEngine(name, cacheDir string) (pdf.Engine, error) {
	var limits pdf.Limits
	second, err := pdfium.New(pdfium.Config{Limits: limits, CacheDir: cacheDir, Starting: sandbox.Warming})
	if err != nil {
		return nil, err
	}
	switch name {
	case PDFiumEngine:
		return sniffing{second}, nil
	case LedongthucEngine:
		return sniffing{content.New(limits)}, nil
	case AutoEngine, "":
		return pdf.Auto(content.New(limits), second, pdf.AutoConfig{}), nil
	}
	return nil, fmt.Errorf("unknown engine %q: use auto, ledongthuc or pdfium", name)
}

// sniffing rejects what is no PDF before an engine sees it, as Auto does.
type sniffing struct{ pdf.Engine }

func (s sniffing) Open(ctx context.Context, data []byte) (pdf.Document, error) {
	if err := pdf.Sniff(data); err != nil {
		return nil, err
	}
	return s.Engine.Open(ctx, data)
}

// PoolConfig sets up a Pool. Zero fields take their defaults.
type PoolConfig struct {
	Command  []string      // argv of the child, which calls ServeChild
	Engine   string        // default auto
	CacheDir string        // for PDFium's compiled code; "" means none
	Children int           // how many PDFs are read at once; default 1
	Deadline time.Duration // for a PDF beside its pages; default 5 s
	PerPage  time.Duration // for each page; default 200 ms
	Memory   int64         // resident bytes of one child; default 1 GiB
	Observer sandbox.Observer
}

// A Pool reads PDFs in child processes of the same binary, so that one which hangs, crashes or eats memory costs nobody
// else anything.
type Pool struct {
	children *sandbox.Pool
	cfg      PoolConfig
}

// NewPool makes a pool; children start when they are needed.
func NewPool(lg *zap.Logger, cfg PoolConfig) (*Pool, error) {
	children, err := sandbox.NewPool(lg, sandbox.Config{Command: cfg.Command, Size: cfg.Children, Deadline: cfg.Deadline,
		PerPage: cfg.PerPage, Memory: cfg.Memory, Observer: cfg.Observer})
	if err != nil {
		return nil, err
	}
	return &Pool{children, cfg}, nil
}

// childOptions goes with each request to a child.
type childOptions struct {
	Engine   string `json:"engine,omitempty"`
	CacheDir string `json:"cache_dir,omitempty"`
	Source   Source `json:"source"`
}

// Extract reads one PDF in a child. Facts about the document, a passed deadline and a passed memory limit among them, are
// *schemas.Rejection.
func (p *Pool) Extract(ctx context.Context, src Source, data []byte) (*schemas.Disclosure, error) {
	if err := pdf.Sniff(data); err != nil { // costs no child
		return nil, err
	}
	options, err := json.Marshal(childOptions{p.cfg.Engine, p.cfg.CacheDir, src})
	if err != nil {
		return nil, fmt.Errorf("extract %s: %w", src.FileName, err)
	}
	reply, err := p.children.Do(ctx, sandbox.Request{Name: src.FileName, Digest: src.SHA256, Data: data, Options: options})
	if err != nil {
		return nil, err
	}
	d := &schemas.Disclosure{}
	if err := json.Unmarshal(reply, d); err != nil {
		return nil, fmt.Errorf("extract %s: child's reply: %w", src.FileName, err)
	}
	return d, nil
}

// Close ends the children.
func (p *Pool) Close() error { return p.children.Close() }

// ServeChild is the child of a Pool: it reads PDFs from in and writes disclosures to out until in ends.
func ServeChild(ctx context.Context, in io.Reader, out io.Writer) error {
	var collector collector
	engines := map[string]pdf.Engine{}
	defer func() {
		for _, e := range engines {
			e.Close()
		}
	}()
	return sandbox.Serve(ctx, in, out, func(ctx context.Context, req sandbox.Request, progress func(page, pages int)) ([]byte, error) {
		var o childOptions
		if err := json.Unmarshal(req.Options, &o); err != nil {
			return nil, fmt.Errorf("options of %s: %w", req.Name, err)
		}
		engine := engines[o.Engine]
		if engine == nil {
			var err error
			if engine, err = NewEngine(o.Engine, o.CacheDir); err != nil {
				return nil, err
			}
			engines[o.Engine] = engine
		}
		collector.tune()
		d, err := Extract(ctx, engine, o.Source, req.Data, func(page, pages int) {
			if page%100 == 0 {
				collector.tune()
			}
			progress(page, pages)
		})
		if err != nil {
			return nil, err
		}
		collector.tune()
		return json.Marshal(d)
	})
}

// A collector sets how often garbage is collected in a child. What is read of a page is soon garbage, so that small documents
// hardly need any; in one of thousands of pages what is kept grows, and the garbage beside it must not grow with it.
type collector struct{ sample [1]metrics.Sample }

// Bytes of garbage that may lie beside what is kept, and the bounds of GOGC that follow from it.
const (
	spareBytes          = 64 << 20
	leastGOGC, mostGOGC = 40, 400
)

// tune sets GOGC by how much is in use now.
func (c *collector) tune() {
	c.sample[0].Name = "/gc/heap/live:bytes"
	metrics.Read(c.sample[:])
	percent := mostGOGC
	if live := c.sample[0].Value.Uint64(); live > 0 {
		percent = int(min(max(spareBytes*100/live, leastGOGC), mostGOGC))
	}
	debug.SetGCPercent(percent)
}
