package rigid

import (
	"math"
	"strings"
	"testing"
)

func TestStateTellsWhatIsInFrameAndHidden(t *testing.T) {
	e := open(t, &uniformMotion, 64, 64, map[string]float64{"radius": 1, "velocity": 4})
	reset(t, e, 2)
	left := false
	for range phyFrames - 1 {
		step(t, e, 0)
		b := find(e, kindDisc)[0]
		if in := b.Position[0] < 11; b.InFrame != in {
			t.Fatalf("InFrame is %v at %v", b.InFrame, b.Position)
		}
		left = left || !b.InFrame
	}
	if !left {
		t.Error("the ball never left the picture")
	}
	w := &world{width: 10, height: 10, params: newParams(nil), space: newSpace(shapeTable)}
	back := w.picture("box", white, 2, 2, pointAt(5, 5))
	w.picture(kindOccluder, white, 2, 2, pointAt(6, 5))
	for _, test := range []struct{ x, hidden float64 }{{5, 0.5}, {6, 1}, {3.9, 0}, {7.5, 0.25}} {
		back.at.X = test.x
		if h := w.hidden(back); math.Abs(h-test.hidden) > 0.02 {
			t.Errorf("a box at %v is hidden by %v, want %v", test.x, h, test.hidden)
		}
	}
	// Only the part within the picture counts: here its right half, all of it covered.
	back.at.X, w.bodies[1].at.X = 0, 1
	if h := w.hidden(back); h != 1 {
		t.Errorf("the visible half is covered, but hidden by %v", h)
	}
}

func TestCaptionsNameWhatIsThere(t *testing.T) {
	for _, test := range []struct {
		scene *scene
		given map[string]float64
		says  []string
	}{
		{&uniformMotion, map[string]float64{"radius": 1.4, "velocity": 4}, []string{"large red disc", "fast to the right", "white"}},
		{&parabola, nil, []string{"arc", "low gravity"}},
		{&collision, nil, []string{"red disc", "blue disc", "head-on"}},
		{&bouncing, map[string]float64{"gravity": 10, "restitution": 0.9, "discs": 3}, []string{"high gravity", "are bouncy", "Three discs"}},
		{&bouncing, map[string]float64{"gravity": 0}, []string{"no gravity"}},
		{&occlusion, map[string]float64{"discs": 2}, []string{"box", "hides"}},
		{&occlusion, map[string]float64{"occluder_width": 0}, []string{"no occluder"}},
		{&ramp, map[string]float64{"body": 1, "friction": 0.5}, []string{"ramp goes down", "box is", "much friction"}},
		{&ramp, map[string]float64{"body": 0, "friction": 0}, []string{"disc is", "no friction"}},
		{&stack, map[string]float64{"boxes": 4, "disc_speed": 0}, []string{"stack of four boxes", "stands"}},
		{&stack, map[string]float64{"disc_speed": 5}, []string{"disc", "moves fast"}},
		{&pendulum, nil, []string{"bob swings", "turning point", "nothing slows"}},
		{&curtain, nil, []string{"plate hangs", "hiding"}},
		{&hiding, map[string]float64{"event": stops}, []string{"dull post", "stops the disc"}},
		{&comeback, nil, []string{"moves fast up", "comes back"}},
		{&shatter, map[string]float64{"way": glassFalls}, []string{"piece of glass, pale green and whole"}},
		{&shatter, map[string]float64{"way": glassIsHit}, []string{"glass pane, pale green and whole", "disc is"}},
		{&combination, nil, []string{"red disc", "white background are"}},
		{&push, nil, []string{"agent pushes", "goal"}},
		{&catch, nil, []string{"agent moves", "paddle", "ball"}},
	} {
		e := open(t, test.scene, 64, 64, test.given)
		reset(t, e, 1)
		short, detailed := e.Captions()
		for _, words := range test.says {
			if !strings.Contains(detailed, words) {
				t.Errorf("%s: %q does not say %q", test.scene.id, detailed, words)
			}
		}
		if strings.Contains(detailed, "  ") || strings.Contains(detailed, "a orange") || len(short) >= len(detailed) {
			t.Errorf("%s: the captions read %q and %q", test.scene.id, short, detailed)
		}
	}
}

func TestDirections(t *testing.T) {
	for _, test := range []struct {
		x, y float64
		want string
	}{
		{1, 0, "to the right"}, {-2, 0.1, "to the left"}, {0, 3, "up"}, {0.1, -1, "down"},
		{1, 1, "up and to the right"}, {-1, 1, "up and to the left"}, {1, -1, "down and to the right"}, {-1, -1, "down and to the left"},
	} {
		if got := direction(test.x, test.y); got != test.want {
			t.Errorf("direction(%v, %v) is %q, want %q", test.x, test.y, got, test.want)
		}
	}
}
