//go:build viewer

package browser

import (
	"bufio"
	"bytes"
	"image/gif"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"somnium/viewer/wire"
)

// display starts an X server without a screen and returns its name.
func display(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Without repeats: a key that is held is let go and pressed again by them, and what falls between sees it up.
	server := exec.Command("Xvfb", "-displayfd", "3", "-r", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{write}
	if err := server.Start(); err != nil {
		t.Fatalf("%v; make test-viewer installs it where it can", err)
	}
	write.Close()
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	number := make([]byte, 16)
	n, err := read.Read(number)
	if err != nil {
		t.Fatal("Xvfb names no display")
	}
	return ":" + strings.TrimSpace(string(number[:n]))
}

// desktop is the desktop window on a display.
type desktop struct {
	t       *testing.T
	display string
	copied  chan string // what the window puts on the clipboard, and on its terminal
}

// open starts the window with the link of a server, and waits until it shows two pictures.
func (d desktop) open(link string) (first []byte) {
	d.t.Helper()
	program, err := filepath.Abs(filepath.Join(root, "bin/somnium-window"))
	if err != nil {
		d.t.Fatal(err)
	}
	window := exec.Command(program, "-link", link)
	window.Env = append(os.Environ(), "DISPLAY="+d.display, "LIBGL_ALWAYS_SOFTWARE=1")
	window.Stderr = os.Stderr
	out, err := window.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := window.Start(); err != nil {
		d.t.Fatalf("%v; build it with make window BUILD=1", err)
	}
	d.t.Cleanup(func() {
		window.Process.Kill()
		window.Wait()
	})
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			d.copied <- lines.Text()
		}
	}()
	first = d.until("two pictures", func(screen []byte) bool { return light(screen) > 200_000 })
	id := strings.Fields(string(d.tool("xdotool", "search", "--name", "Somnium")))
	if len(id) == 0 {
		d.t.Fatal("there is no window called Somnium")
	}
	d.tool("xdotool", "windowfocus", id[0])
	return first
}

func (d desktop) tool(name string, args ...string) []byte {
	d.t.Helper()
	command := exec.Command(name, args...)
	command.Env = append(os.Environ(), "DISPLAY="+d.display)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		d.t.Fatalf("%s %v: %v: %s", name, args, err, problems.String())
	}
	return out.Bytes()
}

// shot writes a picture of the screen to be looked at.
func (d desktop) shot(name string) {
	d.t.Helper()
	os.MkdirAll(pictures, 0o755)
	d.tool("import", "-window", "root", filepath.Join(pictures, name+".png"))
}

// until waits until the screen, as PPM, is as wanted.
func (d desktop) until(what string, wanted func(screen []byte) bool) []byte {
	d.t.Helper()
	for range 240 {
		if screen := d.tool("import", "-window", "root", "-depth", "8", "ppm:-"); wanted(screen) {
			return screen
		}
		time.Sleep(250 * time.Millisecond)
	}
	d.shot("window-failed")
	d.t.Fatalf("waited in vain for %s; see out/viewer/window-failed.png", what)
	return nil
}

// light counts the pixels of a picture that are bright, as those of a scene are and those of the window around it are not.
func light(ppm []byte) int {
	n := 0
	for i := len(ppm) % 3; i+2 < len(ppm); i += 3 {
		if int(ppm[i])+int(ppm[i+1])+int(ppm[i+2]) > 540 {
			n++
		}
	}
	return n
}

