package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"yusuan/schemas"
)

// FetchConfig bounds what a Fetcher does. The zero value is the defaults.
type FetchConfig struct {
	MaxBytes int64         // larger files are rejected as too-large; default 256 MiB
	Timeout  time.Duration // for the whole of one file, redirects included; default 5 min
	// Wait is for connecting, for the TLS handshake, for the answer's first byte and from one piece of it to the next, each;
	// default 30 s.
	Wait         time.Duration
	MinRate      int64  // bytes a second that a server must send, on average over twice Wait; default 1024
	MaxRedirects int    // default 5
	UserAgent    string // default "yusuan"
	// HostDelay is how long a host is left alone between the end of one request and the start of the next, of which it has
	// one at a time; default 0: it is asked as often as there is something to ask. What a redirect leads to on the same host
	// belongs to the request.
	HostDelay time.Duration
	// AllowPrivate lets URLs lead to addresses inside: loopback, private, link-local. Off by default, since whoever can
	// publish a job could otherwise have a worker read the pages of its own network.
	AllowPrivate bool
	// AllowNetworks are networks inside that URLs may lead to, the others being forbidden still.
	AllowNetworks []netip.Prefix

	resolver *net.Resolver // nil: the system's
}

func (c FetchConfig) withDefaults() FetchConfig {
	if c.MaxBytes <= 0 {
		c.MaxBytes = 256 << 20
	}
	if c.Timeout <= 0 {
		c.Timeout = 5 * time.Minute
	}
	if c.Wait <= 0 {
		c.Wait = 30 * time.Second
	}
	if c.MinRate <= 0 {
		c.MinRate = 1024
	}
	if c.MaxRedirects <= 0 {
		c.MaxRedirects = 5
	}
	if c.UserAgent == "" {
		c.UserAgent = "yusuan"
	}
	return c
}

// A Request names a file to be fetched. ETag and LastModified are those of the Document that is at hand already, if there is one
// and it may still be what the URL names.
type Request struct {
	URL          string
	ETag         string
	LastModified string
}

// A Fetcher gets the files that URLs name. It may be used from many goroutines.
type Fetcher struct {
	cfg    FetchConfig
	client *http.Client
	hosts  hosts
}

// NewFetcher returns a fetcher. It goes to servers directly: a proxy would resolve names and choose addresses unseen.
func NewFetcher(cfg FetchConfig) *Fetcher {
	cfg = cfg.withDefaults()
	dialer := &net.Dialer{Timeout: cfg.Wait, Control: cfg.control, Resolver: cfg.resolver}
	return &Fetcher{cfg: cfg, hosts: hosts{delay: cfg.HostDelay}, client: &http.Client{
		// Redirects are followed by Fetch, for a host that one leads to has turns of its own.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    cfg.Wait,
			ResponseHeaderTimeout:  cfg.Wait,
			MaxResponseHeaderBytes: 256 << 10,
			IdleConnTimeout:        time.Minute,
			MaxIdleConnsPerHost:    2,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // PDFs are packed inside; what is packed all the same is unpacked with bounds of ours
		},
	}}
}

// Close ends idle connections.
func (f *Fetcher) Close() { f.client.CloseIdleConnections() }

// errRefused is about an address or a redirect that the configuration forbids.
type errRefused struct{ why string }

func (e *errRefused) Error() string { return e.why }

// control looks at the address that is being dialled, after names were resolved: checking the name would leave room for one
// that resolves to something else the second time.
func (c FetchConfig) control(_, address string, _ syscall.RawConn) error {
	if c.AllowPrivate || c.allowed(address) {
		return nil
	}
	if why := inside(address); why != "" {
		return &errRefused{fmt.Sprintf("%s is %s, which jobs may not reach (allow private addresses in the configuration if it is meant)", address, why)}
	}
	return nil
}

