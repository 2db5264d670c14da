package kernel

import "sync"

// Workspace is scratch memory of one goroutine, kept between calls so that warm
// kernels allocate nothing. The zero value works. It must not be used by two
// goroutines at once.
type Workspace struct {
	slots [][]float32
	packA []float32 // a block of A in row panels
	packB []float32 // one column panel of B
	edge  []float32 // a column panel of the destination that is too narrow
	gemm  gemmTask  // the operands of a parallel product, kept here to spare an allocation
}

// Floats returns n floats of scratch, their contents undefined. Each slot is a
// buffer of its own: a second call with the same slot returns the same memory.
// Slots are small numbers, chosen by the caller from 0.
func (w *Workspace) Floats(slot, n int) []float32 {
	if slot < 0 || n < 0 {
		panic("kernel: negative workspace slot or size")
	}
	for len(w.slots) <= slot {
		w.slots = append(w.slots, nil)
	}
	return grow(&w.slots[slot], n)
}

// grow returns the first n floats of *buffer, enlarging it when it is too short.
func grow(buffer *[]float32, n int) []float32 {
	if cap(*buffer) < n {
		*buffer = make([]float32, n+n/4)
	}
	return (*buffer)[:n]
}

// spare keeps the workspaces that nobody uses.
var spare struct {
	sync.Mutex
	list []*Workspace
}

// getWorkspace lends a workspace, a warm one if there is any.
func getWorkspace() *Workspace {
	spare.Lock()
	defer spare.Unlock()
	last := len(spare.list) - 1
	if last < 0 {
		return new(Workspace)
	}
	ws := spare.list[last]
	spare.list = spare.list[:last]
	return ws
}

// putWorkspace takes a lent workspace back.
func putWorkspace(ws *Workspace) {
	spare.Lock()
	spare.list = append(spare.list, ws)
	spare.Unlock()
}
