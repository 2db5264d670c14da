package kernel_test

import (
	"fmt"

	"somnium/internal/kernel"
)

// A layer forward and the gradient of its weights, without a copy of either.
func ExampleGemm() {
	x := kernel.Dense([]float32{1, 2, 3, 4, 5, 6}, 3, 2) // [M, K]
	w := kernel.Dense([]float32{1, 0, 0, 1, 1, 1}, 3, 2) // [N, K], as checkpoints store it
	y := kernel.Dense(make([]float32, 9), 3, 3)          // [M, N]
	kernel.Gemm(y, x, w.T(), kernel.GemmOptions{Bias: []float32{0, 0, 10}})
	fmt.Println(y.Data)

	dw := kernel.Dense(make([]float32, 6), 3, 2)
	kernel.Gemm(dw, y.T(), x, kernel.GemmOptions{Accumulate: true})
	fmt.Println(dw.Data)
	// Output:
	// [1 2 13 3 4 17 5 6 21]
	// [35 44 44 56 169 220]
}

// squares is a task over rows.
type squares struct {
	rows [][]float32
	sums []float32
}

func (s *squares) Run(i int, ws *kernel.Workspace) {
	scratch := ws.Floats(0, len(s.rows[i]))
	kernel.Mul(scratch, s.rows[i], s.rows[i])
	s.sums[i] = kernel.Sum(scratch)
}

func ExampleParallel() {
	task := &squares{rows: [][]float32{{1, 2}, {3, 4}, {5}}, sums: make([]float32, 3)}
	kernel.Parallel(len(task.rows), task)
	fmt.Println(task.sums)
	// Output: [5 25 25]
}
