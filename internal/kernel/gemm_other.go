//go:build !amd64 || noasm

package kernel

func multiplyColumn(t *column) { multiplyColumnGeneric(t) }

// packTransposed packs nothing: the strided copy does all of it.
func packTransposed(dst, src []float32, stride, k, width int) int { return 0 }

// packWhole packs nothing: the copy by rows does all of it.
func packWhole(dst, src []float32, stride, k int) bool { return false }

// packLeft packs nothing: the generic kernel reads the left operand in place.
func packLeft(ws *Workspace, t *column, panels int) {}
