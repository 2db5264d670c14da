package gop

import "somnium/internal/kernel"

// times writes dst [N, O] = x [N, I] * w [I, O], or adds it to dst.
func times(dst, x, w []float32, n, i, o int, add bool) {
	kernel.Gemm(kernel.Dense(dst, n, o), kernel.Dense(x, n, i), kernel.Dense(w, i, o), kernel.GemmOptions{Accumulate: add})
}

// timesGradX writes dx [N, I] = dy [N, O] * w^T, the gradient of times with respect to x.
func timesGradX(dx, dy, w []float32, n, i, o int) {
	kernel.Gemm(kernel.Dense(dx, n, i), kernel.Dense(dy, n, o), kernel.Dense(w, i, o).T(), kernel.GemmOptions{})
}

// timesGradW writes dw [I, O] = x^T * dy, the gradient of times with respect to w.
func timesGradW(dw, x, dy []float32, n, i, o int) {
	kernel.Gemm(kernel.Dense(dw, i, o), kernel.Dense(x, n, i).T(), kernel.Dense(dy, n, o), kernel.GemmOptions{})
}
