package gop

import (
	"fmt"

	"gorgonia.org/tensor"

	"somnium/internal/kernel"
)

// Condition is the vector that conditions a frame,
//
//	y_f = SiLU(x_f*W + b + mean over the words of frame f's clip of table[word])
//
// for x [F, K] (data), W [K, D], b [D], table [V, D]. Without a table there are no words.
type Condition struct {
	// Words holds the word ids of each clip, a clip being F/len(Words) frames. A clip may have none. Default: there are no clips, and no table.
	Words [][]int

	frames, in, depth int
	sum, dSum         []float32
	bias              kernel.ColumnSum
}

// Name implements Operator.
func (*Condition) Name() string { return "Condition" }

// Differentiable implements Operator.
func (*Condition) Differentiable(input int) bool { return input > 0 }

// Shape implements Operator.
func (c *Condition) Shape(in []tensor.Shape) (tensor.Shape, error) {
	if want := 3 + bit(len(c.Words) > 0); len(in) != want || len(in[0]) != 2 || len(in[1]) != 2 || len(c.Words) > 0 && (len(in[3]) != 2 || in[0][0]%len(c.Words) != 0) {
		return nil, fmt.Errorf("want x [F, K], W [K, D], b [D] and, where there are words, a table [V, D] and F/len(Words) frames a clip, have %v", in)
	}
	c.frames, c.in, c.depth = in[0][0], in[0][1], in[1][1]
	want := []tensor.Shape{{c.frames, c.in}, {c.in, c.depth}, {c.depth}, nil}
	if len(c.Words) > 0 {
		want[3] = tensor.Shape{in[3][0], c.depth}
	}
	if err := expect(in, want...); err != nil {
		return nil, err
	}
	c.sum, c.dSum = make([]float32, c.frames*c.depth), make([]float32, c.frames*c.depth)
	return tensor.Shape{c.frames, c.depth}, nil
}

// Forward implements Operator.
func (c *Condition) Forward(dst []float32, in [][]float32) {
	kernel.Gemm(kernel.Dense(c.sum, c.frames, c.depth), kernel.Dense(in[0], c.frames, c.in), kernel.Dense(in[1], c.in, c.depth), kernel.GemmOptions{Bias: in[2]})
	for f := range c.captioned() {
		words := c.words(f)
		for _, w := range words {
			kernel.Axpy(c.row(c.sum, f), c.row(in[3], w), 1/float32(len(words)))
		}
	}
	kernel.SiLU(dst, c.sum)
}

// Backward implements Operator.
func (c *Condition) Backward(din [][]float32, dout, _ []float32, in [][]float32) {
	kernel.SiLUGrad(c.dSum, dout, c.sum)
	timesGradW(din[1], in[0], c.dSum, c.frames, c.in, c.depth)
	c.bias.Sum(din[2], c.dSum)
	if len(c.Words) > 0 {
		clear(din[3])
	}
	for f := range c.captioned() {
		words := c.words(f)
		for _, w := range words {
			kernel.Axpy(c.row(din[3], w), c.row(c.dSum, f), 1/float32(len(words)))
		}
	}
}

// captioned returns how many of the frames can have words.
func (c *Condition) captioned() int {
	if len(c.Words) == 0 {
		return 0
	}
	return c.frames
}

func (c *Condition) words(frame int) []int { return c.Words[frame/(c.frames/len(c.Words))] }

func (c *Condition) row(x []float32, i int) []float32 { return x[i*c.depth : (i+1)*c.depth] }
