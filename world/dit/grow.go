package dit

import (
	"fmt"
	"math"
	"strings"

	"somnium/internal/nn"
)

// Grow makes m, whose weights are fresh, compute what a smaller model computes (Net2Net, arXiv 1511.05641): it copies the weights of
// from, and lets what from does not have add nothing until it has learned to, as the zeroed outputs of Fixup (arXiv 1901.09321)
// do. More may be of
//
//   - layers, and a memory may come in: their last products are zero;
//   - the width, by whole heads of the same width: new channels are written by zeros and read by fresh weights, and the gains of norms are
//     shrunk, since a root mean square over channels that are zero is less;
//   - hidden features of the feed-forward layers: they are made by fresh weights, and read by zeros;
//   - actions, where a latent takes one: they are the last rows of what conditions.
//
// Where the vocabularies differ the words are learned anew, since they are hashed to other rows. The window may differ. It is an
// error, and m is left as it was, where from is larger or differs in another size.
func (m *Model) Grow(from *Model) error {
	big, small := m.Config, from.Config
	same := small
	same.Layers, same.Window, same.Actions, same.Vocabulary = big.Layers, big.Window, big.Actions, big.Vocabulary
	same.Width, same.Heads, same.Hidden = big.Width, big.Heads, big.Hidden
	same.Memory = small.Memory || big.Memory
	if same != big || small.Layers > big.Layers || small.Width > big.Width || small.Hidden > big.Hidden || small.Width*big.Heads != big.Width*small.Heads ||
		small.Actions > big.Actions || big.Span() > 1 && small.Actions < big.Actions {
		return fmt.Errorf("dit: a model of sizes %+v cannot grow from one of %+v: only layers, heads of the same width, hidden features and actions may become more, a memory may come in, and window and vocabulary differ", big, small)
	}
	// The root mean square of the same numbers among so many more zeros.
	shrink := float32(math.Sqrt(float64(small.Width) / float64(big.Width)))
	for _, p := range m.Params.All() {
		old := from.Params.Named(p.Name)
		if strings.HasSuffix(p.Name, "/out") || strings.HasPrefix(p.Name, "embed/") { // what writes into the residual stream
			clear(p.Data)
		}
		if old == nil || p == m.condition.words && big.Vocabulary != small.Vocabulary {
			continue
		}
		graft(p, old)
		if strings.HasSuffix(p.Name, "/gain") {
			for i := range old.Data {
				p.Data[i] *= shrink
			}
		}
	}
	return nil
}

// graft copies the weights of a smaller parameter of the same name into p, to where they mean the same.
func graft(p, old *nn.Param) {
	// Products that make several things at once have their columns side by side.
	parts := 1
	switch name := p.Name; {
	case strings.HasSuffix(name, "/qkv"):
		parts = 3 // queries, keys and values
	case strings.Contains(name, "/film/"), strings.HasSuffix(name, "/in"):
		parts = 2 // scale and shift; gate and what goes through it
	}
	wide, narrow := p.Shape[len(p.Shape)-1], old.Shape[len(old.Shape)-1]
	to, of := wide/parts, narrow/parts
	for at := 0; at < len(old.Data); at += of {
		row, part := at/narrow, at%narrow/of
		copy(p.Data[row*wide+part*to:][:of], old.Data[at:][:of])
	}
}
