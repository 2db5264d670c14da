package overlay

import (
	"math"
	"testing"

	"somnium/env"
	_ "somnium/sim/all" // worlds to outline
)

// TestOutlinesLieOnTheThings compares outlines with pictures: the pixel in the middle of a disc that nothing hides has its colour.
func TestOutlinesLieOnTheThings(t *testing.T) {
	for _, name := range []string{"RigidCatch-v0", "RigidBounce-v0?height=48&width=80", "RigidPush-v0"} {
		e, err := env.Make(name)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		height, width, _ := env.FrameSize(e.Spec().Observation)
		prober, _ := env.As[env.Prober](e)
		looked := 0
		for seed := range uint64(20) {
			obs, err := e.Reset(env.Seeded(seed))
			if err != nil {
				t.Fatal(err)
			}
			state := prober.State()
			for i, s := range Shapes(state, Options{Height: height, Width: width}) {
				b := state.Bodies[i]
				if s.Disc == nil || b.Kind != "disc" || b.Hidden > 0 || s.Outside {
					continue
				}
				x, y := int(s.Disc[0]*float32(width)), int(s.Disc[1]*float32(height))
				p := obs.Pixels()[(y*width+x)*3:]
				if p[0] != b.Color[0] || p[1] != b.Color[1] || p[2] != b.Color[2] {
					t.Errorf("%s, seed %d: the middle of a %v disc at %d, %d is %v", name, seed, b.Color, x, y, p[:3])
				}
				looked++
			}
		}
		if looked < 15 {
			t.Errorf("%s: only %d discs were looked at", name, looked)
		}
	}
}

// TestFirstPersonOutlinesMeetTheSheep looks for the sheep's colours within its outline, through instances of the picture.
func TestFirstPersonOutlinesMeetTheSheep(t *testing.T) {
	e, err := env.Make("VoxelBehindWall-v0?instances=1&width=96")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	prober, _ := env.As[env.Prober](e)
	met := 0
	for seed := range uint64(4) {
		obs, err := e.Reset(env.Seeded(seed))
		if err != nil {
			t.Fatal(err)
		}
		state := prober.State()
		for i, s := range Shapes(state, Options{Height: 64, Width: 96}) {
			if state.Bodies[i+1].Kind != "sheep" || s.Outside { // the player is the first
				continue
			}
			left, top, right, bottom := s.Corners[0]*96, s.Corners[1]*64, s.Corners[4]*96, s.Corners[5]*64
			inside, outside := 0, 0
			for j, id := range obs.Dict["instances"].U8 {
				if id == 0 {
					continue
				}
				x, y := float32(j%96)+0.5, float32(j/96)+0.5
				if x >= left-1 && x <= right+1 && y >= top-1 && y <= bottom+1 {
					inside++
				} else {
					outside++
				}
			}
			if inside > 10*outside && inside > 3 { // a head may stick out
				met++
			} else {
				t.Errorf("seed %d: %d pixels of the sheep within %v, %d outside", seed, inside, s.Corners, outside)
			}
		}
	}
	if met == 0 {
		t.Error("no sheep was in the frame")
	}
}

func TestWhatIsBehindIsOutside(t *testing.T) {
	state := env.State{
		Values: map[string]float64{"x": 0, "y": 0, "z": 0, "yaw": 0, "pitch": 0},
		Bodies: []env.Body{
			{Kind: "player"},
			{Kind: "cow", Position: [3]float64{2, 0, -5}, Size: [3]float64{1, 1, 1}},
			{Kind: "cow", Position: [3]float64{0, 0, 5}, Size: [3]float64{1, 1, 1}, InFrame: true, Hidden: 1},
		},
	}
	shapes := Shapes(state, Options{Height: 64, Width: 64})
	if len(shapes) != 2 || !shapes[0].Outside || shapes[0].Corners[0] >= 0 {
		t.Errorf("what is behind, on the left, is at %+v", shapes)
	}
	if s := shapes[1]; s.Outside || s.Hidden != 1 || math.Abs(float64(s.Corners[0]+s.Corners[2])/2-0.5) > 1e-3 {
		t.Errorf("what is straight ahead is at %+v", s)
	}
	if Unseen(state) != 1 {
		t.Errorf("%d things are unseen", Unseen(state))
	}
	if got := Shapes(env.State{}, Options{}); got != nil {
		t.Errorf("an empty state has shapes: %v", got)
	}
}
