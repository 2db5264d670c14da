package avatar

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/sim/rigid"
	"somnium/sim/voxel"
	"somnium/sim/voxel/item"
)

// open makes an environment of the table.
func open(t *testing.T, all []env.Registration, id string, params map[string]float64) env.Env {
	t.Helper()
	for _, r := range all {
		if r.ID == id {
			e, err := r.New(env.Config{Height: 16, Width: 16, Params: params})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
	}
	t.Fatalf("there is no %s", id)
	return nil
}

// What this package knows of the action spaces is what the simulator says.
func TestTheLayoutIsTheSimulators(t *testing.T) {
	full := voxel.Actions()
	order := map[int]string{
		fullMove: "move", fullStrafe: "strafe", fullJump: "jump", fullSneak: "sneak", fullSprint: "sprint", fullAttack: "attack",
		fullUse: "use", fullPitch: "camera.pitch", fullYaw: "camera.yaw", fullHotbar: "hotbar", fullCraft: "craft", fullPlace: "place",
		fullSleep: "sleep",
	}
	if len(full) != fullChoices || len(full) != len(fullActions()) {
		t.Fatalf("there are %d choices", len(full))
	}
	for i, choice := range full {
		if choice.Name != order[i] || len(choice.Values) != fullActions()[i] {
			t.Errorf("choice %d is %s of %d", i, choice.Name, len(choice.Values))
		}
	}
	for i, degrees := range bins() {
		if text := fmt.Sprint(degrees); full[fullYaw].Values[i] != text || full[fullPitch].Values[i] != text {
			t.Errorf("bin %d turns by %s", i, full[fullYaw].Values[i])
		}
	}
	if move := full[fullMove].Values; move[1] != "forward" || full[fullStrafe].Values[1] != "left" {
		t.Errorf("the legs do %v, %v", move, full[fullStrafe].Values)
	}
	var placeable []string
	for _, k := range item.Placeable() {
		placeable = append(placeable, k.String())
	}
	if !slices.Equal(placeable, Placeable()) {
		t.Errorf("%v can be placed", placeable)
	}
	flat := map[int]string{
		flatNone: "noop", flatForward: "forward", flatBack: "back", flatLeft: "left", flatRight: "right", flatJump: "jump",
		flatSprint: "sprint", flatAttack: "attack", flatUse: "use", flatTurnLeft: "turn_left", flatTurnRight: "turn_right",
		flatLookUp: "look_up", flatLookDown: "look_down", flatNextSlot: "next_slot", flatCraft: "craft", flatSleep: "sleep",
	}
	for i, name := range voxel.FlatActions() {
		if flat[i] != name || len(voxel.FlatActions()) != flatActions {
			t.Errorf("flat action %d is %s", i, name)
		}
	}
}

func TestControlsBecomeActions(t *testing.T) {
	tests := []struct {
		controls Controls
		full     [fullChoices]int
		flat     int
	}{
		{Controls{}, [fullChoices]int{fullPitch: 5, fullYaw: 5}, flatNone},
		{Controls{Forward: 1, Sprint: true}, [fullChoices]int{fullMove: 1, fullSprint: 1, fullPitch: 5, fullYaw: 5}, flatSprint},
		{Controls{Forward: 1, Jump: true}, [fullChoices]int{fullMove: 1, fullJump: 1, fullPitch: 5, fullYaw: 5}, flatJump},
		{Controls{Forward: -1, Strafe: 1}, [fullChoices]int{fullMove: 2, fullStrafe: 2, fullPitch: 5, fullYaw: 5}, flatBack},
		{Controls{Strafe: -1}, [fullChoices]int{fullStrafe: 1, fullPitch: 5, fullYaw: 5}, flatLeft},
		{Controls{Yaw: 6, Pitch: -9}, [fullChoices]int{fullPitch: 0, fullYaw: 9}, flatTurnRight},
		{Controls{Pitch: 1.5, Forward: 1}, [fullChoices]int{fullMove: 1, fullPitch: 7, fullYaw: 5}, flatForward},
		{Controls{Attack: true, Yaw: -10}, [fullChoices]int{fullAttack: 1, fullPitch: 5}, flatAttack},
		{Controls{Place: "dirt"}, [fullChoices]int{fullPitch: 5, fullYaw: 5, fullPlace: 1}, flatUse},
		{Controls{Hotbar: 3, Craft: 24}, [fullChoices]int{fullPitch: 5, fullYaw: 5, fullHotbar: 3, fullCraft: 24}, flatNextSlot},
		{Controls{Sleep: true, Hotbar: 2}, [fullChoices]int{fullPitch: 5, fullYaw: 5, fullHotbar: 2, fullSleep: 1}, flatSleep},
		{Controls{Place: "lava", Sneak: true}, [fullChoices]int{fullSneak: 1, fullPitch: 5, fullYaw: 5}, flatUse},
	}
	for _, test := range tests {
		var full [fullChoices]int
		fullAction(&test.controls, full[:])
		if full != test.full {
			t.Errorf("%+v becomes %v", test.controls, full)
		}
		if flat := flatAction(&test.controls); flat != test.flat {
			t.Errorf("%+v becomes flat action %d", test.controls, flat)
		}
	}
}

func TestWhatItCannotActInIsRefused(t *testing.T) {
	counter := envtest.NewCounter(16, 16)
	defer counter.Close()
	if _, err := New("rover", counter); err == nil || !strings.Contains(err.Error(), "rover: Counter-v0 is no voxel world") {
		t.Errorf("a counter: %v", err)
	}
	catch := open(t, rigid.Scenes(), "RigidCatch-v0", nil)
	defer catch.Close()
	if _, err := New("rover", catch); err == nil || !strings.Contains(err.Error(), "RigidCatch-v0 is no voxel world") {
		t.Errorf("a scene of discs: %v", err)
	}
	world := open(t, voxel.Tasks(), "VoxelSurvive-v0", nil)
	defer world.Close()
	if _, err := New("rover", blind{world}); err == nil || !strings.Contains(err.Error(), "does not tell its true state") {
		t.Errorf("a world that tells nothing: %v", err)
	}
	if _, err := New("rover", other{world.(truthful)}); err == nil || !strings.Contains(err.Error(), "not those of a voxel world") {
		t.Errorf("a world of other actions: %v", err)
	}
}

// blind is an environment without its capabilities.
type blind struct{ env.Env }

type truthful interface {
	env.Env
	env.Prober
}

// other has another action space.
type other struct{ truthful }

func (o other) Spec() env.Spec {
	spec := o.truthful.Spec()
	spec.Action = env.Discrete{N: 3}
	return spec
}

// A look, a full turn and a walk end where they should, in both action spaces.
func TestMovesEndWhereTheyShould(t *testing.T) {
	for flat, slack := range map[float64]float64{0: 0.35, 1: flatTolerance} {
		e := open(t, voxel.Tasks(), "VoxelLookAway-v0", map[string]float64{"flat": flat})
		defer e.Close()
		if _, err := e.Reset(env.Seeded(2)); err != nil {
			t.Fatal(err)
		}
		a, err := New("rover", e)
		if err != nil {
			t.Fatal(err)
		}
		do := func(m Move) (s *Sight, turned float64) {
			for last, steps := a.See().Yaw, 0; ; steps++ {
				s = a.See()
				turned, last = turned+Apart(last, s.Yaw), s.Yaw
				c, done := m(s)
				if done || steps > 500 {
					return s, turned
				}
				if step, err := e.Step(a.Act(c)); err != nil || step.Done() {
					t.Fatal("the episode is over", err)
				}
			}
		}
		s, _ := do(Aim(123, 34, 5.81))
		if off := max(Apart(s.Yaw, 123), Apart(123, s.Yaw), s.Pitch-34, 34-s.Pitch); off > slack {
			t.Errorf("flat %g: a look at (123, 34) ends at (%g, %g)", flat, s.Yaw, s.Pitch)
		}
		if _, turned := do(Spin(-360, 10)); turned < -360-slack || turned > -360+slack {
			t.Errorf("flat %g: a full turn turns by %g", flat, turned)
		}
		x, z := s.X+2, s.Z-3
		if s, _ = do(Walk(x, z, 100, Manner{Pace: 10})); s.DistanceTo(x, z) > 0.8 {
			t.Errorf("flat %g: a walk ends %g blocks off", flat, s.DistanceTo(x, z))
		}
	}
}

// Out of a pit three blocks deep there is no way but through its wall.
func TestAWalkDigsItsWayOut(t *testing.T) {
	for _, digs := range []bool{true, false} {
		e := open(t, voxel.Tasks(), "VoxelLookAway-v0", nil)
		defer e.Close()
		if _, err := e.Reset(env.Seeded(2)); err != nil {
			t.Fatal(err)
		}
		a, err := New("rover", e)
		if err != nil {
			t.Fatal(err)
		}
		start := *a.See()
		for _, m := range []Move{Aim(start.Yaw, 90, 10), Dig(3, 200, 4.5), Hold(Controls{}, 10), Go(start.Yaw, 500, Manner{Pace: 10, Digs: digs})} {
			for c, done := m(a.See()); !done; c, done = m(a.See()) {
				if _, err := e.Step(a.Act(c)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if gone := a.See().DistanceTo(start.X, start.Z); digs != (gone > 2) {
			t.Errorf("digging: %v, and it gets on by %.1f blocks", digs, gone)
		}
	}
}
