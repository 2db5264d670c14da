package serve_test

import (
	"bytes"
	"context"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"

	"somnium/internal/picture"
	"somnium/viewer/serve"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/wire"
)

// TestTheStageIsSetBeforeAnybodyLooks compares the picture that the page shows at first with the first view of a window, and counts
// how often a world is made for the two.
func TestTheStageIsSetBeforeAnybodyLooks(t *testing.T) {
	house, made := stagetest.House(), atomic.Int32{}
	truth := house.Truth
	house.Truth = func(name string) (stage.Truth, error) { made.Add(1); return truth(name) }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	s := &serve.Server{House: house, Start: wire.Place{Scene: "RigidCatch-v0", Paused: true}, Token: "secret"}
	go func() { done <- s.Serve(ctx, listener) }()
	address := "http://" + listener.Addr().String()
	get := func(path string) *http.Response {
		answer, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	if answer := get("/first.png"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("without the token one gets %s", answer.Status)
	}
	img, err := png.Decode(get("/first.png?token=secret").Body)
	if err != nil {
		t.Fatal(err)
	}
	sheet := picture.FromImage(img)
	if sheet.Height != 64 || sheet.Width != 64+2+64 {
		t.Fatalf("the first picture has %d x %d pixels", sheet.Height, sheet.Width)
	}
	for i := range 2 {
		c := connect(t, &httptest.Server{URL: address}, `{"do":"hello","version":1,"token":"secret"}`)
		v := c.until("a view", func(m wire.Message) bool { return m.View != nil && m.View.Len > 0 }).View
		if v.At != 7 || !slices.Equal(v.Truth, v.Dream) {
			t.Errorf("window %d begins at frame %d, with a dream that was given other frames than the truth's", i, v.At)
		}
		for y := range 64 {
			for x, side := range map[int][]byte{0: v.Truth, 64 + 2: v.Dream} {
				if !bytes.Equal(sheet.Pixels[3*(y*sheet.Width+x):][:3*64], side[3*64*y:][:3*64]) {
					t.Fatalf("window %d begins with another picture than the page shows, in row %d", i, y)
				}
			}
		}
		if n := made.Load(); n != int32(i)+1 {
			t.Errorf("%d worlds are made for %d windows", n, i+1)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
