package terrain_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/terrain"
)

// A chunk does not depend on what was made before it, and two seeds make two lands.
func TestChunksAreFunctionsOfTheSeed(t *testing.T) {
	digests := map[string]bool{}
	for seed := range uint64(8) {
		var sum [2]string
		for turn := range 2 {
			land := terrain.New(terrain.Options{Seed: seed})
			var c grid.Chunk
			if turn == 1 {
				c.X, c.Z = 40, -7
				land.Chunk(&c)
			}
			c.X, c.Z = -3, 2
			land.Chunk(&c)
			hash := sha256.New()
			for _, k := range c.Blocks {
				hash.Write([]byte{byte(k)})
			}
			sum[turn] = fmt.Sprintf("%x", hash.Sum(nil))
		}
		if sum[0] != sum[1] {
			t.Errorf("seed %d: the chunk depends on what was made before it", seed)
		}
		digests[sum[0]] = true
	}
	if len(digests) != 8 {
		t.Errorf("8 seeds make %d lands", len(digests))
	}
}

// Ground, which asks for one column, agrees with the chunks, which are made patch by patch.
func TestGroundIsWhereTheChunkHasIt(t *testing.T) {
	land := terrain.New(terrain.Options{Seed: 5})
	g := grid.New(16, land.Chunk)
	for z := -60; z < 60; z += 3 {
		for x := -60; x < 60; x++ {
			height, biome := land.Ground(x, z)
			switch k := g.At(x, height, z); k {
			case block.Grass, block.Dirt, block.Stone, block.Sand, block.Sandstone, block.Snow, block.Gravel:
				t.Fatalf("above the ground at %d, %d, %v, there is %v", x, z, biome, k)
			}
		}
	}
}

// Over many seeds there is every biome and every kind of natural block, and water where the land is low.
func TestTheLandIsVaried(t *testing.T) {
	var kinds [block.Count]int
	var biomes [terrain.Biomes]int
	for seed := range uint64(12) {
		land := terrain.New(terrain.Options{Seed: seed})
		for i := range 9 {
			c := grid.Chunk{X: 5 * (i % 3), Z: 5 * (i / 3)}
			land.Chunk(&c)
			_, biome := land.Ground(c.X*grid.Side, c.Z*grid.Side)
			biomes[biome]++
			for _, k := range c.Blocks {
				kinds[k]++
			}
		}
	}
	for b, n := range biomes {
		if n < 4 {
			t.Errorf("of 108 chunks, %d are %v", n, terrain.Biome(b))
		}
	}
	for _, k := range []block.Kind{
		block.Grass, block.Dirt, block.Stone, block.Sand, block.Sandstone, block.Snow, block.Ice, block.Gravel, block.Bedrock,
		block.Water, block.Lava, block.OakLog, block.OakLeaves, block.SpruceLog, block.SpruceLeaves, block.Cactus,
		block.CoalOre, block.IronOre, block.DiamondOre, block.TallGrass, block.RedFlower, block.YellowFlower,
	} {
		if kinds[k] < 10 {
			t.Errorf("of 108 chunks, %d blocks are %v", kinds[k], k)
		}
	}
	t.Logf("biomes %v, air %d, lava %d, iron %d, diamond %d", biomes, kinds[block.Air], kinds[block.Lava], kinds[block.IronOre], kinds[block.DiamondOre])
}

func TestTheMeadowIsLevel(t *testing.T) {
	land := terrain.New(terrain.Options{Seed: 9, Meadow: 14})
	g := grid.New(4, land.Chunk)
	for z := -14; z <= 14; z++ {
		for x := -14; x <= 14; x++ {
			if height, _ := land.Ground(x, z); height != terrain.Sea+3 || g.At(x, height-1, z) != block.Grass {
				t.Fatalf("at %d, %d the meadow is at %d, of %v", x, z, height, g.At(x, height-1, z))
			}
		}
	}
}

func TestOneBiomeCanBeAskedFor(t *testing.T) {
	for b := range terrain.Biome(terrain.Biomes) {
		land := terrain.New(terrain.Options{Seed: 3, Only: true, Biome: b})
		for x := range 400 {
			if _, got := land.Ground(x*7, x*3); got != b {
				t.Fatalf("asked for %v, got %v", b, got)
			}
		}
	}
}

func BenchmarkChunk(b *testing.B) {
	land := terrain.New(terrain.Options{Seed: 1})
	var c grid.Chunk
	for b.Loop() {
		c.X++
		land.Chunk(&c)
	}
}