func (c FetchConfig) allowed(address string) bool {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return false
	}
	addr := ap.Addr().WithZone("").Unmap()
	return slices.ContainsFunc(c.AllowNetworks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// Fetch gets the file. A *schemas.Rejection says that it will not be had: gone (not-found), too large, a web page or an archive
// instead (not-a-pdf), or a URL that this configuration never fetches (bad-job). Any other error is transient; it may
// have a method RetryAfter() time.Duration that says what the server asked for, or Busy() time.Duration, see BusyError.
func (f *Fetcher) Fetch(ctx context.Context, req Request) (Document, error) {
	u, err := url.Parse(req.URL)
	if err != nil {
		return Document{}, schemas.Reject(schemas.BadJob, "the URL can't be read: %v", err)
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if why := nowhere(u); why != "" {
			return Document{}, schemas.Reject(schemas.BadJob, "URL %s %s", u.Redacted(), why)
		}
		return f.follow(ctx, u, req)
	case "file":
		return Document{}, schemas.Reject(schemas.BadJob, "URL %s names a file of this machine, which jobs may not read", u.Redacted())
	}
	return Document{}, schemas.Reject(schemas.BadJob, "URL %s is neither http nor https", u.Redacted())
}

// nowhere says why no server can be asked for the URL, or "".
func nowhere(u *url.URL) string {
	if u.Hostname() == "" {
		return "names no server"
	}
	if port, err := strconv.Atoi(cmp.Or(u.Port(), "80")); err != nil || port < 1 || port > 65535 {
		return "has a port that there is none of"
	}
	return ""
}

// follow asks for the URL, and for those that it redirects to, each in its host's turn. Only an answer without a redirect has
// validators: they would belong to another URL, which may change.
func (f *Fetcher) follow(ctx context.Context, u *url.URL, req Request) (Document, error) {
	limit := fmt.Errorf("it takes longer than %s", f.cfg.Timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, f.cfg.Timeout, limit)
	defer cancel()
	var t *turn
	defer func() { t.end() }()
	for hops := 0; ; hops++ {
		if host := hostOf(u); t == nil || t.name != host {
			t.end()
			var err error
			if t, err = f.hosts.take(ctx, host); err != nil {
				return Document{}, err
			}
		}
		doc, next, err := f.ask(ctx, u, req)
		t.after(err)
		if err != nil || next == nil {
			if hops > 0 {
				doc.ETag, doc.LastModified = "", ""
			}
			return doc, err
		}
		if hops == f.cfg.MaxRedirects {
			// It may be a login or a guard against crawlers, which lets it pass another time.
			return Document{}, fmt.Errorf("fetch %s: more than %d redirects", req.redacted(), f.cfg.MaxRedirects)
		}
		u, req = next, Request{URL: req.URL}
	}
}

func (r Request) redacted() string {
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	return u.Redacted()
}

// errStalled is the cause of a request that was cut off since nothing more came.
var errStalled = errors.New("the server sends nothing more")

// get makes the request.
func (f *Fetcher) get(ctx context.Context, u *url.URL, req Request) (*http.Request, error) {
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, schemas.Reject(schemas.BadJob, "the URL can't be asked for: %v", err)
	}
	get.Header.Set("User-Agent", f.cfg.UserAgent)
	get.Header.Set("Accept", "application/pdf, */*;q=0.5")
	get.Header.Set("Accept-Encoding", "identity")
	// One of the two: an ETag goes before a date (RFC 9110, 13.2.2), but some servers take the date all the same.
	if req.ETag != "" {
		get.Header.Set("If-None-Match", req.ETag)
	} else if req.LastModified != "" {
		get.Header.Set("If-Modified-Since", req.LastModified)
	}
	return get, nil
}

// ask sends one request. It gives the file, or where the answer redirects to.
func (f *Fetcher) ask(ctx context.Context, u *url.URL, req Request) (Document, *url.URL, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	get, err := f.get(ctx, u, req)
	if err != nil {
		return Document{}, nil, err
	}
	resp, err := f.client.Do(get)
	if err != nil {
		if refused, ok := errors.AsType[*errRefused](err); ok {
			return Document{}, nil, schemas.Reject(schemas.BadJob, "URL %s: %s", u.Redacted(), refused.why)
		}
		return Document{}, nil, fmt.Errorf("fetch: %w", err) // it names the URL, without password
	}
	defer resp.Body.Close()
	if next, err := redirect(resp, u); next != nil || err != nil {
		return Document{}, next, err
	}
	if resp.StatusCode == http.StatusNotModified && (req.ETag != "" || req.LastModified != "") {
		return Document{Unchanged: true, URL: u.String(), ETag: req.ETag, LastModified: req.LastModified}, nil, nil
	}
	if err := statusError(resp, u); err != nil {
		return Document{}, nil, err
	}
	stalled := time.AfterFunc(f.cfg.Wait, func() { cancel(errStalled) })
	defer stalled.Stop()
	body := &paced{r: resp.Body, stalled: stalled, wait: f.cfg.Wait, floor: f.cfg.MinRate, begun: time.Now()}
	data, err := f.read(body, resp, u)
	if err != nil {
		if schemas.AsRejection(err) == nil {
			if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
				err = fmt.Errorf("%w (%w)", err, cause)
			}
			err = fmt.Errorf("fetch %s: %w", u.Redacted(), err)
		}
		return Document{}, nil, err
	}
	etag, modified := validators(resp)
	return Document{Data: data, FileName: answerName(resp, u), URL: u.String(), ETag: etag, LastModified: modified}, nil, nil
}

