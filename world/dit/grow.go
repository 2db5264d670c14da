package dit

import (
	"fmt"
	"strings"
)

// Grow makes m, whose weights are fresh, compute what a model of fewer layers, actions or words computes: it copies the
// weights of from, and lets the layers that from does not have add nothing until they have learned to (Net2Net, arXiv
// 1511.05641, section 2; the zeroed outputs are of Fixup, arXiv 1901.09321). Where the vocabularies differ the words are
// learned anew, since they are hashed to other rows. A memory that from does not have adds nothing at first either. Where a latent
// takes several actions their number may not grow. It is an error, and m is left as it was, where from is larger or differs in
// another size; the window may differ.
func (m *Model) Grow(from *Model) error {
	big, small := m.Config, from.Config
	same := small
	same.Layers, same.Window, same.Actions, same.Vocabulary = big.Layers, big.Window, big.Actions, big.Vocabulary
	same.Memory = small.Memory || big.Memory
	if same != big || small.Layers > big.Layers || small.Actions > big.Actions || big.Span() > 1 && small.Actions < big.Actions {
		return fmt.Errorf("dit: a model of sizes %+v cannot grow from one of %+v: only layers and actions may become more, a memory may come in, and window and vocabulary differ", big, small)
	}
	for _, p := range m.Params.All() {
		old := from.Params.Named(p.Name)
		switch {
		case old == nil: // a layer or a memory that is new
			if strings.HasSuffix(p.Name, "/out") {
				clear(p.Data)
			}
		case p == m.condition.words && big.Vocabulary != small.Vocabulary:
		default: // the numbers of further actions are the last rows
			copy(p.Data, old.Data)
		}
	}
	return nil
}
