package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
)

// part returns a box whose corners are in sixteenths of a block.
func part(x0, y0, z0, x1, y1, z1 int, c block.RGB) Box {
	const unit = fixed.One / 16
	return Box{Low: [3]int{x0 * unit, y0 * unit, z0 * unit}, High: [3]int{x1 * unit, y1 * unit, z1 * unit}, Color: c}
}

// dim returns a colour at 3/4 of its brightness.
func dim(c block.RGB) block.RGB {
	return block.RGB{uint8(int(c[0]) * 3 / 4), uint8(int(c[1]) * 3 / 4), uint8(int(c[2]) * 3 / 4)}
}

// Quadruped returns the boxes of an animal on four legs, 14/16 of a block wide and 22/16 tall: a cow or a sheep.
func Quadruped(body, head block.RGB) []Box {
	legs := dim(body)
	return []Box{
		part(-6, 9, -9, 6, 20, 8, body),
		part(-4, 13, 8, 4, 22, 14, head),
		part(-6, 0, -8, -2, 9, -4, legs), part(2, 0, -8, 6, 9, -4, legs),
		part(-6, 0, 3, -2, 9, 7, legs), part(2, 0, 3, 6, 9, 7, legs),
	}
}

// Biped returns the boxes of a figure on two legs, a block and 15/16 tall: a zombie, or with thin limbs a skeleton. reach holds
// its arms out ahead.
func Biped(body, head block.RGB, thin, reach bool) []Box {
	limb := 4
	if thin {
		limb = 2
	}
	boxes := []Box{
		part(-4, 23, -4, 4, 31, 4, head),
		part(-4, 11, -2, 4, 23, 2, body),
		part(-4, 0, -limb/2, -4+limb, 11, limb/2, dim(body)), part(4-limb, 0, -limb/2, 4, 11, limb/2, dim(body)),
	}
	for _, x := range [2]int{-4 - limb, 4} {
		if reach {
			boxes = append(boxes, part(x, 19, -2, x+limb, 19+limb, 10, head))
		} else {
			boxes = append(boxes, part(x, 11, -limb/2, x+limb, 23, limb/2, head))
		}
	}
	return boxes
}

// Shaft returns the boxes of an arrow.
func Shaft(wood, tip block.RGB) []Box {
	return []Box{part(-1, 1, -6, 1, 2, 5, wood), part(-1, 1, 5, 1, 2, 7, tip), part(-1, 0, -7, 1, 3, -5, tip)}
}

// Dropped returns the box of an item that lies on the ground.
func Dropped(c block.RGB) []Box { return []Box{part(-2, 1, -2, 2, 5, 2, c)} }
