package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"somnium/internal/gop"
)

// network declares a network of every kind of layer that the tokenizer is made of, for frames of 4 x 6 tokens of 5 numbers, and
// returns what makes a chain of it: each with operators of its own, over the same parameters.
func network(p *Params) func() Chain {
	const height, width = 4, 6
	in := []*Param{p.Weight("in", FanIn(1), 5, 8), p.New("in/bias", Normal(1), 8)}
	feed := []*Param{
		p.New("gain", Normal(1), 8), p.New("taps", CentreTap(0.1), 25, 8), p.Weight("up", FanIn(1), 8, 24), p.Weight("down", FanIn(1), 12, 8),
	}
	last := []*Param{p.New("last", Normal(1), 32)}
	out := []*Param{p.Weight("out", FanIn(1), 32, 3), p.New("out/bias", Normal(1), 3)}
	return func() Chain {
		return Chain{
			{Op: &gop.Linear{Constant: true}, Params: in},
			{Op: &gop.FeedForward{Height: height, Width: width, Hidden: 12}, Params: feed},
			{Op: &gop.Merge{Height: height, Width: width}},
			{Op: &gop.Norm{Patches: height * width / 4}, Params: last},
			{Op: &gop.Linear{}, Params: out},
		}
	}
}

// meanLoss is the loss of what a chain puts out against zero.
func meanLoss(t *testing.T, b *Builder, x *gorgonia.Node) *Step {
	t.Helper()
	loss := &gop.LatentLoss{}
	heads, _ := b.Input("heads", 1, 2)
	x = b.Apply(loss, x, heads)
	for i := range loss.Weights {
		loss.Weights[i] = 1
	}
	step, err := b.Compile(x)
	if err != nil {
		t.Fatal(err)
	}
	return step
}

// A chain gives the same in a graph and in a runner, which allocates nothing and sees weights that have changed.
func TestChainInGraphEqualsRunner(t *testing.T) {
	const frames, tokens = 2, 24
	p := NewParams(1)
	chain := network(p)
	b := NewBuilder()
	x, data := b.Input("x", frames*tokens, 5)
	out := chain().Graph(b, x)
	step := meanLoss(t, b, out)
	defer step.Close()
	runner, err := NewRunner(chain(), frames*tokens, 5)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 2 {
		for i := range data {
			data[i] = float32(rng.NormFloat64())
		}
		loss, err := step.Run()
		if err != nil {
			t.Fatal(err)
		}
		got := runner.Run(slices.Clone(data))
		squares := 0.0
		for i, want := range Floats(out) {
			squares += float64(want) * float64(want) / float64(len(got))
			if math.Abs(float64(got[i]-want)) > 1e-5 {
				t.Fatalf("round %d, element %d: the runner gives %g, the graph %g", round, i, got[i], want)
			}
		}
		if math.Abs(loss-squares) > 1e-5 {
			t.Errorf("the loss is %g, the mean square %g", loss, squares)
		}
		if _, err := NewOptimizer(p).Update(step, 1); err != nil {
			t.Fatal(err)
		}
	}
	x0 := slices.Clone(data)
	if n := testing.AllocsPerRun(10, func() { runner.Run(x0) }); n > 0 {
		t.Errorf("a run allocates %v times", n)
	}
}

func TestRunnerChecksShapes(t *testing.T) {
	if _, err := NewRunner(network(NewParams(1))(), 24, 6); err == nil || !strings.Contains(err.Error(), "Linear") {
		t.Errorf("tokens of 6 numbers for a layer of 5: %v", err)
	}
}

// The first error of a builder sticks and comes out of Compile.
func TestBuilderKeepsItsFirstError(t *testing.T) {
	p := NewParams(1)
	b := NewBuilder()
	x, _ := b.Input("x", 4, 3)
	x = b.Apply(&gop.Linear{}, x, b.Param(p.Weight("w", FanIn(1), 5, 2)))
	x = b.Apply(&gop.Linear{}, x, b.Param(p.Weight("v", FanIn(1), 2, 2)))
	if _, err := b.Compile(x); err == nil || !strings.Contains(err.Error(), "[5 2]") && !strings.Contains(err.Error(), "(5, 2)") {
		t.Errorf("Compile returns %v, want the first Apply's error", err)
	}
}

// A parameter that is used twice is one node, whose gradient is the sum.
func TestParameterUsedTwice(t *testing.T) {
	p := NewParams(1)
	w := p.Weight("w", FanIn(1), 3, 3)
	run := func(twice bool) []float32 {
		b := NewBuilder()
		x, data := b.Input("x", 2, 3)
		copy(data, []float32{1, -2, 3, 0.5, 0, -1})
		y := b.Apply(&gop.Linear{Constant: true}, x, b.Param(w))
		if twice {
			y = b.Apply(&gop.Linear{}, y, b.Param(w))
		}
		step := meanLoss(t, b, y)
		defer step.Close()
		if _, err := step.Run(); err != nil {
			t.Fatal(err)
		}
		if len(step.Params) != 1 {
			t.Fatalf("the graph has %d parameters", len(step.Params))
		}
		return slices.Clone(step.Grads[0])
	}
	got := run(true)
	loss := func() float64 { // mean square of x w w
		var sum float64
		x := [][]float64{{1, -2, 3}, {0.5, 0, -1}}
		for _, row := range x {
			for range 2 {
				next := make([]float64, 3)
				for i, v := range row {
					for j := range next {
						next[j] += v * float64(w.Data[i*3+j])
					}
				}
				row = next
			}
			for _, v := range row {
				sum += v * v / 6
			}
		}
		return sum
	}
	for i := range w.Data {
		old := w.Data[i]
		const h = 1e-3
		w.Data[i] = old + h
		up := loss()
		w.Data[i] = old - h
		down := loss()
		w.Data[i] = old
		if want := (up - down) / (2 * h); math.Abs(float64(got[i])-want) > 1e-3*max(1, math.Abs(want)) {
			t.Errorf("gradient %d is %g, a finite difference %g", i, got[i], want)
		}
	}
}
