package rigid

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
)

func TestEveryScenePassesTheContract(t *testing.T) {
	for _, s := range scenes() {
		for _, size := range [][2]int{{64, 64}, {48, 80}, {80, 48}, {32, 32}} {
			// At the other sizes the ends of long episodes are left out.
			var options envtest.Options
			if size != [2]int{64, 64} {
				options = envtest.Options{Steps: 12, EpisodeSteps: 1}
			}
			t.Run(fmt.Sprintf("%s %dx%d", s.id, size[0], size[1]), func(t *testing.T) {
				options.TestEnv(t, func() (env.Env, error) {
					e, err := newEnv(s, env.Config{Height: size[0], Width: size[1]})
					if err != nil {
						return nil, err
					}
					return env.EnforceOrder(env.LimitTime(e, s.steps)), nil
				})
			})
		}
	}
}

func TestBadSizesAndParamsAreErrors(t *testing.T) {
	for _, test := range []struct {
		scene *scene
		c     env.Config
		says  string
	}{
		{&bouncing, env.Config{Height: 0, Width: 64}, "height"},
		{&bouncing, env.Config{Height: 64, Width: -1}, "width"},
		{&bouncing, env.Config{Height: 64, Width: 1 << 20}, "width"},
		{&bouncing, env.Config{Height: 64, Width: 64, Params: map[string]float64{"colour": 1}}, "colour"},
		{&bouncing, env.Config{Height: 64, Width: 64, Params: map[string]float64{"discs": 1.5}}, "whole"},
		{&bouncing, env.Config{Height: 64, Width: 64, Params: map[string]float64{"discs": 4}}, "discs"},
		{&bouncing, env.Config{Height: 64, Width: 64, Params: map[string]float64{"gravity": math.NaN()}}, "gravity"},
		{&collision, env.Config{Height: 64, Width: 64, Params: map[string]float64{"v1": 0, "v2": 0}}, "never meet"},
	} {
		_, err := newEnv(test.scene, test.c)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s with %+v: the error is %v, want one that mentions %q", test.scene.id, test.c, err, test.says)
		}
	}
}

func TestResetParamsHoldForOneEpisode(t *testing.T) {
	e := open(t, &bouncing, 64, 64, map[string]float64{"gravity": 3})
	seed := uint64(4)
	gravity := func(given map[string]float64) float64 {
		if _, err := e.Reset(env.ResetOptions{Seed: &seed, Params: given}); err != nil {
			t.Fatal(err)
		}
		return e.State().Values["gravity"]
	}
	if g := gravity(nil); g != 3 {
		t.Errorf("gravity is %v, made with 3", g)
	}
	if g := gravity(map[string]float64{"gravity": 7}); g != 7 {
		t.Errorf("gravity is %v, reset with 7", g)
	}
	if g := gravity(nil); g != 3 {
		t.Errorf("gravity is %v after a plain reset, made with 3", g)
	}
	before := e.State()
	if _, err := e.Reset(env.ResetOptions{Params: map[string]float64{"discs": 2.5}}); err == nil {
		t.Error("two and a half discs are no error")
	}
	if after := e.State(); !reflect.DeepEqual(before, after) {
		t.Errorf("a refused reset changed the state from %+v to %+v", before, after)
	}
	// v1 is of Make, v2 of Reset: they are judged together.
	pair := open(t, &collision, 64, 64, map[string]float64{"v1": 0})
	if _, err := pair.Reset(env.ResetOptions{Params: map[string]float64{"v2": 0}}); err == nil {
		t.Error("balls that never meet are no error")
	}
}

