package gop_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"somnium/internal/gop"
	"somnium/internal/kernel"
)

// prepare checks the shapes of an operator that is used without a graph.
func prepare(t *testing.T, op gop.Operator, inputs ...tensor.Shape) {
	t.Helper()
	if _, err := op.Shape(inputs); err != nil {
		t.Fatal(err)
	}
}

func TestLatentLossByHand(t *testing.T) {
	l := &gop.LatentLoss{HeadWeight: 0.5}
	prepare(t, l, tensor.Shape{2, 2}, tensor.Shape{3, 2})
	copy(l.Target, []float32{1, 2, 3, 4})
	copy(l.Weights, []float32{1, 3})
	copy(l.Reward, []float32{9, 1, 0})
	copy(l.End, []float32{1, 1, 0})
	copy(l.Known, []float32{0, 1, 1})
	dst := make([]float32, 1)
	l.Forward(dst, [][]float32{{2, 2, 3, 2}, {50, 50, 0.5, 0, 1, 2}})
	tokens := (1*(1.0+0)/2 + 3*(0.0+4)/2) / 4
	// The first frame is not known; a logit of 0 costs ln 2, one of 2 against no end ln(1+e^2).
	heads := (0.25 + math.Ln2 + 1 + math.Log(1+math.Exp(2))) / 2
	if math.Abs(l.Tokens-tokens) > 1e-6 || math.Abs(l.Heads-heads) > 1e-6 || math.Abs(float64(dst[0])-tokens-heads/2) > 1e-5 {
		t.Errorf("the loss is %g of tokens %g and heads %g, want %g and %g", dst[0], l.Tokens, l.Heads, tokens, heads)
	}
}

// Logits far out cost what they should, and nothing overflows or divides by zero where no frame is known.
func TestLatentLossAtTheRims(t *testing.T) {
	l := &gop.LatentLoss{HeadWeight: 1}
	prepare(t, l, tensor.Shape{1, 1}, tensor.Shape{2, 2})
	l.Weights[0] = 1
	dst, din := make([]float32, 1), [][]float32{make([]float32, 1), make([]float32, 4)}
	in := [][]float32{{0}, {0, 200, 0, -200}}
	run := func() {
		l.Forward(dst, in)
		l.Backward(din, []float32{1}, dst, in)
		for _, v := range slices.Concat(dst, din[0], din[1]) {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("the loss %v has the gradient %v", dst, din)
			}
		}
	}
	if run(); l.Heads != 0 {
		t.Errorf("heads of which none is known cost %g", l.Heads)
	}
	copy(l.Known, []float32{1, 1})
	if run(); l.Heads != 100 { // a certain end that was none, and a certain none that was none
		t.Errorf("the heads cost %g, want 100", l.Heads)
	}
	copy(l.End, []float32{1, 0})
	if run(); l.Heads > 1e-80 {
		t.Errorf("two certain truths cost %g", l.Heads)
	}
}

// Half a step where there is one, and one where there is none, lack energy and have too much of it.
func TestFrameLossOfEnergy(t *testing.T) {
	l := &gop.FrameLoss{Height: 1, Width: 2, Patch: 1, Energy: 10}
	prepare(t, l, tensor.Shape{2, 3})
	l.Weights[0], l.Weights[1] = 1, 1
	in, dst := make([]float32, 6), make([]float32, 1)
	l.Target[3] = 1 // the red of the right pixel
	in[3] = 0.5
	if l.Forward(dst, [][]float32{in}); math.Abs(float64(dst[0])-(0.25+10*0.75*0.75)/6) > 1e-6 {
		t.Errorf("half a step costs %g, want %g", dst[0], (0.25+10*0.75*0.75)/6)
	}
	in[0], in[3] = 1, 0 // the same step, the other way round
	if l.Forward(dst, [][]float32{in}); math.Abs(float64(dst[0])-2/6.0) > 1e-6 {
		t.Errorf("a step of the right energy costs %g, want that of its colours, %g", dst[0], 2/6.0)
	}
}

// A picture that is off by a constant has an error in colour and none in its edges; a pixel of weight 0 does not count.
func TestFrameLossByHand(t *testing.T) {
	l := &gop.FrameLoss{Height: 2, Width: 2, Patch: 2, Edges: 10}
	prepare(t, l, tensor.Shape{1, 12})
	in, dst := make([]float32, 12), make([]float32, 1)
	for i := range l.Weights {
		l.Weights[i] = 1
	}
	for i := range in {
		in[i] = 0.5
	}
	if l.Forward(dst, [][]float32{in}); math.Abs(float64(dst[0])-0.25) > 1e-6 {
		t.Errorf("a constant error of a half costs %g, want 0.25", dst[0])
	}
	clear(in)
	in[0] = 1 // the red of the pixel at the upper left: its right and its lower neighbour see a step of 1
	if l.Forward(dst, [][]float32{in}); math.Abs(float64(dst[0])-(1+10*2)/12.0) > 1e-6 {
		t.Errorf("one wrong number costs %g, want %g", dst[0], 21/12.0)
	}
	l.Weights[0], l.Weights[1], l.Weights[2] = 0, 0, 0
	if l.Forward(dst, [][]float32{in}); dst[0] != 0 {
		t.Errorf("an error that nothing weighs costs %g", dst[0])
	}
	clear(l.Weights)
	if l.Forward(dst, [][]float32{in}); dst[0] != 0 {
		t.Errorf("a frame without weights costs %g", dst[0])
	}
}

