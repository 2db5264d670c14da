package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// hostile are bodies that mean harm: lengths and counts that nothing stands behind, nesting without end, types that do not
// belong, bytes that are no msgpack.
var hostile = []string{
	"",
	"\xc1",
	"\x81",
	"GET / HTTP/1.1\r\n\r\n",
	"\x82\xa2id\x01\xa2op",
	"\x81\xa2op\xdb\xff\xff\xff\xff",
	"\x81\xa7actions\xc6\xff\xff\xff\xff",
	"\x81\xa6params\xdf\xff\xff\xff\xff",
	"\xdf\x7f\xff\xff\xff",
	"\xdd\xff\xff\xff\xff",
	"\xde\x04\x01" + strings.Repeat("\xa1a\x01", 0x401),
	"\x81\xa1x" + strings.Repeat("\x91", 1<<15),
	"\x81\xa1x" + strings.Repeat("\x81\xa1y", 1<<15),
	"\x81\xa2op\xda\x10\x01" + strings.Repeat("a", 0x1001),
	"\x81\xa2id\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x00",
	"\x81\xa2id\xa1x",
	"\x81\xa3num\xcb\x7f\xf0",
	"\x81\xa5seeds\x93\x01\x02\x03",
	"\x81\xa6params\x81\xa1g\xa1x",
	"\x81\xa2op\xa4make\x00",
	"\x82\xa2op\xa5prime\xa6frames\xc6\xff\xff\xff\xff",
	"\x81\xa7caption\xda\x10\x01" + strings.Repeat("a", 0x1001),
	"\x81\xa6height\xa1h",
	"\x90",
}

// FuzzDecode holds the decoder to errors: whatever comes, it neither panics nor allocates out of proportion.
func FuzzDecode(f *testing.F) {
	for _, body := range hostile {
		f.Add([]byte(body))
	}
	for _, good := range []request{
		{ID: 1, Op: "hello", Protocol: Protocol, Token: "t"},
		{ID: 2, Op: "make", Name: "Counter-v0", Mode: "same_step", Num: 2, Shared: true, Slots: 4},
		{ID: 3, Op: "reset", Handle: 1, Seeds: seedBytes(1, 2), Mask: []byte{1, 0}, Params: map[string]float64{"scale": 1}},
		{ID: 4, Op: "step", Handle: 1, Actions: actionBytes([]int{1, 2})},
		{ID: 5, Op: "restore", Handle: 1, Snapshot: []byte("s")},
		{ID: 6, Op: "prime", Handle: 1, Index: 1, Height: 1, Width: 1, Frames: []byte("abcdef"), Actions: actionBytes([]int{1}), Caption: "two frames"},
	} {
		body, err := msgpack.Marshal(good)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := decode(body)
		if err != nil {
			return
		}
		held := len(r.Op) + len(r.Token) + len(r.Name) + len(r.Mode) + len(r.Seeds) + len(r.Mask) + len(r.Actions) + len(r.Snapshot) + len(r.Frames) + len(r.Caption)
		if held > len(body) {
			t.Errorf("%d bytes hold %d", len(body), held)
		}
		again, err := msgpack.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if second, err := decode(again); err != nil || second.Op != r.Op || !bytes.Equal(second.Actions, r.Actions) {
			t.Errorf("%+v decodes to %+v: %v", r, second, err)
		}
	})
}

// FuzzConnection throws bytes at a server after a hello: it answers or hangs up, and in the end holds nothing.
func FuzzConnection(f *testing.F) {
	frame := func(op string, fs fields) []byte {
		fs["id"], fs["op"] = 1, op
		body, err := msgpack.Marshal(fs)
		if err != nil {
			f.Fatal(err)
		}
		return append([]byte{byte(len(body)), byte(len(body) >> 8), 0, 0}, body...)
	}
	whole := bytes.Join([][]byte{
		frame("make", fields{"name": "Counter-v0", "mode": "next_step", "num": 2, "shared": true, "slots": 2}),
		frame("reset", fields{"handle": 1}),
		frame("step", fields{"handle": 1, "actions": actionBytes([]int{1, 2})}),
		frame("snapshot", fields{"handle": 1, "index": 1}),
		frame("state", fields{"handle": 1}),
		frame("close", fields{"handle": 1}),
	}, nil)
	frames, actions, _ := film(3)
	priming := func(fs fields) []byte {
		return append(frame("make", fields{"name": "Primed-v0", "mode": "same_step", "num": 2}), frame("prime", fs)...)
	}
	f.Add(priming(fields{"handle": 1, "index": 1, "height": 16, "width": 24, "frames": frames, "actions": actions, "caption": "three"}))
	f.Add(priming(fields{"handle": 1, "height": 16, "width": 24, "caption": "nothing but words"}))
	f.Add(priming(fields{"handle": 1, "height": 1 << 62, "width": 4, "frames": []byte("x")}))
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0})
	hello := frame("hello", fields{"protocol": Protocol})
	f.Fuzz(func(t *testing.T, data []byte) {
		server := &Server{Open: counting, Limits: Limits{Message: 1 << 16, Environments: 64, Memory: 1 << 20, Patience: time.Second}}
		listener := &once{conn: make(chan net.Conn, 1)}
		here, there := net.Pipe()
		listener.conn <- there
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- server.Serve(ctx, listener) }()
		go func() {
			here.Write(hello)
			here.Write(data)
			here.Close()
		}()
		if _, err := io.Copy(io.Discard, here); err != nil && !errors.Is(err, io.ErrClosedPipe) {
			t.Error(err)
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if usage := server.Usage(); usage != (Usage{}) {
			t.Errorf("the server still holds %+v", usage)
		}
	})
}

// once is a listener that hands out one connection.
type once struct{ conn chan net.Conn }

func (o *once) Accept() (net.Conn, error) {
	if conn, ok := <-o.conn; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (o *once) Close() error {
	close(o.conn)
	return nil
}

func (o *once) Addr() net.Addr { return &net.UnixAddr{Name: "once", Net: "unix"} }
