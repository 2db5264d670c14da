package remote

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"somnium/env"
)

// Server steps environments for other processes. Its fields are set before Serve and stay as they are; Open is the one that
// must be.
type Server struct {
	// Open returns what makes the environment of a name, as often as it is called: the one place where names are told apart.
	// It is called from several goroutines.
	Open func(name string) (func() (env.Env, error), error)
	// Environments is what clients are told that there is; Open may know more. Of each spec, what is known without making the
	// environment is enough. Default: nothing.
	Environments []env.Spec
	// Token is what clients must present. Default: none, for loopback and Unix sockets alone.
	Token string
	// Version is what the server calls itself to clients. Default: empty.
	Version string
	// Limits bound what clients may take.
	Limits Limits
	// Log takes remarks, such as a client that was cut off. Default: they are dropped.
	Log func(format string, args ...any)

	limits Limits
	mutex  sync.Mutex
	// connections are those that are open; nil where the server does not run.
	connections map[*connection]struct{}
	stopping    bool
	usage       Usage
	handlers    sync.WaitGroup
}

// errStopping is what clients are told of when the server stops.
var errStopping = fail(kindStopping, "the server is stopping; start it again and make the environments anew")

// Serve answers the clients of the listener until the context is done; then it lets requests in hand finish, closes every
// environment, and returns nil. A server serves once.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if s.Open == nil {
		panic("remote: Server.Open is nil")
	}
	if err := s.Check(listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	s.limits = s.Limits.withDefaults()
	s.connections = map[*connection]struct{}{}
	sweepSegments()
	stopped := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(stopped)
		listener.Close()
		s.stop()
	})
	err := s.accept(ctx, listener)
	if unwatch() {
		listener.Close()
		s.stop()
	} else {
		<-stopped
	}
	s.finish()
	return err
}

// Check returns an error where Serve would not serve the listener: it is open to other machines, and there is no token.
func (s *Server) Check(listener net.Listener) error {
	if s.Token != "" || loopback(listener.Addr()) {
		return nil
	}
	return fail(kindToken, "listening on %s, which other machines reach, takes a token; give one, or listen on 127.0.0.1 or on a Unix socket", listener.Addr())
}

// accept takes clients until the listener is closed. What goes wrong with one of them, or for a while (no file descriptor is
// left, say), does not end it.
func (s *Server) accept(ctx context.Context, listener net.Listener) error {
	for pause := time.Duration(0); ; {
		conn, err := listener.Accept()
		if err == nil {
			pause = 0
			s.welcome(conn)
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		s.log("%v; trying again", err)
		time.Sleep(pause)
	}
}

// welcome gives a connection a goroutine of its own.
func (s *Server) welcome(conn net.Conn) {
	c := newConnection(s, conn)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.stopping:
		c.refusal = errStopping
	case s.usage.Clients >= s.limits.Clients:
		c.refusal = fail(kindLimit, "%d clients are connected, as many as the server takes; close one, or start the server with a higher limit", s.usage.Clients)
	}
	s.usage.Clients++
	s.connections[c] = struct{}{}
	s.handlers.Add(1)
	go c.serve()
}

// leave is a connection's end.
func (s *Server) leave(c *connection) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.connections, c)
	s.usage.Clients--
	s.handlers.Done()
}

// stop asks every connection to end after the request in hand.
func (s *Server) stop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stopping = true
	for c := range s.connections {
		c.conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// finish waits for the connections to end, and after a while cuts those that write to nobody.
func (s *Server) finish() {
	timer := time.AfterFunc(s.limits.Grace, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		for c := range s.connections {
			c.conn.Close()
		}
	})
	s.handlers.Wait()
	timer.Stop()
}

// isStopping says that connections should end.
func (s *Server) isStopping() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.stopping
}

// Usage returns what clients hold now.
func (s *Server) Usage() Usage {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.usage
}

// reserve takes from the limits, or returns an error that says which is reached.
func (s *Server) reserve(environments, memory int) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.usage.Environments+environments > s.limits.Environments {
		return fail(kindLimit, "%d environments beside the %d there are, and the server takes %d; close some, or start it with a higher limit", environments, s.usage.Environments, s.limits.Environments)
	}
	if memory > s.limits.Memory-s.usage.Memory {
		return fail(kindLimit, "%d bytes of observations beside the %d there are, and the server takes %d; make fewer or smaller environments, or start it with a higher limit", memory, s.usage.Memory, s.limits.Memory)
	}
	s.usage.Environments += environments
	s.usage.Memory += memory
	return nil
}

func (s *Server) release(environments, memory int) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.usage.Environments -= environments
	s.usage.Memory -= memory
}

func (s *Server) log(format string, args ...any) {
	if s.Log != nil {
		s.Log(format, args...)
	}
}
