package elastic

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"go.uber.org/zap"
)

// Config says where Elasticsearch is and how to talk to it.
type Config struct {
	URLs     []string      // of its nodes; at least one
	Prefix   string        // of all names, default "yusuan"; lower-case letters, digits, "-", "_"
	APIKey   string        // base64, as Elasticsearch gives it; wins over User
	User     string        // with Password, instead of APIKey
	Password string        //
	CACert   []byte        // PEM of the authorities to trust instead of the system's
	Retries  int           // how often a request, or an item of a bulk, is repeated that the server is too busy for; default 6, -1 for never
	Backoff  time.Duration // before the first repetition, doubled before each further one up to 64 times; default 200 ms
	// Shards is how many each index of content is made with; default 1, good for some 50 GB. Indices that are there keep theirs
	// until Reindex.
	Shards int
	// BulkBytes bounds the body of a bulk request; one document may be larger. Default 5 MB.
	BulkBytes int
	// Transport sends the requests; default one of its own with http.DefaultTransport's settings. CACert needs an *http.Transport.
	Transport http.RoundTripper
	// Observer is told of busy answers and repetitions; the zero value is told nothing.
	Observer Observer
}

// The defaults of Config.
const (
	defaultPrefix    = "yusuan"
	defaultRetries   = 6
	defaultBackoff   = 200 * time.Millisecond
	defaultBulkBytes = 5 << 20
)

// A Store is an open connection to Elasticsearch. Its methods may be called from several goroutines.
type Store struct {
	lg     *zap.Logger
	cfg    Config
	client *elasticsearch.BaseClient
	urls   string // for messages, without passwords
	idle   func() // ends idle connections
	// direct are the indices to use instead of the aliases; nil but where they are being made.
	direct map[kind]string
}

var prefixPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,99}$`)

// Open connects to Elasticsearch, checks its version, and makes the indices that are missing. Several processes may do so at
// once.
func Open(ctx context.Context, lg *zap.Logger, cfg Config) (*Store, error) {
	s, err := newStore(lg, cfg)
	if err != nil {
		return nil, fmt.Errorf("open elasticsearch: %w", err)
	}
	if err := s.checkVersion(ctx); err != nil {
		return nil, fmt.Errorf("open elasticsearch: %w", err)
	}
	if err := s.install(ctx); err != nil {
		return nil, fmt.Errorf("open elasticsearch: %w", err)
	}
	return s, nil
}

func newStore(lg *zap.Logger, cfg Config) (*Store, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = defaultPrefix
	}
	if !prefixPattern.MatchString(cfg.Prefix) {
		return nil, fmt.Errorf("prefix %q, want lower-case letters, digits, - and _", cfg.Prefix)
	}
	if cfg.Retries == 0 {
		cfg.Retries = defaultRetries
	}
	if cfg.Backoff == 0 {
		cfg.Backoff = defaultBackoff
	}
	if cfg.Shards <= 0 {
		cfg.Shards = 1
	}
	if cfg.BulkBytes == 0 {
		cfg.BulkBytes = defaultBulkBytes
	}
	if len(cfg.URLs) == 0 {
		return nil, fmt.Errorf("no URL")
	}
	var shown []string
	for _, raw := range cfg.URLs {
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("URL %q, want http://host:port or https://host:port", raw)
		}
		shown = append(shown, u.Redacted())
	}
	idle := func() {}
	if cfg.Transport == nil {
		if own, ok := http.DefaultTransport.(*http.Transport); ok {
			own = own.Clone()
			cfg.Transport, idle = own, own.CloseIdleConnections
		}
	}
	client, err := elasticsearch.NewBaseClient(elasticsearch.Config{
		Addresses: cfg.URLs, APIKey: cfg.APIKey, Username: cfg.User, Password: cfg.Password, CACert: cfg.CACert,
		Transport: cfg.Transport, DisableRetry: true, // request repeats, and knows what may be repeated
	})
	if err != nil {
		return nil, err
	}
	return &Store{lg: lg, cfg: cfg, client: client, urls: strings.Join(shown, ", "), idle: idle}, nil
}

// checkVersion asks the server who it is. Elasticsearch 8 and 9 will do.
func (s *Store) checkVersion(ctx context.Context) error {
	var info struct {
		Version struct {
			Number string `json:"number"`
		} `json:"version"`
	}
	if err := s.request(ctx, http.MethodGet, "/", nil, &info); err != nil {
		return err
	}
	major, _, _ := strings.Cut(info.Version.Number, ".")
	if n, err := strconv.Atoi(major); err != nil || n < 8 || n > 9 {
		return fmt.Errorf("the server at %s is version %q, want Elasticsearch 8 or 9", s.urls, info.Version.Number)
	}
	return nil
}

// alias is the name by which a kind's index is read and written.
func (s *Store) alias(k kind) string {
	if index, ok := s.direct[k]; ok {
		return index
	}
	return s.name(k)
}

// name is the alias of a kind, whether it leads to the indices that this store uses or not.
func (s *Store) name(k kind) string { return s.cfg.Prefix + "-" + string(k) }

// aliases joins the names of several kinds, as paths take them.
func (s *Store) aliases(list []kind) string {
	names := make([]string, len(list))
	for i, k := range list {
		names[i] = s.alias(k)
	}
	return strings.Join(names, ",")
}

// Refresh makes everything that was stored until now found by queries.
func (s *Store) Refresh(ctx context.Context) error {
	return s.refresh(ctx, kinds())
}

func (s *Store) refresh(ctx context.Context, list []kind) error {
	if err := s.request(ctx, http.MethodPost, "/"+s.aliases(list)+"/_refresh", nil, nil); err != nil {
		return fmt.Errorf("refresh: %w", err)
	}
	return nil
}

// Close ends idle connections.
func (s *Store) Close() error {
	defer s.idle()
	return s.client.Close(context.Background())
}
