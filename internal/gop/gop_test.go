package gop_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"somnium/internal/gop"
	"somnium/internal/kernel"
)

// dotLoss is sum(x * weights): the scalar through which the gradient checks look at an operator.
type dotLoss struct{ weights []float32 }

func (*dotLoss) Name() string            { return "dotLoss" }
func (*dotLoss) Differentiable(int) bool { return true }
func (d *dotLoss) Shape([]tensor.Shape) (tensor.Shape, error) {
	return tensor.ScalarShape(), nil
}
func (d *dotLoss) Forward(dst []float32, in [][]float32) { dst[0] = kernel.Dot(in[0], d.weights) }
func (d *dotLoss) Backward(din [][]float32, dout, _ []float32, _ [][]float32) {
	kernel.Scale(din[0], d.weights, dout[0])
}

func normal(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// forwardOnly runs an operator without a graph in float32 and sums its output against the weights in float64.
func forwardOnly(op gop.Operator, inputs [][]float32, size int, weights []float32) float64 {
	out := make([]float32, size)
	op.Forward(out, inputs)
	if weights == nil {
		return float64(out[0])
	}
	sum := 0.0
	for i, v := range out {
		sum += float64(v) * float64(weights[i])
	}
	return sum
}

// fillLoss fills the data of a loss, whose first frame is not known.
func fillLoss(rng *rand.Rand, loss *gop.LatentLoss) {
	copy(loss.Target, normal(rng, len(loss.Target)))
	for i := range loss.Weights {
		loss.Weights[i] = rng.Float32()
	}
	for i := range loss.Reward {
		loss.Reward[i], loss.End[i], loss.Known[i] = rng.Float32(), float32(rng.IntN(2)), float32(min(i, 1))
	}
}

func TestGradients(t *testing.T) {
	const b, frames, h, w, d, hidden = 2, 3, 4, 2, 8, 6
	const f, n = b * frames, b * frames * h * w
	shape := func(dims ...int) tensor.Shape { return dims }
	loss, several := &gop.LatentLoss{HeadWeight: 0.5}, &gop.LatentLoss{HeadWeight: 0.5}
	frame := &gop.FrameLoss{Height: 4, Width: 6, Patch: 2, Edges: 0.7, Energy: 0.3}
	carry := &gop.Carry{Height: 4, Width: 6, Patch: 2, Flows: 2}
	cases := []struct {
		name   string
		op     gop.Operator
		inputs []tensor.Shape
		after  func(rng *rand.Rand)
	}{
		{"linear", &gop.Linear{}, []tensor.Shape{shape(7, 5), shape(5, 3), shape(3)}, nil},
		{"linear without bias on data", &gop.Linear{Constant: true}, []tensor.Shape{shape(7, 5), shape(5, 3)}, nil},
		{"feed-forward", &gop.FeedForward{Height: h, Width: w, Hidden: hidden}, []tensor.Shape{shape(n, d), shape(d), shape(25, d), shape(d, 2*hidden), shape(hidden, d)}, nil},
		{"feed-forward with film", &gop.FeedForward{Height: h, Width: w, Hidden: hidden, Film: true}, []tensor.Shape{shape(n, d), shape(d), shape(25, d), shape(d, 2*hidden), shape(hidden, d), shape(f, 2*d)}, nil},
		{"attention over space", &gop.Attention{Kernel: kernel.Attention{B: b, T: frames, H: h, W: w, Heads: 2, HeadDim: d / 2, Axis: kernel.Space}}, []tensor.Shape{shape(n, d), shape(d), shape(d, 3*d), shape(d / 2), shape(d / 2), shape(d, d)}, nil},
		{"attention over time with film", &gop.Attention{Film: true, Kernel: kernel.Attention{B: b, T: frames, H: h, W: w, Heads: 2, HeadDim: d / 2, Axis: kernel.Time, Window: 2, Bidirectional: []bool{false, true}}}, []tensor.Shape{shape(n, d), shape(d), shape(d, 3*d), shape(d / 2), shape(d / 2), shape(d, d), shape(f, 2*d)}, nil},
		{"attention over time with film and memory", &gop.Attention{Film: true, Memory: true, Kernel: kernel.Attention{B: b, T: frames, H: h, W: w, Heads: 2, HeadDim: d / 2, Axis: kernel.Time, Window: 2, Bidirectional: []bool{false, true}}}, []tensor.Shape{shape(n, d), shape(d), shape(d, 3*d), shape(d / 2), shape(d / 2), shape(d, d), shape(f, 2*d), shape(d, 2*d), shape(d), shape(d, d)}, nil},
		{"attention over time with memory", &gop.Attention{Memory: true, Kernel: kernel.Attention{B: b, T: frames, H: h, W: w, Heads: 2, HeadDim: d / 2, Axis: kernel.Time}}, []tensor.Shape{shape(n, d), shape(d), shape(d, 3*d), shape(d / 2), shape(d / 2), shape(d, d), shape(d, 2*d), shape(d), shape(d, d)}, nil},
		{"norm", &gop.Norm{Patches: h * w, Film: true}, []tensor.Shape{shape(n, d), shape(d), shape(f, 2*d)}, nil},
		{"merge", &gop.Merge{Height: h, Width: w}, []tensor.Shape{shape(n, d)}, nil},
		{"split", &gop.Merge{Height: h, Width: w, Split: true}, []tensor.Shape{shape(n/4, d)}, nil},
		{"fold", &gop.Fold{Frames: frames, Patches: h * w}, []tensor.Shape{shape(n, d)}, nil},
		{"split in frames", &gop.Fold{Frames: 4, Patches: h * w, Split: true}, []tensor.Shape{shape(n, d)}, nil},
		{"bottleneck", &gop.Bottleneck{}, []tensor.Shape{shape(7, 5)}, nil},
		{"condition", &gop.Condition{Words: [][]int{{1, 3, 3}, nil}}, []tensor.Shape{shape(f, 5), shape(5, d), shape(d), shape(4, d)}, nil},
		{"condition without words", &gop.Condition{}, []tensor.Shape{shape(f, 5), shape(5, d), shape(d)}, nil},
		{"carry", carry, []tensor.Shape{shape(2*6, 4+4*6)}, func(rng *rand.Rand) { // smooth, since the slope jumps from pixel to pixel
			for i := range carry.Source {
				x, y, c := i/3%6, i/18, i%3
				carry.Source[i] = float32(x*(1+c)+y*(3-c)) / 8
			}
		}},
		{"pool", &gop.Pool{Patches: h * w}, []tensor.Shape{shape(n, d)}, nil},
		{"frame loss", frame, []tensor.Shape{shape(2*6, 12)}, func(rng *rand.Rand) {
			copy(frame.Target, normal(rng, 2*4*6*3))
			for i := range frame.Weights {
				frame.Weights[i] = rng.Float32()
			}
		}},
		{"latent loss", loss, []tensor.Shape{shape(n, d), shape(f, 2)}, func(rng *rand.Rand) { fillLoss(rng, loss) }},
		{"latent loss of several frames a row", several, []tensor.Shape{shape(n, d), shape(f, 6)}, func(rng *rand.Rand) { fillLoss(rng, several) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			g := gorgonia.NewGraph()
			nodes := make(gorgonia.Nodes, len(c.inputs))
			data := make([][]float32, len(c.inputs))
			for i, s := range c.inputs {
				data[i] = normal(rng, s.TotalSize())
				nodes[i] = gorgonia.NewTensor(g, tensor.Float32, len(s), gorgonia.WithShape(s...), gorgonia.WithName(string(rune('a'+i))),
					gorgonia.WithValue(tensor.New(tensor.WithShape(s...), tensor.WithBacking(data[i]))))
			}
			out, err := gop.Apply(c.op, nodes...)
			if err != nil {
				t.Fatal(err)
			}
			if c.after != nil {
				c.after(rng)
			}
			cost, weights := out, []float32(nil)
			if !out.Shape().IsScalar() {
				weights = normal(rng, out.Shape().TotalSize())
				if cost, err = gop.Apply(&dotLoss{weights}, out); err != nil {
					t.Fatal(err)
				}
			}
			var wrt gorgonia.Nodes
			var index []int
			for i := range nodes {
				if c.op.Differentiable(i) {
					wrt, index = append(wrt, nodes[i]), append(index, i)
				}
			}
			grads, err := gorgonia.Grad(cost, wrt...)
			if err != nil {
				t.Fatal(err)
			}
			machine := gorgonia.NewTapeMachine(g)
			defer machine.Close()
			for range 2 { // the second run must not see what the first left behind
				if err := machine.RunAll(); err != nil {
					t.Fatal(err)
				}
				machine.Reset()
			}
			for k, i := range index {
				got := grads[k].Value().(*tensor.Dense).Float32s()
				checkGradient(t, c.op, data, i, got, out.Shape().TotalSize(), weights)
			}
		})
	}
}

// checkGradient compares got with central differences in up to 40 places of input i.
func checkGradient(t *testing.T, op gop.Operator, data [][]float32, i int, got []float32, size int, weights []float32) {
	t.Helper()
	got = append([]float32(nil), got...)
	const h = 1e-2
	scale := 0.0
	for _, v := range got {
		scale = max(scale, math.Abs(float64(v)))
	}
	stride := max(1, len(got)/40)
	for j := 0; j < len(got); j += stride {
		old := data[i][j]
		data[i][j] = old + h
		up := forwardOnly(op, data, size, weights)
		data[i][j] = old - h
		down := forwardOnly(op, data, size, weights)
		data[i][j] = old
		want := (up - down) / (2 * h)
		if diff := math.Abs(want - float64(got[j])); diff > 4e-3*max(scale, 1) {
			t.Errorf("input %d, element %d: gradient %.5f, finite difference %.5f", i, j, got[j], want)
		}
	}
}

func TestShapesAreChecked(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(4, 3), gorgonia.WithName("x"))
	w := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(5, 2), gorgonia.WithName("w"))
	if _, err := gop.Apply(&gop.Linear{}, x, w); err == nil {
		t.Fatal("a 4x3 by 5x2 product was accepted")
	}
}
