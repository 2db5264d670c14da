//go:build viewer && slow

package browser

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"somnium/viewer/scenes"
	"somnium/viewer/ui"
)

// shown are the frames at which tests have something to show, by their id; the others show it at frame usual.
var shown = map[string]int{"hidden-event": 70, "look-away": 80, "behind-wall": 90, "changed-block": 90, "there-and-back": 90}

const usual = 30

// worlds asks the program for the names of its environments.
func worlds(t *testing.T) (names []string) {
	t.Helper()
	told, err := exec.Command(filepath.Join(root, "bin/somnium"), "envs", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Envs []struct {
			ID string `json:"id"`
		} `json:"envs"`
	}
	if err := json.Unmarshal(told, &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list.Envs {
		if strings.HasPrefix(e.ID, "Voxel") {
			e.ID += "?height=96&width=144&textured=1&hud=1" // as the menu has them
		}
		names = append(names, e.ID)
	}
	return names
}

// visit goes to a scene by the prompt, and waits until it has played for so many frames, or to its end.
func (b *tab) visit(name string, frames int) ui.State {
	b.t.Helper()
	b.press("t")
	b.until("the prompt", func(s ui.State) bool { return s.Sheet == 3 })
	b.write(name)
	b.press(kb.Enter)
	last, stood := 0, 0
	return b.until(name, func(s ui.State) bool {
		if s.Scene != name || s.At != last {
			last, stood = s.At, 0
			return s.Scene == name && s.At >= frames
		}
		stood++
		return s.At >= frames || s.At > 0 && stood > 80
	})
}

// TestScenes opens every test and every world, sees each move, and writes a screenshot of it to be looked at.
func TestScenes(t *testing.T) {
	link, _ := play(t, "127.0.0.1:0")
	b := browse(t)
	b.do(chromedp.Navigate(link))
	b.until("a first picture", func(s ui.State) bool { return s.Len > 0 && s.Linked })
	b.press("=", "=", "=") // eight times as fast
	for _, test := range scenes.Tests() {
		frames := usual
		if n, ok := shown[test.ID]; ok {
			frames = n
		}
		if s := b.visit(test.ID, frames); len(s.Verdict) == 0 || s.Seed != test.Seed {
			t.Errorf("%s gives no verdict, or is not of its seed: %+v", test.ID, s)
		}
		b.settle()
		b.shot("scene-" + test.ID)
	}
	for _, name := range worlds(t) {
		s := b.visit(name, usual)
		if s.Len < 2 {
			t.Errorf("%s does not move: %+v", name, s)
		}
		b.settle()
		id, _, _ := strings.Cut(name, "?")
		b.shot("scene-" + id)
	}
}
