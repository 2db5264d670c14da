package flow

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// square returns three frames of a bright square that moves by (dx, dy) pixels a frame.
func square(height, width, y, x, dy, dx int) (frames [3][]uint8) {
	for t := range frames {
		frames[t] = bytes.Repeat([]uint8{20, 30, 40}, height*width)
		for i := range 6 * 6 {
			py, px := y+t*dy+i/6, x+t*dx+i%6
			if py >= 0 && py < height && px >= 0 && px < width {
				copy(frames[t][(py*width+px)*3:], []uint8{250, 200, 100})
			}
		}
	}
	return frames
}

func newModel(t *testing.T) *Model {
	t.Helper()
	m, err := New(Tiny(3), 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// guess writes what the last Run guessed of sample i, [H, W, 3].
func (g *Graph) guess(dst []uint8, i int) {
	n := len(g.input.bytes)
	pixels, padded := make([]float32, n), make([]uint8, n)
	patcher := kernel.Patcher{Size: Patch}
	patcher.Unpatchify(pixels, nn.Floats(g.output)[i*n:(i+1)*n], g.input.h*Patch, g.input.w*Patch, 3)
	kernel.FloatToU8(padded, pixels)
	kernel.Crop(dst, padded, g.input.height, g.input.width, g.input.w*Patch)
}

// What a graph is trained on is what a guesser shows, whatever the size of the frame.
func TestGuesserAgreesWithGraph(t *testing.T) {
	const height, width, n = 18, 23, 2
	m := newModel(t)
	g, err := NewGraph(m, n, height, width)
	if err != nil {
		t.Fatal(err)
	}
	guesser, err := NewGuesser(m, n, height, width)
	if err != nil {
		t.Fatal(err)
	}
	videos := [n][3][]uint8{square(height, width, 3, 2, 1, 2), square(height, width, 9, 12, -2, 0)}
	for i, v := range videos {
		g.Set(i, v[1], v[0], v[2])
		m.Config.FillFeatures(g.Features[i*m.Config.FeatureSize():][:m.Config.FeatureSize()], []float32{1, 0, float32(i)}, nil, true)
	}
	copy(guesser.Features, g.Features)
	if _, err := g.Run(); err != nil {
		t.Fatal(err)
	}
	got, size := make([]uint8, n*height*width*3), height*width*3
	last, before := func(i int) []uint8 { return videos[i][1] }, func(i int) []uint8 { return videos[i][0] }
	guesser.Guess(got, last, before)
	for i := range n {
		want := make([]uint8, size)
		if g.guess(want, i); !bytes.Equal(want, got[i*size:(i+1)*size]) {
			t.Errorf("the guesser and the graph show different frames of video %d", i)
		}
	}
	if allocations := testing.AllocsPerRun(5, func() { guesser.Guess(got, last, before) }); allocations > 0 {
		t.Errorf("a guess allocates %v times", allocations)
	}
}

// A network learns from squares of any place and speed to move a square that it has not seen, edges and all.
func TestLearnsToCarry(t *testing.T) {
	const height, width, n = 32, 32, 8
	m := newModel(t)
	g, err := NewGraph(m, n, height, width)
	if err != nil {
		t.Fatal(err)
	}
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 4e-3, 2e-2, 1
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func() [3][]uint8 {
		return square(height, width, 6+rng.IntN(14), 6+rng.IntN(14), rng.IntN(7)-3, rng.IntN(7)-3)
	}
	const steps = 900
	for step := range steps {
		for i := range n {
			v := draw()
			g.Set(i, v[1], v[0], v[2])
			m.Config.FillFeatures(g.Features[i*m.Config.FeatureSize():][:m.Config.FeatureSize()], nil, nil, true)
		}
		if _, err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Update(g.Step, min(1, float64(step+1)/20)*(1-float64(step)/steps)); err != nil {
			t.Fatal(err)
		}
	}
	guesser, err := NewGuesser(m, 1, height, width)
	if err != nil {
		t.Fatal(err)
	}
	m.Config.FillFeatures(guesser.Features, nil, nil, true)
	guess, errorOf := make([]uint8, height*width*3), func(a, b []uint8) (sum float64) {
		for i := range a {
			d := float64(a[i]) - float64(b[i])
			sum += d * d
		}
		return sum
	}
	copied, guessed := 0.0, 0.0
	for range 20 {
		v := draw()
		guesser.Guess(guess, func(int) []uint8 { return v[1] }, func(int) []uint8 { return v[0] })
		copied, guessed = copied+errorOf(v[1], v[2]), guessed+errorOf(guess, v[2])
	}
	t.Logf("squared error %.3f of that of a copy", guessed/copied)
	if guessed > 0.2*copied {
		t.Errorf("the guess has %.2f of the squared error of a copy of the last frame, want .2 at most", guessed/copied)
	}
}
