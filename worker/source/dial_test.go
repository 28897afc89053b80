package source

import (
	"context"
	"net"
	"syscall"
)

// dialExcept dials as a Fetcher does, but takes one address for public.
func dialExcept(public string, cfg FetchConfig, dialled *[]string) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Control: func(network, address string, c syscall.RawConn) error {
		*dialled = append(*dialled, address)
		if address == public {
			return nil
		}
		return cfg.control(network, address, c)
	}}
	return d.DialContext
}
