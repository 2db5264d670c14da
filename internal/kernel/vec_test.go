package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// vectorCase is one function of the table: run calls it on the vectors v, the
// first outputs of which it writes, and want computes element i of each output
// from the same elements of the vectors as they were.
type vectorCase struct {
	name    string
	count   int // vectors
	outputs int
	run     func(v [][]float32)
	want    func(x []float64) []float64
	bound   float64 // of the error, relative to 1 + the largest operand's size; default 3e-7
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

var vectorCases = []vectorCase{
	{name: "Axpy", count: 2, outputs: 1, run: func(v [][]float32) { Axpy(v[0], v[1], 0.7) },
		want: func(x []float64) []float64 { return []float64{x[0] + float64(float32(0.7))*x[1]} }},
	{name: "MulAdd", count: 3, outputs: 1, run: func(v [][]float32) { MulAdd(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 { return []float64{x[0] + x[1]*x[2]} }},
	{name: "Add", count: 3, outputs: 1, run: func(v [][]float32) { Add(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 { return []float64{x[1] + x[2]} }},
	{name: "Add in place", count: 2, outputs: 1, run: func(v [][]float32) { Add(v[0], v[0], v[1]) },
		want: func(x []float64) []float64 { return []float64{x[0] + x[1]} }},
	{name: "Mul", count: 3, outputs: 1, run: func(v [][]float32) { Mul(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 { return []float64{x[1] * x[2]} }},
	{name: "Scale", count: 2, outputs: 1, run: func(v [][]float32) { Scale(v[0], v[1], -3) },
		want: func(x []float64) []float64 { return []float64{-3 * x[1]} }},
	{name: "Scale in place", count: 1, outputs: 1, run: func(v [][]float32) { Scale(v[0], v[0], -3) },
		want: func(x []float64) []float64 { return []float64{-3 * x[0]} }},
	{name: "Lerp", count: 2, outputs: 1, run: func(v [][]float32) { Lerp(v[0], v[1], 0.25) },
		want: func(x []float64) []float64 { return []float64{x[0] + 0.25*(x[1]-x[0])} }},
	{name: "Tanh", count: 2, outputs: 1, run: func(v [][]float32) { Tanh(v[0], v[1]) },
		want: func(x []float64) []float64 { return []float64{math.Tanh(x[1])} }},
	{name: "TanhGrad", count: 3, outputs: 1, run: func(v [][]float32) { TanhGrad(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 { return []float64{x[1] * (1 - x[2]*x[2])} }, bound: 2e-6},
	{name: "Exp", count: 2, outputs: 1, run: func(v [][]float32) { Exp(v[0], v[1]) },
		want: func(x []float64) []float64 { return []float64{math.Exp(x[1])} }, bound: 2e-6},
	{name: "SiLU", count: 2, outputs: 1, run: func(v [][]float32) { SiLU(v[0], v[1]) },
		want: func(x []float64) []float64 { return []float64{x[1] * sigmoid(x[1])} }},
	{name: "SiLU in place", count: 1, outputs: 1, run: func(v [][]float32) { SiLU(v[0], v[0]) },
		want: func(x []float64) []float64 { return []float64{x[0] * sigmoid(x[0])} }},
	{name: "SiLUGrad", count: 3, outputs: 1, run: func(v [][]float32) { SiLUGrad(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 {
			s := sigmoid(x[2])
			return []float64{x[1] * s * (1 + x[2]*(1-s))}
		}, bound: 1e-6},
	{name: "SwiGLU", count: 3, outputs: 1, run: func(v [][]float32) { SwiGLU(v[0], v[1], v[2]) },
		want: func(x []float64) []float64 { return []float64{x[1] * sigmoid(x[1]) * x[2]} }, bound: 1e-6},
	{name: "SwiGLUGrad", count: 6, outputs: 3, run: func(v [][]float32) { SwiGLUGrad(v[0], v[1], v[2], v[3], v[4], v[5]) },
		want: func(x []float64) []float64 { return swiGLUGradWant(x[3], x[4], x[5]) }, bound: 3e-6},
	{name: "SwiGLUGrad in place", count: 4, outputs: 3, run: func(v [][]float32) { SwiGLUGrad(v[0], v[1], v[2], v[3], v[1], v[2]) },
		want: func(x []float64) []float64 { return swiGLUGradWant(x[3], x[1], x[2]) }, bound: 3e-6},
}

func swiGLUGradWant(d, g, u float64) []float64 {
	s := sigmoid(g)
	return []float64{g * s * u, d * u * s * (1 + g*(1-s)), d * g * s}
}

// unaligned returns count vectors of n random numbers, each between guards and
// at an address of its own.
func unaligned(seed uint64, count, n int) (v, whole [][]float32) {
	r := source(seed)
	for i := range count {
		w := fill(r, make([]float32, n+20))
		whole, v = append(whole, w), append(v, w[3+i:][:n:n])
	}
	return v, whole
}

func TestVectors(t *testing.T) {
	levels(t, func(t *testing.T) {
		for _, c := range vectorCases {
			t.Run(c.name, func(t *testing.T) {
				for n := range 71 {
					testVectorCase(t, &c, n)
				}
			})
		}
	})
}

func testVectorCase(t *testing.T, c *vectorCase, n int) {
	t.Helper()
	v, whole := unaligned(uint64(n), c.count, n)
	before := make([][]float32, c.count)
	for i := range v {
		before[i] = slices.Clone(whole[i])
	}
	c.run(v)
	x := make([]float64, c.count)
	for i := range n {
		size := 1.0
		for k := range v {
			x[k] = float64(before[k][3+k+i])
			size = max(size, math.Abs(x[k])+1)
		}
		for k, want := range c.want(x) {
			if got := float64(v[k][i]); !(math.Abs(got-want) <= max(c.bound, 3e-7)*size*size) {
				t.Fatalf("n=%d: output %d, element %d is %g, want %g", n, k, i, got, want)
			}
		}
	}
	for k := range whole {
		for i, got := range whole[k] {
			inside := k < c.outputs && i >= 3+k && i < 3+k+n
			if !inside && got != before[k][i] {
				t.Fatalf("n=%d: vector %d changed at %d, outside the output", n, k, i-3-k)
			}
		}
	}
}

func TestReductions(t *testing.T) {
	levels(t, func(t *testing.T) {
		for n := range 71 {
			v, _ := unaligned(uint64(n), 2, n)
			var dot, squares, total, size float64
			largest := math.Inf(-1)
			for i := range n {
				x, y := float64(v[0][i]), float64(v[1][i])
				dot, squares, total = dot+x*y, squares+x*x, total+x
				largest, size = max(largest, x), size+1+x*x+y*y
			}
			near := func(name string, got float32, want float64) {
				if !(math.Abs(float64(got)-want) <= 2e-7*size) {
					t.Errorf("n=%d: %s is %g, want %g", n, name, got, want)
				}
			}
			near("Dot", Dot(v[0], v[1]), dot)
			near("SumSquares", SumSquares(v[0]), squares)
			near("Sum", Sum(v[0]), total)
			if n > 0 && Max(v[0]) != float32(largest) {
				t.Errorf("n=%d: Max is %g, want %g", n, Max(v[0]), largest)
			}
		}
	})
}

// TestExpAccuracy holds the exponential to its promise, relative to itself.
func TestExpAccuracy(t *testing.T) {
	levels(t, func(t *testing.T) {
		var x []float32
		for v := float32(-87.3); v < 88.37; v += 0.0037 {
			x = append(x, v)
		}
		y := make([]float32, len(x))
		Exp(y, x)
		for i, v := range x {
			want := math.Exp(float64(v))
			if e := math.Abs(float64(y[i])-want) / want; !(e <= 2e-7) {
				t.Fatalf("exp(%g) is %g, want %g: off by %g of it", v, y[i], want, e)
			}
		}
	})
}

func TestExpAndTanhExtremes(t *testing.T) {
	infinity, nan := float32(math.Inf(1)), float32(math.NaN())
	levels(t, func(t *testing.T) {
		x := []float32{-infinity, -1000, -88, 0, 1000, infinity, nan, 1, -infinity, nan}
		y := make([]float32, len(x))
		Exp(y, x)
		for i, want := range []float32{0, 0, 0, 1, 2.4e38, 2.4e38, nan, math.E, 0, nan} {
			if !(math.Abs(float64(y[i]-want)) <= 1e-2*float64(want)) && !(want != want && y[i] != y[i]) {
				t.Errorf("exp(%g) is %g, want %g", x[i], y[i], want)
			}
		}
		Tanh(y, x)
		for i, want := range []float32{-1, -1, -1, 0, 1, 1, nan, 0.76159416, -1, nan} {
			if !(math.Abs(float64(y[i]-want)) <= 1e-7) && !(want != want && y[i] != y[i]) {
				t.Errorf("tanh(%g) is %g, want %g", x[i], y[i], want)
			}
		}
	})
}

func TestTanhIsAccurateNearZero(t *testing.T) {
	levels(t, func(t *testing.T) {
		for v := float32(1e-8); v < 10; v *= 1.07 {
			y := make([]float32, 1)
			Tanh(y, []float32{-v})
			want := math.Tanh(-float64(v))
			if !(math.Abs(float64(y[0])-want) <= 3e-7*-want) {
				t.Fatalf("tanh(%g) is %g, want %g", -v, y[0], want)
			}
		}
	})
}

func TestSoftmaxRow(t *testing.T) {
	infinity := float32(math.Inf(1))
	levels(t, func(t *testing.T) {
		for n := 1; n < 71; n++ {
			v, _ := unaligned(uint64(n), 2, n)
			Scale(v[0], v[0], 30)
			if n > 2 {
				v[0][n/2] = -infinity
			}
			var total, sum float64
			largest := float64(Max(v[0])) * 0.5
			for _, x := range v[0] {
				total += math.Exp(float64(x)*0.5 - largest)
			}
			logSum := SoftmaxRow(v[1], v[0], 0.5)
			for i, x := range v[0] {
				want := math.Exp(float64(x)*0.5-largest) / total
				sum += float64(v[1][i])
				if !(math.Abs(float64(v[1][i])-want) <= 2e-7*(3+min(largest-float64(x)*0.5, 1000))*want+1e-37) {
					t.Fatalf("n=%d: probability %d is %g, want %g", n, i, v[1][i], want)
				}
			}
			if math.Abs(sum-1) > 1e-6 || math.Abs(float64(logSum)-largest-math.Log(total)) > 1e-5 {
				t.Fatalf("n=%d: the sum is %g, its log %g, want %g", n, sum, logSum, largest+math.Log(total))
			}
			SoftmaxRow(v[0], v[0], 0.5)
			if !slices.Equal(v[0], v[1]) {
				t.Fatalf("n=%d: other bits in place", n)
			}
		}
		dead := []float32{-infinity, -infinity, -infinity}
		if got := SoftmaxRow(dead, dead, 1); got != -infinity || dead[0] != 0 || dead[2] != 0 {
			t.Errorf("a row without mass gives %v and %g", dead, got)
		}
	})
}

func TestAdamW(t *testing.T) {
	o := AdamW{LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.95, Epsilon: 1e-8, WeightDecay: 0.1, GradScale: 0.5}
	levels(t, func(t *testing.T) {
		for n := range 40 {
			v, _ := unaligned(uint64(n), 4, n)
			Mul(v[3], v[3], v[3])
			want := make([][3]float64, n)
			for i := range n {
				p, g, m, s := float64(v[0][i]), float64(v[1][i])*0.5, float64(v[2][i]), float64(v[3][i])
				m, s = 0.9*m+0.1*g, 0.95*s+0.05*g*g
				p -= 1e-2*0.1*p + 1e-2*(m/(1-math.Pow(0.9, 3)))/(math.Sqrt(s/(1-math.Pow(0.95, 3)))+1e-8)
				want[i] = [3]float64{p, m, s}
			}
			grad := slices.Clone(v[1])
			o.AtStep(3).Update(v[0], v[1], v[2], v[3])
			if !slices.Equal(grad, v[1]) {
				t.Fatalf("n=%d: the gradient changed", n)
			}
			for i, w := range want {
				for k, got := range []float32{v[0][i], v[2][i], v[3][i]} {
					if !(math.Abs(float64(got)-w[k]) <= 2e-6*(1+math.Abs(w[k]))) {
						t.Fatalf("n=%d: element %d of %s is %g, want %g", n, i, []string{"param", "m", "v"}[k], got, w[k])
					}
				}
			}
		}
	})
}

func TestBF16(t *testing.T) {
	levels(t, func(t *testing.T) {
		x := []float32{0, 1, -1, 1 + 1.0/256, 1 + 3.0/256, 1 + 1.0001/256, 3.4e38, float32(math.Inf(-1)), float32(math.NaN()),
			math.Float32frombits(0x7f800001), 1e-40}
		want := []uint16{0, 0x3f80, 0xbf80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0xff80, 0x7fc0, 0x7fc0, 1}
		for from := range len(x) { // every place in and after the vector
			got := make([]uint16, len(x)-from)
			BF16FromFloat(got, x[from:])
			if !slices.Equal(got, want[from:]) {
				t.Fatalf("from %d: %#x, want %#x", from, got, want[from:])
			}
		}
		all, wide, back := make([]uint16, 1<<16), make([]float32, 1<<16), make([]uint16, 1<<16)
		for i := range all {
			all[i] = uint16(i)
		}
		FloatFromBF16(wide, all)
		BF16FromFloat(back, wide)
		for i, b := range back {
			if isNaN := wide[i] != wide[i]; !isNaN && b != uint16(i) || isNaN && b != uint16(i)|0x40 {
				t.Fatalf("%#x comes back as %#x", i, b)
			}
		}
	})
}

func TestBytes(t *testing.T) {
	levels(t, func(t *testing.T) {
		all, x, back := make([]uint8, 256), make([]float32, 256), make([]uint8, 256)
		for i := range all {
			all[i] = uint8(i)
		}
		U8ToFloat(x, all)
		FloatToU8(back, x)
		if x[0] != -1 || x[255] != 1 || !slices.Equal(all, back) {
			t.Fatalf("bytes do not come back: %v", back)
		}
		odd := []float32{-7, 7, float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, -0.9961, 0.9999, -1.0001, 1.5, 0.2}
		got := make([]uint8, len(odd))
		FloatToU8(got, odd)
		if want := []uint8{0, 255, 0, 255, 0, 128, 0, 255, 0, 255, 153}; !slices.Equal(got, want) {
			t.Fatalf("%v becomes %v, want %v", odd, got, want)
		}
	})
}

func TestVectorsOfDifferentLengthsPanic(t *testing.T) {
	short, long := make([]float32, 3), make([]float32, 4)
	for name, call := range map[string]func(){
		"Axpy": func() { Axpy(short, long, 1) }, "Add": func() { Add(long, long, short) },
		"SwiGLUGrad": func() { SwiGLUGrad(long, long, long, long, long, short) },
		"Max":        func() { Max(nil) }, "Softmax": func() { SoftmaxRow(short, short, 0) },
		"AdamW": func() { AdamW{}.Update(long, long, long, long) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Fatal("no panic")
				}
			}()
			call()
		})
	}
}

func BenchmarkVectors(b *testing.B) {
	v, _ := unaligned(1, 5, 4096)
	for _, c := range vectorCases {
		b.Run(fmt.Sprint(c.name), func(b *testing.B) {
			for b.Loop() {
				c.run(v)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
		})
	}
}
