package serve_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"

	"somnium/viewer/serve"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/wire"
)

// TestTheFirstPictureReadsNoBody sends the token in a form behind the request: the server must not even read that, since it would
// have to keep a stranger's files meanwhile.
func TestTheFirstPictureReadsNoBody(t *testing.T) {
	h := server(t, func(s *serve.Server) { s.Token = "secret" })
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.WriteField("token", "secret")
	w.Close()
	r, err := http.NewRequest("GET", h.URL+"/first.png", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a token in a form gets %s", answer.Status)
	}
}

// TestWhoDoesNotGreetTakesNoPlace connects strangers that say nothing where one window may be open, and one that says a lot.
func TestWhoDoesNotGreetTakesNoPlace(t *testing.T) {
	h := server(t, func(s *serve.Server) { s.Windows, s.Token = 1, "secret" })
	for range 3 {
		connect(t, h, "")
	}
	const greeting = `{"do":"hello","version":1,"token":"secret"}`
	connect(t, h, greeting).until("a view", func(m wire.Message) bool { return m.View != nil })
	if e := connect(t, h, greeting).until("an error", func(m wire.Message) bool { return m.Error != nil }).Error; e.Kind != "limit" {
		t.Errorf("a window too many gets %+v", e)
	}
	c := connect(t, h, "")
	c.conn.Write(c.ctx, websocket.MessageText, []byte(strings.Repeat(" ", wire.MaxCommand+1)))
	for {
		if _, _, err := c.conn.Read(c.ctx); err != nil {
			if !ends(err, true) {
				t.Errorf("a greeting of more than %d bytes ends with %v", wire.MaxCommand, err)
			}
			return
		}
	}
}

// TestOneStretchIsSavedAtATime asks for two while the first is being written, and for a third when it is.
func TestOneStretchIsSavedAtATime(t *testing.T) {
	begun, finish := make(chan bool, 8), make(chan bool, 8)
	h := server(t, func(s *serve.Server) {
		s.Save = func(stage.Take, string) (string, error) {
			begun <- true
			<-finish
			return "x", nil
		}
	})
	c := connect(t, h, hello)
	c.until("a view", func(m wire.Message) bool { return m.View != nil && m.View.Len > 0 })
	save := wire.Command{Do: wire.Save, Text: "gif", Count: 1 << 40, Until: 1 << 41}
	c.send(save)
	select {
	case <-begun:
	case <-c.ctx.Done():
		t.Fatal("nothing is saved")
	}
	c.send(save)
	c.until("a word that it is too early", func(m wire.Message) bool {
		return m.Notice != nil && m.Notice.Bad && strings.Contains(m.Notice.Text, "being saved")
	})
	saved := func(m wire.Message) bool { return m.Notice != nil && m.Notice.Text == "Saved x" }
	finish <- true
	c.until("the first", saved)
	c.send(save)
	finish <- true
	c.until("the third", saved)
	if n := len(begun); n != 1 {
		t.Errorf("after the first %d are saved", n)
	}
}

// TestALinkWithoutASceneIsOfTheFirst takes what a link says but the scene, which is what the server was started with.
func TestALinkWithoutASceneIsOfTheFirst(t *testing.T) {
	seed := uint64(9)
	h := server(t, func(s *serve.Server) { s.Start.Seed = &seed })
	for place, want := range map[string]uint64{`{}`: 9, `{"seed":12}`: 12, `{"paused":true}`: 9, `{"scene":"RigidPush-v0"}`: 0} {
		c := connect(t, h, `{"do":"hello","version":1,"place":`+place+`}`)
		v := c.until("a view", func(m wire.Message) bool { return m.View != nil && m.View.Len > 0 }).View
		if v.Scene.Seed != want {
			t.Errorf("%s begins with seed %d of %s", place, v.Scene.Seed, v.Scene.Name)
		}
	}
}

// run serves on an address of its own until the test ends, and returns that.
func run(t *testing.T, s *serve.Server) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// TestALongLinkOpensThePage follows a link that holds a replay as long as one may be.
func TestALongLinkOpensThePage(t *testing.T) {
	address := run(t, &serve.Server{House: stagetest.House()})
	answer, err := http.Get("http://" + address + "/?scene=RigidCatch-v0&replay=" + strings.Repeat("A", 1<<17))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("a long link gets %s", answer.Status)
	}
}

// TestConnectionsThatLingerAreClosed holds one open that asks for nothing more, and one that does not take what it asked for.
func TestConnectionsThatLingerAreClosed(t *testing.T) {
	const large = 24 << 20
	address := run(t, &serve.Server{
		House: stagetest.House(), Patience: 50 * time.Millisecond, Assets: fstest.MapFS{"viewer.wasm.gz": {Data: make([]byte, large)}},
	})
	for path, wait := range map[string]time.Duration{"/": 0, "/viewer.wasm": time.Second} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(20 * time.Second))
		if _, err := conn.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(wait)
		if n, err := io.Copy(io.Discard, conn); err != nil && !ends(err, true) || n >= large {
			t.Errorf("%s: %d bytes come, and then %v", path, n, err)
		}
	}
}

// TestEveryAnswerKeepsOthersOut looks for what tells browsers that other pages may neither frame nor show what comes from here.
func TestEveryAnswerKeepsOthersOut(t *testing.T) {
	h := server(t, nil)
	for _, path := range []string{"/", "/viewer.wasm", "/wasm_exec.js", "/first.png", "/window", "/nothing"} {
		answer, err := http.Get(h.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		for header, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := answer.Header.Get(header); !strings.Contains(got, want) {
				t.Errorf("%s has %s: %q", path, header, got)
			}
		}
	}
}