// redirect gives where the answer leads to, or nil.
func redirect(resp *http.Response, u *url.URL) (*url.URL, error) {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, nil
	}
	location := resp.Header.Get("Location")
	next, err := u.Parse(readable(location))
	if err != nil || location == "" {
		return nil, fmt.Errorf("fetch %s: the server answers %s to nowhere", u.Redacted(), resp.Status)
	}
	if next.Scheme != "http" && next.Scheme != "https" {
		return nil, schemas.Reject(schemas.BadJob, "URL %s: it redirects to a %s address", u.Redacted(), next.Scheme)
	}
	if why := nowhere(next); why != "" {
		return nil, fmt.Errorf("fetch %s: it redirects to %s, which %s", u.Redacted(), next.Redacted(), why)
	}
	return next, nil
}

// maxValidator bounds what of an answer's headers the ledger keeps, in bytes each.
const maxValidator = 512

// validators are the ETag and the date that tell whether the file is still the same. A date is one only if it is older than the
// answer: the file may have changed again within the second (RFC 9110, 8.8.2.2).
func validators(resp *http.Response) (etag, modified string) {
	etag, modified = resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")
	at, err := http.ParseTime(modified)
	sent, sentErr := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || sentErr != nil || !at.Before(sent) || len(modified) > maxValidator {
		modified = ""
	}
	if !strings.HasSuffix(etag, `"`) || len(etag) > maxValidator || strings.ContainsFunc(etag, func(r rune) bool { return r < ' ' || r > '~' }) {
		etag = ""
	}
	return etag, modified
}

// statusError tells a file that is gone from a server in trouble. What no second try changes is rejected:
//   - 404 and 410, there is no such file; 451, it was taken down for legal reasons (RFC 7725);
//   - 400 and 414, the URL is none that this server understands;
//   - 401, it asks for a login that this program does not have.
//
// All else may be another answer later: 408, 425, 429 and 5xx say so themselves. 403, 405, 412 and their like are facts by the
// book, but it is with them that the guards of many sites put off who asks too often, and lift that after some minutes.
func statusError(resp *http.Response, u *url.URL) error {
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return schemas.Reject(schemas.NotFound, "the publisher answers %s to %s", resp.Status, u.Redacted())
	case http.StatusBadRequest, http.StatusRequestURITooLong:
		return schemas.Reject(schemas.BadJob, "the publisher answers %s to %s: correct the URL", resp.Status, u.Redacted())
	case http.StatusUnauthorized:
		return schemas.Reject(schemas.BadJob, "the publisher answers %s to %s: it asks for a login; download the file and ingest it", resp.Status, u.Redacted())
	}
	return &StatusError{URL: u.Redacted(), Status: resp.Status, after: retryAfter(resp)}
}

// A StatusError is an HTTP answer that may be another one later.
type StatusError struct {
	URL    string
	Status string
	after  time.Duration
}

// Error gives the URL and the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("fetch %s: the server answers %s", e.URL, e.Status)
}

// RetryAfter is how long the server asks to wait, or 0.
func (e *StatusError) RetryAfter() time.Duration { return e.after }

func retryAfter(resp *http.Response) time.Duration {
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 86400)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// ReadFile reads a regular file of at most limit bytes. A larger one is a Rejection; a device or a pipe, which might never
// end, is an error.
func ReadFile(name string, limit int64) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read file %s: it is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	defer f.Close()
	data := make([]byte, 0, min(info.Size(), limit)+1)
	for {
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, schemas.Reject(schemas.TooLarge, "the file has more than %d bytes, the limit", limit)
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read file: %w", err)
		}
		if len(data) == cap(data) { // it has grown since
			data = append(data, 0)[:len(data)]
		}
	}
}
