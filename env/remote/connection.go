package remote

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// connection is one client. Its requests are answered in their order by one goroutine, so that a client that waits for none
// of the answers, or reads them slowly, is nobody's trouble but its own.
type connection struct {
	server *Server
	conn   net.Conn
	reader *bufio.Reader
	writer *bufio.Writer
	// refusal, where not nil, is all that the client is told.
	refusal error

	body    []byte
	head    bytes.Buffer
	handles map[uint64]*handle
	made    uint64
}

// socketBuffer is what the kernel is asked to keep in each direction: a vector's observations do not fit in its default.
const socketBuffer = 1 << 20

// keptBody is up to which size the memory of a request is kept for the next.
const keptBody = 1 << 20

func newConnection(s *Server, conn net.Conn) *connection {
	if sized, ok := conn.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		sized.SetReadBuffer(socketBuffer)
		sized.SetWriteBuffer(socketBuffer)
	}
	c := &connection{server: s, conn: conn, handles: map[uint64]*handle{}}
	c.writer = bufio.NewWriterSize(patient{conn, s.limits.Patience}, 1<<16)
	c.reader = bufio.NewReaderSize(flushing{conn, c.writer}, 1<<16)
	return c
}

// patient writes with a deadline.
type patient struct {
	conn     net.Conn
	patience time.Duration
}

func (p patient) Write(b []byte) (int, error) {
	p.conn.SetWriteDeadline(time.Now().Add(p.patience))
	return p.conn.Write(b)
}

// flushing sends the replies that are due before it waits for more requests: those that come together are answered together.
type flushing struct {
	conn   net.Conn
	writer *bufio.Writer
}

func (f flushing) Read(b []byte) (int, error) {
	if err := f.writer.Flush(); err != nil {
		return 0, err
	}
	return f.conn.Read(b)
}

// serve is the life of a connection.
func (c *connection) serve() {
	defer c.server.leave(c)
	defer c.conn.Close()
	defer c.free()
	err := c.refusal
	if err == nil {
		err = c.greet()
	}
	for err == nil {
		err = c.serveOne()
	}
	c.dismiss(err)
}

// greet reads the first message, which must be a hello.
func (c *connection) greet() error {
	s := c.server
	c.conn.SetReadDeadline(time.Now().Add(s.limits.Patience))
	if s.isStopping() { // which may have set a deadline that this one has replaced
		return errStopping
	}
	r, err := c.read(greeting)
	if err != nil {
		return err
	}
	switch {
	case r.Op != "hello":
		return fail(kindProtocol, "the first message is %q; it must be hello", r.Op)
	case r.Protocol != Protocol:
		return fail(kindVersion, "the client speaks protocol %d and this server %d; install matching versions", r.Protocol, Protocol)
	case !same(r.Token, s.Token):
		return fail(kindToken, "the token is not the one that the server was started with; give it as SOMNIUM_TOKEN")
	}
	c.conn.SetReadDeadline(time.Time{})
	if s.isStopping() { // which may have been decided before the deadline was lifted
		return errStopping
	}
	list := []fields{}
	for _, spec := range s.Environments {
		list = append(list, listing(spec))
	}
	return c.write(r.ID, reply{fields: fields{
		"protocol": Protocol, "server": "somnium", "version": s.Version, "environments": list,
		"limits": fields{"message": s.limits.Message, "environments": s.limits.Environments, "memory": s.limits.Memory, "slots": maxSlots, "context": maxContext},
	}})
}

// same compares tokens in a time that tells nothing of either.
func same(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return want == "" || subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// read returns the next request.
func (c *connection) read(limit int) (request, error) {
	if cap(c.body) > keptBody {
		c.body = nil
	}
	var err error
	c.body, err = readBody(c.reader, c.body, limit)
	if err != nil {
		return request{}, err
	}
	r, err := decode(c.body)
	if err != nil {
		return r, &failure{kindProtocol, err}
	}
	return r, nil
}

// serveOne answers one request. Its error ends the connection.
func (c *connection) serveOne() error {
	r, err := c.read(c.server.limits.Message)
	if err != nil {
		return err
	}
	answer, err := c.answer(r)
	if err != nil {
		answer = errorReply(err)
	}
	return c.write(r.ID, answer)
}

// write puts a reply among those that are due.
func (c *connection) write(id uint64, r reply) error {
	if err := r.encode(&c.head, id); err != nil {
		return err
	}
	if _, err := c.writer.Write(c.head.Bytes()); err != nil {
		return err
	}
	_, err := c.writer.Write(r.block)
	return err
}

// answer does what a request asks for.
func (c *connection) answer(r request) (reply, error) {
	switch r.Op {
	case "make":
		return c.make(r)
	case "spec":
		return c.spec(r)
	}
	do, known := operations[r.Op]
	if !known {
		return reply{}, fail(kindRequest, "there is no operation %q; docs/protocol.md lists them", r.Op)
	}
	h, ok := c.handles[r.Handle]
	if !ok {
		return reply{}, fail(kindRequest, "%s: this connection has no environment %d; make one, or it was closed", r.Op, r.Handle)
	}
	if r.Op == "close" {
		delete(c.handles, r.Handle)
	}
	return do(h, r)
}

// operations are what can be asked of an environment that was made.
var operations = map[string]func(*handle, request) (reply, error){
	"attach":   func(h *handle, r request) (reply, error) { return h.attach(r.Mapped) },
	"reset":    (*handle).reset,
	"step":     (*handle).step,
	"close":    func(h *handle, _ request) (reply, error) { return reply{}, h.close() },
	"snapshot": (*handle).snapshot,
	"restore":  (*handle).restore,
	"prime":    (*handle).prime,
	"state":    (*handle).state,
	"captions": (*handle).captions,
	"render":   (*handle).render,
}

func (c *connection) make(r request) (reply, error) {
	h, err := c.server.newHandle(r)
	if err != nil {
		return reply{}, err
	}
	c.made++
	c.handles[c.made] = h
	return h.made(c.made), nil
}

// spec tells of an environment, which it makes for the purpose.
func (c *connection) spec(r request) (reply, error) {
	if err := c.server.reserve(1, 0); err != nil {
		return reply{}, err
	}
	defer c.server.release(1, 0)
	open, err := c.server.Open(r.Name)
	if err != nil {
		return reply{}, err
	}
	e, err := open()
	if err != nil {
		return reply{}, err
	}
	defer e.Close()
	return reply{fields: fields{"spec": describeSpec(e.Spec()), "capabilities": capabilities(e)}}, nil
}

// dismiss tells the client why the connection ends, unless it has ended it itself.
func (c *connection) dismiss(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		if err = fail(kindProtocol, "no hello came in %v; send one at once", c.server.limits.Patience); c.server.isStopping() {
			err = errStopping
		}
	}
	if f := (*failure)(nil); !errors.As(err, &f) {
		return
	}
	if f := (*failure)(nil); errors.As(err, &f) && f.kind != kindStopping {
		c.server.log("%v: %v", c.conn.RemoteAddr(), err)
	}
	if c.write(0, errorReply(err)) != nil || c.writer.Flush() != nil {
		return
	}
	// Closing on unread bytes would take the reply away from under the client's eyes: let it read and hang up first.
	if half, ok := c.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		c.conn.SetReadDeadline(time.Now().Add(min(c.server.limits.Patience, time.Second)))
		io.CopyN(io.Discard, c.conn, 1<<20)
	}
}

// free closes what the client held.
func (c *connection) free() {
	for number, h := range c.handles {
		delete(c.handles, number)
		if err := h.close(); err != nil {
			c.server.log("closing what a client held: %v", err)
		}
	}
}
