package raster

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	paper = Color{250, 250, 250}
	red   = Color{200, 10, 30}
)

// shape is one of the canvas's shapes with the signed distance that defines it, in pixels.
type shape struct {
	name     string
	draw     func(c *Canvas)
	distance func(x, y float64) float64
}

func shapes(rng *rand.Rand, height, width int) []shape {
	x, y := rng.Float64()*float64(width+20)-10, rng.Float64()*float64(height+20)-10
	r, hole := 0.3+rng.Float64()*20, rng.Float64()
	hole *= r
	hw, hh, angle := rng.Float64()*20, rng.Float64()*12, rng.Float64()*7-3.5
	upright := func(px, py float64) float64 { return boxDistance(px-x, py-y, hw, hh) }
	tilted := func(px, py float64) float64 {
		u := math.Cos(angle)*(px-x) + math.Sin(angle)*(y-py)
		v := -math.Sin(angle)*(px-x) + math.Cos(angle)*(y-py)
		return boxDistance(u, v, hw, hh)
	}
	corners := fan(rng, x, y, max(hw, 1))
	return []shape{
		{"polygon", func(c *Canvas) { c.Polygon(corners, red) }, func(px, py float64) float64 { return polygonDistance(corners, px, py) }},
		{"disc", func(c *Canvas) { c.Disc(x, y, r, red) }, func(px, py float64) float64 { return math.Hypot(px-x, py-y) - r }},
		{"ring", func(c *Canvas) { c.Ring(x, y, hole, r, red) }, func(px, py float64) float64 {
			return math.Abs(math.Hypot(px-x, py-y)-(r+hole)/2) - (r-hole)/2
		}},
		{"box", func(c *Canvas) { c.Box(x, y, hw, hh, 0, red) }, upright},
		{"tilted box", func(c *Canvas) { c.Box(x, y, hw, hh, angle, red) }, tilted},
	}
}

// fan returns the corners of a convex polygon on a circle, in either order.
func fan(rng *rand.Rand, x, y, r float64) []Point {
	angles := make([]float64, 3+rng.IntN(6))
	for i := range angles {
		angles[i] = rng.Float64() * 2 * math.Pi
	}
	slices.Sort(angles)
	if rng.IntN(2) == 0 {
		slices.Reverse(angles)
	}
	corners := make([]Point, len(angles))
	for i, a := range angles {
		corners[i] = Point{x + r*math.Cos(a), y + r*math.Sin(a)}
	}
	return corners
}

// polygonDistance is the signed distance by way of every side, inside being where all sides see the place on one hand.
func polygonDistance(corners []Point, x, y float64) float64 {
	nearest, left, right := math.Inf(1), 0, 0
	for i, b := range corners {
		a := corners[(i+len(corners)-1)%len(corners)]
		dx, dy := b.X-a.X, b.Y-a.Y
		t := min(max(((x-a.X)*dx+(y-a.Y)*dy)/(dx*dx+dy*dy), 0), 1)
		nearest = min(nearest, math.Hypot(x-a.X-t*dx, y-a.Y-t*dy))
		if dx*(y-a.Y)-dy*(x-a.X) > 0 {
			left++
		} else {
			right++
		}
	}
	if left == 0 || right == 0 {
		return -nearest
	}
	return nearest
}

// Every pixel is what its signed distance says, whatever the spans; Clear leaves no trace.
func TestShapesAreTheirDistances(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		height, width := 1+rng.IntN(50), 1+rng.IntN(50)
		for _, s := range shapes(rng, height, width) {
			c := NewCanvas(height, width)
			c.Fill(paper)
			blank := bytes.Clone(c.Pix)
			s.draw(c)
			for i := range height {
				for j := range width {
					coverage := min(max(0.5-s.distance(float64(j)+0.5, float64(i)+0.5), 0), 1)
					for k := range 3 {
						want := float64(paper[k]) + coverage*(float64(red[k])-float64(paper[k]))
						if got := float64(c.Pix[3*(i*width+j)+k]); math.Abs(got-want) > 1.5 {
							t.Fatalf("%s at [%d, %d] of %dx%d: channel %d is %v, want %v", s.name, i, j, height, width, k, got, want)
						}
					}
				}
			}
			c.Clear()
			if !bytes.Equal(c.Pix, blank) {
				t.Fatalf("%s: Clear leaves traces", s.name)
			}
		}
	}
}

// The soft edge keeps the area: what is drawn weighs what the shape covers.
func TestAreaIsKept(t *testing.T) {
	c := NewCanvas(64, 64)
	for _, r := range []float64{2, 3.84, 6.4, 8.3} {
		c.Fill(Color{0, 0, 0})
		c.Disc(31.3, 30.8, r, Color{255, 255, 255})
		sum := 0.0
		for i := 0; i < len(c.Pix); i += 3 {
			sum += float64(c.Pix[i]) / 255
		}
		if want := math.Pi * r * r; math.Abs(sum/want-1) > 0.02 {
			t.Errorf("a disc of radius %v covers %v pixels, want %v", r, sum, want)
		}
	}
}

func TestFarAndHugeShapesAreHarmless(t *testing.T) {
	c := NewCanvas(20, 30)
	c.Fill(paper)
	blank := bytes.Clone(c.Pix)
	for _, far := range []float64{1e5, -1e5, 1e300, -1e300, math.Inf(1)} {
		c.Disc(far, 5, 3, red)
		c.Box(5, far, 3, 3, 1, red)
		c.Ring(far, far, 2, 3, red)
		c.Polygon([]Point{{far, 0}, {far, 9}, {far + far/8, 4}}, red)
	}
	if !bytes.Equal(c.Pix, blank) {
		t.Error("shapes far outside leave traces in the picture")
	}
	c.Disc(10, 10, 1e6, red)
	if c.Pix[0] != red[0] || c.Pix[len(c.Pix)-1] != red[2] {
		t.Error("a disc that covers the picture does not fill it")
	}
}

func TestDrawingDoesNotAllocate(t *testing.T) {
	c := NewCanvas(64, 64)
	c.Fill(paper)
	corners := []Point{{5, 5}, {20, 8}, {9, 30}}
	draw := func() {
		c.Clear()
		c.Disc(20, 20, 6, red)
		c.Ring(30, 30, 4, 7, red)
		c.Box(40, 20, 9, 4, 0.3, red)
		c.Polygon(corners, red)
	}
	draw()
	if n := testing.AllocsPerRun(100, draw); n != 0 {
		t.Errorf("drawing allocates %v times", n)
	}
}

func BenchmarkDisc(b *testing.B) {
	c := NewCanvas(64, 64)
	c.Fill(paper)
	for b.Loop() {
		c.Clear()
		c.Disc(31.3, 30.8, 6.4, red)
	}
}
