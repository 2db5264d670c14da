package rigid

import (
	"math"
	"testing"

	"somnium/env"
)

func TestUniformMotionIsUniform(t *testing.T) {
	e := open(t, &uniformMotion, 64, 64, nil)
	for seed := range uint64(20) {
		reset(t, e, seed)
		start := find(e, kindDisc)[0]
		for i := range phyFrames - 1 {
			step(t, e, 0)
			now := find(e, kindDisc)[0]
			if now.Velocity != start.Velocity {
				t.Fatalf("seed %d, step %d: the velocity is %v, and was %v", seed, i+1, now.Velocity, start.Velocity)
			}
			x := start.Position[0] + start.Velocity[0]*frameTime*float64(i+1)
			if math.Abs(now.Position[0]-x) > 1e-10 || now.Position[1] != start.Position[1] {
				t.Fatalf("seed %d, step %d: the disc is at %v, want x = %v", seed, i+1, now.Position, x)
			}
		}
	}
}

// cp moves bodies by the velocity of before the substep and then changes the velocity, so that after n substeps of length
// dt the fall is g t (t-dt)/2 to rounding: the closed form g t^2/2 but for g t dt/2, 0.04 units at the end of an episode.
func TestParabolaIsAParabola(t *testing.T) {
	e := open(t, &parabola, 64, 64, nil)
	for seed := range uint64(20) {
		reset(t, e, seed)
		start := find(e, kindDisc)[0]
		g := e.State().Values["gravity"]
		if g != 2.5 {
			t.Fatalf("gravity is %g, want 2.5", g)
		}
		for i := range phyFrames - 1 {
			step(t, e, 0)
			now := find(e, kindDisc)[0]
			at := frameTime * float64(i+1)
			if x := start.Position[0] + start.Velocity[0]*at; math.Abs(now.Position[0]-x) > 1e-11 {
				t.Fatalf("seed %d, step %d: x is %v, want %v", seed, i+1, now.Position[0], x)
			}
			fallen := start.Position[1] - now.Position[1]
			if want := g * at * (at - timestep) / 2; math.Abs(fallen-want) > 1e-11 {
				t.Fatalf("seed %d, step %d: it fell by %v, want %v", seed, i+1, fallen, want)
			}
			if want := -g * at; math.Abs(now.Velocity[1]-want) > 1e-11 {
				t.Fatalf("seed %d, step %d: it falls at %v, want %v", seed, i+1, now.Velocity[1], want)
			}
		}
	}
}

// momentum and energy of the discs, masses being radii squared.
func momentumAndEnergy(discs []env.Body) (px, py, energy float64) {
	for _, b := range discs {
		m := b.Size[0] * b.Size[0] / 4
		px += m * b.Velocity[0]
		py += m * b.Velocity[1]
		energy += m * (b.Velocity[0]*b.Velocity[0] + b.Velocity[1]*b.Velocity[1]) / 2
	}
	return px, py, energy
}

func TestCollisionConserves(t *testing.T) {
	for level := range len(outsideLevels) {
		e := open(t, &collision, 64, 64, map[string]float64{"ood": float64(level)})
		for seed := range uint64(40) {
			reset(t, e, seed)
			before := find(e, kindDisc)
			px, py, energy := momentumAndEnergy(before)
			for range phyFrames - 1 {
				step(t, e, 0)
			}
			after := find(e, kindDisc)
			qx, qy, left := momentumAndEnergy(after)
			scale := math.Sqrt(2 * energy)
			if math.Abs(qx-px) > 1e-9*scale || math.Abs(qy-py) > 1e-9*scale || math.Abs(left-energy) > 1e-9*energy {
				t.Fatalf("level %d, seed %d: momentum %v, %v became %v, %v and energy %v became %v", level, seed, px, py, qx, qy, energy, left)
			}
			// Elastic and head-on: the velocity of approach is turned round.
			approach := before[0].Velocity[0] - before[1].Velocity[0]
			if parting := after[1].Velocity[0] - after[0].Velocity[0]; math.Abs(parting-approach) > 1e-9 {
				t.Fatalf("level %d, seed %d: approached at %v and parted at %v", level, seed, approach, parting)
			}
		}
	}
}

