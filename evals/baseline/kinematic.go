package baseline

import (
	"math"

	"somnium/env"
	"somnium/evals/parse"
)

// Kinematic lets every thing that stood out from the ground and moved go on at constant velocity, or at constant acceleration
// where its order is 2, as read off the last frames of the context. Things that did not move hide those that do, so that a
// disc comes out again behind a box (amodal constant velocity); nothing else ever meets.
type Kinematic struct {
	still
	order  int
	ground []uint8 // the picture without the things that move
	fixed  []bool  // the pixels of things that do not
	things []mover
	steps  int
}

// mover is a thing that moves. Places are in pixels of the last frame, velocities and accelerations per frame.
type mover struct {
	patch  []float32 // cover of its box, [bottom-top, right-left]
	thing  parse.Thing
	vx, vy float64
	ax, ay float64
}

// NewKinematic returns it in the place of a simulator of the spec; order is 1 for constant velocity, 2 for constant
// acceleration.
func NewKinematic(spec env.Spec, order int) (*Kinematic, error) {
	s, err := newStill(spec)
	return &Kinematic{still: s, order: order}, err
}

// movedBy is by how much, in pixels a frame, a thing must move to be one that does.
const movedBy = 0.08

// Prime implements env.Primer.
func (k *Kinematic) Prime(c env.Context) (env.Value, error) {
	obs, err := k.still.Prime(c)
	if err != nil {
		return obs, err
	}
	k.steps, k.things = 0, nil
	ground := parse.Ground(k.frame)
	k.ground = append(k.ground[:0], k.frame...)
	k.fixed = make([]bool, k.height*k.width)
	now := k.segments(nth(c, c.Len()-1), ground)
	for _, thing := range now {
		m := mover{thing: thing}
		k.follow(&m, c, ground)
		if math.Hypot(m.vx, m.vy) < movedBy {
			k.mark(thing, ground)
			continue
		}
		m.patch = k.cut(thing, ground)
		k.erase(thing, ground)
		k.things = append(k.things, m)
	}
	return obs, nil
}

// segments returns the things of a frame, each colour by itself.
func (k *Kinematic) segments(frame []uint8, ground parse.Color) (things []parse.Thing) {
	const colors, least = 5, 3
	for _, color := range parse.Palette(frame, ground, colors, least) {
		things = append(things, parse.Of(frame, k.height, k.width, color, ground, least)...)
	}
	return things
}

// follow reads the thing's motion off the frames before.
func (k *Kinematic) follow(m *mover, c env.Context, ground parse.Color) {
	back := min(k.order+1, c.Len()-1)
	if k.order == 1 {
		back = min(2, c.Len()-1)
	}
	var xs, ys []float64 // backwards in time
	xs, ys = append(xs, m.thing.X), append(ys, m.thing.Y)
	for i := 1; i <= back; i++ {
		best, near := -1, 0.15*float64(max(k.height, k.width))
		list := parse.Of(nth(c, c.Len()-1-i), k.height, k.width, m.thing.Color, ground, 3)
		for j, t := range list {
			if d := math.Hypot(t.X-xs[i-1], t.Y-ys[i-1]); d < near {
				best, near = j, d
			}
		}
		if best < 0 {
			break
		}
		xs, ys = append(xs, list[best].X), append(ys, list[best].Y)
	}
	m.vx, m.ax = rates(xs, k.order)
	m.vy, m.ay = rates(ys, k.order)
}

// rates returns velocity and acceleration at the newest of some places, the newest first.
func rates(p []float64, order int) (v, a float64) {
	switch n := len(p); {
	case n < 2:
		return 0, 0
	case order == 2 && n >= 3:
		a = p[0] - 2*p[1] + p[2]
		return p[0] - p[1] + a/2, a
	default:
		return (p[0] - p[n-1]) / float64(n-1), 0
	}
}

// mark notes the pixels of a thing that stays, erase paints a thing over with the ground, cut returns how much of each pixel
// it covers.
func (k *Kinematic) mark(t parse.Thing, ground parse.Color) {
	k.each(t, func(i, _ int) { k.fixed[i] = k.fixed[i] || parse.Gap(pixel(k.frame, i), ground) >= 48 })
}

func (k *Kinematic) erase(t parse.Thing, ground parse.Color) {
	k.each(t, func(i, _ int) {
		if parse.Gap(pixel(k.frame, i), t.Color) < parse.Gap(pixel(k.frame, i), ground)+96 {
			copy(k.ground[3*i:3*i+3], ground[:])
		}
	})
}

func (k *Kinematic) cut(t parse.Thing, ground parse.Color) []float32 {
	patch := make([]float32, (t.Bottom-t.Top+2)*(t.Right-t.Left+2))
	whole := float64(parse.Gap(t.Color, ground))
	k.each(t, func(i, at int) { patch[at] = float32(min(float64(parse.Gap(pixel(k.frame, i), ground))/whole, 1)) })
	return patch
}

// each calls f for every pixel of the thing's box and a pixel around it: its index in the frame and in the box.
func (k *Kinematic) each(t parse.Thing, f func(i, at int)) {
	w := t.Right - t.Left + 2
	for y := max(0, t.Top-1); y < min(k.height, t.Bottom+1); y++ {
		for x := max(0, t.Left-1); x < min(k.width, t.Right+1); x++ {
			f(y*k.width+x, (y-t.Top+1)*w+x-t.Left+1)
		}
	}
}

func pixel(frame []uint8, i int) parse.Color { return parse.Color(frame[3*i : 3*i+3]) }

// Step implements env.Env.
func (k *Kinematic) Step(action env.Value) (env.Step, error) {
	if err := k.ready(action); err != nil {
		return env.Step{}, err
	}
	k.steps++
	copy(k.frame, k.ground)
	t := float64(k.steps)
	for _, m := range k.things {
		k.put(m, m.vx*t+m.ax*t*t/2, m.vy*t+m.ay*t*t/2)
	}
	return env.Step{Obs: env.Value{U8: k.frame}}, nil
}

// put draws a thing displaced from where it was, behind what is fixed.
func (k *Kinematic) put(m mover, dx, dy float64) {
	w, h := m.thing.Right-m.thing.Left+2, m.thing.Bottom-m.thing.Top+2
	at := func(y, x int) float64 {
		if y < 0 || y >= h || x < 0 || x >= w {
			return 0
		}
		return float64(m.patch[y*w+x])
	}
	left, top := float64(m.thing.Left-1)+dx, float64(m.thing.Top-1)+dy
	for y := max(0, int(math.Floor(top))); y < min(k.height, int(math.Ceil(top))+h+1); y++ {
		fy := float64(y) - top
		y0 := int(math.Floor(fy))
		wy := fy - float64(y0)
		for x := max(0, int(math.Floor(left))); x < min(k.width, int(math.Ceil(left))+w+1); x++ {
			i := y*k.width + x
			if k.fixed[i] {
				continue
			}
			fx := float64(x) - left
			x0 := int(math.Floor(fx))
			wx := fx - float64(x0)
			a := float64(at(y0, x0)*(1-wx)) + at(y0, x0+1)*wx
			b := float64(at(y0+1, x0)*(1-wx)) + at(y0+1, x0+1)*wx
			cover := float64(a*(1-wy)) + b*wy
			for c := range 3 {
				old := float64(k.frame[3*i+c])
				k.frame[3*i+c] = uint8(math.Round(old + cover*(float64(m.thing.Color[c])-old)))
			}
		}
	}
}