// differing counts the bytes in which two pictures of one size differ.
func differing(a, b []byte) int {
	n := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// part cuts a rectangle out of a picture of the screen.
func part(ppm []byte, x0, y0, x1, y1 int) (pixels []byte) {
	head := len(ppm) - 1280*800*3
	for y := y0; y < y1; y++ {
		pixels = append(pixels, ppm[head+3*(1280*y+x0):head+3*(1280*y+x1)]...)
	}
	return pixels
}

// Where the two pictures are in a window of this size.
func truthOf(screen []byte) []byte { return part(screen, 60, 160, 490, 590) }
func dreamOf(screen []byte) []byte { return part(screen, 524, 160, 954, 590) }

// key presses a key for long enough that a window that is drawn seldom sees it, and too shortly to repeat.
func (d desktop) key(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.tool("xdotool", "keydown", name)
		time.Sleep(350 * time.Millisecond)
		d.tool("xdotool", "keyup", name)
		time.Sleep(100 * time.Millisecond)
	}
}

// done asks the window for the link to the moment that it shows, and returns what was done up to there since the frames that the dream
// was given: the code of every action.
func (d desktop) done() []uint64 {
	d.t.Helper()
	for range 20 {
		d.key("l")
		select {
		case text := <-d.copied:
			link, err := url.Parse(text)
			if err != nil {
				d.t.Fatal(err)
			}
			codes, err := wire.DecodeReplay(link.Query().Get("replay"))
			if err != nil || link.Query().Get("scene") != "RigidCatch-v0" {
				d.t.Fatalf("the link %s: %v", text, err)
			}
			return codes
		case <-time.After(3 * time.Second):
		}
	}
	d.t.Fatal("the window copies no link")
	return nil
}

// stands waits until the screen stays as it is.
func (d desktop) stands() (still []byte) {
	d.t.Helper()
	return d.until("it to stand still", func(screen []byte) bool {
		stands := still != nil && differing(screen, still) < 500
		still = screen
		time.Sleep(time.Second)
		return stands
	})
}

// The codes of two actions of RigidCatch-v0, as replays have them.
const (
	left  = 2
	right = 3
)

// TestWindow opens the desktop window, which is a client of the server as the page is, and does in it what people do.
func TestWindow(t *testing.T) {
	d := desktop{t, display(t), make(chan string, 64)}
	address := free(t)
	link, stop := play(t, address)
	first := d.open(link)
	moved := d.until("truth and dream to move", func(screen []byte) bool {
		return differing(truthOf(screen), truthOf(first)) > 1000 && differing(dreamOf(screen), dreamOf(first)) > 1000
	})
	if differing(truthOf(moved), dreamOf(moved)) == 0 {
		t.Error("the dream is the truth")
	}
	d.tool("xdotool", "keydown", "Left")
	for range 60 {
		if did := d.done(); len(did) > 3 && slices.Equal(did[len(did)-3:], []uint64{left, left, left}) {
			break
		}
	}
	d.tool("xdotool", "keyup", "Left")
	d.key("p")
	still := d.stands()
	d.shot("window-paused")
	whole := d.done()
	if !bytes.Contains(codes(whole), codes([]uint64{left, left, left})) {
		t.Errorf("the hands do not act: what was done is %v", whole)
	}
	if again := d.done(); !slices.Equal(again, whole) {
		t.Errorf("it does not pause: %d steps, and then %d", len(whole), len(again))
	}
	past := d.scrub(whole, still)
	d.branch(past, whole)
	taken := d.record(whole)
	d.views()
	d.regain(address, stop, taken)
	d.key("m")
	d.until("the menu", func(screen []byte) bool { return light(screen) < 200_000 })
	d.shot("window-menu")
}

// codes are action codes as bytes.
func codes(list []uint64) (b []byte) {
	for _, c := range list {
		b = append(b, byte(c))
	}
	return b
}

// scrub goes back to an early frame by a click on the timeline, and returns what was done up to there.
func (d desktop) scrub(whole []uint64, still []byte) []uint64 {
	d.t.Helper()
	d.tool("xdotool", "mousemove", "230", "735", "mousedown", "1")
	d.until("another frame", func(screen []byte) bool { return differing(truthOf(screen), truthOf(still)) > 1000 })
	d.tool("xdotool", "mouseup", "1")
	past := d.done()
	if len(past) == 0 || len(past) > len(whole)-3 || !slices.Equal(past, whole[:len(past)]) {
		d.t.Errorf("after a click on the timeline %v was done, and before it %v", past, whole)
	}
	d.shot("window-scrubbed")
	return past
}

