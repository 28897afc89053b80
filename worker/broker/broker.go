// Package broker opens the way to NATS: a server embedded in this process with its files in a data folder, or a connection
// to a server somewhere else. Either is used the same through Broker.Conn; what is on it (streams, consumers) is package
// worker's. It neither creates streams nor retries requests.
//
// Start with Open.
package broker

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"
)

// Config says which NATS to use.
type Config struct {
	URL         string        // server, or servers split by commas, to connect to; "" (default) embeds one
	Credentials string        // path of a .creds file for URL; "" (default) for none
	Dir         string        // folder of the embedded server's files; must be set where URL is ""
	Listen      string        // host:port the embedded server listens on as well; "" (default): this process only
	Name        string        // name of the connection, as the server's monitoring shows it; default "yusuan"
	Timeout     time.Duration // for the server to come up, or to be reached, at the start; default 10 s
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "yusuan"
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	return c
}

// A Broker is a connection to NATS with JetStream, and the embedded server behind it if there is one. Close it.
type Broker struct {
	lg     *zap.Logger
	nc     *nats.Conn
	srv    *embedded     // nil where the server is somewhere else
	closed chan struct{} // closed once nc is
	once   sync.Once
}

// Open starts the embedded server, or connects to cfg.URL, and makes sure that JetStream answers. The error is one line
// that names the folder or the URL. A connection that breaks later is made anew for as long as the Broker is open.
func Open(ctx context.Context, lg *zap.Logger, cfg Config) (*Broker, error) {
	cfg = cfg.withDefaults()
	b := &Broker{lg: lg, closed: make(chan struct{})}
	where := "the embedded NATS server in " + cfg.Dir
	if cfg.URL != "" {
		where = "NATS at " + redact(cfg.URL)
	} else {
		srv, err := startEmbedded(lg, cfg)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", where, err)
		}
		b.srv = srv
	}
	err := b.connect(cfg)
	if err == nil {
		err = b.checkJetStream(ctx, cfg.Timeout)
	}
	if err != nil {
		b.Close()
		return nil, fmt.Errorf("open %s: %w", where, err)
	}
	return b, nil
}

// Conn is the connection. It is closed by Close, by nobody else.
func (b *Broker) Conn() *nats.Conn { return b.nc }

// Embedded reports whether the server runs in this process.
func (b *Broker) Embedded() bool { return b.srv != nil }

// ClientURL is where other processes reach the server: the URL connected to, or the one the embedded server listens on, or
// "" where that listens nowhere.
func (b *Broker) ClientURL() string {
	if b.srv == nil {
		return redact(b.nc.ConnectedUrl())
	}
	return b.srv.url()
}

// Close flushes what was published, closes the connection, and stops the embedded server once its files are written.
// Closing twice does nothing.
func (b *Broker) Close() {
	b.once.Do(func() {
		if b.nc != nil {
			if b.nc.IsConnected() {
				if err := b.nc.FlushTimeout(2 * time.Second); err != nil {
					b.lg.Warn("last messages to NATS not confirmed", zap.Error(err))
				}
			}
			b.nc.Close()
			<-b.closed
		}
		if b.srv != nil {
			b.srv.close()
		}
	})
}

func (b *Broker) connect(cfg Config) error {
	opts := []nats.Option{
		nats.Name(cfg.Name),
		nats.Timeout(cfg.Timeout),
		nats.MaxReconnects(-1), // a worker outlives any restart of its server
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(500*time.Millisecond, time.Second),
		nats.PingInterval(20 * time.Second), // with two misses, a silent cut is noticed within a minute
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				b.lg.Warn("NATS connection lost, reconnecting", zap.Error(err))
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			b.lg.Info("NATS connection is back", zap.String("url", redact(nc.ConnectedUrl())))
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			b.lg.Warn("NATS reports an error", zap.String("subject", subject), zap.Error(err))
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(b.closed) }),
	}
	if cfg.Credentials != "" {
		opts = append(opts, nats.UserCredentials(cfg.Credentials))
	}
	if b.srv != nil {
		opts = append(opts, nats.InProcessServer(b.srv))
	}
	nc, err := nats.Connect(cfg.URL, opts...)
	if err != nil {
		return connectError(err)
	}
	b.nc = nc
	return nil
}

// connectError says in words what the client's sentinel errors leave out.
func connectError(err error) error {
	switch {
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Errorf("no server answers there (is it running, is the address right?): %w", err)
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("the server refuses the user, token or credentials: %w", err)
	}
	return err
}

// checkJetStream asks the server for its JetStream account, so that a server without one is named at the start.
func (b *Broker) checkJetStream(ctx context.Context, timeout time.Duration) error {
	js, err := jetstream.New(b.nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, err = js.AccountInfo(ctx)
	if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) ||
		errors.Is(err, nats.ErrNoResponders) {
		return fmt.Errorf("the server has no JetStream (start it with -js or a jetstream block): %w", err)
	}
	return err
}

// redact drops user, password and token from a list of URLs.
func redact(list string) string {
	urls := strings.Split(list, ",")
	for i, s := range urls {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil || u.User == nil {
			continue
		}
		u.User = nil
		urls[i] = u.String()
	}
	return strings.Join(urls, ",")
}
