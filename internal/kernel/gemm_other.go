//go:build !amd64

package kernel

func multiplyColumn(t *column) { multiplyColumnGeneric(t) }

// packTransposed packs nothing: the strided copy does all of it.
func packTransposed(dst, src []float32, stride, k, width int) int { return 0 }
