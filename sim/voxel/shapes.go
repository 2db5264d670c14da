package voxel

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/render"
)

// strides is the number of poses of a walk: standing, and each leg ahead.
const strides = 3

// shape is what a kind of creature looks like, in each pose.
type shape [strides][]render.Box

// box returns a box between two corners in sixteenths of a block, from the middle of the creature's floor.
func box(x0, y0, z0, x1, y1, z1 int, color block.RGB) render.Box {
	const sixteenth = fixed.One / 16
	return render.Box{
		Low: [3]int{x0 * sixteenth, y0 * sixteenth, z0 * sixteenth}, High: [3]int{x1 * sixteenth, y1 * sixteenth, z1 * sixteenth},
		Color: color,
	}
}

// shapes returns the shapes of all kinds, by kind.
func shapes() [game.Arrow + 1]shape {
	var all [game.Arrow + 1]shape
	for pose := range strides {
		// How far the left legs are ahead; the right ones are as far behind.
		step := [strides]int{0, 3, -3}[pose]
		all[game.Cow][pose] = fourLegged(game.Cow, 9, 22, step)
		all[game.Sheep][pose] = fourLegged(game.Sheep, 8, 20, step)
		all[game.Zombie][pose] = twoLegged(game.Zombie, block.RGB{62, 58, 130}, 4, step)
		all[game.Skeleton][pose] = twoLegged(game.Skeleton, block.RGB{150, 150, 146}, 2, step)
		all[game.Arrow][pose] = []render.Box{box(-1, 1, -5, 1, 3, 4, game.Arrow.Info().Color), box(-1, 1, 4, 1, 3, 6, game.Arrow.Info().Head)}
	}
	return all
}

// fourLegged is an animal whose belly and back are at two heights, looking along z.
func fourLegged(kind game.CreatureKind, belly, back, step int) []render.Box {
	info := kind.Info()
	dark := darker(info.Color)
	return []render.Box{
		box(-6, belly, -10, 6, back, 8, info.Color),
		box(-4, back-6, 8, 4, back+2, 14, info.Head),
		box(-5, 0, -9-step, -2, belly, -6-step, dark), box(2, 0, -9+step, 5, belly, -6+step, dark),
		box(-5, 0, 4+step, -2, belly, 7+step, dark), box(2, 0, 4-step, 5, belly, 7-step, dark),
	}
}

// twoLegged is a monster of human shape, its arms stretched out ahead.
func twoLegged(kind game.CreatureKind, legs block.RGB, thick, step int) []render.Box {
	info := kind.Info()
	half := thick / 2
	return []render.Box{
		box(-4, 12, -2, 4, 24, 2, info.Color), box(-4, 24, -4, 4, 31, 4, info.Head),
		box(-4, 0, -half+step, -4+thick, 12, half+step, legs), box(4-thick, 0, -half-step, 4, 12, half-step, legs),
		box(-4-thick, 20, -2, -4, 20+thick, 9, info.Head), box(4, 20, -2, 4+thick, 20+thick, 9, info.Head),
	}
}

func darker(c block.RGB) block.RGB {
	for i := range c {
		c[i] -= c[i] / 4
	}
	return c
}

// pose returns the pose of a creature at a tick: those that walk change legs.
func pose(c *game.Creature, tick int) int {
	if c.Vel.Level() < fixed.One/60 {
		return 0
	}
	return 1 + (tick+c.ID)/5%2
}
