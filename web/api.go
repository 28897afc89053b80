package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"go.uber.org/zap"

	"yusuan/indexer"
	"yusuan/schemas"
	"yusuan/web/access"
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

// A Guard says whether who asks has the role. An error that is an *access.Denial is the answer; any other is ours.
type Guard interface {
	Admit(r *http.Request, need access.Role) (access.Identity, error)
}

// A Config is what the API serves.
type Config struct {
	Index       Index
	Archive     Archive
	PDFs        PDFs                // nil: no PDFs are served
	Ledger      Ledger              // nil: no jobs are told of
	Intake      Intake              // nil: no files are taken
	DeadLetters DeadLetters         // nil: nothing is retried or dropped
	Changes     Changes             // nil: nobody is told of changes as they happen
	Backlog     Backlog             // nil: the status says nothing of queue and workers
	Scale       Scale               // nil: nor of the index
	Guard       Guard               // nil: everybody may do everything, and whoever starts it sees to it who can reach it
	Asks        bool                // Guard asks for a key or a token, for the description
	Origins     []string            // whose web pages may read the answers (https://HOST), see access.CORS
	Dictionary  *indexer.Dictionary // of words and synonyms; nil is the standard one
	Version     string
	MaxPDF      int64           // bytes of one
	MaxUpload   int64           // bytes of all that one request uploads
	Silence     time.Duration   // how long who uploads may send nothing; 0 is 30 s
	Timeout     time.Duration   // of one answer; exports have none
	SignEvery   time.Duration   // between two signs of life to who listens to changes; 0 is 15 s
	Done        <-chan struct{} // closed when the server is to stop, which ends answers that go on; nil is never
}

// An api is a Config that serves.
type api struct {
	Config
	lg       *zap.Logger
	exports  chan struct{} // as many as are made at a time
	uploads  chan struct{} // as many as are received at a time
	loads    chan struct{} // as many uploaded files as are in memory at a time
	glance   glance
	audience audience
}

// New gives the handler of everything under /api/v1.
func New(lg *zap.Logger, cfg Config) http.Handler {
	a := &api{
		Config: cfg, lg: lg, exports: make(chan struct{}, maxExports), uploads: make(chan struct{}, maxUploads), loads: make(chan struct{}, maxLoads),
	}
	mux := http.NewServeMux()
	for _, r := range a.routes() {
		mux.Handle(r.method+" "+r.path, Guarded(cfg.Guard, r.need, a.bounded(r)))
	}
	mux.Handle("/", Guarded(cfg.Guard, access.Read, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { nothing(w, r, mux) })))
	return compressed(secured(access.CORS(mux, cfg.Origins)))
}

// caller is where a request's context has who asks.
type caller struct{}

// Guarded lets through to h who has the role, and answers the others with a problem. A nil guard lets everybody through.
func Guarded(guard Guard, need access.Role, h http.Handler) http.Handler {
	if guard == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := guard.Admit(r, need)
		if denial, ok := errors.AsType[*access.Denial](err); ok {
			refuse(w, r, problem{Status: denial.Status, Detail: denial.Detail, challenge: denial.Challenge})
			return
		}
		if err != nil {
			refuse(w, r, problem{Status: http.StatusInternalServerError, Detail: "this is our fault"})
			return
		}
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), caller{}, id)))
	})
}

// by says in the log who asks.
func by(r *http.Request) zap.Field {
	id, _ := r.Context().Value(caller{}).(access.Identity)
	return zap.String("by", id.Name)
}

// compressed answers with gzip where that is accepted.
func compressed(h http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes([]string{"application/pdf"}))
	if err != nil {
		panic(err) // the options are ours
	}
	zipped := wrap(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == EventsPath { // each is to arrive when it is sent
			h.ServeHTTP(w, r)
			return
		}
		zipped.ServeHTTP(w, r)
	})
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
func nothing(w http.ResponseWriter, r *http.Request, mux *http.ServeMux) {
	var methods []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		as := r.Clone(r.Context())
		as.Method = method
		if _, pattern := mux.Handler(as); pattern != "/" && pattern != "" {
			methods = append(methods, method)
		}
	}
	if len(methods) > 0 {
		allowed := strings.Join(methods, ", ")
		w.Header().Set("Allow", allowed)
		refuse(w, r, problem{Status: http.StatusMethodNotAllowed, Detail: "only these methods are served here: " + allowed})
		return
	}
	refuse(w, r, problem{Status: http.StatusNotFound, Detail: "there is nothing here; /api/v1/openapi.json says what there is"})
}

// bounded runs a route's answer with its parameters read and its time bounded, and turns errors into problems.
func (a *api) bounded(rt route) http.Handler {
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
	refuse(w, r, refused)
}