func TestCollisionHappensOnTime(t *testing.T) {
	e := open(t, &collision, 64, 64, nil)
	for seed := range uint64(200) {
		reset(t, e, seed)
		d := find(e, kindDisc)
		reach := (d[0].Size[0] + d[1].Size[0]) / 2
		due := (d[1].Position[0] - d[0].Position[0] - reach) / (d[0].Velocity[0] - d[1].Velocity[0])
		if due < phyApart*frameTime-1e-9 || due > (phyFrames-1-phyApart)*frameTime+1e-9 {
			t.Fatalf("seed %d: contact is due at %v s, not %d frames or more from either end", seed, due, phyApart)
		}
		for _, b := range d {
			if r := b.Size[0] / 2; b.Position[0] < r-1e-9 || b.Position[0] > 10-r+1e-9 || b.Position[1] < r || b.Position[1] > 10-r {
				t.Fatalf("seed %d: a ball of radius %v starts at %v, not wholly in view", seed, r, b.Position)
			}
		}
		speed, met := d[0].Velocity[0], -1
		for i := range phyFrames - 1 {
			step(t, e, 0)
			if find(e, kindDisc)[0].Velocity[0] != speed {
				met = i + 1
				break
			}
		}
		// The first frame that shows the outcome is the first after the moment due, or one later where the substep in
		// which the discs overlap ends past the frame's end.
		first := int(math.Floor(due/frameTime)) + 1
		if met != first && met != first+1 || float64(met)*frameTime-due > frameTime+2*timestep {
			t.Fatalf("seed %d: the balls turned in frame %d, due %v s", seed, met, due)
		}
	}
}

func TestBounceGivesBackItsRestitution(t *testing.T) {
	for _, restitution := range []float64{0, 0.2, 0.5, 0.8, 1} {
		given := map[string]float64{"restitution": restitution, "gravity": 5, "discs": 1}
		e := open(t, &bouncing, 64, 64, given)
		for seed := range uint64(10) {
			reset(t, e, seed)
			bounces := countFloorBounces(t, e, restitution)
			if bounces == 0 {
				t.Errorf("restitution %v, seed %d: the disc never met the floor", restitution, seed)
			}
		}
	}
}

// countFloorBounces plays an episode substep by substep and checks the disc's velocity across every impact on the floor
// that is faster than one unit per second.
func countFloorBounces(t *testing.T, e *environment, restitution float64) (bounces int) {
	t.Helper()
	ball := e.world.bodies[0]
	before := ball.velocity()
	e.world.script.drive = func() { before = ball.velocity() }
	e.world.script.watch = func() {
		after := ball.velocity()
		if ball.position().Y > ball.radius() || before.Y > -1 {
			return
		}
		bounces++
		if math.Abs(after.Y+restitution*before.Y) > 1e-9 {
			t.Fatalf("restitution %v: %v became %v", restitution, before.Y, after.Y)
		}
	}
	for range bouncing.steps {
		step(t, e, 0)
	}
	return bounces
}

// An elastic ball must neither gain nor lose height over an episode: cp's order of steps is symmetric about a bounce.
func TestElasticBounceKeepsItsEnergy(t *testing.T) {
	e := open(t, &bouncing, 64, 64, map[string]float64{"restitution": 1, "gravity": 5, "discs": 1})
	for seed := range uint64(10) {
		reset(t, e, seed)
		energy := func() float64 {
			b := e.world.bodies[0]
			v := b.velocity()
			return v.LengthSq()/2 + 5*b.position().Y
		}
		start := energy()
		for range bouncing.steps {
			step(t, e, 0)
		}
		if drift := energy()/start - 1; math.Abs(drift) > 0.03 {
			t.Errorf("seed %d: the energy went from %v to %v in %d frames, by %+.1f%%", seed, start, energy(), bouncing.steps, 100*drift)
		}
	}
}

// Nothing tunnels through a wall, sinks into another body for good or blows up.
func TestDiscsStayInTheBox(t *testing.T) {
	e := open(t, &bouncing, 64, 64, map[string]float64{"discs": 3, "gravity": 12})
	for seed := range uint64(20) {
		reset(t, e, seed)
		for i := range bouncing.steps {
			step(t, e, 0)
			discs := find(e, kindDisc)
			for j, b := range discs {
				r := b.Size[0]/2 - 0.25
				if b.Position[0] < r || b.Position[0] > 10-r || b.Position[1] < r || b.Position[1] > 10-r {
					t.Fatalf("seed %d, step %d: disc %d of radius %v is at %v", seed, i, j, b.Size[0]/2, b.Position)
				}
				for _, other := range discs[:j] {
					gap := math.Hypot(b.Position[0]-other.Position[0], b.Position[1]-other.Position[1])
					if gap < (b.Size[0]+other.Size[0])/2-0.3 {
						t.Fatalf("seed %d, step %d: two discs overlap: %v and %v", seed, i, b, other)
					}
				}
			}
		}
	}
}

func TestOccluderHidesEveryDiscForAWhile(t *testing.T) {
	e := open(t, &occlusion, 64, 64, nil)
	for seed := range uint64(30) {
		reset(t, e, seed)
		hidden := map[int]int{}
		visible := map[int]int{}
		for range occlusion.steps {
			for _, b := range find(e, kindDisc) {
				if b.Hidden == 1 {
					hidden[b.ID]++
				}
				if b.Hidden == 0 {
					visible[b.ID]++
				}
			}
			step(t, e, 0)
		}
		for _, b := range find(e, kindDisc) {
			if hidden[b.ID] < 2 || visible[b.ID] < 2 {
				t.Errorf("seed %d: disc %d was hidden in %d frames and in full view in %d", seed, b.ID, hidden[b.ID], visible[b.ID])
			}
		}
	}
}
