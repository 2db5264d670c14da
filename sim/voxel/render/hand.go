package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
)

// The colours of an arm and its sleeve.
var (
	skin   = block.RGB{222, 170, 134}
	sleeve = block.RGB{70, 130, 158}
)

// swings are how far the hand is moved to the left and up by the stages of a blow, in dots.
var swings = [8][2]int{{0, 0}, {3, 2}, {8, 5}, {13, 6}, {15, 4}, {12, 0}, {7, -3}, {3, -2}}

// drawHand draws the right hand and what it holds, in the light of the eye's cell.
func (r *Renderer) drawHand(rgb []uint8, hand *Hand) {
	t := &r.tracer
	level := r.lightIn(t.eyeLayer[axisX], t.eyeLayer[axisY], t.eyeLayer[axisZ])
	move := swings[hand.Swing&7]
	// Places are in dots from the lower right corner, a dot being 1/64 of the height.
	at := func(up, left int) corner {
		return corner{r.options.Height - 1 - (up+move[1])*r.options.Height/64, r.options.Width - 1 - (left+move[0])*r.options.Height/64}
	}
	paint := func(c block.RGB, side int, corners ...[2]int) {
		var q [4]corner
		for i := range q {
			q[i] = at(corners[i][0], corners[i][1])
		}
		r.fillQuad(rgb, q, shine(colorOf(c), side, level))
	}
	if k := hand.Item.Block(); k != block.Air && !flatItem(k) {
		info := k.Info()
		paint(info.Top, sideTop, [2]int{25, 11}, [2]int{20, -1}, [2]int{15, 9}, [2]int{20, 22})
		paint(info.Side, sideZ, [2]int{20, 22}, [2]int{15, 9}, [2]int{-10, 10}, [2]int{-4, 21})
		paint(info.Side, sideX, [2]int{15, 9}, [2]int{20, -1}, [2]int{-8, -1}, [2]int{-10, 10})
		return
	}
	paint(sleeve, sideX, [2]int{9, 13}, [2]int{15, 3}, [2]int{4, -8}, [2]int{-8, -2})
	paint(skin, sideZ, [2]int{16, 20}, [2]int{23, 11}, [2]int{15, 3}, [2]int{9, 13})
	if hand.Item != item.None {
		corner := at(36, 26)
		r.drawIcon(rgb, hand.Item, corner.i, corner.j, 22*r.options.Height/64, level)
	}
}

// flatItem says whether a block is held and carried as a picture, not as a cube.
func flatItem(k block.Kind) bool { return k.Info().Shape != block.Cube }
