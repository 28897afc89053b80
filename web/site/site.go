package site

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web"
	"yusuan/web/access"
)

// A Ledger says what became of each file.
type Ledger interface {
	Entry(ctx context.Context, id string) (schemas.Entry, bool, error)
	Entries(context.Context, indexer.EntryFilter, func(schemas.Entry) error) error
	LedgerSummary(ctx context.Context, since ...time.Time) (indexer.LedgerSummary, error)
}

// A History has the versions of a disclosure, itself among them.
type History interface {
	Versions(ctx context.Context, disclosureID string) ([]schemas.Version, error)
}

// A Config is what the pages show.
type Config struct {
	Index      web.Index
	Archive    web.Archive
	History    History
	Ledger     Ledger
	API        http.Handler        // of package web: what changes something goes through it
	Guard      web.Guard           // nil: everybody may do everything
	Asks       bool                // Guard asks for a key or a token, so that there is a page to give one
	Dictionary *indexer.Dictionary // of words and synonyms; nil is the standard one
	Version    string
	Timeout    time.Duration // of one page
}

// A site is a Config that serves.
type site struct {
	Config
	lg     *zap.Logger
	assets *assets
	words  map[Language]catalogue
	pages  map[Language]map[string]*template.Template // by the file's name without .html
	own    *http.CrossOriginProtection
	shelf  *kept[shelf]
	counts *kept[map[string]int] // of the totals of each code
}

// New gives the handler of every path that is not the API's.
func New(lg *zap.Logger, cfg Config) (http.Handler, error) {
	s := &site{Config: cfg, lg: lg, own: http.NewCrossOriginProtection()}
	s.shelf = keep(func(ctx context.Context) (shelf, error) { return readShelf(ctx, cfg.Archive) })
	s.counts = keep(func(ctx context.Context) (map[string]int, error) { return countCodes(ctx, cfg.Index, "") })
	var err error
	if s.assets, err = newAssets(); err != nil {
		return nil, err
	}
	if s.words, err = readMessages(); err != nil {
		return nil, err
	}
	if s.pages, err = s.parsePages(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+staticPath, s.assets)
	for _, r := range s.routes() {
		mux.Handle(r.pattern, s.handler(r))
	}
	mux.Handle("/", s.handler(route{answer: (*request).nothing, open: true}))
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ContentTypes([]string{"text/html"}))
	if err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	return secured(wrap(mux)), nil
}

// policy is the Content-Security-Policy of every page: nothing from elsewhere, no script or style in the page itself. WebAssembly is for the
// image decoders of the PDF viewer.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; " +
	"connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured says what no browser should do with a page.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		h.ServeHTTP(w, r)
	})
}

// handler runs a route's answer: who asks has the role, the time is bounded, and an error becomes a page.
func (s *site) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := s.newRequest(w, r)
		if err := cmp.Or(req.checkAddress(), req.admit(rt)); err != nil {
			req.fail(err)
			return
		}
		if s.Timeout > 0 && !rt.long {
			ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
			defer cancel()
			req.r = r.WithContext(ctx)
		}
		if err := rt.answer(req); err != nil {
			req.fail(err)
		}
	})
}

// The bounds of an address. The links of a page keep what it asks for, so that a page is as large as its address times its links.
const (
	maxAddress    = 24 << 10 // of the query string, in bytes: the longest query that is understood has 9,000
	maxParameters = 200      // as the API has it
)

// checkAddress refuses an address that asks for more than anybody means.
func (r *request) checkAddress() error {
	if q := r.r.URL.RawQuery; len(q) > maxAddress || strings.Count(q, "&") >= maxParameters {
		return fault{status: http.StatusBadRequest, detail: r.t("failure.address")}
	}
	return nil
}

// admit asks the guard. An open route is for those as well who have no role; it is told who they are if they say it.
func (r *request) admit(rt route) error {
	if r.s.Guard == nil {
		r.identity = access.Identity{Name: "local", Role: access.Admin}
		return nil
	}
	id, err := r.s.Guard.Admit(r.r, max(rt.need, access.Read))
	r.identity = id
	if rt.open {
		return nil
	}
	return err
}
