package voxel

import (
	"fmt"
	"slices"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/grid"
)

// scene is what a glance at the picture tells.
type scene struct {
	counts [block.Count]int
	// oaks and spruces hold the columns in which trunks are seen.
	oaks, spruces []game.Cell
}

// Survey implements env.Surveyor: kinds are numbers of package block. It is cheap within 48 blocks of the player; beyond, land
// is made and forgotten again. Before the first Reset and after Close all is air.
func (e *environment) Survey(dst []uint8, low, size [3]int) {
	if min(size[0], size[1], size[2]) < 0 || len(dst) != size[0]*size[1]*size[2] {
		panic("voxel: Survey needs a dst of as many bytes as the box has blocks")
	}
	clear(dst)
	if !e.hasEpisode() {
		return
	}
	i := 0
	for y := low[1]; y < low[1]+size[1]; y++ {
		for z := low[2]; z < low[2]+size[2]; z++ {
			e.surveyRow(dst[i:i+size[0]], low[0], y, z)
			i += size[0]
		}
	}
}

// surveyRow surveys a row along x, chunk by chunk.
func (e *environment) surveyRow(dst []uint8, x, y, z int) {
	g := e.world.Grid
	for i := 0; i < len(dst); {
		if uint(y) >= grid.Height {
			dst[i] = uint8(g.At(x+i, y, z))
			i++
			continue
		}
		c := g.Chunk((x+i)>>4, z>>4)
		for end := min(len(dst), i+16-(x+i)&15); i < end; i++ {
			dst[i] = uint8(c.Blocks[grid.Index((x+i)&15, y, z&15)])
		}
	}
}

// survey glances at the picture.
func (e *environment) survey() scene {
	var s scene
	e.glance(func(_, _ int, hit game.Hit) {
		s.counts[hit.Kind]++
		column := game.Cell{X: hit.Cell.X, Z: hit.Cell.Z}
		switch hit.Kind {
		case block.OakLog:
			s.oaks = include(s.oaks, column)
		case block.SpruceLog:
			s.spruces = include(s.spruces, column)
		}
	})
	return s
}

func include(cells []game.Cell, c game.Cell) []game.Cell {
	if slices.Contains(cells, c) {
		return cells
	}
	return append(cells, c)
}

func (s *scene) trees() int { return len(s.oaks) + len(s.spruces) }

// share returns the hundredths of the picture that show one of the kinds.
func (s *scene) share(kinds ...block.Kind) int {
	n := 0
	for _, k := range kinds {
		n += s.counts[k]
	}
	return n * 100 / (viewRows * viewColumns)
}

// toward names the most notable thing ahead: "towards two oaks".
func (s *scene) toward() string {
	oaks, spruces := len(s.oaks), len(s.spruces)
	switch {
	case s.counts[block.Mark] > 0:
		return "towards a beacon"
	case s.counts[block.Table]+s.counts[block.Furnace] > 0:
		return "before a workshop"
	case oaks > 0 && oaks >= spruces:
		return "towards " + number(oaks, "oak")
	case spruces > 0:
		return "towards " + number(spruces, "spruce")
	case s.share(block.OakLeaves, block.SpruceLeaves) > 4:
		return "towards trees"
	case s.share(block.Water, block.Flow1, block.Flow2, block.Flow3, block.Ice) > 6:
		return "towards water"
	case s.counts[block.Lava] > 0:
		return "towards lava"
	case s.counts[block.Cactus] > 0:
		return "towards a cactus"
	}
	return ""
}

// number counts things in words.
func number(n int, thing string) string {
	if n == 1 {
		return article(thing)
	}
	words := [...]string{"two", "three", "four", "five", "six"}
	if n-2 < len(words) {
		return words[n-2] + " " + thing + "s"
	}
	return "many " + thing + "s"
}

// view lists what the picture shows most of.
func (s *scene) view() string {
	type part struct{ kind, share int }
	var parts []part
	for k := range s.counts {
		if share := s.share(block.Kind(k)); share >= 3 {
			parts = append(parts, part{k, share})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return b.share - a.share })
	var words []string
	for _, p := range parts[:min(len(parts), 5)] {
		name := named(block.Kind(p.kind))
		if p.kind == int(block.Air) {
			name = "sky"
		}
		words = append(words, fmt.Sprintf("%d%% %s", p.share, name))
	}
	if len(words) == 0 {
		return ""
	}
	return "the picture shows " + list(words)
}
