package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"somnium/internal/kernel"
	"somnium/world"
)

// shape is a product of the model: [M, N] = [M, K] x [K, N].
type shape struct {
	layout  string // AB, ABT where B is stored [N, K], ATB where A is stored [K, M]
	m, n, k int
}

// linear is a linear map of the model, in to out features, and how many rows it meets.
type linear struct{ in, out, rows int }

// An update of the transformer takes four clips of 16 frames of 64x64, one of the tokenizer 16 frames.
const (
	clipFrames, codeFrames = 64, 16
	coarse                 = 8 * 8      // cells of a frame's latent grid
	fine                   = 4 * coarse // those of half their side, where the tokenizer begins
)

// linears are those of the embedded model, with the rows that they meet in an update.
func linears(m *world.Model) (transformer, tokenizer []linear) {
	d, t := m.Info.Dynamics, m.Info.Tokenizer
	w := d.Width
	const tokens = clipFrames * coarse
	transformer = []linear{
		{d.TokenSize(), w, tokens}, {w, 3 * w, tokens}, {w, w, tokens}, {w, 2 * d.Hidden, tokens}, {d.Hidden, w, tokens}, {w, d.Latent, tokens},
		{w, m.Dynamics.Params.Named("pool/weight").Shape[1], tokens}, {w, 2 * w, clipFrames}, {d.FeatureSize(), w, clipFrames},
	}
	if d.Memory {
		transformer = append(transformer, linear{w, 2 * w, tokens})
	}
	patch := m.Tokenizer.Params.Named("encoder/patch/weight").Shape[0]
	const wide, narrow = codeFrames * fine, codeFrames * coarse
	tokenizer = []linear{
		{patch, t.Fine, wide}, {t.Fine, 4 * t.Fine, wide}, {2 * t.Fine, t.Fine, wide}, {t.Fine, patch, wide}, {4 * t.Fine, t.Coarse, narrow},
		{t.Coarse, 4 * t.Coarse, narrow}, {2 * t.Coarse, t.Coarse, narrow}, {t.Coarse, t.Latent, narrow}, {t.Latent, t.Coarse, narrow},
		{t.Coarse, 4 * t.Fine, narrow},
	}
	return transformer, tokenizer
}

// dreamRows are the rows that the transformer's products meet in a dream: the tokens of a frame of 16x16 or 32x32, of half a frame of
// 64x64, which is a worker's share, of the whole, and of several dreams. A frame's condition is one row, and meets few maps.
var dreamRows = []int{4, 16, 32, 64, 256}

// shapes lists the products of training, forward and back, and those of a dream.
func shapes(m *world.Model) []shape {
	transformer, tokenizer := linears(m)
	var list []shape
	for _, l := range slices.Concat(transformer, tokenizer) {
		list = append(list, shape{"AB", l.rows, l.out, l.in}, shape{"ABT", l.rows, l.in, l.out}, shape{"ATB", l.in, l.out, l.rows})
	}
	for _, rows := range dreamRows {
		for _, l := range transformer {
			list = append(list, shape{"AB", rows, l.out, l.in})
		}
	}
	for _, l := range transformer {
		if l.rows == clipFrames {
			list = append(list, shape{"AB", 1, l.out, l.in})
		}
	}
	for _, l := range tokenizer {
		list = append(list, shape{"AB", l.rows / codeFrames, l.out, l.in})
	}
	slices.SortStableFunc(list, func(a, b shape) int { return b.m - a.m })
	return slices.Compact(list)
}

// gemms compares the products of at most so many rows, at so many threads. At up to 64 rows the weights are packed once, as a Session does.
func gemms(p *peer, preset string, threads, rows int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
	m, err := world.Open(preset)
	if err != nil {
		return err
	}
	heading(fmt.Sprintf("products, %d threads", threads))
	const none = 1e9
	worst := map[bool]float64{true: none, false: none}
	for _, s := range shapes(m) {
		if s.m > rows {
			continue
		}
		theirs, err := p.unit(fmt.Sprintf("gemm %d %d %d %d %d %d", s.m, s.n, s.k, threads, bit(s.layout == "ATB"), bit(s.layout == "ABT")))
		if err != nil {
			return err
		}
		c := contest{
			name: fmt.Sprintf("%-3s %d x %d x %d", s.layout, s.m, s.n, s.k), ours: s.unit(), theirs: theirs,
			perUnit: 2e-9 * float64(s.m) * float64(s.n) * float64(s.k), label: "GFLOP/s",
		}
		ratio, err := c.hold()
		if err != nil {
			return err
		}
		worst[s.m <= 32] = min(worst[s.m <= 32], ratio)
	}
	fmt.Printf("least ratio: %.2f at up to 32 rows", worst[true])
	if above := worst[false]; above < none {
		fmt.Printf(", %.2f above", above)
	}
	fmt.Println()
	return nil
}

// unit is the product in our hands.
func (s shape) unit() unit {
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func(rows, cols int) kernel.Matrix {
		data := make([]float32, rows*cols)
		for i := range data {
			data[i] = float32(rng.NormFloat64())
		}
		return kernel.Dense(data, rows, cols)
	}
	dst, a, b := draw(s.m, s.n), draw(s.m, s.k), draw(s.k, s.n)
	switch s.layout {
	case "ATB":
		a = draw(s.k, s.m).T()
	case "ABT":
		b = draw(s.n, s.k).T()
	}
	product := func() { kernel.Gemm(dst, a, b, kernel.GemmOptions{}) }
	if s.m <= 64 && s.layout == "AB" {
		packed := &split{dst: dst, a: a}
		packed.b.Pack(b)
		product = packed.run
		if s.m <= 32 {
			ws := new(kernel.Workspace) // a worker's
			product = func() { kernel.GemmPanels(ws, dst, a, &packed.b, kernel.GemmOptions{}) }
		}
	}
	return func(count int) (time.Duration, error) {
		start := time.Now()
		for range count {
			product()
		}
		return time.Since(start), nil
	}
}

// split is a product with packed weights, whose rows are cut in two where there are enough.
type split struct {
	dst, a kernel.Matrix
	b      kernel.Panels
}

func (s *split) run() { kernel.Parallel((s.a.Rows+31)/32, s) }

// Run computes up to 32 rows.
func (s *split) Run(i int, ws *kernel.Workspace) {
	rows := func(m kernel.Matrix) kernel.Matrix {
		m.Rows = min(32, m.Rows-i*32)
		m.Data = m.Data[i*32*m.RowStride:]
		return m
	}
	kernel.GemmPanels(ws, rows(s.dst), rows(s.a), &s.b, kernel.GemmOptions{})
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
