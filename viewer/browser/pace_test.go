//go:build viewer && slow

package browser

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"

	"somnium/viewer/serve"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/ui"
	"somnium/viewer/wire"
)

// script returns for how many seconds the page's thread has run our program, and the browser's for it.
func (b *tab) script() (seconds float64) {
	b.t.Helper()
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		metrics, err := performance.GetMetrics().Do(ctx)
		for _, m := range metrics {
			if m.Name == "ScriptDuration" {
				seconds = m.Value
			}
		}
		return err
	}))
	return seconds
}

// TestPace measures how often the page draws and how fast worlds go on in it, with a stub that dreams in no time and with the
// embedded model. Chromium renders in software here, on the two cores that dream as well, so that the number of pixels decides; what is
// left without them is what the page takes where there is a graphics card, and that is held to a sixtieth of a second.
func TestPace(t *testing.T) {
	stub := httptest.NewServer((&serve.Server{
		House: stagetest.House(), Assets: os.DirFS(filepath.Join(root, "bin/viewer")),
		Start: wire.Place{Scene: "RigidCatch-v0?max_episode_steps=0"},
	}).Handler())
	defer stub.Close()
	live, _ := play(t, "127.0.0.1:0", "RigidBounce-v0?max_episode_steps=0")
	b := browse(t)
	b.do(performance.Enable())
	for _, c := range []struct {
		name, link string
		height     int64
	}{{"stub", stub.URL, 800}, {"live", live, 800}, {"stub", stub.URL, 180}, {"live", live, 180}} {
		width := c.height * 8 / 5
		b.do(emulation.SetDeviceMetricsOverride(width, c.height, 1, false), chromedp.Navigate(c.link))
		b.until("a first picture", func(s ui.State) bool { return s.Len > 0 && s.Linked })
		b.press("=", "=", "=") // eight times as fast, which is faster than pictures are drawn
		b.settle()
		drawn, at, ran, began := b.drawn(), b.state().At, b.script(), time.Now()
		b.do(chromedp.Sleep(6 * time.Second))
		seconds := time.Since(began).Seconds()
		pictures := float64(b.drawn() - drawn)
		page := 1000 * (b.script() - ran) / pictures
		t.Logf("%s, %d x %d: %.0f pictures in a second, %.0f steps; the page's thread takes %.1f ms for a picture",
			c.name, width, c.height, pictures/seconds, float64(b.state().At-at)/seconds, page)
		if c.name == "stub" && c.height < 200 && page > 1000.0/60 {
			t.Errorf("the page takes %.1f ms for a picture, too much for 60 in a second", page)
		}
	}
}
