package grid_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// striped is ground whose height and stuff depend on the place.
func striped(c *grid.Chunk) {
	for i := range c.Blocks {
		c.Blocks[i] = block.Air
		if i/grid.Layer < 8+(c.X+i)&7 {
			c.Blocks[i] = block.Kind(1 + uint(c.X*3+c.Z*5)%4)
		}
	}
}

type place struct{ x, y, z int }

// The grid agrees with a map of all edits, however far apart they are and whatever was dropped between.
func TestEditsOutliveTheCache(t *testing.T) {
	g := grid.New(4, striped)
	fresh := grid.New(64, striped)
	rng := rand.New(rand.NewPCG(1, 2))
	edits := map[place]block.Kind{}
	for range 3000 {
		p := place{rng.IntN(160) - 80, rng.IntN(grid.Height), rng.IntN(160) - 80}
		k := block.Kind(rng.IntN(block.Count))
		want, ok := edits[p]
		if !ok {
			want = fresh.At(p.x, p.y, p.z)
		}
		if got := g.At(p.x, p.y, p.z); got != want {
			t.Fatalf("at %v is %v, want %v", p, got, want)
		}
		if g.Set(p.x, p.y, p.z, k) != (want != k) {
			t.Fatalf("Set of %v to %v, which was %v, tells the contrary", p, k, want)
		}
		edits[p] = k
	}
	for p, want := range edits {
		if got := g.At(p.x, p.y, p.z); got != want {
			t.Fatalf("at %v is %v, want %v", p, got, want)
		}
	}
}

func TestTopAndTorchesAreKept(t *testing.T) {
	g := grid.New(4, striped)
	rng := rand.New(rand.NewPCG(3, 4))
	kinds := []block.Kind{block.Air, block.Air, block.Stone, block.Torch}
	for range 5000 {
		g.Set(rng.IntN(16), rng.IntN(grid.Height), rng.IntN(16), kinds[rng.IntN(len(kinds))])
	}
	c := g.Chunk(0, 0)
	var torches []uint16
	for i, k := range c.Blocks {
		if k == block.Torch {
			torches = append(torches, uint16(i))
		}
	}
	if !slices.Equal(torches, c.Torches) || len(torches) == 0 {
		t.Errorf("%d torches are listed, there are %d", len(c.Torches), len(torches))
	}
	for x := range grid.Side {
		for z := range grid.Side {
			top := grid.Height
			for top > 0 && g.At(x, top-1, z) == block.Air {
				top--
			}
			if g.Top(x, z) != top {
				t.Errorf("the top at %d, %d is %d, want %d", x, z, g.Top(x, z), top)
			}
		}
	}
}

// Undo and Redo bring a world back, in the same grid and in another.
func TestUndoAndRedo(t *testing.T) {
	type kept struct {
		x, z  int
		edits []grid.Edit
	}
	g := grid.New(4, striped)
	rng := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		g.Set(rng.IntN(200)-100, rng.IntN(grid.Height), rng.IntN(200)-100, block.Kind(rng.IntN(block.Count)))
	}
	var all []kept
	g.Edits(func(x, z int, edits []grid.Edit) { all = append(all, kept{x, z, slices.Clone(edits)}) })
	want := contents(g)
	for _, other := range []*grid.Grid{g, grid.New(8, striped)} {
		other.Set(1, 40, 1, block.Glass)
		other.Undo()
		if got := contents(other); !slices.Equal(got, contents(grid.New(4, striped))) {
			t.Fatal("Undo leaves an edit")
		}
		for _, k := range all {
			other.Redo(k.x, k.z, k.edits)
		}
		if !slices.Equal(contents(other), want) {
			t.Fatal("Redo does not bring the edits back")
		}
	}
}

func contents(g *grid.Grid) (all []block.Kind) {
	for z := -7; z < 7; z++ {
		for x := -7; x < 7; x++ {
			all = append(all, g.Chunk(x, z).Blocks[:]...)
		}
	}
	return all
}

func TestVersionsTellStatesApart(t *testing.T) {
	g := grid.New(2, striped)
	first := g.Chunk(0, 0).Version
	g.Set(0, 3, 0, block.Air)
	second := g.Chunk(0, 0).Version
	third := g.Chunk(2, 0).Version
	fourth := g.Chunk(0, 0).Version
	seen := []uint64{first, second, third, fourth}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 4 {
		t.Errorf("versions %d %d %d %d repeat", first, second, third, fourth)
	}
	if g.Set(0, 3, 0, block.Air); g.Chunk(0, 0).Version != fourth {
		t.Error("setting what is there already changes the version")
	}
}

func TestLookingAllocatesNothing(t *testing.T) {
	g := grid.New(4, striped)
	x := 0
	walk := func() {
		for z := range 40 {
			g.At(x, 10, z)
		}
		x += 7
	}
	for range 30 {
		walk()
	}
	if n := testing.AllocsPerRun(100, walk); n != 0 {
		t.Errorf("%g allocations a walk", n)
	}
}
