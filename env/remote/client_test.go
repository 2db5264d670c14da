package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"somnium/env"
	"somnium/env/envtest"
)

// counting opens Counter-v0, Primed-v0, which can be primed, and Slow-v0, which takes a while to make; it knows nothing else.
func counting(name string) (func() (env.Env, error), error) {
	if name == "Slow-v0" {
		time.Sleep(2 * time.Second)
		name = "Counter-v0"
	}
	made := func() env.Env { return envtest.NewCounter(16, 24) }
	switch name {
	case "Primed-v0":
		made = func() env.Env { return &primed{Counter: envtest.NewCounter(16, 24)} }
	case "Counter-v0":
	default:
		return nil, fmt.Errorf("env: there is no environment %q", name)
	}
	return func() (env.Env, error) { return env.EnforceOrder(env.LimitTime(made(), 40)), nil }, nil
}

// start serves on the address until the test ends, or until stop is called, which returns what Serve does.
func start(t *testing.T, server *Server, address string) (at string, stop func() error) {
	t.Helper()
	listener, err := Listen(address)
	if err != nil {
		t.Fatal(err)
	}
	if server.Open == nil {
		server.Open = counting
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	stopped := false
	stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		return <-served
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return Address(listener), stop
}

// socket returns an address for a test's server.
func socket(t *testing.T) string { return "unix:" + filepath.Join(t.TempDir(), "s") }

// client is the least that a client can be.
type client struct {
	conn   net.Conn
	number uint64
}

func dial(address string) (*client, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
	}
	conn, err := net.Dial(network, address)
	// The queue of a Unix socket is short, and where it is full, one has to ask again.
	for begin := time.Now(); errors.Is(err, syscall.EAGAIN) && time.Since(begin) < 10*time.Second; {
		time.Sleep(5 * time.Millisecond)
		conn, err = net.Dial(network, address)
	}
	return &client{conn: conn}, err
}

// greeted returns a client that has said hello.
func greeted(t *testing.T, address, token string) *client {
	t.Helper()
	c, err := dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.conn.Close() })
	if _, err := c.call("hello", fields{"protocol": Protocol, "token": token}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) send(op string, f fields) error {
	c.number++
	message := fields{"id": c.number, "op": op}
	for name, value := range f {
		message[name] = value
	}
	body, err := msgpack.Marshal(message)
	if err != nil {
		return err
	}
	return c.sendBody(body)
}

func (c *client) sendBody(body []byte) error {
	_, err := c.conn.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

// told is an error that a server tells of.
type told struct{ kind, message string }

func (e *told) Error() string { return e.kind + ": " + e.message }

// receive returns the next reply.
func (c *client) receive() (map[string]any, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.conn, head[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.LittleEndian.Uint32(head[:]))
	if _, err := io.ReadFull(c.conn, body); err != nil {
		return nil, err
	}
	var reply map[string]any
	if err := msgpack.Unmarshal(body, &reply); err != nil {
		return nil, err
	}
	if e, ok := reply["error"].(map[string]any); ok {
		return reply, &told{e["kind"].(string), e["message"].(string)}
	}
	return reply, nil
}

func (c *client) call(op string, f fields) (map[string]any, error) {
	if err := c.send(op, f); err != nil {
		return nil, err
	}
	return c.receive()
}

// must is a call that succeeds.
func (c *client) must(t *testing.T, op string, f fields) map[string]any {
	t.Helper()
	reply, err := c.call(op, f)
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	return reply
}

// refused checks that a call fails with the kind and the words.
func (c *client) refused(t *testing.T, op string, f fields, kind, words string) {
	t.Helper()
	_, err := c.call(op, f)
	checkTold(t, err, kind, words)
}

func checkTold(t *testing.T, err error, kind, words string) {
	t.Helper()
	e := (*told)(nil)
	if !errors.As(err, &e) || e.kind != kind || !strings.Contains(e.message, words) {
		t.Errorf("the error is %v, want one of the kind %s with %q", err, kind, words)
	}
}

// remoteVec steps a vector on a server.
type remoteVec struct {
	*client
	made   map[string]any
	num    int
	shared []byte
}

func (c *client) makeVec(name, mode string, num int, shared bool) (*remoteVec, error) {
	made, err := c.call("make", fields{"name": name, "mode": mode, "num": num, "shared": shared, "slots": 3})
	if err != nil {
		return nil, err
	}
	v := &remoteVec{client: c, made: made, num: num}
	if segment, ok := made["segment"].(map[string]any); ok {
		if v.shared, err = mapSegment(segment["path"].(string)); err != nil {
			return nil, err
		}
		if _, err := c.call("attach", v.fields("mapped", true)); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// fields returns those of a request about the vector.
func (v *remoteVec) fields(pairs ...any) fields {
	f := fields{"handle": v.made["handle"]}
	for i := 0; i < len(pairs); i += 2 {
		f[pairs[i].(string)] = pairs[i+1]
	}
	return f
}

// outcome returns the block that a reply is about, as a batch.
func (v *remoteVec) outcome(reply map[string]any) *env.Batch {
	size := toInt(v.made["block_size"])
	memory := alignedMemory(size)
	if slot, ok := reply["slot"]; ok {
		copy(memory, v.shared[segmentHead+toInt(slot)*size:])
	} else {
		copy(memory, reply["block"].([]byte))
	}
	return placeOutcome(memory, env.Frame(16, 24), v.num, len(reply) > 0 && v.final()).batch
}

// final says whether blocks have room for last observations.
func (v *remoteVec) final() bool {
	return toInt(v.made["block_size"]) > placeOutcome(nil, env.Frame(16, 24), v.num, false).size
}

func (v *remoteVec) reset(pairs ...any) (*env.Batch, error) {
	reply, err := v.call("reset", v.fields(pairs...))
	if err != nil {
		return nil, err
	}
	return v.outcome(reply), nil
}

func (v *remoteVec) step(actions []int) (*env.Batch, error) {
	reply, err := v.call("step", v.fields("actions", actionBytes(actions)))
	if err != nil {
		return nil, err
	}
	return v.outcome(reply), nil
}

func actionBytes(actions []int) []byte {
	block := make([]byte, aligned(8*len(actions)))
	for i, a := range actions {
		binary.LittleEndian.PutUint64(block[8*i:], uint64(a))
	}
	return block
}

func seedBytes(seeds ...uint64) (b []byte) {
	for _, seed := range seeds {
		b = binary.LittleEndian.AppendUint64(b, seed)
	}
	return b
}

// toInt reads a number of whatever width msgpack gave it.
func toInt(x any) int {
	var n int
	fmt.Sscan(fmt.Sprint(x), &n)
	return n
}
