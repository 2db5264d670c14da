package terrain

import "somnium/sim/voxel/grid"

// mix is the finaliser of SplitMix64, which changes every bit of the result with every bit of x.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// salt tells the uses of one seed apart.
type salt uint64

const (
	saltLand salt = iota + 1
	saltHills
	saltRoughness
	saltRiver
	saltHeat
	saltRain
	saltTree
	saltPlant
	saltOre
	saltCaveA
	saltCaveB
)

// hash returns 64 bits of the seed, the use and a place.
func (t *Terrain) hash(s salt, x, y, z int) uint64 {
	h := t.seed + uint64(s)*0x9e3779b97f4a7c15
	h = mix(h ^ uint64(uint32(x)) ^ uint64(uint32(z))<<32)
	return mix(h + uint64(y)*0xd1342543de82ef95)
}

// noise is value noise in the plane: random values 0..65535 at the corners of a lattice, smoothly blended between.
type noise struct {
	salt salt
	// bits is the base-2 logarithm of the lattice's spacing in blocks.
	bits int
}

// smooth returns 3f^2 - 2f^3 of f in 0..65535, in 0..65535.
func smooth(f int) int {
	return (f * f >> 16) * (3<<16 - 2*f) >> 16
}

// value returns the lattice's value.
func (t *Terrain) value(s salt, x, z int) int { return int(t.hash(s, x, 0, z) >> 48) }

// at returns the noise at a column, 0..65535.
func (n noise) at(t *Terrain, x, z int) int {
	cx, cz := x>>n.bits, z>>n.bits
	fx := smooth((x - cx<<n.bits) << 16 >> n.bits)
	fz := smooth((z - cz<<n.bits) << 16 >> n.bits)
	a, b := t.value(n.salt, cx, cz), t.value(n.salt, cx+1, cz)
	c, d := t.value(n.salt, cx, cz+1), t.value(n.salt, cx+1, cz+1)
	return blend(blend(a, b, fx), blend(c, d, fx), fz)
}

// blend goes from a to b as f goes from 0 to 65536.
func blend(a, b, f int) int { return a + (b-a)*f>>16 }

// margin is how far beyond its chunk a patch of columns reaches: as far as a crown reaches from its trunk.
const (
	margin = 2
	across = grid.Side + 2*margin
)

// patch is a number for every column of a chunk and its margin, at [z+margin][x+margin].
type patch [across][across]int32

// fill writes the noise over the patch of the chunk at block coordinates x0, z0. It gives what [noise.at] gives, but asks
// for each value of the lattice once.
func (n noise) fill(t *Terrain, dst *patch, x0, z0 int) {
	x0, z0 = x0-margin, z0-margin
	size := 1 << n.bits
	for cz := z0 >> n.bits; cz<<n.bits < z0+across; cz++ {
		for cx := x0 >> n.bits; cx<<n.bits < x0+across; cx++ {
			a, b := t.value(n.salt, cx, cz), t.value(n.salt, cx+1, cz)
			c, d := t.value(n.salt, cx, cz+1), t.value(n.salt, cx+1, cz+1)
			for z := max(cz*size, z0); z < min(cz*size+size, z0+across); z++ {
				fz := smooth((z - cz<<n.bits) << 16 >> n.bits)
				row := &dst[z-z0]
				for x := max(cx*size, x0); x < min(cx*size+size, x0+across); x++ {
					fx := smooth((x - cx<<n.bits) << 16 >> n.bits)
					row[x-x0] = int32(blend(blend(a, b, fx), blend(c, d, fx), fz))
				}
			}
		}
	}
}
