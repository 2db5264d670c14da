package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"somnium/env"
)

func TestStrangersAreTurnedAway(t *testing.T) {
	at, _ := start(t, &Server{Token: "open sesame"}, "127.0.0.1:0")
	for _, c := range []struct {
		op          string
		f           fields
		kind, words string
	}{
		{"hello", fields{"protocol": Protocol, "token": "open barley"}, kindToken, "SOMNIUM_TOKEN"},
		{"hello", fields{"protocol": Protocol}, kindToken, "SOMNIUM_TOKEN"},
		{"hello", fields{"protocol": 99, "token": "open sesame"}, kindVersion, "the client speaks protocol 99 and this server 1"},
		{"make", fields{"name": "Counter-v0"}, kindProtocol, "it must be hello"},
		{"hello", fields{"token": strings.Repeat("x", greeting)}, kindProtocol, "at most 8192 are read"},
	} {
		stranger, err := dial(at)
		if err != nil {
			t.Fatal(err)
		}
		stranger.refused(t, c.op, c.f, c.kind, c.words)
		if _, err := stranger.receive(); err != io.EOF {
			t.Errorf("after %q the connection stays: %v", c.words, err)
		}
		stranger.conn.Close()
	}
	greeted(t, at, "open sesame")
}

func TestACutMessageIsToldOf(t *testing.T) {
	at, _ := start(t, &Server{}, socket(t))
	for _, c := range []*client{greeted(t, at, ""), func() *client { // one in the middle of its work, and one of its hello
		c, err := dial(at)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}()} {
		if _, err := c.conn.Write([]byte{100, 0, 0, 0, 1, 2, 3}); err != nil {
			t.Fatal(err)
		}
		if err := c.conn.(*net.UnixConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := c.receive(); err == nil || !strings.Contains(err.Error(), "a message of 100 bytes ends after 3") {
			t.Errorf("a message that is cut short is answered by %v", err)
		}
		if _, err := c.receive(); err != io.EOF {
			t.Errorf("after it the connection stays: %v", err)
		}
		c.conn.Close()
	}
}

func TestOtherMachinesNeedAToken(t *testing.T) {
	listener, err := Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{Open: counting}
	if err := server.Serve(context.Background(), listener); err == nil || !strings.Contains(err.Error(), "takes a token") {
		t.Errorf("serving everybody without a token: %v", err)
	}
	if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error("the listener stays open")
	}
	at, _ := start(t, &Server{Token: "t"}, "0.0.0.0:0")
	greeted(t, "127.0.0.1"+at[strings.LastIndexByte(at, ':'):], "t")
}

func TestLimits(t *testing.T) {
	server := &Server{Limits: Limits{Clients: 2, Environments: 10, Memory: 100_000, Message: 5000}}
	at, _ := start(t, server, socket(t))
	c := greeted(t, at, "")
	vec, err := c.makeVec("Counter-v0", "next_step", 6, true)
	if err != nil {
		t.Fatal(err)
	}
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "next_step", "num": 5}, kindLimit, "5 environments beside the 6 there are, and the server takes 10")
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "next_step", "num": 1 << 40}, kindLimit, "environments")
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "next_step", "num": 3, "slots": 64, "shared": true}, kindLimit, "bytes of observations")
	if usage := server.Usage(); usage.Environments != 6 || usage.Clients != 1 {
		t.Errorf("after what was refused the usage is %+v", usage)
	}
	second := greeted(t, at, "")
	third, err := dial(at)
	if err != nil {
		t.Fatal(err)
	}
	_, err = third.receive()
	checkTold(t, err, kindLimit, "2 clients are connected")
	third.conn.Close()

	c.must(t, "close", vec.fields())
	c.must(t, "make", fields{"name": "Counter-v0", "mode": "next_step", "num": 10})
	second.refused(t, "spec", fields{"name": "Counter-v0"}, kindLimit, "1 environments beside the 10")
	second.conn.Close()
	c.refused(t, "restore", fields{"snapshot": make([]byte, 5000)}, kindProtocol, "at most 5000 are read")
	waitFor(t, "an empty server", func() bool { return server.Usage() == Usage{} })
}

// waitFor waits until the condition holds, for at most a minute, which is long enough for a machine that is busy otherwise.
func waitFor(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begin := time.Now(); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			buffer := make([]byte, 1<<16)
			t.Fatalf("waited in vain for %s\n%s", what, buffer[:runtime.Stack(buffer, true)])
		}
	}
}

