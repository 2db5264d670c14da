package kernel

// patchRowsPerItem is how many rows of pixels, at the least, one work item moves.
const patchRowsPerItem = 16

// A Patcher cuts frames into square patches and puts them together again.
// Both ways only move values, so that each is the exact inverse of the other
// and also the other's gradient.
//
//	frames:  [F, H, W, C]
//	patches: [F, H/p, W/p, p*p*C], inside a patch [p, p, C] row-major
//
// The zero value with Size 0 counts as Size 1, a copy.
type Patcher struct {
	Size int // p, the side of a patch in pixels (default 1)

	dst, src             []float32
	height, width, chans int
	rows, items, perItem int
}

type (
	patchify   Patcher
	unpatchify Patcher
)

// Patchify writes the patches of frames [F, height, width, channels] to dst.
// Size must divide height and width.
func (p *Patcher) Patchify(dst, frames []float32, height, width, channels int) {
	p.prepare(dst, frames, height, width, channels)
	Parallel(p.items, (*patchify)(p))
}

// Unpatchify writes to dst the frames [F, height, width, channels] whose
// patches are given. Size must divide height and width.
func (p *Patcher) Unpatchify(dst, patches []float32, height, width, channels int) {
	p.prepare(dst, patches, height, width, channels)
	Parallel(p.items, (*unpatchify)(p))
}

func (p *Patcher) prepare(dst, src []float32, height, width, channels int) {
	p.Size = max(p.Size, 1)
	require(height > 0 && width > 0 && channels > 0, "kernel: patch: a frame is empty")
	require(height%p.Size == 0 && width%p.Size == 0, "kernel: patch: the patch does not divide the frame")
	require(len(src)%(height*width*channels) == 0, "kernel: patch: not a whole number of frames")
	require(len(dst) == len(src), "kernel: patch: source and destination differ in length")
	p.dst, p.src = dst, src
	p.height, p.width, p.chans = height, width, channels
	p.rows = len(src) / (width * channels * p.Size)
	p.perItem = max(1, patchRowsPerItem/p.Size)
	p.items = ceilDiv(p.rows, p.perItem)
}

// Run cuts some rows of patches.
func (p *patchify) Run(item int, _ *Workspace) {
	(*Patcher)(p).move(item, func(frameAt, patchAt, n int) {
		copy(p.dst[patchAt:patchAt+n], p.src[frameAt:frameAt+n])
	})
}

// Run puts some rows of patches together.
func (p *unpatchify) Run(item int, _ *Workspace) {
	(*Patcher)(p).move(item, func(frameAt, patchAt, n int) {
		copy(p.dst[frameAt:frameAt+n], p.src[patchAt:patchAt+n])
	})
}

// move calls copyRun for every run of n values that lie together on both
// sides, over the item's rows of patches. A row of patches covers the same
// span of memory on both sides.
func (p *Patcher) move(item int, copyRun func(frameAt, patchAt, n int)) {
	run := p.Size * p.chans
	line := p.width * p.chans
	patch := run * p.Size
	for row := item * p.perItem; row < min(p.rows, (item+1)*p.perItem); row++ {
		start := row * line * p.Size
		for y := range p.Size {
			for x := range p.width / p.Size {
				copyRun(start+y*line+x*run, start+x*patch+y*run, run)
			}
		}
	}
}
