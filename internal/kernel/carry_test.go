package kernel

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// carryOracle makes the pixel (y, x) of one frame in float64, from the formula.
func carryOracle(c *Carry, head, source []float32, y, x int) (out [3]float64) {
	h, w, p := c.Height/c.Patch, c.Width/c.Patch, c.Patch
	at := func(cell, i int) float64 { return float64(head[cell*c.HeadSize()+i]) }
	line := func(pixel, cells int) (first int, share float64) {
		place := math.Min(math.Max((float64(pixel)+0.5)/float64(p)-0.5, 0), float64(cells-1))
		return int(place), place - math.Floor(place)
	}
	cy, sy := line(y, h)
	cx, sx := line(x, w)
	between := func(i int) float64 {
		value := func(y, x int) float64 { return at(min(y, h-1)*w+min(x, w-1), i) }
		return (1-sy)*((1-sx)*value(cy, cx)+sx*value(cy, cx+1)) + sy*((1-sx)*value(cy+1, cx)+sx*value(cy+1, cx+1))
	}
	pixel := func(y, x, channel int) float64 {
		return float64(source[(min(y, c.Height-1)*c.Width+min(x, c.Width-1))*3+channel])
	}
	cell, inner := y/p*w+x/p, y%p*p+x%p
	sum := 0.0
	for m := range c.Flows + 1 {
		weight := math.Exp(at(cell, 2*c.Flows+inner*(c.Flows+1)+m))
		sum += weight
		if m == c.Flows {
			for i := range out {
				out[i] += weight * at(cell, 2*c.Flows+p*p*(c.Flows+1)+3*inner+i)
			}
			continue
		}
		py := math.Min(math.Max(float64(y)+float64(p)*between(2*m+1), 0), float64(c.Height-1))
		px := math.Min(math.Max(float64(x)+float64(p)*between(2*m), 0), float64(c.Width-1))
		fy, fx := int(py), int(px)
		dy, dx := py-math.Floor(py), px-math.Floor(px)
		for i := range out {
			out[i] += weight * ((1-dy)*((1-dx)*pixel(fy, fx, i)+dx*pixel(fy, fx+1, i)) + dy*((1-dx)*pixel(fy+1, fx, i)+dx*pixel(fy+1, fx+1, i)))
		}
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func TestCarry(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, c := range []Carry{
		{Height: 4, Width: 4, Patch: 4, Flows: 1}, {Height: 8, Width: 20, Patch: 4, Flows: 2}, {Height: 3, Width: 5, Patch: 1, Flows: 8},
		{Height: 6, Width: 2, Patch: 2, Flows: 3},
	} {
		const frames = 3
		size := c.Height * c.Width * 3
		source, head := random(rng, frames*size), random(rng, frames*size/(3*c.Patch*c.Patch)*c.HeadSize())
		dst := make([]float32, len(source))
		c.Forward(dst, head, source)
		patches, cells := Patcher{Size: c.Patch}, len(head)/frames
		back := make([]float32, len(dst))
		patches.Unpatchify(back, dst, c.Height, c.Width, 3)
		for i := range back {
			frame, y, x := i/size, i%size/(c.Width*3), i/3%c.Width
			want := carryOracle(&c, head[frame*cells:(frame+1)*cells], source[frame*size:(frame+1)*size], y, x)[i%3]
			if math.Abs(float64(back[i])-want) > 1e-4 {
				t.Fatalf("%dx%d in patches of %d: pixel %d,%d of frame %d is %g, want %g", c.Height, c.Width, c.Patch, y, x, frame, back[i], want)
			}
		}
		d, gradient := random(rng, len(dst)), make([]float32, len(head))
		expectNoAllocations(t, func() { c.Forward(dst, head, source); c.Backward(gradient, d, head, source) })
		// One thread or three, the bits are the same.
		again := make([]float32, len(head))
		withProcs(t, 3)
		c.Backward(again, d, head, source)
		withProcs(t, 1)
		c.Backward(gradient, d, head, source)
		expectEqual(t, "gradient", again, gradient)
	}
}

// A displacement of whole pixels copies them to the bit, and what comes from outside is the border.
func TestCarryCopies(t *testing.T) {
	c := Carry{Height: 8, Width: 8, Patch: 4, Flows: 1}
	source := random(rand.New(rand.NewPCG(1, 2)), 8*8*3)
	head, dst, frame := make([]float32, 4*c.HeadSize()), make([]float32, len(source)), make([]float32, len(source))
	for cell := range 4 {
		at := head[cell*c.HeadSize():]
		at[0], at[1] = 0.75, -0.5 // in patches: 3 pixels to the right, 2 up
		for i := range 16 {
			at[2+2*i] = 200 // and no paint
		}
	}
	c.Forward(dst, head, source)
	p := Patcher{Size: 4}
	p.Unpatchify(frame, dst, 8, 8, 3)
	for i := range frame {
		y, x := max(0, i/24-2), min(7, i/3%8+3)
		if want := source[(y*8+x)*3+i%3]; frame[i] != want {
			t.Fatalf("number %d is %g, want %g", i, frame[i], want)
		}
	}
}

// Displacements that are no numbers, or lead far away, touch no memory that is not the frame's.
func TestCarryFarAway(t *testing.T) {
	c := Carry{Height: 4, Width: 8, Patch: 4, Flows: 1}
	source, dst := random(rand.New(rand.NewPCG(1, 2)), 4*8*3), make([]float32, 4*8*3)
	for _, far := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e30, -1e30, 5, -5} {
		head, gradient := make([]float32, 2*c.HeadSize()), make([]float32, 2*c.HeadSize())
		for i := range head {
			head[i] = float32(far)
		}
		c.Forward(dst, head, source)
		c.Backward(gradient, slices.Clone(source), head, source)
	}
}

func TestCarryMisuse(t *testing.T) {
	good := Carry{Height: 4, Width: 4, Patch: 2, Flows: 2}
	x, head := make([]float32, 4*4*3), make([]float32, 4*good.HeadSize())
	for _, c := range []Carry{{Height: 4, Width: 4, Patch: 3, Flows: 2}, {Height: 4, Width: 4, Patch: 2}, {Height: 4, Width: 4, Patch: 2, Flows: 9}, {Patch: 2, Flows: 2}} {
		expectPanic(t, func() { c.Forward(x, head, x) })
	}
	expectPanic(t, func() { good.Forward(x[:45], head, x[:45]) })
	expectPanic(t, func() { good.Forward(x[:45], head, x) })
	expectPanic(t, func() { good.Forward(x, head[1:], x) })
	expectPanic(t, func() { good.Backward(head[1:], x, head, x) })
}
