package render

import "somnium/sim/voxel/block"

// plant says of every sixteenth of a plant's square, from the top, what is there: 0 nothing, faceSouth leaf or stem, faceTop
// blossom.
type plant [16][16]uint8

// plantPictures are the plants in eighths of a block: # is a leaf, o a blossom.
var plantPictures = map[block.Kind][8]string{
	block.TallGrass: {
		"        ",
		"        ",
		" #    # ",
		" #  # # ",
		" ## # # ",
		"  # ### ",
		"  ####  ",
		"  ####  ",
	},
	block.RedFlower: {
		"        ",
		"        ",
		"  ooo   ",
		"  ooo   ",
		"  ooo   ",
		"   #    ",
		"  ##    ",
		"   #    ",
	},
	block.YellowFlower: {
		"        ",
		"        ",
		"        ",
		"   oo   ",
		"   oo   ",
		"   #    ",
		"   ##   ",
		"   #    ",
	},
	block.Sapling: {
		"        ",
		"   ##   ",
		"  ####  ",
		" ###### ",
		"  ####  ",
		"   #    ",
		"   #    ",
		"   #    ",
	},
	block.Bush: {
		"        ",
		"        ",
		"  ####  ",
		" ##o##  ",
		" #####o ",
		" o####  ",
		"  ##o#  ",
		"   ##   ",
	},
}

// plantTable returns the plants at their full size, by kind.
func plantTable() (table [block.Count]plant) {
	for k, picture := range plantPictures {
		for v := range 16 {
			for u := range 16 {
				switch picture[v/2][u/2] {
				case '#':
					table[k][v][u] = faceSouth
				case 'o':
					table[k][v][u] = faceTop
				}
			}
		}
	}
	return table
}

// stem is the colour of the green of plants that blossom.
var stem = block.RGB{92, 146, 62}

// blossoms says whether a plant has another colour at its blossom.
func blossoms(k block.Kind) bool {
	return k == block.RedFlower || k == block.YellowFlower || k == block.Bush
}

// plantLike says whether a kind is a plant.
func plantLike(k block.Kind) bool { return k.Info().Shape == block.Cross }