// branch does something else than before, one frame at least, and goes back to what was before.
func (d desktop) branch(past, whole []uint64) {
	d.t.Helper()
	d.tool("xdotool", "keydown", "Right")
	time.Sleep(time.Second)
	d.key("period")
	d.tool("xdotool", "keyup", "Right")
	other := d.done()
	if len(other) <= len(past) || !slices.Equal(other[:len(past)], past) || slices.ContainsFunc(other[len(past):], func(c uint64) bool { return c != right }) {
		d.t.Errorf("after %v, a branch to the right is %v", past, other)
	}
	d.shot("window-branch")
	d.key("b")
	if back := d.done(); !slices.Equal(back, whole) {
		d.t.Errorf("the other branch is %v, and was %v", back, whole)
	}
}

// record takes a few frames away as an animation, and returns what was done by then.
func (d desktop) record(whole []uint64) (taken []uint64) {
	d.t.Helper()
	saved := func() []string {
		names, _ := filepath.Glob(filepath.Join(root, "out/play/RigidCatch-v0-seed0-*.gif"))
		return names
	}
	before := saved()
	d.key("r", "period", "period", "period")
	if taken = d.done(); len(taken) < len(whole)+3 || !slices.Equal(taken[:len(whole)], whole) {
		d.t.Errorf("three steps on from %v comes %v", whole, taken)
	}
	d.key("x")
	d.shot("window-save")
	d.key("1")
	path := ""
	d.until("an animation", func([]byte) bool {
		now := slices.DeleteFunc(saved(), func(name string) bool { return slices.Contains(before, name) })
		if len(now) > 0 {
			path = now[0]
		}
		return path != ""
	})
	data, err := os.ReadFile(path)
	if err != nil {
		d.t.Fatal(err)
	}
	os.Remove(path)
	if film, err := gif.DecodeAll(bytes.NewReader(data)); err != nil || len(film.Image) < 2 || len(film.Image) > len(taken)-len(whole)+1 {
		d.t.Errorf("the recording of %d steps: %v", len(taken)-len(whole), err)
	}
	return taken
}

// views goes through what can be shown: one picture is larger than two.
func (d desktop) views() {
	d.t.Helper()
	d.until("the remarks to go", func(screen []byte) bool { // which may lie over a picture's edge
		above := part(screen, 60, 645, 954, 680)
		return bytes.Equal(above[3:], above[:len(above)-3])
	})
	both := d.stands()
	d.key("v")
	d.until("one picture, larger", func(screen []byte) bool { return differing(screen, both) > 100_000 })
	d.shot("window-truth")
	d.key("v", "v", "v")
	d.until("both pictures again", func(screen []byte) bool {
		return differing(truthOf(screen), truthOf(both)) == 0 && differing(dreamOf(screen), dreamOf(both)) == 0
	})
}

// regain stops the server, sees that the window misses it, and starts it again: the window goes on where it was.
func (d desktop) regain(address string, stop func(), taken []uint64) {
	d.t.Helper()
	before := d.stands()
	stop()
	d.until("the server to be missed", func(screen []byte) bool { return light(screen) < light(before)/4 })
	d.shot("window-lost")
	play(d.t, address)
	same := func(screen []byte) bool {
		return differing(truthOf(screen), truthOf(before)) == 0 && differing(dreamOf(screen), dreamOf(before)) == 0
	}
	d.until("the same moment again", same)
	after := d.done()
	for range 20 { // the last picture stays while the new server goes over what was done
		if slices.Equal(after, taken) {
			break
		}
		after = d.done()
	}
	if !slices.Equal(after, taken) {
		d.t.Errorf("after the server was gone %v was done, and before %v", after, taken)
	}
	d.until("the same moment still", same)
}
