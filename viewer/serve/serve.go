// Package serve puts a stage behind a web page: it hands out the page with its wasm program, and gives every window that connects
// a stage of its own, over a WebSocket that speaks package wire.
//
// It listens to this machine alone unless it is told otherwise, and then a token must be in the link. A page of another origin
// is turned away, as is a name that another site has pointed at this machine; a window that says anything malformed gets an error and
// the end of its connection.
package serve

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // the page
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"somnium/viewer/stage"
	"somnium/viewer/wire"
)

// Server is the viewer's. Its fields are set before it serves and stay as they are; House and Welcome are those that must be.
type Server struct {
	// House furnishes the stages.
	House stage.House
	// Welcome is what windows are told at first.
	Welcome wire.Welcome
	// Start is where a window begins that names no place.
	Start wire.Place
	// Assets hold the window's program: viewer.wasm.gz and wasm_exec.js.
	Assets fs.FS
	// Save takes something away as a format, and returns where it is. Default: nothing can be saved.
	Save func(take stage.Take, format string) (path string, err error)
	// Token is what windows must present. Default: none, for loopback alone.
	Token string
	// Windows is the number of windows at a time. Default: 8.
	Windows int
	// Patience is how long a window may take to greet, and to make room for a message. Default: 30 s.
	Patience time.Duration
	// Log takes remarks. Default: they are dropped.
	Log func(format string, args ...any)

	windows atomic.Int32
	lives   sync.WaitGroup // of connections
	thumbs  struct {
		sync.Mutex
		list []wire.Thumb
	}
	beginning beginning
}

// Names of the assets.
const (
	wasmName = "viewer.wasm.gz"
	glueName = "wasm_exec.js"
)

//go:embed index.html
var page []byte

// Loopback says that only programs of this machine reach the address.
func Loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Serve answers on the listener until the context is done, and then until the windows know.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if !Loopback(listener.Addr()) && s.Token == "" {
		return errors.Join(fmt.Errorf("serve: other machines reach %s: that takes a token", listener.Addr()), listener.Close())
	}
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: s.patience(), IdleTimeout: s.patience(),
		MaxHeaderBytes: wire.MaxCommand,   // a link may hold as long a replay as a command may
		WriteTimeout:   10 * s.patience(), // for the page's program, over a line that is slow; windows have their own
		BaseContext:    func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	s.begin()
	defer s.end()
	err := server.Serve(listener)
	s.lives.Wait()
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

func (s *Server) patience() time.Duration {
	if s.Patience > 0 {
		return s.Patience
	}
	return 30 * time.Second
}

func (s *Server) log(format string, args ...any) {
	if s.Log != nil {
		s.Log(format, args...)
	}
}

// Handler returns what answers requests.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page)
	})
	mux.HandleFunc("GET /viewer.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		s.asset(w, r, wasmName, "application/wasm")
	})
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, r *http.Request) {
		s.asset(w, r, glueName, "text/javascript; charset=utf-8")
	})
	mux.HandleFunc("GET /first.png", s.first)
	mux.HandleFunc("GET /window", s.window)
	return s.guard(mux)
}

// guard turns away who comes by a name that is not this machine's, and tells browsers what the page may do.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Token == "" && !localName(r.Host) {
			http.Error(w, "this address is for this machine alone; take the link that the program printed", http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin") // what is on is no picture for other pages
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}

// localName says whether a Host header names this machine.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// asset sends a file of the window's program.
func (s *Server) asset(w http.ResponseWriter, r *http.Request, name, kind string) {
	data, err := fs.ReadFile(s.Assets, name)
	if err != nil {
		w.Header().Del("Content-Encoding")
		http.Error(w, "the window's program is missing: build it with make play", http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.Header().Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data)
}

// farewell is how long a connection may outlive the server.
const farewell = 2 * time.Second

// window is a connection's life.
func (s *Server) window(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil) // which compares the origin with the host
	if err != nil {
		s.log("a window was turned away: %v", err)
		return
	}
	defer conn.CloseNow()
	s.lives.Add(1)
	defer s.lives.Done()
	connection, hangUp := context.WithCancel(context.WithoutCancel(r.Context())) // which outlives the server by a last word
	defer hangUp()
	stop := context.AfterFunc(r.Context(), func() { time.AfterFunc(farewell, hangUp) })
	defer stop()
	if err := s.receive(r.Context(), connection, conn); err != nil {
		s.log("a window's end: %v", err)
		dismiss(connection, conn, err)
	}
}

// receive lets a window in that greets as it must, and serves it. Who does not takes nobody's place meanwhile, and is not listened to
// for longer than a greeting is. Where the context of the connection ends in the middle of a message, so does the connection.
func (s *Server) receive(ctx, connection context.Context, conn *websocket.Conn) error {
	conn.SetReadLimit(wire.MaxCommand)
	hello, err := s.greet(ctx, conn)
	if err != nil || hello.Do == "" {
		return err
	}
	defer s.windows.Add(-1)
	if s.windows.Add(1) > int32(s.most()) {
		return &failure{"limit", fmt.Errorf("%d windows are open, as many as there may be; close one", s.most())}
	}
	conn.SetReadLimit(wire.MaxFile)
	return s.attend(ctx, connection, conn, hello)
}

func (s *Server) most() int {
	if s.Windows > 0 {
		return s.Windows
	}
	return 8
}

// failure is an error with a kind, as docs/protocol.md has them.
type failure struct {
	kind string
	error
}

// dismiss tells a window why its connection ends, and ends it.
func dismiss(ctx context.Context, conn *websocket.Conn, err error) {
	f := &failure{"protocol", err}
	errors.As(err, &f)
	data, encoding := wire.Message{Error: &wire.Failure{Kind: f.kind, Message: f.Error()}}.Encode()
	if encoding != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if conn.Write(ctx, websocket.MessageBinary, data) == nil {
		conn.Close(websocket.StatusPolicyViolation, f.kind)
	}
}

// same compares tokens in a time that tells nothing of either.
func same(got, want string) bool {
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return want == "" || subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