func TestBottleneckBoundsThenAddsNoise(t *testing.T) {
	o := &gop.Bottleneck{Noise: []float32{0, 0.1, -0.1, 0}}
	prepare(t, o, tensor.Shape{2, 2})
	dst := make([]float32, 4)
	o.Forward(dst, [][]float32{{0, 0.5, -0.5, 20}})
	for i, want := range []float64{0, math.Tanh(0.5) + 0.1, -math.Tanh(0.5) - 0.1, 1} {
		if math.Abs(float64(dst[i])-want) > 1e-5 {
			t.Errorf("element %d is %g, want %g", i, dst[i], want)
		}
	}
}

// Split undoes Fold to the bit, and Fold puts what lies at one place of the frames side by side.
func TestFoldAndSplitAreInverse(t *testing.T) {
	const clips, frames, patches, d = 2, 3, 4, 5
	fold, split := &gop.Fold{Frames: frames, Patches: patches}, &gop.Fold{Frames: frames, Patches: patches, Split: true}
	prepare(t, fold, tensor.Shape{clips * frames * patches, d})
	prepare(t, split, tensor.Shape{clips * patches, frames * d})
	x := normal(rand.New(rand.NewPCG(1, 3)), clips*frames*patches*d)
	folded, back := make([]float32, len(x)), make([]float32, len(x))
	fold.Forward(folded, [][]float32{x})
	split.Forward(back, [][]float32{folded})
	if !slices.Equal(x, back) {
		t.Error("what was folded does not split into what it was")
	}
	var want []float32
	for f := range frames { // the third place of the second clip
		want = append(want, x[((frames+f)*patches+2)*d:][:d]...)
	}
	if got := folded[(patches+2)*frames*d:][:frames*d]; !slices.Equal(got, want) {
		t.Errorf("a folded token is %v, want %v", got, want)
	}
}

// Split undoes Merge to the bit, and Merge gathers 2x2 neighbours.
func TestMergeAndSplitAreInverse(t *testing.T) {
	const h, w, d = 4, 6, 3
	merge, split := &gop.Merge{Height: h, Width: w}, &gop.Merge{Height: h, Width: w, Split: true}
	prepare(t, merge, tensor.Shape{2 * h * w, d})
	prepare(t, split, tensor.Shape{2 * h * w / 4, 4 * d})
	x := normal(rand.New(rand.NewPCG(1, 2)), 2*h*w*d)
	merged, back := make([]float32, len(x)), make([]float32, len(x))
	merge.Forward(merged, [][]float32{x})
	split.Forward(back, [][]float32{merged})
	if !slices.Equal(x, back) {
		t.Error("what was merged does not split into what it was")
	}
	var want []float32
	for _, token := range []int{2, 3, w + 2, w + 3} { // the second 2x2 of the first two rows
		want = append(want, x[token*d:(token+1)*d]...)
	}
	if got := merged[4*d : 8*d]; !slices.Equal(got, want) {
		t.Errorf("the second merged token is %v, want %v", got, want)
	}
}

