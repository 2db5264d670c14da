package rigid

import (
	"math"
	"testing"
)

// play steps to the end of the episode.
func play(t testing.TB, e *environment, each func(frame int)) {
	t.Helper()
	for frame := range e.scene.steps {
		step(t, e, 0)
		each(frame + 1)
	}
}

func TestRampHasTheAccelerationOfTheBooks(t *testing.T) {
	const g = 6.0
	for _, test := range []struct{ body, degrees, friction float64 }{
		{1, 25, 0}, {1, 25, 0.2}, {1, 40, 0.5}, {1, 25, 0.6}, {1, 15, 0.5},
		{0, 25, 0}, {0, 25, 0.5}, {0, 40, 0.6}, {0, 40, 0.1},
	} {
		given := map[string]float64{"body": test.body, "angle": test.degrees, "friction": test.friction, "gravity": g}
		angle := test.degrees * math.Pi / 180
		sliding := g * (math.Sin(angle) - test.friction*math.Cos(angle))
		want := max(sliding, 0)
		if test.body == 0 && test.friction >= math.Tan(angle)/3 {
			want = g * math.Sin(angle) * 2 / 3 // a solid disc that rolls
		}
		e := open(t, &ramp, 64, 64, given)
		for seed := range uint64(6) {
			reset(t, e, seed)
			b := e.world.bodies[1]
			for range 2 {
				step(t, e, 0)
			}
			before := b.velocity()
			const frames = 4
			for range frames {
				step(t, e, 0)
			}
			got := b.velocity().Sub(before).Length() / (frames * frameTime)
			if math.Abs(got-want) > 0.02*want+0.01 {
				t.Errorf("%v, seed %d: the acceleration is %v, want %v", given, seed, got, want)
			}
		}
	}
}

// statics returns the least distance, over the joints of the tower, of the centre of mass of what is above a joint from
// the nearer end of where its two boxes touch; negative where it lies outside.
func (tw *tower) statics() float64 {
	least := math.Inf(1)
	for i := 1; i < len(tw.boxes); i++ {
		mass, moment := 0.0, 0.0
		for _, b := range tw.boxes[i:] {
			mass += b.rigid.Mass()
			moment += b.rigid.Mass() * b.position().X
		}
		upper, lower := tw.boxes[i], tw.boxes[i-1]
		left := max(upper.position().X-upper.half[0], lower.position().X-lower.half[0])
		right := min(upper.position().X+upper.half[0], lower.position().X+lower.half[0])
		least = min(least, moment/mass-left, right-moment/mass)
	}
	return least
}

// A tower without a disc stands where statics says so, and topples where it says so.
func TestStackObeysStatics(t *testing.T) {
	e := open(t, &stack, 64, 64, map[string]float64{"disc_speed": 0})
	stood, toppled := 0, 0
	for seed := range uint64(60) {
		reset(t, e, seed)
		boxes := find(e, kindBox)
		tw := &tower{world: e.world, boxes: e.world.bodies}
		margin := tw.statics()
		play(t, e, func(int) {})
		moved := 0.0
		for i, b := range find(e, kindBox) {
			moved = max(moved, math.Hypot(b.Position[0]-boxes[i].Position[0], b.Position[1]-boxes[i].Position[1]))
		}
		switch {
		case margin > 0.1:
			stood++
			if moved > 0.1 {
				t.Errorf("seed %d: statics leaves %v units, but a box moved by %v", seed, margin, moved)
			}
		case margin < -0.05:
			toppled++
			if moved < 0.4 {
				t.Errorf("seed %d: statics lacks %v units, but no box moved by more than %v", seed, -margin, moved)
			}
		}
	}
	if stood < 12 || toppled < 6 {
		t.Errorf("of 60 towers %d stand and %d topple: want some of both", stood, toppled)
	}
}

// The mean of two numbers by arithmetic and geometric means in turn (Gauss), which gives a pendulum's period exactly.
func arithmeticGeometric(a, b float64) float64 {
	for range 30 {
		a, b = (a+b)/2, math.Sqrt(a*b)
	}
	return a
}

