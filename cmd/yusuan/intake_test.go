package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/schemas"
	"yusuan/web"
)

// TestIntakeTogether has many hand in the same file at once: it is one job, and all are told that it is queued.
func TestIntakeTogether(t *testing.T) {
	p := &program{common: common{Data: t.TempDir()}, msg: newScreen(io.Discard, nil)}
	s, err := p.openStation(t.Context(), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	in := newIntake(p, s, fetching{}, 0)
	var handing sync.WaitGroup
	for range 8 {
		handing.Go(func() {
			e, state, err := in.Submit(t.Context(), web.Upload{Data: []byte("%PDF-1.7"), FileName: "a.pdf", Claims: &schemas.Claims{Unit: "x"}})
			if err != nil || state != schemas.Queued || e.Claims == nil || e.Claims.Unit != "x" {
				t.Errorf("got %+v, %s, %v, want it queued", e, state, err)
			}
		})
	}
	handing.Wait()
	status, err := s.queue.Status(t.Context())
	if err != nil || status.Jobs != 1 {
		t.Errorf("got %d jobs, %v, want 1", status.Jobs, err)
	}
}

// TestIntakeWithoutQueue says why nothing is taken.
func TestIntakeWithoutQueue(t *testing.T) {
	for workers, want := range map[int]string{0: "leaves the queue to yusuan ingest", 1: "another yusuan process has the queue"} {
		in := newIntake(&program{}, &station{lg: zap.NewNop()}, fetching{}, workers)
		if _, _, err := in.Submit(t.Context(), web.Upload{Data: []byte{}}); !errors.Is(err, web.ErrClosed) || !strings.Contains(err.Error(), want) {
			t.Errorf("%d workers: got %v, want %q", workers, err, want)
		}
	}
}

// certificate makes one for 127.0.0.1, and gives its files and who trusts it.
func certificate(t *testing.T) (cert, key string, trust *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, about, about, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key, trust = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := errors.Join(os.WriteFile(cert, certPEM, 0o600), os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600)); err != nil {
		t.Fatal(err)
	}
	if !trust.AppendCertsFromPEM(certPEM) {
		t.Fatal("the certificate is none")
	}
	return cert, key, trust
}

// TestServeTLS asks over HTTPS, and stops the server.
func TestServeTLS(t *testing.T) {
	cert, key, trust := certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := &serveCommand{Listen: addr, guarding: guarding{TLSCert: cert, TLSKey: key}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- c.serve(ctx, zap.NewNop(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	}()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		res, err := client.Get("https://" + addr)
		if err == nil {
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			if string(body) != "HTTP/2.0" {
				t.Errorf("got %s, %v, want HTTP/2.0", body, err)
			}
			break
		}
		if time.Since(begun) > awaitFor {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
