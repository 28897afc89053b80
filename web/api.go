package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
)

// An Index answers. An error that is a *indexer.QueryError is the asker's, indexer.ErrNotFound is 404, any other is ours.
type Index interface {
	Search(context.Context, indexer.Query) (indexer.Result, error)
	Items(context.Context, indexer.Query) (indexer.ItemResult, error)
	Sum(context.Context, indexer.Query, []indexer.Dimension) ([]indexer.Group, error)
}

// An Archive has the disclosures.
type Archive interface {
	Disclosure(ctx context.Context, id string) (*schemas.Disclosure, error)
	Disclosures(context.Context, indexer.Filters, bool, func(indexer.DisclosureRecord) error) error
	Sources(ctx context.Context, ids []string) (map[string]schemas.Source, error)
}

// PDFs gives the bytes of a PDF by its SHA-256 in hex.
type PDFs interface {
	Get(ctx context.Context, sha256 string, limit int64) ([]byte, error)
}

// A Config is what the API serves.
type Config struct {
	Index      Index
	Archive    Archive
	PDFs       PDFs                // nil: no PDFs are served
	Dictionary *indexer.Dictionary // of words and synonyms; nil is the standard one
	Version    string
	MaxPDF     int64         // bytes
	Timeout    time.Duration // of one answer; exports have none
}

// An api is a Config that serves.
type api struct {
	Config
	lg      *zap.Logger
	exports chan struct{} // as many as are made at a time
}

// New gives the handler of everything under /api/v1.
func New(lg *zap.Logger, cfg Config) http.Handler {
	a := &api{Config: cfg, lg: lg, exports: make(chan struct{}, maxExports)}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle("GET "+r.path, a.guarded(r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.nothing(w, r, mux) })
	return compressed(secured(mux))
}

// compressed answers with gzip where that is accepted.
func compressed(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes([]string{"application/pdf"}))
	if err != nil {
		panic(err) // the options are ours
	}
	return wrap(h)
}

// secured says what no browser should do with what it gets.
func secured(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		h.ServeHTTP(w, r)
	})
}

// nothing answers what no route is for: another method of one there is, or none.
func (a *api) nothing(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	as := r.Clone(r.Context())
	as.Method = http.MethodGet
	if _, pattern := mux.Handler(as); pattern != "/" && pattern != "" {
		w.Header().Set("Allow", "GET, HEAD")
		a.refuse(w, r, problem{Status: http.StatusMethodNotAllowed, Detail: "only GET and HEAD are served here"})
		return
	}
	a.refuse(w, r, problem{Status: http.StatusNotFound, Detail: "there is nothing here; /api/v1/openapi.json says what there is"})
}

// guarded runs a route's answer with its parameters read and its time bounded, and turns errors into problems.
func (a *api) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := rt.read(r)
		if err == nil {
			ctx := r.Context()
			if !p.streams() && !rt.long && a.Timeout > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, a.Timeout)
				defer cancel()
			}
			p.query.Dictionary = a.Dictionary
			if !rt.long {
				allowTime(w)
			}
			err = rt.answer(w, r.WithContext(ctx), p)
		}
		if err != nil {
			a.fail(w, r, err)
		}
	})
}

// writeWithin is how long who asked may take to receive a part of an answer.
const writeWithin = 2 * time.Minute

// allowTime bounds how long the next part of an answer may take to be made and received.
func allowTime(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeWithin)) // not every writer has one
}

// errBegun wraps an error that comes when a part of the answer is out already.
type errBegun struct{ error }

func (e errBegun) Unwrap() error { return e.error }

// fail answers with what is wrong. An answer that has begun is cut off, so that nobody takes it for whole.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if begun, ok := errors.AsType[errBegun](err); ok {
		a.lg.Error("answer was cut off", zap.String("path", r.URL.Path), zap.Error(begun.error))
		panic(http.ErrAbortHandler)
	}
	var refused problem
	query, isQuery := errors.AsType[*indexer.QueryError](err)
	switch {
	case errors.As(err, &refused):
	case isQuery:
		refused = problem{Status: http.StatusBadRequest, Detail: query.Message, At: query.At}
	case errors.Is(err, indexer.ErrNotFound):
		refused = problem{Status: http.StatusNotFound, Detail: "there is no such disclosure"}
	case errors.Is(err, context.DeadlineExceeded):
		refused = problem{Status: http.StatusGatewayTimeout, Detail: "the answer took too long: ask for less"}
	case r.Context().Err() != nil:
		return // nobody waits for it
	default:
		a.lg.Error("no answer", zap.String("path", r.URL.Path), zap.String("query", r.URL.RawQuery), zap.Error(err))
		refused = problem{Status: http.StatusInternalServerError, Detail: "this is our fault, and in our log"}
	}
	a.refuse(w, r, refused)
}