// A stopping server answers what it has begun, tells its clients, and leaves nothing.
func TestStop(t *testing.T) {
	t.Parallel()
	path := socket(t)
	server := &Server{}
	at, stop := start(t, server, path)
	idle, busy := greeted(t, at, ""), greeted(t, at, "")
	if err := busy.send("make", fields{"name": "Slow-v0", "mode": "single", "num": 1}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if reply, err := busy.receive(); err != nil || reply["handle"] == nil {
		t.Errorf("the request in hand was answered with %v: %v", reply, err)
	}
	for _, c := range []*client{idle, busy} {
		_, err := c.receive()
		checkTold(t, err, kindStopping, "the server is stopping")
		if _, err := c.receive(); err != io.EOF {
			t.Errorf("the connection ends with %v", err)
		}
	}
	if usage := server.Usage(); usage != (Usage{}) {
		t.Errorf("what is left is %+v", usage)
	}
	if _, err := os.Stat(strings.TrimPrefix(path, "unix:")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// A connection that is accepted in the moment in which the server stops does not wait for a hello.
func TestStopBeforeTheGreeting(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	server := &Server{Open: counting, limits: Limits{}.withDefaults(), connections: map[*connection]struct{}{}}
	c := newConnection(server, there)
	server.connections[c] = struct{}{}
	server.stop()
	greeted := make(chan error, 1)
	go func() { greeted <- c.greet() }()
	select {
	case err := <-greeted:
		if !errors.Is(err, errStopping) {
			t.Errorf("the greeting ends with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the connection waits for a hello")
		there.Close()
	}
}

func TestListen(t *testing.T) {
	at, _ := start(t, &Server{}, socket(t))
	if _, err := Listen(at); err == nil || !strings.Contains(err.Error(), "a server answers on") {
		t.Errorf("a second server on the same socket: %v", err)
	}
	if info, err := os.Stat(strings.TrimPrefix(at, "unix:")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is open to others: %v %v", info, err)
	}
	for _, bad := range []string{"nonsense", "127.0.0.1:port", "unix:/no/such/folder/s"} {
		if _, err := Listen(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("listening on %q: %v", bad, err)
		}
	}
	// The socket of a server that was killed.
	path := filepath.Join(t.TempDir(), "dead")
	dead, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	dead.Close()
	again, err := Listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	// A file that is no socket is left alone.
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("unix:" + file); err == nil {
		t.Error("a file was taken for a socket")
	}
	if text, _ := os.ReadFile(file); string(text) != "mine" {
		t.Error("a file was removed")
	}
}

// A length is no reason to allocate, nor is a refused make.
func TestLengthsAreNotBelieved(t *testing.T) {
	allocated := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if got := allocated(func() {
		_, err := readBody(bytes.NewReader([]byte{0, 0, 0, 0x10, 1, 2, 3}), nil, 1<<30)
		if err == nil || !strings.Contains(err.Error(), "a message of 268435456 bytes ends after 3") {
			t.Errorf("a message that is cut short: %v", err)
		}
	}); got > 1<<16 {
		t.Errorf("%d bytes were allocated for 3 that came", got)
	}
	for _, text := range hostile {
		body := []byte(text)
		if got := allocated(func() {
			if _, err := decode(body); err == nil {
				t.Errorf("%.40q is decoded", body)
			}
		}); got > 1<<16 {
			t.Errorf("%d bytes were allocated for %.40q", got, body)
		}
	}
	for _, r := range []request{{Name: "Counter-v0", Mode: "next_step", Num: 1 << 30}, {Name: "Counter-v0", Mode: "next_step", Num: 5000, Slots: 64, Shared: true}} {
		server := &Server{Open: counting, limits: Limits{Memory: 1 << 20}.withDefaults()}
		if got := allocated(func() {
			if _, err := server.newHandle(r); kindOf(err) != kindLimit {
				t.Errorf("%d environments: %v", r.Num, err)
			}
		}); got > 2<<20 {
			t.Errorf("%d bytes were allocated for %d environments that were refused", got, r.Num)
		}
		if server.usage != (Usage{}) {
			t.Errorf("what was refused leaves %+v", server.usage)
		}
	}
}

// The block of every space is laid out without overlap, and values alias it.
func TestLayout(t *testing.T) {
	space := env.Dict{Spaces: map[string]env.Space{
		"pixels": env.Frame(16, 24), "speed": env.Box{Shape: []int{3}, Type: env.Float32, Low: -1, High: 1},
		"slot": env.Discrete{N: 9}, "keys": env.MultiDiscrete{Nvec: []int{2, 2, 5}},
		"inner": env.Dict{Spaces: map[string]env.Space{"one": env.Box{Type: env.Float32, High: 2}}},
	}}
	size := placeOutcome(nil, space, 7, true).size
	o := placeOutcome(alignedMemory(size), space, 7, true)
	if o.size != size || o.head >= size {
		t.Fatalf("the sizes are %d, %d and %d", size, o.size, o.head)
	}
	want := env.NewBatch(space, 7)
	for i, v := range o.batch.Obs {
		env.Copy(v, want.Obs[i])
		if err := space.Contains(v); err != nil {
			t.Error(err)
		}
		v.Dict["inner"].Dict["one"].F32[0] = 2
		v.Dict["keys"].Int[2] = 4
	}
	end := 0
	for _, f := range o.fields {
		if f.Offset < end || f.Offset%alignment != 0 {
			t.Errorf("%v begins at %d, and what is before it ends at %d", f.Path, f.Offset, end)
		}
		end = f.Offset + 1
		if f.Path[0] == "obs" && f.Path[len(f.Path)-1] == "one" && o.memory[f.Offset+3] != 0x40 {
			t.Error("a value does not alias its block")
		}
	}
}
