//go:build viewer

package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"somnium/viewer/ui"
)

// soon is how long the first picture may take after the command, with a browser that is open already, on a machine of which others
// take less than the share quiet.
const (
	soon  = 3 * time.Second
	quiet = 0.25
)

// busy returns what share of the processors others take at present: 0 on a machine that is quiet.
func busy(t *testing.T) float64 {
	t.Helper()
	idle := func() (ticks float64) {
		data, err := os.ReadFile("/proc/stat")
		if err != nil {
			t.Fatalf("whether the machine is quiet cannot be told: %v", err)
		}
		var user, nice, system int
		if _, err := fmt.Sscanf(string(data), "cpu %d %d %d %f", &user, &nice, &system, &ticks); err != nil {
			t.Fatal(err)
		}
		return ticks
	}
	began, before := time.Now(), idle()
	time.Sleep(time.Second)
	const ticks = 100 // in a second, for what the kernel tells programs
	return max(0, 1-(idle()-before)/ticks/time.Since(began).Seconds()/float64(runtime.NumCPU()))
}

// TestFirstPicture measures how long it takes from the command to the first picture on the screen, in a browser that never saw the
// page: that which the server sends, and that which the page's program draws. A machine that has something else to do is not held
// to the time, but to everything else.
func TestFirstPicture(t *testing.T) {
	if program, err := os.Stat(filepath.Join(root, "bin/viewer/viewer.wasm.gz")); err != nil || program.Size() > 5<<20 {
		t.Errorf("the page's program is to have at most 5 MB, gzipped: %v, %v", program, err)
	}
	b := browse(t)
	b.do(chromedp.Navigate("about:blank"), chromedp.Sleep(time.Second)) // which a browser takes to settle
	load := busy(t)
	began := time.Now()
	link, _ := play(t, "127.0.0.1:0")
	up := time.Since(began)
	b.do(chromedp.Navigate(link))
	b.until("a first picture", func(s ui.State) bool { return s.Len > 0 && s.Linked })
	at := map[string]float64{}
	for len(at) < 4 {
		b.do(chromedp.Sleep(100*time.Millisecond), chromedp.Evaluate(`Object.fromEntries(["shown", "compiled", "begun", "picture"].
			flatMap((name) => performance.getEntriesByName(name).map((mark) => [name, performance.timeOrigin + mark.startTime])))`, &at))
	}
	after := func(name string) time.Duration {
		return (time.Duration(at[name]*1e6) - time.Duration(began.UnixNano())).Round(time.Millisecond)
	}
	t.Logf("after the command: the server answers %v, its picture is shown %v, the program is compiled %v, begins %v, has drawn %v; others took %.0f%% of the machine before",
		up.Round(time.Millisecond), after("shown"), after("compiled"), after("begun"), after("picture"), 100*load)
	if after("shown") > after("picture") {
		t.Error("the picture of the server comes after that of the program")
	}
	if load < quiet && after("picture") > soon {
		t.Errorf("the first picture takes %v from the command; it may take %v", after("picture"), soon)
	}
	b.do(chromedp.Navigate(link + "?scene=Nowhere-v0"))
	lost := b.until("a word on what is wrong", func(s ui.State) bool { return len(s.Toasts) > 0 })
	if !strings.Contains(lost.Toasts[0], "Nowhere-v0") {
		t.Errorf("of a scene that there is not it says %q", lost.Toasts)
	}
	b.do(chromedp.WaitVisible("#wait.gone", chromedp.ByQuery))
	b.shot("nowhere")
}