func TestPendulumKeepsEnergyAndPeriod(t *testing.T) {
	const g = 8.0
	for _, degrees := range []float64{-10, 40, 90, -150} {
		e := open(t, &pendulum, 64, 64, map[string]float64{"angle": degrees, "length": 2.5, "gravity": g})
		reset(t, e, 3)
		period := 2 * math.Pi * math.Sqrt(2.5/g) / arithmeticGeometric(1, math.Cos(degrees/2*math.Pi/180))
		pivot := find(e, kindRod)[0].Position
		bob := find(e, kindBob)[0]
		pivot = [3]float64{2*pivot[0] - bob.Position[0], 2*pivot[1] - bob.Position[1]}
		start := bob
		energy := func() float64 {
			b := find(e, kindBob)[0]
			return (b.Velocity[0]*b.Velocity[0]+b.Velocity[1]*b.Velocity[1])/2 + g*b.Position[1]
		}
		first, scale := energy(), g*2.5
		last, turns := start, []float64{}
		play(t, e, func(frame int) {
			b := find(e, kindBob)[0]
			if d := math.Hypot(b.Position[0]-pivot[0], b.Position[1]-pivot[1]); math.Abs(d-2.5) > 1e-9 {
				t.Fatalf("%v degrees, frame %d: the bob is %v units from the pivot", degrees, frame, d)
			}
			if drift := (energy() - first) / scale; math.Abs(drift) > 1e-7 {
				t.Fatalf("%v degrees, frame %d: the energy is off by %v", degrees, frame, drift)
			}
			// The bob passes below the pivot twice in a period.
			if a, c := last.Position[0]-pivot[0], b.Position[0]-pivot[0]; a*c < 0 {
				turns = append(turns, (float64(frame)-c/(c-a))*frameTime)
			}
			last = b
		})
		n := len(turns) - 1
		if n < 1 {
			t.Fatalf("%v degrees: it never swung through", degrees)
		}
		if got := 2 * (turns[n] - turns[0]) / float64(n); math.Abs(got-period) > 0.01*period {
			t.Errorf("%v degrees: the period is %v s, want %v", degrees, got, period)
		}
	}
	e := open(t, &pendulum, 64, 64, map[string]float64{"damping": 1})
	reset(t, e, 1)
	play(t, e, func(int) {})
	if b := find(e, kindBob)[0]; math.Hypot(b.Velocity[0], b.Velocity[1]) > 0.5 {
		t.Errorf("after ten seconds of damping the bob moves at %v", b.Velocity)
	}
}

func TestPendulumStaysInView(t *testing.T) {
	for _, size := range [][2]int{{64, 64}, {48, 80}, {80, 48}} {
		e := open(t, &pendulum, size[0], size[1], nil)
		for seed := range uint64(30) {
			reset(t, e, seed)
			play(t, e, func(int) {
				b := e.world.bodies[1]
				p, r := b.position(), b.radius()
				if p.X < r || p.X > e.world.width-r || p.Y < r-1e-9 || p.Y > e.world.height-r {
					t.Fatalf("%v, seed %d: the bob is at %v", size, seed, p)
				}
			})
		}
	}
}

// Every disc is seen whole and is hidden, some of them more than once.
func TestSwingingOccluderHidesAndShows(t *testing.T) {
	e := open(t, &curtain, 64, 64, nil)
	often := 0
	for seed := range uint64(30) {
		reset(t, e, seed)
		hidden, shown, times := map[int]bool{}, map[int]bool{}, map[int]int{}
		play(t, e, func(int) {
			for _, b := range find(e, kindDisc) {
				if b.Hidden > 0.95 && !hidden[b.ID] {
					times[b.ID]++
				}
				hidden[b.ID] = b.Hidden > 0.95
				shown[b.ID] = shown[b.ID] || b.Hidden == 0
			}
		})
		for _, b := range find(e, kindDisc) {
			if times[b.ID] == 0 || !shown[b.ID] {
				t.Errorf("seed %d: disc %d was hidden %d times, and seen whole: %v", seed, b.ID, times[b.ID], shown[b.ID])
			}
			if times[b.ID] > 1 {
				often++
			}
		}
	}
	if often < 15 {
		t.Errorf("%d discs in 30 episodes were hidden more than once", often)
	}
}

