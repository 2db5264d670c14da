//go:build viewer

package browser

import (
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"somnium/viewer/ui"
)

// most is how many steps a dream may take from a key to the frame that carries its number.
const most = 2

// TestKeyToFrame presses keys while truth and dream play, and looks for the first frame that carries the number of each: at most two
// steps after the frame that was shown when the key went down. A page that draws less often than the dream steps cannot see keys in
// time: where a machine cannot draw as fast, the dream is slowed down first, and on one that is busy, where pictures come by fits and
// starts, to half of that.
func TestKeyToFrame(t *testing.T) {
	b := browse(t)
	b.do(chromedp.Sleep(time.Second)) // which a browser takes to settle
	often := 1                        // pictures to a step
	if busy(t) > quiet {
		often = 2
	}
	link, _ := play(t, "127.0.0.1:0", "RigidCatch-v0?max_episode_steps=0")
	b.do(emulation.SetDeviceMetricsOverride(480, 300, 1, false), chromedp.Navigate(link))
	b.until("a first picture", func(s ui.State) bool { return s.Len > 0 && s.Linked })
	b.press("g")
	b.until("the hands to have the keys", func(s ui.State) bool { return s.Agent == "" })
	for slow := 0; ; slow++ {
		drawn, at := b.drawn(), b.state().At
		b.do(chromedp.Sleep(2 * time.Second))
		drawn, at = b.drawn()-drawn, b.state().At-at
		t.Logf("%d pictures and %d steps in two seconds", drawn, at)
		if drawn+2 >= often*at {
			break
		}
		if slow == 4 {
			t.Fatalf("the page draws %d pictures while the dream, slowed down, makes %d steps", drawn, at)
		}
		b.press("-")
	}
	var steps []int
	for range 8 {
		steps = append(steps, b.keyToFrame())
	}
	t.Logf("steps from a key to the frame that carries its number: %v", steps)
	if slices.Max(steps) > most {
		t.Errorf("a key takes up to %d steps to the frame that carries its number; %d are allowed", slices.Max(steps), most)
	}
}

// keyToFrame presses a key and returns how many steps later the first frame carries its number.
func (b *tab) keyToFrame() int {
	b.t.Helper()
	before := b.state().Sent
	b.do(chromedp.Evaluate(`addEventListener("keydown", () => { window.shownAt = JSON.parse(somniumState()).at; }, { capture: true, once: true })`, nil))
	b.down(kb.ArrowLeft)
	b.until("the key to count", func(s ui.State) bool { return s.Seq > before })
	b.up(kb.ArrowLeft)
	b.press("p")
	paused := b.until("a pause", func(s ui.State) bool { return s.Paused })
	first := paused.At
	for s := paused; s.Seq > before; {
		first = s.At
		b.press(",")
		s = b.until("a frame back", func(s ui.State) bool { return s.At < first })
	}
	var shown int
	b.do(chromedp.Evaluate(`shownAt`, &shown))
	b.press("p")
	b.until("it to play on", func(s ui.State) bool { return !s.Paused && s.At > paused.At+1 })
	return first - shown
}
