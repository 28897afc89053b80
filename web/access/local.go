package access

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
)

// A Local lets everybody on this machine do everything, but no web page of elsewhere that a browser on it has open: such a page can send
// requests to 127.0.0.1, and by a name that it has lead there it could even read the answers (DNS rebinding). So the request must name this
// machine, and what changes something must come from a page of ours or from no page.
type Local struct {
	sameOrigin *http.CrossOriginProtection
}

// NewLocal returns a Local that trusts pages of these origins (https://HOST) as well.
func NewLocal(origins []string) (*Local, error) {
	l := &Local{http.NewCrossOriginProtection()}
	for _, o := range origins {
		if err := l.sameOrigin.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("origin %q: %w", o, err)
		}
	}
	return l, nil
}

// Admit gives the Identity local; an error is a *Denial.
func (l *Local) Admit(r *http.Request, _ Role) (Identity, error) {
	if !IsLoopback(r.Host) {
		return Identity{}, &Denial{Status: http.StatusMisdirectedRequest, Detail: fmt.Sprintf(
			"%s is not this machine's own name: ask for localhost or 127.0.0.1 (nobody is asked who they are here, so that no other name is answered to)", r.Host)}
	}
	if l.sameOrigin.Check(r) != nil {
		return Identity{}, &Denial{Status: http.StatusForbidden, Detail: "a web page of another origin may not change anything here"}
	}
	return Identity{Name: "local", Role: Admin}, nil
}

// IsLoopback reports whether HOST or HOST:PORT is the machine itself: localhost, 127.0.0.0/8 or ::1.
func IsLoopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
		if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
			host = host[1 : len(host)-1]
		}
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
