package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"yusuan/schemas"
)

// FetchConfig bounds what a Fetcher does. The zero value is the defaults.
type FetchConfig struct {
	MaxBytes     int64         // larger files are rejected as too-large; default 256 MiB
	Timeout      time.Duration // for the whole of one file, redirects included; default 5 min
	Wait         time.Duration // for connecting, for the TLS handshake and for the answer's first byte, each; default 30 s
	MaxRedirects int           // default 5
	UserAgent    string        // default "yusuan"
	// AllowPrivate lets URLs lead to addresses inside: loopback, private, link-local. Off by default, since whoever can
	// publish a job could otherwise have a worker read the pages of its own network.
	AllowPrivate bool
	AllowFile    bool // lets file:// URLs read this machine's files; off by default, likewise
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
	if c.MaxRedirects <= 0 {
		c.MaxRedirects = 5
	}
	if c.UserAgent == "" {
		c.UserAgent = "yusuan"
	}
	return c
}

// A Fetcher gets the files that URLs name. It may be used from many goroutines.
type Fetcher struct {
	cfg    FetchConfig
	client *http.Client
}

// NewFetcher returns a fetcher. It goes to servers directly: a proxy would resolve names and choose addresses unseen.
func NewFetcher(cfg FetchConfig) *Fetcher {
	cfg = cfg.withDefaults()
	dialer := &net.Dialer{Timeout: cfg.Wait, Control: cfg.control}
	return &Fetcher{cfg: cfg, client: &http.Client{
		CheckRedirect: cfg.checkRedirect,
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			TLSHandshakeTimeout:   cfg.Wait,
			ResponseHeaderTimeout: cfg.Wait,
			IdleConnTimeout:       time.Minute,
			MaxIdleConnsPerHost:   2,
			ForceAttemptHTTP2:     true,
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
	if c.AllowPrivate {
		return nil
	}
	if why := inside(address); why != "" {
		return &errRefused{fmt.Sprintf("%s is %s, which jobs may not reach (allow private addresses in the configuration if it is meant)", address, why)}
	}
	return nil
}

func (c FetchConfig) checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > c.MaxRedirects {
		return fmt.Errorf("more than %d redirects", c.MaxRedirects)
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return &errRefused{fmt.Sprintf("it redirects to a %s address", req.URL.Scheme)}
	}
	return nil
}

// Fetch gets the file. A *schemas.Rejection says that it will not be had: gone (not-found), too large, or a URL that this
// configuration never fetches (bad-job). Any other error is transient; it may have a method RetryAfter() time.Duration that
// says what the server asked for.
func (f *Fetcher) Fetch(ctx context.Context, rawURL string) (Document, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return Document{}, schemas.Reject(schemas.BadJob, "the URL can't be read: %v", err)
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		return f.fetchHTTP(ctx, u)
	case "file":
		return f.fetchFile(u)
	}
	return Document{}, schemas.Reject(schemas.BadJob, "URL %s is neither http, https nor file", u.Redacted())
}

func (f *Fetcher) fetchHTTP(ctx context.Context, u *url.URL) (Document, error) {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Document{}, schemas.Reject(schemas.BadJob, "the URL can't be asked for: %v", err)
	}
	req.Header.Set("User-Agent", f.cfg.UserAgent)
	req.Header.Set("Accept", "application/pdf, */*;q=0.5")
	resp, err := f.client.Do(req)
	if err != nil {
		if refused, ok := errors.AsType[*errRefused](err); ok {
			return Document{}, schemas.Reject(schemas.BadJob, "URL %s: %s", u.Redacted(), refused.why)
		}
		return Document{}, fmt.Errorf("fetch: %w", err) // it names the URL, without password
	}
	defer resp.Body.Close()
	if err := statusError(resp, u); err != nil {
		return Document{}, err
	}
	if resp.ContentLength > f.cfg.MaxBytes {
		return Document{}, f.tooLarge(u)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, f.cfg.MaxBytes+1))
	if err != nil {
		return Document{}, fmt.Errorf("fetch %s: after %d bytes: %w", u.Redacted(), len(data), err)
	}
	if int64(len(data)) > f.cfg.MaxBytes {
		return Document{}, f.tooLarge(u)
	}
	return Document{Data: data, FileName: answerName(resp, resp.Request.URL), URL: resp.Request.URL.String()}, nil
}

func (f *Fetcher) tooLarge(u *url.URL) error {
	return schemas.Reject(schemas.TooLarge, "%s has more than %d bytes, the limit", u.Redacted(), f.cfg.MaxBytes)
}

// statusError tells a file that is gone from a server in trouble.
func statusError(resp *http.Response, u *url.URL) error {
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusNotFound, http.StatusGone:
		return schemas.Reject(schemas.NotFound, "the publisher answers %s to %s", resp.Status, u.Redacted())
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

func (f *Fetcher) fetchFile(u *url.URL) (Document, error) {
	if !f.cfg.AllowFile {
		return Document{}, schemas.Reject(schemas.BadJob, "URL %s names a file of this machine, which jobs may not read", u.Redacted())
	}
	if u.Host != "" && u.Host != "localhost" {
		return Document{}, schemas.Reject(schemas.BadJob, "URL %s names a file of another machine", u.Redacted())
	}
	name := u.Path
	if runtime.GOOS == "windows" {
		name = strings.TrimPrefix(name, "/") // file:///C:/folder
	}
	data, err := ReadFile(filepath.FromSlash(name), f.cfg.MaxBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Document{}, schemas.Reject(schemas.NotFound, "there is no file %s", name)
	}
	if err != nil {
		return Document{}, err
	}
	return Document{Data: data, FileName: baseName(name), URL: u.String()}, nil
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
