package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// levels runs the test body against every implementation of this machine.
func levels(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	was2, was512 := avx2, avx512
	defer func() { avx2, avx512 = was2, was512 }()
	for _, level := range []struct{ avx2, avx512 bool }{{false, false}, {true, false}, {true, true}} {
		if level.avx2 && !hasAVX2() || level.avx512 && !hasAVX512() {
			continue
		}
		avx2, avx512 = level.avx2, level.avx512
		t.Run(Level(), body)
	}
}

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x6b65726e656c)) }

func fill(r *rand.Rand, x []float32) []float32 {
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

// layouts are the storage orders of a [rows, cols] operand.
var layouts = []struct {
	name string
	make func(r *rand.Rand, rows, cols int) Matrix
}{
	{"rows", func(r *rand.Rand, rows, cols int) Matrix {
		return Dense(fill(r, make([]float32, rows*cols)), rows, cols)
	}},
	{"columns", func(r *rand.Rand, rows, cols int) Matrix {
		return Dense(fill(r, make([]float32, rows*cols)), cols, rows).T()
	}},
	{"padded", func(r *rand.Rand, rows, cols int) Matrix {
		m := Dense(fill(r, make([]float32, rows*(cols+3)+1))[1:], rows, cols)
		m.RowStride += 3
		return m
	}},
	{"strided", func(r *rand.Rand, rows, cols int) Matrix {
		return Matrix{Data: fill(r, make([]float32, 2*rows*(cols+1))), Rows: rows, Cols: cols,
			RowStride: 2 * (cols + 1), ColStride: 2}
	}},
}

// naiveGemm is the oracle, in double precision; it returns dst and the size of
// the sums, against which errors are measured.
func naiveGemm(dst, a, b Matrix, o GemmOptions) (want, scale []float64) {
	for i := range dst.Rows {
		for j := range dst.Cols {
			var s, size float64
			for k := range a.Cols {
				p := float64(a.Data[i*a.RowStride+k*a.ColStride]) * float64(b.Data[k*b.RowStride+j*b.ColStride])
				s, size = s+p, size+math.Abs(p)
			}
			if o.Accumulate {
				s += float64(dst.Data[i*dst.RowStride+j])
			}
			if o.Bias != nil {
				s += float64(o.Bias[j])
			}
			want, scale = append(want, s), append(scale, size+4)
		}
	}
	return want, scale
}

func checkProduct(t *testing.T, dst Matrix, want, scale []float64) {
	t.Helper()
	for n, w := range want {
		got := float64(dst.Data[n/dst.Cols*dst.RowStride+n%dst.Cols])
		if !(math.Abs(got-w) <= 1e-6*scale[n]) {
			t.Fatalf("[%d, %d] is %g, want %g", n/dst.Cols, n%dst.Cols, got, w)
		}
	}
}

func TestGemm(t *testing.T) {
	sizes := [][3]int{{0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {1, 1, 1}, {2, 3, 4}, {5, 16, 7}, {6, 16, 8}, {7, 17, 9},
		{8, 15, 16}, {9, 31, 33}, {11, 33, 5}, {16, 16, 32}, {13, 40, 27}, {64, 64, 32}, {68, 68, 16}, {67, 19, 321},
		{50, 48, 700}, {96, 30, 1000}, {200, 100, 50}, {400, 96, 48}}
	levels(t, func(t *testing.T) {
		for _, size := range sizes {
			step := 1
			if size[0]*size[1]*size[2] > 1<<17 {
				step = 11 // large ones meet each layout and option, but not each combination
			}
			for n := 0; n < len(layouts)*len(layouts)*4; n += step {
				testGemmCase(t, size, n)
			}
		}
	})
}

// testGemmCase checks layout pair and options number n.
func testGemmCase(t *testing.T, size [3]int, n int) {
	r := source(uint64(n))
	la, lb := layouts[n/4%len(layouts)], layouts[n/4/len(layouts)]
	a, b := la.make(r, size[0], size[2]), lb.make(r, size[2], size[1])
	o := GemmOptions{Accumulate: n&1 > 0}
	if n&2 > 0 {
		o.Bias = fill(r, make([]float32, size[1]))
	}
	data := fill(r, make([]float32, size[0]*(size[1]+5)))
	dst := Matrix{Data: data, Rows: size[0], Cols: size[1], RowStride: size[1] + 5, ColStride: 1}
	before := slices.Clone(data)
	want, scale := naiveGemm(dst, a, b, o)
	t.Run(fmt.Sprint(size, la.name, lb.name, o.Accumulate, o.Bias != nil), func(t *testing.T) {
		GemmSerial(new(Workspace), dst, a, b, o)
		checkProduct(t, dst, want, scale)
		for i, v := range data {
			if i%dst.RowStride >= dst.Cols && v != before[i] {
				t.Fatalf("wrote outside the destination at %d", i)
			}
		}
		serial := slices.Clone(data)
		copy(data, before)
		Gemm(dst, a, b, o)
		if !slices.Equal(serial, data) {
			t.Fatal("Gemm and GemmSerial differ")
		}
	})
}

func TestGemmSameBitsWhateverTheWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	levels(t, func(t *testing.T) {
		for _, size := range [][3]int{{500, 96, 130}, {96, 200, 1500}, {64, 288, 96}} {
			r := source(1)
			a, b := layouts[0].make(r, size[0], size[2]), layouts[1].make(r, size[2], size[1])
			var first []float32
			for _, procs := range []int{1, 2, 5} {
				runtime.GOMAXPROCS(procs)
				dst := Dense(make([]float32, size[0]*size[1]), size[0], size[1])
				Gemm(dst, a, b, GemmOptions{})
				if first == nil {
					first = dst.Data
				}
				if !slices.Equal(first, dst.Data) {
					t.Fatalf("%v: the bits change with GOMAXPROCS=%d", size, procs)
				}
			}
		}
	})
}

func TestGemmRowsDoNotDependOnOneAnother(t *testing.T) {
	levels(t, func(t *testing.T) {
		r := source(2)
		a, b := layouts[0].make(r, 100, 96), layouts[1].make(r, 96, 48)
		all := Dense(make([]float32, 100*48), 100, 48)
		Gemm(all, a, b, GemmOptions{})
		for _, rows := range []int{1, 2, 3, 5, 7, 64} {
			part := Dense(make([]float32, rows*48), rows, 48)
			Gemm(part, Dense(a.Data[:rows*96], rows, 96), b, GemmOptions{})
			if !slices.Equal(part.Data, all.Data[:rows*48]) {
				t.Fatalf("the first %d rows alone have other bits", rows)
			}
		}
	})
}

// Every height and width of tile, with weights packed and in place, beside the product of many rows on the lower level
// of assembly: one chain of additions an element, whatever computes it.
func TestGemmSameBitsFromEveryTile(t *testing.T) {
	const k, most = 37, 40
	r := source(5)
	for _, n := range []int{16, 32, 48, 96, 112, 133} {
		a, b := layouts[0].make(r, most, k), layouts[0].make(r, k, n)
		bias := fill(r, make([]float32, n))
		var want []float32
		levels(t, func(t *testing.T) {
			if !avx2 {
				return // the generic kernels round the product and the sum each
			}
			if want == nil {
				dst := Dense(make([]float32, most*n), most, n)
				GemmSerial(new(Workspace), dst, a, b, GemmOptions{Bias: bias})
				want = dst.Data
			}
			var packed Panels
			packed.Pack(b)
			for rows := 1; rows <= most; rows++ {
				x, dst := Dense(a.Data[:rows*k], rows, k), Dense(make([]float32, rows*n), rows, n)
				GemmSerial(new(Workspace), dst, x, b, GemmOptions{Bias: bias})
				if !slices.Equal(dst.Data, want[:rows*n]) {
					t.Fatalf("%d columns: %d rows have other bits", n, rows)
				}
				clear(dst.Data)
				GemmPanels(new(Workspace), dst, x, &packed, GemmOptions{Bias: bias})
				if !slices.Equal(dst.Data, want[:rows*n]) {
					t.Fatalf("%d columns: %d rows have other bits where the weights are packed", n, rows)
				}
			}
		})
	}
}

func TestGemmPanics(t *testing.T) {
	m := func(rows, cols int) Matrix { return Dense(make([]float32, rows*cols), rows, cols) }
	short := m(4, 4)
	short.Data = short.Data[:15]
	for name, call := range map[string]func(){
		"inner":  func() { Gemm(m(2, 3), m(2, 4), m(5, 3), GemmOptions{}) },
		"rows":   func() { Gemm(m(2, 3), m(3, 4), m(4, 3), GemmOptions{}) },
		"bias":   func() { Gemm(m(2, 3), m(2, 4), m(4, 3), GemmOptions{Bias: make([]float32, 2)}) },
		"stride": func() { Gemm(m(3, 2).T(), m(2, 4), m(4, 3), GemmOptions{}) },
		"data":   func() { Gemm(m(4, 4), short, m(4, 4), GemmOptions{}) },
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

func TestGemmAllocatesNothing(t *testing.T) {
	withProcs(t, 2)
	r := source(3)
	a, b := layouts[0].make(r, 400, 96), layouts[1].make(r, 96, 90)
	dst := Dense(make([]float32, 400*90), 400, 90)
	if rows, _ := cut(400, 90, 96, 2); rows >= 400 {
		t.Fatal("the product is too small to be parallel")
	}
	ws := new(Workspace)
	for name, call := range map[string]func(){
		"Gemm":       func() { Gemm(dst, a, b, GemmOptions{Accumulate: true}) },
		"GemmSerial": func() { GemmSerial(ws, dst, a, b, GemmOptions{Accumulate: true}) },
	} {
		if n := allocations(call); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, size := range [][3]int{{4096, 288, 96}, {4096, 96, 288}, {4096, 256, 256}, {64, 288, 96}, {64, 96, 288}, {16384, 96, 48}} {
		for _, layout := range []string{"AB", "ABT"} {
			benchmarkGemm(b, layout, size[0], size[1], size[2])
		}
	}
	benchmarkGemm(b, "ATB", 96, 288, 4096)
	benchmarkGemm(b, "ATB", 96, 96, 4096)
	benchmarkGemm(b, "ATB", 256, 512, 4096)
}

func benchmarkGemm(b *testing.B, layout string, m, n, k int) {
	b.Run(fmt.Sprintf("%s/%dx%dx%d", layout, m, n, k), func(b *testing.B) {
		x, y, dst := operands(layout, m, n, k)
		for b.Loop() {
			Gemm(dst, x, y, GemmOptions{})
		}
		b.ReportMetric(2*float64(m*n*k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
	})
}

func operands(layout string, m, n, k int) (x, y, dst Matrix) {
	r := source(4)
	x, y = layouts[0].make(r, m, k), layouts[0].make(r, k, n)
	switch layout {
	case "ABT":
		y = layouts[1].make(r, k, n)
	case "ATB":
		x = layouts[1].make(r, m, k)
	}
	return x, y, Dense(make([]float32, m*n), m, n)
}

func BenchmarkGemmSerial(b *testing.B) {
	ws := new(Workspace)
	for _, c := range []struct {
		layout  string
		m, n, k int
	}{{"ABT", 64, 64, 32}, {"AB", 64, 32, 64}, {"ABT", 16, 16, 32}, {"AB", 16, 32, 16}, {"ABT", 68, 68, 16}, {"AB", 68, 16, 68}, {"ATB", 64, 32, 64}, {"ABT", 1, 64, 64}} {
		b.Run(fmt.Sprintf("%s/%dx%dx%d", c.layout, c.m, c.n, c.k), func(b *testing.B) {
			x, y, dst := operands(c.layout, c.m, c.n, c.k)
			for b.Loop() {
				GemmSerial(ws, dst, x, y, GemmOptions{})
			}
			b.ReportMetric(2*float64(c.m*c.n*c.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}