// Fixing one parameter leaves everything else that a seed draws as it was, so that two worlds can be compared that differ
// in gravity alone.
func TestAParamChangesNothingElse(t *testing.T) {
	e := open(t, &bouncing, 64, 64, nil)
	seed := uint64(8)
	first := bytes.Clone(reset(t, e, seed))
	values := e.State().Values
	obs, err := e.Reset(env.ResetOptions{Seed: &seed, Params: map[string]float64{"gravity": 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, obs.U8) {
		t.Error("another gravity gives another first frame")
	}
	changed := e.State().Values
	if changed["gravity"] != 0.5 {
		t.Errorf("gravity is %v, want 0.5", changed["gravity"])
	}
	changed["gravity"] = values["gravity"]
	if !maps.Equal(values, changed) {
		t.Errorf("the values went from %v to %v", values, changed)
	}
}

// trace plays an episode and returns every frame and every place, to the bit.
func trace(t testing.TB, e *environment, seed uint64, steps int) []byte {
	var all bytes.Buffer
	all.Write(reset(t, e, seed))
	next := choices(e.scene, seed)
	for range steps {
		taken := step(t, e, next())
		all.Write(taken.Obs.U8)
		for _, b := range e.world.bodies {
			fmt.Fprintf(&all, "%x %x ", b.position(), b.velocity())
		}
		if taken.Terminated {
			break
		}
	}
	return all.Bytes()
}

// The space is used again after a reset, and must be as if new: see space.
func TestAnEpisodeDoesNotDependOnThoseBefore(t *testing.T) {
	for _, s := range scenes() {
		worn := open(t, s, 32, 32, nil)
		for seed := range uint64(5) {
			// An episode of another seed and length in between.
			trace(t, worn, 1000+seed, int(3+7*seed))
			if !bytes.Equal(trace(t, worn, seed, min(s.steps, 100)), trace(t, open(t, s, 32, 32, nil), seed, min(s.steps, 100))) {
				t.Errorf("%s: the episode of seed %d is another one in a used environment", s.id, seed)
			}
		}
	}
}

// Crowded scenes have larger tables, and a used space is as good as a new one for them, too.
func TestCrowdedScenesUseTheirSpaceAgain(t *testing.T) {
	crowd := scene{
		id: "RigidCrowd-v0", actions: 1, steps: 50, crowded: true,
		build: func(w *world) script {
			w.fall(5)
			w.bounce(0.5)
			w.walls(true, true, true, true)
			n := 3 + w.rng.IntN(20)
			for range n {
				w.disc(pureRed, 0.4, w.clearing(0.4), w.clearing(1))
			}
			return script{}
		},
	}
	worn := open(t, &crowd, 32, 32, nil)
	for seed := range uint64(10) {
		trace(t, worn, 100+seed, 20)
		if !bytes.Equal(trace(t, worn, seed, 50), trace(t, open(t, &crowd, 32, 32, nil), seed, 50)) {
			t.Errorf("the episode of seed %d is another one in a used environment", seed)
		}
	}
}

func TestACrowdMustSaySo(t *testing.T) {
	crowd := scene{id: "RigidCrowd-v0", actions: 1, steps: 50, build: func(w *world) script {
		for i := range shapeTable {
			w.disc(pureRed, 0.1, pointAt(float64(i), 1), pointAt(0, 0))
		}
		return script{}
	}}
	e := open(t, &crowd, 32, 32, nil)
	defer func() {
		if recover() == nil {
			t.Error("a scene with more shapes than a used space can take does not panic")
		}
	}()
	e.Reset(env.Seeded(1))
}

func TestEnvironmentsRunInParallel(t *testing.T) {
	want := make([][]byte, len(scenes()))
	for i, s := range scenes() {
		want[i] = trace(t, open(t, s, 32, 32, nil), 6, 30)
	}
	var group sync.WaitGroup
	for range 4 {
		for i, s := range scenes() {
			e := open(t, s, 32, 32, nil)
			group.Go(func() {
				for range 3 {
					if !bytes.Equal(trace(t, e, 6, 30), want[i]) {
						t.Errorf("%s gives another episode beside others", s.id)
					}
				}
			})
		}
	}
	group.Wait()
}

// Steps make next to no garbage: what is left is cp's, for every contact. The bounds are those reached.
func TestStepsAllocateLittle(t *testing.T) {
	bounds := map[string]float64{
		"RigidUniform-v0": 0, "RigidParabola-v0": 0, "RigidCollision-v0": 1, "RigidOccluder-v0": 1,
		"RigidPush-v0": 0, "RigidCatch-v0": 1, "RigidBounce-v0": 60,
		"RigidRamp-v0": 20, "RigidStack-v0": 110, "RigidPendulum-v0": 0, "RigidSwingingOccluder-v0": 0, "RigidBehind-v0": 1,
		"RigidReturn-v0": 1, "RigidGlass-v0": 120, "RigidTemplate-v0": 120,
	}
	for _, s := range scenes() {
		e := open(t, s, 64, 64, nil)
		action := env.Int(0)
		reset(t, e, 3)
		// cp fills its pools in the first steps, and the contacts of one episode are enough for the next.
		for range 20 {
			step(t, e, 0)
		}
		reset(t, e, 3)
		bound, listed := bounds[s.id]
		if !listed {
			t.Errorf("%s has no bound here", s.id)
		}
		allocations := testing.AllocsPerRun(28, func() {
			if _, err := e.Step(action); err != nil {
				t.Fatal(err)
			}
		})
		if allocations > bound {
			t.Errorf("%s allocates %v times a step, want at most %v", s.id, allocations, bound)
		}
	}
}
