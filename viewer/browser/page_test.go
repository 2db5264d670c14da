//go:build viewer

package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"somnium/viewer/ui"
)

// root is the repository, whose bin has the programs; pictures are where screenshots go to be looked at.
const (
	root     = "../.."
	pictures = root + "/out/viewer"
)

// play starts `somnium play` at an address and returns its link and what stops it.
func play(t *testing.T, address string, args ...string) (link string, stop func()) {
	t.Helper()
	command := exec.Command(filepath.Join(root, "bin/somnium"), append([]string{"play", "--no-open", "--listen", address}, args...)...)
	command.Dir = root
	command.Path, _ = filepath.Abs(command.Path)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatalf("%v; build it with make build viewer", err)
	}
	stop = func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
	}
	t.Cleanup(stop)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if found := regexp.MustCompile(`http://\S+`).FindString(lines.Text()); found != "" {
			go func() {
				for lines.Scan() {
				}
			}()
			return found, stop
		}
	}
	t.Fatal("somnium play printed no link")
	return "", nil
}

// tab is a tab of a browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// startup is how long a browser may take to come up, on a machine that is busy otherwise.
const startup = 2 * time.Minute

// browse opens a browser with software rendering.
func browse(t *testing.T) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("there is no Chromium; make test-viewer installs it where it can")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("use-gl", "angle"), chromedp.Flag("use-angle", "swiftshader"), chromedp.Flag("enable-unsafe-swiftshader", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 800), chromedp.WSURLReadTimeout(startup))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithBrowserOption(chromedp.WithDialTimeout(startup)))
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 12*time.Minute)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	b.do(emulation.SetDeviceMetricsOverride(1280, 800, 1, false))
	return b
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) state() (s ui.State) {
	b.t.Helper()
	var text string
	b.do(chromedp.Evaluate(`typeof somniumState === "function" ? somniumState() : "{}"`, &text))
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

// until waits until the window is as wanted.
func (b *tab) until(what string, wanted func(s ui.State) bool) ui.State {
	b.t.Helper()
	for range 6000 {
		if s := b.state(); wanted(s) {
			return s
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.shot("failed")
	b.t.Fatalf("waited in vain for %s; it shows %+v", what, b.state())
	return ui.State{}
}

// press presses a key for long enough that the window sees it.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.hold(key, 0)
	}
}

// drawn returns how often the window was drawn.
func (b *tab) drawn() (frames int) {
	b.t.Helper()
	b.do(chromedp.Evaluate(`window.somniumFrames || 0`, &frames))
	return frames
}

// settle waits until the window was drawn twice more.
func (b *tab) settle() {
	b.t.Helper()
	for before := b.drawn(); b.drawn() < before+2; {
		time.Sleep(10 * time.Millisecond)
	}
}

// write types a line, which the window gathers however seldom it draws.
func (b *tab) write(line string) {
	b.t.Helper()
	for _, r := range line {
		for _, e := range kb.Encode(r) {
			b.do(e)
		}
	}
}

// hold keeps a key down for some time, and for long enough that the window sees it.
func (b *tab) hold(key string, d time.Duration) {
	b.t.Helper()
	b.down(key)
	b.do(chromedp.Sleep(d))
	b.up(key)
}

// down presses a key and waits until the window has seen it: on a machine that is busy it draws seldom, and what comes and goes
// between two pictures is not seen.
func (b *tab) down(key string) {
	b.t.Helper()
	for _, e := range kb.Encode([]rune(key)[0]) {
		if e.Type == input.KeyDown || e.Type == input.KeyRawDown {
			b.do(e)
		}
	}
	b.settle()
}

func (b *tab) up(key string) {
	b.t.Helper()
	for _, e := range kb.Encode([]rune(key)[0]) {
		if e.Type == input.KeyUp {
			b.do(e)
		}
	}
}

// click presses the left button and lets it go once the window has seen it.
func (b *tab) click(x, y float64) {
	b.t.Helper()
	b.do(chromedp.MouseEvent(input.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	b.settle()
	b.do(chromedp.MouseEvent(input.MouseReleased, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
}

// shot writes a screenshot to be looked at.
func (b *tab) shot(name string) {
	b.t.Helper()
	var data []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		data, err = page.CaptureScreenshot().Do(ctx)
		return err
	}))
	os.MkdirAll(pictures, 0o755)
	if err := os.WriteFile(filepath.Join(pictures, name+".png"), data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// free returns an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestPage opens the page in a browser and does what people do.
func TestPage(t *testing.T) {
	address := free(t)
	link, stop := play(t, address)
	b := browse(t)
	b.do(chromedp.Navigate(link))
	first := b.until("a first picture", func(s ui.State) bool { return s.Len > 0 && s.Linked })
	moved := b.until("truth and dream to move", func(s ui.State) bool { return s.At > first.At+3 && s.Truth != first.Truth && s.Dream != first.Dream })
	if moved.Truth == moved.Dream || moved.Agent != "scripted" {
		t.Errorf("the dream is the truth, or nobody acts: %+v", moved)
	}
	b.shot("playing")
	b.hold(kb.ArrowLeft, 700*time.Millisecond)
	b.until("the hands to act", func(s ui.State) bool { return s.Agent == "" && s.Seq > 0 })
	b.press("p")
	paused := b.until("a pause", func(s ui.State) bool { return s.Paused })
	b.press(",", ",", ",")
	back := b.until("some frames back", func(s ui.State) bool { return s.At <= paused.Len-4 })
	if back.Len != paused.Len {
		t.Errorf("going back cuts the timeline from %d to %d", paused.Len, back.Len)
	}
	b.click(200, 735) // early on the timeline, which leaves room for what is to come
	b.until("the timeline to be scrubbed", func(s ui.State) bool { return s.At < back.At-8 && s.Paused })
	b.down(kb.ArrowRight) // before it plays on: a machine that is busy would be at the end by then
	b.press("p")
	b.until("a branch", func(s ui.State) bool { return s.Forks == 1 && s.At == s.Len-1 })
	b.up(kb.ArrowRight)
	b.shot("branch")
	b.press("v")
	b.until("the truth alone", func(s ui.State) bool { return s.Mode == "truth" })
	b.press("v", "v")
	b.until("the difference", func(s ui.State) bool { return s.Mode == "difference" })
	b.shot("difference")
	b.press("v")
	b.press("x")
	b.until("the sheet for saving", func(s ui.State) bool { return s.Sheet == 4 })
	b.shot("save")
	b.press("1")
	saved := b.until("an animation", func(s ui.State) bool { return slices.ContainsFunc(s.Toasts, isSaved) })
	path := strings.TrimPrefix(saved.Toasts[slices.IndexFunc(saved.Toasts, isSaved)], "Saved ")
	if info, err := os.Stat(filepath.Join(root, path)); err != nil || info.Size() < 1000 {
		t.Errorf("the animation: %v", err)
	}
	os.Remove(filepath.Join(root, path))
	b.press("p")
	before := b.until("a pause", func(s ui.State) bool { return s.Paused })
	stop()
	b.until("the server to be missed", func(s ui.State) bool { return !s.Linked })
	b.settle()
	b.shot("lost")
	play(t, address)
	after := b.until("the same moment again", func(s ui.State) bool { return s.Linked && s.Len == before.Len && s.At == before.At })
	if after.Truth != before.Truth || after.Dream != before.Dream || after.Scene != before.Scene {
		t.Errorf("after the server was gone it shows %+v, and before %+v", after, before)
	}
	b.press("?")
	b.until("help", func(s ui.State) bool { return s.Sheet == 2 })
	b.shot("help")
	b.press(kb.Escape, "m")
	b.until("the menu with its pictures", func(s ui.State) bool { return s.Sheet == 1 && s.Thumbs > 20 })
	b.settle()
	b.shot("menu")
	b.press(kb.Enter)
	b.until("the first test", func(s ui.State) bool { return s.Scene == "occluder" && len(s.Verdict) > 0 })
	b.press("t")
	b.until("the prompt", func(s ui.State) bool { return s.Sheet == 3 })
	b.write("shatter")
	b.settle()
	b.shot("prompt")
	b.press(kb.Enter)
	b.until("another test", func(s ui.State) bool { return s.Scene == "shatter" && s.At > 20 })
	b.shot("shatter")
}

func isSaved(s string) bool { return strings.HasPrefix(s, "Saved ") }

// TestSizes looks at the page in sizes from a telephone's to a large screen's.
func TestSizes(t *testing.T) {
	link, _ := play(t, "127.0.0.1:0")
	b := browse(t)
	b.do(chromedp.Navigate(link))
	for _, size := range [][3]int64{{390, 760, 2}, {800, 360, 1}, {1920, 1080, 1}} {
		b.do(emulation.SetDeviceMetricsOverride(size[0], size[1], float64(size[2]), false))
		now := b.until("a picture", func(s ui.State) bool { return s.Len > 0 })
		b.until("it to move", func(s ui.State) bool { return s.At > now.At+2 })
		b.shot(fmt.Sprintf("size-%dx%d", size[0], size[1]))
	}
}
