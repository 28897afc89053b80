// Package pdfium reads PDFs with PDFium, compiled to WebAssembly (github.com/klippa-app/go-pdfium) and run by wazero: no
// cgo, no access to the host. It gives glyphs, rulings and images as package pdf defines them, and paints pages. It does
// not choose between engines and sets no deadline: a crafted file can keep WebAssembly busy for ever, so a caller that
// reads strangers' files does so in a child process.
//
// Start with New and Engine.Open. The layers, bottom up: memory (the module's linear memory), instance (one running module
// and its calls), scene (the page objects: clips, fills, strokes, images), glyph (the characters), document.
package pdfium

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime/debug"
	"sync"

	gopdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"yusuan/extractor/pdf"
)

// root is the whole file system that PDFium sees: one stub font (see stubfont.py), without which it silently drops the
// characters of CJK fonts that are not embedded.
//
//go:embed root/usr/share/fonts/stub.ttf
var root embed.FS

// wasmPage is the unit of WebAssembly memory in bytes.
const wasmPage = 64 << 10

// Config sets up an Engine. The zero value works.
type Config struct {
	Limits pdf.Limits
	// CacheDir holds wazero's compiled code between runs, so that a start takes 70 ms and not 2 s. Empty: no cache.
	CacheDir string
	// Memory bounds the linear memory of one open document, in bytes; default 512 MiB.
	Memory int64
	// Starting, if set, is called before the module is compiled, with the context of the Open that needs it.
	Starting func(context.Context)
}

// An Engine opens documents with PDFium. The module is compiled at the first Open. Its documents may be used at the same
// time by different goroutines; each has its own instance of the module.
type Engine struct {
	cfg Config

	mu     sync.Mutex
	pool   gopdfium.Pool
	cache  wazero.CompilationCache
	closed bool
}

var _ pdf.Engine = (*Engine)(nil)

// New returns an Engine. Nothing is started before the first Open.
func New(cfg Config) (*Engine, error) {
	cfg.Limits = cfg.Limits.Or()
	if cfg.Memory == 0 {
		cfg.Memory = 512 << 20
	}
	if cfg.Memory < 32<<20 || cfg.Memory > 4<<30 {
		return nil, fmt.Errorf("pdfium: memory limit %d bytes is outside 32 MiB to 4 GiB", cfg.Memory)
	}
	return &Engine{cfg: cfg}, nil
}

// Name returns "pdfium".
func (e *Engine) Name() string { return "pdfium" }

// Open opens a PDF with the empty password. Its facts about the file are *schemas.Rejection: empty-file, not-a-pdf,
// password-needed, damaged, no-pages, too-many-pages, too-large.
func (e *Engine) Open(ctx context.Context, data []byte) (pdf.Document, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := pdf.Sniff(data); err != nil {
		return nil, err
	}
	d := &document{engine: e, data: data, limits: e.cfg.Limits}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Close frees the compiled module. Documents must be closed before.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	var errs []error
	if e.pool != nil {
		errs = append(errs, e.pool.Close())
		e.pool = nil
	}
	if e.cache != nil {
		errs = append(errs, e.cache.Close(context.Background()))
		e.cache = nil
	}
	return errors.Join(errs...)
}

// instances returns the pool of module instances, compiling the module the first time.
func (e *Engine) instances(ctx context.Context) (gopdfium.Pool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errors.New("pdfium: engine is closed")
	}
	if e.pool != nil {
		return e.pool, nil
	}
	if e.cfg.Starting != nil {
		e.cfg.Starting(ctx)
	}
	rc := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(uint32(e.cfg.Memory / wasmPage))
	if e.cfg.CacheDir != "" && e.cache == nil {
		cache, err := wazero.NewCompilationCacheWithDir(e.cfg.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("pdfium: compilation cache %s: %w", e.cfg.CacheDir, err)
		}
		e.cache = cache
	}
	if e.cache != nil {
		rc = rc.WithCompilationCache(e.cache)
	}
	files, err := fs.Sub(root, "root")
	if err != nil {
		return nil, fmt.Errorf("pdfium: font directory: %w", err)
	}
	// The pool outlives the call that starts it.
	keep := experimental.WithMemoryAllocator(context.WithoutCancel(ctx), experimental.MemoryAllocatorFunc(allocate))
	pool, err := webassembly.Init(webassembly.Config{
		Context:       keep,
		MaxIdle:       1,
		MaxTotal:      -1,
		FSConfig:      wazero.NewFSConfig().WithFSMount(files, "/"),
		RuntimeConfig: rc,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return nil, fmt.Errorf("pdfium: start: %w", err)
	}
	e.pool = pool
	// Compiling leaves 250 MB of garbage behind, which would count against the file that is read first.
	debug.FreeOSMemory()
	return pool, nil
}