// Every operator refuses shapes that do not fit together, by an error and not by a panic.
func TestEveryOperatorChecksItsShapes(t *testing.T) {
	attention := kernel.Attention{B: 1, T: 2, H: 2, W: 2, Heads: 2, HeadDim: 4, Axis: kernel.Space}
	shape := func(dims ...int) tensor.Shape { return dims }
	for name, c := range map[string]struct {
		op     gop.Operator
		inputs []tensor.Shape
	}{
		"linear's bias":           {&gop.Linear{}, []tensor.Shape{shape(4, 3), shape(3, 2), shape(3)}},
		"linear's rank":           {&gop.Linear{}, []tensor.Shape{shape(4, 3, 1), shape(3, 2)}},
		"linear alone":            {&gop.Linear{}, []tensor.Shape{shape(4, 3)}},
		"norm without gain":       {&gop.Norm{Patches: 2}, []tensor.Shape{shape(4, 3)}},
		"norm's gain":             {&gop.Norm{Patches: 2}, []tensor.Shape{shape(4, 3), shape(4)}},
		"norm's film":             {&gop.Norm{Patches: 2, Film: true}, []tensor.Shape{shape(4, 3), shape(3), shape(2, 3)}},
		"norm's patches":          {&gop.Norm{Patches: 3}, []tensor.Shape{shape(4, 3), shape(3)}},
		"feed-forward's taps":     {&gop.FeedForward{Height: 2, Width: 2, Hidden: 5}, []tensor.Shape{shape(8, 3), shape(3), shape(9, 3), shape(3, 10), shape(5, 3)}},
		"feed-forward's width":    {&gop.FeedForward{Height: 2, Width: 2, Hidden: 5}, []tensor.Shape{shape(8, 3), shape(3), shape(25, 3), shape(3, 5), shape(5, 3)}},
		"feed-forward's grid":     {&gop.FeedForward{Height: 2, Width: 3, Hidden: 5}, []tensor.Shape{shape(8, 3), shape(3), shape(25, 3), shape(3, 10), shape(5, 3)}},
		"attention's projections": {&gop.Attention{Kernel: attention}, []tensor.Shape{shape(8, 8), shape(8), shape(8, 8), shape(4), shape(4), shape(8, 8)}},
		"attention's tokens":      {&gop.Attention{Kernel: attention}, []tensor.Shape{shape(7, 8), shape(8), shape(8, 24), shape(4), shape(4), shape(8, 8)}},
		"attention's gains":       {&gop.Attention{Kernel: attention}, []tensor.Shape{shape(8, 8), shape(8), shape(8, 24), shape(8), shape(4), shape(8, 8)}},
		"merge on an odd grid":    {&gop.Merge{Height: 3, Width: 2}, []tensor.Shape{shape(6, 2)}},
		"merge of a part":         {&gop.Merge{Height: 2, Width: 4}, []tensor.Shape{shape(12, 2)}},
		"split of a part":         {&gop.Merge{Height: 2, Width: 4, Split: true}, []tensor.Shape{shape(3, 4)}},
		"split of three":          {&gop.Merge{Height: 2, Width: 2, Split: true}, []tensor.Shape{shape(1, 3)}},
		"fold of a part":          {&gop.Fold{Frames: 2, Patches: 3}, []tensor.Shape{shape(9, 2)}},
		"fold of nothing":         {&gop.Fold{Patches: 3}, []tensor.Shape{shape(9, 2)}},
		"split in three frames":   {&gop.Fold{Frames: 3, Patches: 3, Split: true}, []tensor.Shape{shape(9, 4)}},
		"pool":                    {&gop.Pool{Patches: 4}, []tensor.Shape{shape(6, 2)}},
		"bottleneck":              {&gop.Bottleneck{}, []tensor.Shape{shape(6)}},
		"condition's clips":       {&gop.Condition{Words: make([][]int, 2)}, []tensor.Shape{shape(3, 5), shape(5, 4), shape(4), shape(9, 4)}},
		"condition's table":       {&gop.Condition{Words: make([][]int, 1)}, []tensor.Shape{shape(3, 5), shape(5, 4), shape(4), shape(9, 3)}},
		"frame loss":              {&gop.FrameLoss{Height: 4, Width: 4, Patch: 2}, []tensor.Shape{shape(3, 12)}},
		"latent loss":             {&gop.LatentLoss{}, []tensor.Shape{shape(3, 4), shape(3, 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			if out, err := c.op.Shape(c.inputs); err == nil {
				t.Errorf("%v was accepted and gives %v", c.inputs, out)
			}
		})
	}
}

// Two nodes of one operator type over the same inputs are two operators: Gorgonia's search for common subexpressions must
// not merge them, for they carry data of their own.
func TestNodesAreNotMerged(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewTensor(g, tensor.Float32, 2, gorgonia.WithShape(1, 2), gorgonia.WithName("x"),
		gorgonia.WithValue(tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float32{0, 0}))))
	first, err := gop.Apply(&gop.Bottleneck{Noise: []float32{1, 2}}, x)
	if err != nil {
		t.Fatal(err)
	}
	second, err := gop.Apply(&gop.Bottleneck{Noise: []float32{3, 4}}, x)
	if err != nil {
		t.Fatal(err)
	}
	machine := gorgonia.NewTapeMachine(g)
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, n := range []*gorgonia.Node{first, second} {
		want := [][]float32{{1, 2}, {3, 4}}[i]
		if got := n.Value().(*tensor.Dense).Float32s(); !slices.Equal(got, want) {
			t.Errorf("operator %d gives %v, want %v", i, got, want)
		}
	}
}

func TestErrorsNameTheOperator(t *testing.T) {
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float32, gorgonia.WithShape(4, 3), gorgonia.WithName("x"))
	if _, err := gop.Apply(&gop.Pool{Patches: 3}, x); err == nil || !strings.Contains(err.Error(), "gop: Pool: ") {
		t.Errorf("the error is %v", err)
	}
}
