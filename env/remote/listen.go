package remote

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
)

// Listen listens on an address: host:port, as in 127.0.0.1:7654, or unix:path. The socket of a server that has died is
// replaced, and a socket is for its user alone.
func Listen(address string) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(address, "unix:")
	if !isUnix {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("remote: listening on %q: %w; an address is host:port or unix:path, port 0 taking any that is free", address, err)
		}
		return listener, nil
	}
	if err := removeDead(path); err != nil {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("remote: listening on %q: %w; its folder must exist and be writable, and the path be short", address, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("remote: making the socket its user's alone: %w", err), listener.Close())
	}
	return listener, nil
}

// removeDead removes the socket at path where nobody answers on it.
func removeDead(path string) error {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return nil // Listen will say what is wrong
	}
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
		return fmt.Errorf("remote: a server answers on %s already; stop it, or take another path", path)
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return os.Remove(path)
	}
	return fmt.Errorf("remote: asking whether a server answers on %s: %w", path, err)
}

// Address returns the address of a listener as Listen and clients take it.
func Address(listener net.Listener) string {
	if listener.Addr().Network() == "unix" {
		return "unix:" + listener.Addr().String()
	}
	return listener.Addr().String()
}

// loopback says that only processes of this machine reach the address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}
