package kernel

// gateValuesPerItem is about how many outputs one work item computes.
const gateValuesPerItem = 4096

// GatedUnit is the SwiGLU nonlinearity over rows (Shazeer 2020, arXiv
// 2002.05202):
//
//	dst[n] = silu(gate[n]) * up[n]
//
//	in: [N, 2, F], gate and up side by side   dst: [N, F]
//
// The zero value is ready. Give each node of a graph its own.
type GatedUnit struct {
	dst, in, dOut []float32

	rows, width, perItem int
}

type (
	gatedForward  GatedUnit
	gatedBackward GatedUnit
)

// Forward writes the gated rows of in to dst. width is F.
func (g *GatedUnit) Forward(dst, in []float32, width int) {
	items := g.prepare(in, width)
	require(2*len(dst) == len(in), "kernel: gated unit: dst is not [N, F]")
	g.dst = dst
	Parallel(items, (*gatedForward)(g))
}

// Backward writes to din the gradient with respect to in, given the gradient
// dOut [N, F] of the output.
func (g *GatedUnit) Backward(din, dOut, in []float32, width int) {
	items := g.prepare(in, width)
	require(len(din) == len(in), "kernel: gated unit: din differs from in in length")
	require(2*len(dOut) == len(in), "kernel: gated unit: dOut is not [N, F]")
	g.dst, g.dOut = din, dOut
	Parallel(items, (*gatedBackward)(g))
}

func (g *GatedUnit) prepare(in []float32, width int) (items int) {
	require(width > 0, "kernel: gated unit: the width is not positive")
	require(len(in)%(2*width) == 0, "kernel: gated unit: in is not [N, 2F]")
	g.in, g.width = in, width
	g.rows = len(in) / (2 * width)
	g.perItem = max(1, gateValuesPerItem/width)
	return ceilDiv(g.rows, g.perItem)
}

// Run gates one item's rows.
func (g *gatedForward) Run(item int, _ *Workspace) {
	f := g.width
	for n := item * g.perItem; n < min(g.rows, (item+1)*g.perItem); n++ {
		in := g.in[n*2*f : (n+1)*2*f]
		SwiGLU(g.dst[n*f:(n+1)*f], in[:f], in[f:])
	}
}

// Run computes the gradient of one item's rows.
func (g *gatedBackward) Run(item int, _ *Workspace) {
	f := g.width
	for n := item * g.perItem; n < min(g.rows, (item+1)*g.perItem); n++ {
		in, din := g.in[n*2*f:(n+1)*2*f], g.dst[n*2*f:(n+1)*2*f]
		SwiGLUGrad(din[:f], din[f:], g.dOut[n*f:(n+1)*f], in[:f], in[f:])
	}
}
