//go:build viewer

package browser

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// display starts an X server without a screen and returns its name.
func display(t *testing.T) string {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
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

// shot returns a picture of the screen as PPM, and writes it to be looked at.
func (d desktop) shot(name string) []byte {
	d.t.Helper()
	os.MkdirAll(pictures, 0o755)
	d.tool("import", "-window", "root", filepath.Join(pictures, name+".png"))
	return d.tool("convert", filepath.Join(pictures, name+".png"), "ppm:-")
}

// until waits until the screen, or a part of it, is as wanted.
func (d desktop) until(what string, wanted func(screen []byte) bool) []byte {
	d.t.Helper()
	for range 240 {
		if screen := d.shot("window"); wanted(screen) {
			return screen
		}
		time.Sleep(250 * time.Millisecond)
	}
	d.t.Fatalf("waited in vain for %s; see out/viewer/window.png", what)
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

// TestWindow opens the desktop window, sees it move, and stops it by a key.
func TestWindow(t *testing.T) {
	d := desktop{t, display(t)}
	program, err := filepath.Abs(filepath.Join(root, "bin/somnium-window"))
	if err != nil {
		t.Fatal(err)
	}
	link, _ := play(t, "127.0.0.1:0")
	window := exec.Command(program, "-link", link)
	window.Env = append(os.Environ(), "DISPLAY="+d.display, "LIBGL_ALWAYS_SOFTWARE=1")
	window.Stderr = os.Stderr
	if err := window.Start(); err != nil {
		t.Fatalf("%v; build it with make window BUILD=1", err)
	}
	t.Cleanup(func() {
		window.Process.Kill()
		window.Wait()
	})
	first := d.until("two pictures", func(screen []byte) bool { return light(screen) > 200_000 })
	d.until("them to move", func(screen []byte) bool { return differing(screen, first) > 3000 })
	id := strings.Fields(string(d.tool("xdotool", "search", "--name", "Somnium")))
	if len(id) == 0 {
		t.Fatal("there is no window called Somnium")
	}
	d.tool("xdotool", "windowfocus", id[0])
	key := func(name string) {
		d.tool("xdotool", "keydown", name)
		time.Sleep(500 * time.Millisecond) // long enough for a window that is drawn seldom, too short to repeat
		d.tool("xdotool", "keyup", name)
	}
	key("p")
	var still []byte
	d.until("it to stand still", func(screen []byte) bool {
		stands := still != nil && differing(screen, still) < 500
		still = screen
		time.Sleep(time.Second)
		return stands
	})
	d.shot("window-paused")
	key("v")
	d.until("one picture, larger", func(screen []byte) bool { return differing(screen, still) > 100_000 })
	key("m")
	menu := d.until("the menu", func(screen []byte) bool { return light(screen) < 200_000 })
	if len(menu) != len(still) {
		t.Error("the screen has changed its size")
	}
	d.shot("window-menu")
}
