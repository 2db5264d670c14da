package render

import (
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// TestColumnsAreTheBlocks holds the bits of columns to what rays do at every kind.
func TestColumnsAreTheBlocks(t *testing.T) {
	g := grid.New(1, rubble(700, 3))
	chunk := g.Chunk(0, 0)
	var c columns
	c.survey(chunk)
	kinds := map[block.Kind]int{}
	for i, k := range chunk.Blocks {
		kinds[k]++
		column, bit := i%grid.Layer, i/grid.Layer
		any, dry, cube := c.any[column]>>bit&1 == 1, c.dry[column]>>bit&1 == 1, c.cubes[column]>>bit&1 == 1
		class := classOf(k)
		if any != (class != classClear) || dry != (any && class != classWater) || cube != (class == classCube) {
			t.Fatalf("%v, which is of class %d, is %v %v %v in its column", k, class, any, dry, cube)
		}
	}
	if len(kinds) != block.Count {
		t.Errorf("the rubble holds %d kinds of %d", len(kinds), block.Count)
	}
	for column, roof := range c.roof {
		for y := range grid.Height {
			if opaque := chunk.Blocks[y*grid.Layer+column].Opaque(); opaque && y >= int(roof) || !opaque && y == int(roof)-1 {
				t.Fatalf("column %d has its roof at %d, %v at %d", column, roof, opaque, y)
			}
		}
	}
}