// Until the box rises nothing tells the three events apart before the disc is wholly out of sight, and the post is never
// seen; then the disc comes out on the far side, not at all, or where it went in.
func TestBehindTheBox(t *testing.T) {
	for event := range 3 {
		e := open(t, &hiding, 64, 64, map[string]float64{"event": float64(event), "lift": 0})
		for seed := range uint64(10) {
			reset(t, e, seed)
			start := find(e, kindDisc)[0]
			box := find(e, kindOccluder)[0].Position[0]
			side := func() float64 { return (find(e, kindDisc)[0].Position[0] - box) * (box - start.Position[0]) }
			turned, out := -1, 0.0
			play(t, e, func(frame int) {
				d := find(e, kindDisc)[0]
				for _, post := range find(e, kindPost) {
					if post.Hidden != 1 {
						t.Fatalf("event %d, seed %d, frame %d: %v of the post is hidden", event, seed, frame, post.Hidden)
					}
				}
				if event != passes && turned < 0 && d.Velocity != start.Velocity {
					turned = frame
					if d.Hidden != 1 {
						t.Fatalf("event %d, seed %d: the disc changed its motion with %v of it hidden", event, seed, d.Hidden)
					}
				}
				if d.Hidden == 0 && out == 0 && frame > 1 && math.Abs(d.Position[0]-start.Position[0]) > 3 {
					out = side()
				}
				if d.Hidden == 0 && turned > 0 && out == 0 {
					out = side()
				}
			})
			d := find(e, kindDisc)[0]
			switch {
			case event == passes && out <= 0, event == turnsBack && (out >= 0 || turned < 0):
				t.Errorf("event %d, seed %d: turned in frame %d, came out at %v", event, seed, turned, out)
			case event == stops && (turned < 0 || d.Hidden != 1 || math.Hypot(d.Velocity[0], d.Velocity[1]) > 1e-6):
				t.Errorf("event %d, seed %d: turned in frame %d, ended hidden by %v at %v", event, seed, turned, d.Hidden, d.Velocity)
			}
		}
	}
	// The first frames of the three events of one seed are the same.
	var frames [3][]byte
	for event := range frames {
		e := open(t, &hiding, 64, 64, map[string]float64{"event": float64(event)})
		frames[event] = append(frames[event], reset(t, e, 5)...)
		for range 5 {
			frames[event] = append(frames[event], step(t, e, 0).Obs.U8...)
		}
	}
	if string(frames[0]) != string(frames[1]) || string(frames[0]) != string(frames[2]) {
		t.Error("the event shows before the disc is out of sight")
	}
}

func TestTheBoxRises(t *testing.T) {
	e := open(t, &hiding, 64, 64, map[string]float64{"event": stops, "lift": 40})
	reset(t, e, 2)
	play(t, e, func(frame int) {
		box, disc := find(e, kindOccluder)[0], find(e, kindDisc)[0]
		switch {
		case frame == 40 && (disc.Hidden != 1 || box.Velocity[1] != 0):
			t.Errorf("frame 40: the disc is hidden by %v, the box moves at %v", disc.Hidden, box.Velocity)
		case frame == hiding.steps && (disc.Hidden != 0 || box.InFrame):
			t.Errorf("at the end the disc is hidden by %v and the box in view: %v", disc.Hidden, box.InFrame)
		}
	})
}

// The disc leaves over the upper edge, is away for as long as asked, and comes back where ballistics says. The solver's fall
// is g t (t-dt)/2; see the package's story.
func TestTheDiscComesBackWhereBallisticsSays(t *testing.T) {
	for _, size := range [][2]int{{64, 64}, {48, 80}, {80, 48}} {
		e := open(t, &comeback, size[0], size[1], nil)
		for seed := range uint64(30) {
			reset(t, e, seed)
			start, values := find(e, kindDisc)[0], e.State().Values
			g, away, radius := values["gravity"], values["away"], start.Size[0]/2
			gone, back := -1, -1
			play(t, e, func(frame int) {
				d := find(e, kindDisc)[0]
				if gone < 0 && !d.InFrame {
					gone = frame
				}
				if gone < 0 || back >= 0 || !d.InFrame {
					return
				}
				back = frame
				at := float64(frame) * frameTime
				x := start.Position[0] + start.Velocity[0]*at
				y := start.Position[1] + start.Velocity[1]*at - g*at*(at-timestep)/2
				if math.Abs(d.Position[0]-x) > 1e-9 || math.Abs(d.Position[1]-y) > 1e-9 {
					t.Fatalf("%v, seed %d: it comes back at %v, want %v, %v", size, seed, d.Position, x, y)
				}
				if x < radius-1e-9 || x > e.world.width-radius+1e-9 {
					t.Fatalf("%v, seed %d: it comes back at %v, not in view", size, seed, x)
				}
			})
			if gone < 0 || back < 0 || math.Abs(float64(back-gone)*frameTime-away) > 1.5*frameTime {
				t.Errorf("%v, seed %d: away from frame %d to %d, want %v s", size, seed, gone, back, away)
			}
		}
	}
}
