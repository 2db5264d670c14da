package voxel

import (
	"math"
	"slices"
	"testing"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/render"
)

// watcher is a task with all observations at a size.
func watcher(t *testing.T, k *task, size int, params map[string]float64) *environment {
	t.Helper()
	all := everything()
	all["hud"], all["textured"] = 0, 0
	for name, x := range params {
		all[name] = x
	}
	e, err := newEnv(k, env.Config{Height: size, Width: size, Params: all})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reset(env.Seeded(2)); err != nil {
		t.Fatal(err)
	}
	return e
}

// The middle of the picture shows the block under the crosshair, at its distance.
func TestTheMiddleShowsWhatIsUnderTheCrosshair(t *testing.T) {
	const size = 65
	e := watcher(t, revisit(), size, map[string]float64{"change": changeBreak})
	obs := e.observe()
	middle := size/2*size + size/2
	hit := e.world.Pick()
	if got := block.Kind(obs.Dict[keySegmentation].U8[middle]); got != hit.Kind || hit.Kind == block.Air {
		t.Errorf("the middle shows %v, the crosshair is on %v", got, hit.Kind)
	}
	if got := float64(obs.Dict[keyDepth].F32[middle]); math.Abs(got-blocks(hit.Distance)) > 0.02 {
		t.Errorf("the middle is %g off, the crosshair %g", got, blocks(hit.Distance))
	}
}

// The sheep is in the masks when the truth says that it is seen, and only then.
func TestMasksAgreeWithTheTruth(t *testing.T) {
	e := watcher(t, behindWall(), 96, map[string]float64{"course": coursePass})
	seen, unseen := 0, 0
	for range 200 {
		taken, err := e.Step(env.Int(0))
		if err != nil {
			t.Fatal(err)
		}
		body := bodyOf(t, e.State(), e.goal.Creature)
		shown := slices.Contains(taken.Obs.Dict[keyInstances].U8, instanceOf(body.ID))
		masked := slices.Contains(taken.Obs.Dict[keySegmentation].U8, render.SegmentEntity)
		if shown != masked {
			t.Fatal("instances and segmentation disagree")
		}
		switch {
		case body.InFrame && body.Hidden < 0.5:
			seen++
			if !shown {
				t.Fatalf("the sheep is hidden by %g, and not shown", body.Hidden)
			}
		case !body.InFrame || body.Hidden == 1:
			unseen++
		}
	}
	if seen < 30 || unseen < 30 {
		t.Errorf("the sheep is seen %d times, unseen %d times", seen, unseen)
	}
}

// What one can ask for changes the picture: textures, hand and hotbar, the time of day, shut eyes.
func TestFormsChangeThePicture(t *testing.T) {
	frame := func(params map[string]float64, sleeping bool) []byte {
		p := start(t, "VoxelLookAway-v0", 2, params)
		p.world.Player.Sleeping = sleeping
		return slices.Clone(p.observe().Pixels())
	}
	plain := frame(map[string]float64{"hour": 12}, false)
	for name, other := range map[string][]byte{
		"textured": frame(map[string]float64{"hour": 12, "textured": 1}, false), "hud": frame(map[string]float64{"hour": 12, "hud": 1}, false),
		"night": frame(map[string]float64{"hour": 0}, false), "sleeping": frame(map[string]float64{"hour": 12}, true),
		"fov": frame(map[string]float64{"hour": 12, "fov": 90}, false), "distance": frame(map[string]float64{"hour": 12, "distance": 16}, false),
	} {
		if slices.Equal(other, plain) {
			t.Errorf("%s changes nothing", name)
		}
	}
}

func TestStepsAllocateNothing(t *testing.T) {
	for _, params := range []map[string]float64{nil, everything()} {
		e, err := newEnv(survive(), env.Config{Height: 64, Width: 64, Params: params})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Reset(env.Seeded(1)); err != nil {
			t.Fatal(err)
		}
		actor := newSticky(e.spec.Action, 1)
		step := func() {
			e.world.Player.Health = game.Full
			if _, err := e.Step(actor.next()); err != nil {
				t.Fatal(err)
			}
		}
		for range 1000 {
			step()
		}
		if n := testing.AllocsPerRun(500, step); n != 0 {
			t.Errorf("with %v, a step allocates %g times", params, n)
		}
	}
}
