//go:build amd64

package rigid

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"somnium/internal/picture"
)

// stripFolder is where the pictures of the documentation are.
const stripFolder = "../../docs/pictures/rigid"

// strips are the pictures: eight frames each, every frames after the other, of the episode of the seed, in which act acts;
// nil does nothing.
var strips = []struct {
	name  string
	scene *scene
	given map[string]float64
	seed  uint64
	every int
	act   func(e *environment) int
}{
	{"uniform", &uniformMotion, nil, 4, 4, nil},
	{"collision", &collision, nil, 1, 4, nil},
	{"parabola", &parabola, nil, 2, 3, nil},
	{"bounce", &bouncing, nil, 1, 5, nil},
	{"occluder", &occlusion, nil, 1, 5, nil},
	{"push", &push, nil, 3, 2, steer},
	{"catch", &catch, nil, 1, 4, follow},
	{"ramp", &ramp, nil, 9, 4, nil},
	{"stack", &stack, nil, 1, 3, nil},
	{"pendulum", &pendulum, nil, 11, 3, nil},
	{"swinging-occluder", &curtain, nil, 7, 4, nil},
	{"behind", &hiding, map[string]float64{"event": stops}, 1, 12, nil},
	{"return", &comeback, nil, 9, 5, nil},
	{"glass-falls", &shatter, map[string]float64{"way": glassFalls, "impact": 2}, 4, 3, nil},
	{"glass-hit", &shatter, map[string]float64{"way": glassIsHit, "impact": 3}, 8, 3, nil},
	{"glass-stands", &shatter, map[string]float64{"way": glassIsHit, "impact": 0.9}, 9, 4, nil},
	{"template", &combination, nil, 3, 6, nil},
}

// follow moves the paddle of RigidCatch-v0 to the ball.
func follow(e *environment) int {
	switch away := find(e, kindDisc)[0].Position[0] - find(e, kindPaddle)[0].Position[0]; {
	case away < -0.4:
		return 1
	case away > 0.4:
		return 2
	}
	return 0
}

// steer pushes the disc of RigidPush-v0 towards its mark.
func steer(e *environment) int {
	disc, mark := find(e, kindDisc)[0].Position, find(e, kindMark)[0].Position
	x, y := mark[0]-disc[0], mark[1]-disc[1]
	switch {
	case x*x > y*y && x < 0:
		return 1
	case x*x > y*y:
		return 2
	case y > 0:
		return 3
	}
	return 4
}

// TestStrips holds the pictures of the documentation to what the scenes show now; -update draws them.
func TestStrips(t *testing.T) {
	for _, s := range strips {
		drawn := strip(t, open(t, s.scene, 64, 64, s.given), s.seed, s.every, s.act)
		path := filepath.Join(stripFolder, s.name+".png")
		if *update {
			if err := os.MkdirAll(stripFolder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := picture.WritePNG(path, drawn); err != nil {
				t.Fatal(err)
			}
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := png.Decode(file)
		file.Close()
		if err != nil || !bytes.Equal(picture.FromImage(kept).Pixels, drawn.Pixels) {
			t.Errorf("%s is not what %s shows now (%v); make pictures draws it", path, s.scene.id, err)
		}
	}
}

// strip returns eight frames side by side; after the end of the episode the last one stands.
func strip(t *testing.T, e *environment, seed uint64, every int, act func(e *environment) int) picture.Frame {
	t.Helper()
	reset(t, e, seed)
	var panels []picture.Panel
	for range 8 {
		panels = append(panels, picture.Panel{Frame: picture.Of(e.canvas.Pix, 64, 64).Clone()})
		for range every {
			action := 0
			if act != nil {
				action = act(e)
			}
			if e.phase == running {
				step(t, e, action)
			}
		}
	}
	return picture.Row(panels, picture.RowOptions{Scale: 2, Gap: 4})
}
