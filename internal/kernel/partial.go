package kernel

// partialChunk is how many sums one work item makes.
const partialChunk = 4096

// partialSums holds what work items add to gradients that they share: each item has a part of its own, and the parts are
// added in the items' order, so that the sum does not depend on who computed what.
type partialSums struct {
	data        []float32 // [items, size]
	items, size int
	into        [maxSums][]float32
}

// maxSums is how many gradients lie one after the other in a part, at the most.
const maxSums = 7

// reserve makes room for the parts in a workspace, which the caller has lent and uses for nothing else meanwhile.
func (p *partialSums) reserve(ws *Workspace, items, size int) {
	p.items, p.size = items, size
	p.data = ws.Floats(0, items*size)
}

// part returns the part of an item.
func (p *partialSums) part(item int) []float32 { return p.data[item*p.size : (item+1)*p.size] }

// sum overwrites the gradients, which lie one after the other in a part, with the sums.
func (p *partialSums) sum(into ...[]float32) {
	clear(p.into[copy(p.into[:], into):])
	Parallel(ceilDiv(p.size, partialChunk), p)
	clear(p.into[:])
	p.data = nil
}

// Run sums one chunk of every part.
func (p *partialSums) Run(chunk int, _ *Workspace) {
	from, to := chunk*partialChunk, min(p.size, (chunk+1)*partialChunk)
	first := p.data[from:to]
	for item := 1; item < p.items; item++ {
		add(first, first, p.data[item*p.size+from:item*p.size+to])
	}
	start := 0
	for _, dst := range p.into {
		begin, end := max(from, start), min(to, start+len(dst))
		if begin < end {
			copy(dst[begin-start:end-start], first[begin-from:])
		}
		start += len(dst)
	}
}
