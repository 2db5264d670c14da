package render

import (
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// mix returns random bits for a place.
func mix(x, y, z, salt int) uint32 {
	h := uint64(x)*0x9e3779b97f4a7c15 ^ uint64(y)*0xc2b2ae3d27d4eb4f ^ uint64(z)*0x165667b19e3779f9 ^ uint64(salt)*0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return uint32(h * 0xd6e8feb86659fd93 >> 32)
}

// ramp returns smooth noise at x, z, 0..255, with a corner every size blocks.
func ramp(x, z, size, salt int) int {
	bx, bz, fx, fz := floorDiv(x, size), floorDiv(z, size), x-floorDiv(x, size)*size, z-floorDiv(z, size)*size
	corner := func(dx, dz int) int { return int(mix(bx+dx, 0, bz+dz, salt) & 255) }
	a := corner(0, 0)*(size-fx) + corner(1, 0)*fx
	b := corner(0, 1)*(size-fx) + corner(1, 1)*fx
	return (a*(size-fz) + b*fz) / (size * size)
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((b - 1 - a) / b)
	}
	return a / b
}

// hill returns the height of the ground of hills.
func hill(x, z int) int { return 14 + ramp(x, z, 24, 1)/12 + ramp(x, z, 7, 2)/80 }

const seaLevel = 22

// hills makes a land of hills with lakes, trees, plants, caves and a few torches.
func hills(c *grid.Chunk) {
	clear(c.Blocks[:])
	for z := range grid.Side {
		for x := range grid.Side {
			layColumn(c, x, z)
		}
	}
	for z := 2; z < grid.Side-2; z++ {
		for x := 2; x < grid.Side-2; x++ {
			wx, wz := c.X*grid.Side+x, c.Z*grid.Side+z
			if ground := hill(wx, wz); ground >= seaLevel && mix(wx, 1, wz, 9)%60 == 0 {
				plantTree(c, x, ground+1, z)
			}
		}
	}
}

func layColumn(c *grid.Chunk, x, z int) {
	wx, wz := c.X*grid.Side+x, c.Z*grid.Side+z
	ground := hill(wx, wz)
	put := func(y int, k block.Kind) { c.Blocks[grid.Index(x, y, z)] = k }
	for y := range ground + 1 {
		switch cave := ramp(wx+3*y, wz-2*y, 9, 3); {
		case y == 0:
			put(y, block.Bedrock)
		case cave > 165 && y < ground+1 && y > 2 && ground > seaLevel:
		case y == ground && ground < seaLevel:
			put(y, block.Sand)
		case y == ground:
			put(y, block.Grass)
		case y > ground-3:
			put(y, block.Dirt)
		case mix(wx, y, wz, 4)%40 == 0:
			put(y, block.CoalOre+block.Kind(y%3))
		default:
			put(y, block.Stone)
		}
	}
	for y := ground + 1; y <= seaLevel; y++ {
		put(y, block.Water)
	}
	if r := mix(wx, 2, wz, 5) % 64; ground >= seaLevel && r < 6 && c.Blocks[grid.Index(x, ground, z)] == block.Grass {
		put(ground+1, [6]block.Kind{block.TallGrass, block.TallGrass, block.RedFlower, block.YellowFlower, block.Torch, block.Glass}[r])
	}
}

func plantTree(c *grid.Chunk, x, y, z int) {
	for dy := 3; dy < 7; dy++ {
		for dz := -2; dz <= 2; dz++ {
			for dx := -2; dx <= 2; dx++ {
				if dy < 5 || max(dx, -dx)+max(dz, -dz) < 3 {
					c.Blocks[grid.Index(x+dx, y+dy, z+dz)] = block.OakLeaves
				}
			}
		}
	}
	for dy := range 5 {
		c.Blocks[grid.Index(x, y+dy, z)] = block.OakLog
	}
}

// rubble fills the lower half of the world with so many random blocks of a thousand, of all kinds.
func rubble(share uint32, salt int) grid.Generator {
	return func(c *grid.Chunk) {
		for i := range c.Blocks {
			x, y, z := c.X*grid.Side+i&15, i>>8, c.Z*grid.Side+i>>4&15
			c.Blocks[i] = block.Air
			if h := mix(x, y, z, salt); y < 40 && h%1000 < share {
				c.Blocks[i] = block.Kind(h / 1000 % uint32(block.Count))
			}
		}
	}
}

// stands returns cameras over a land: on the ground, in the air, under ground and under water, looking anywhere.
func stands(n int) []Camera {
	var list []Camera
	for i := range n {
		x, z := int(mix(i, 0, 0, 20)%400)-200, int(mix(i, 1, 0, 20)%400)-200
		y := hill(x, z) + 1
		height := y*fixed.One + fixed.One*162/100
		switch i % 8 {
		case 1:
			height += int(mix(i, 2, 0, 20) % (30 * fixed.One))
		case 2:
			height = 4*fixed.One + int(mix(i, 3, 0, 20)%(20*fixed.One))
		case 3:
			height = 90 * fixed.One
		}
		list = append(list, Camera{
			X: x*fixed.One + int(mix(i, 4, 0, 20)&0xffff), Y: height, Z: z*fixed.One + int(mix(i, 5, 0, 20)&0xffff),
			Yaw: int(mix(i, 6, 0, 20) % fixed.Turn), Pitch: stoop(i),
		})
	}
	return list
}

// stoop returns a pitch: mostly ahead, at times steep, now and then plumb.
func stoop(i int) int {
	switch h := mix(i, 7, 0, 20); i % 5 {
	case 0:
		return int(h%(2*9000)) - 9000
	case 1:
		return [3]int{9000, -9000, 0}[h%3]
	default:
		return int(h%4000) - 1000
	}
}

func open64(t testing.TB, o Options) *Renderer {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
