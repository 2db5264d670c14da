package dit

import (
	"somnium/internal/kernel"
)

// stepTokens is how many tokens one work item takes through the first or the last layers.
const stepTokens = 32

// packed is a linear map whose weights are packed, with its output.
type packed struct {
	weights linear
	panels  kernel.Panels
	out     []float32 // [rows, O]
	in, o   int
}

func newPacked(l linear, rows int) *packed {
	in, o := l.weight.Shape[0], l.weight.Shape[1]
	return &packed{weights: l, out: make([]float32, rows*o), in: in, o: o}
}

func (p *packed) pack() { p.panels.Pack(kernel.Dense(p.weights.weight.Data, p.in, p.o)) }

// rows computes rows from to to of the output, x being those of the input.
func (p *packed) rows(ws *kernel.Workspace, x []float32, from, to int) {
	kernel.GemmPanels(ws, kernel.Dense(p.out[from*p.o:to*p.o], to-from, p.o), kernel.Dense(x, to-from, p.in), &p.panels,
		kernel.GemmOptions{Bias: p.weights.bias.Data})
}

// stepStart makes, of the condition, the films of all layers, and embeds the tokens.
type stepStart struct {
	films  []*packed
	embed  *packed
	cond   []float32
	tokens []float32
}

func (s *stepStart) pack() {
	s.embed.pack()
	for _, film := range s.films {
		film.pack()
	}
}

// run leaves the embedded tokens in x.
func (s *stepStart) run(x, tokens []float32) {
	s.tokens, s.embed.out = tokens, x
	rows := len(tokens) / s.embed.in
	kernel.Parallel(len(s.films)+(rows+stepTokens-1)/stepTokens, s)
}

// Run makes one film, or embeds some tokens.
func (s *stepStart) Run(item int, ws *kernel.Workspace) {
	if item < len(s.films) {
		film := s.films[item]
		film.rows(ws, s.cond, 0, len(film.out)/film.o)
		return
	}
	size := s.embed.in
	from := (item - len(s.films)) * stepTokens
	to := min(from+stepTokens, len(s.tokens)/size)
	s.embed.rows(ws, s.tokens[from*size:to*size], from, to)
}

// stepEnd norms the tokens of the last layer, and makes of them the correction and what the heads are read from.
type stepEnd struct {
	dreams, patches    int
	gain, film, folded []float32 // [D], [B, 2, D] and, with the film's scale in it, [B, D]
	output, pool       *packed
	x                  []float32
}

func (s *stepEnd) pack() {
	s.output.pack()
	s.pool.pack()
}

func (s *stepEnd) run(x []float32) {
	d := len(s.gain)
	for b := range s.dreams {
		folded := s.folded[b*d : (b+1)*d]
		copy(folded, s.gain)
		kernel.MulAdd(folded, s.gain, s.film[b*2*d:(b*2+1)*d])
	}
	s.x = x
	kernel.Parallel(s.dreams*s.chunks(), s)
}

// chunks is how many work items a dream makes.
func (s *stepEnd) chunks() int { return (s.patches + stepTokens - 1) / stepTokens }

// Run takes some tokens of one dream.
func (s *stepEnd) Run(item int, ws *kernel.Workspace) {
	d, chunks := len(s.gain), s.chunks()
	dream, chunk := item/chunks, item%chunks
	from, to := dream*s.patches+chunk*s.patches/chunks, dream*s.patches+(chunk+1)*s.patches/chunks
	normed := ws.Floats(0, (to-from)*d)
	kernel.NormRows(normed, s.x[from*d:to*d], s.folded[dream*d:(dream+1)*d], s.film[(dream*2+1)*d:(dream*2+2)*d])
	s.output.rows(ws, normed, from, to)
	s.pool.rows(ws, normed, from, to)
}
