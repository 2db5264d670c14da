package voxel

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/structure"
)

// plotGap is how many blocks lie between the pattern and the plot, plotAhead how many before both.
const plotGap, plotAhead = 2, 6

// construct asks to build on a plot what stands beside it as a pattern: sparse is 1 when it stands, shaped goes from 0 to 1
// with the fraction of its blocks that do, less the blocks that should not. The structures are those given, or where there
// are none those that come along.
func construct(given []*structure.Structure) *task {
	patterns := func() []*structure.Structure {
		if given != nil {
			return given
		}
		all, err := structure.All()
		if err != nil {
			panic("voxel: the structures that come along do not parse")
		}
		return all
	}()
	return &task{
		id: "VoxelBuild-v0", doc: "Build on a white plot the structure that stands beside it.", steps: 3000, meadow: 24,
		params: []env.Param{randomParam("structure", "which structure, by its number", 0, 0, float64(len(patterns)-1))},
		build: func(e *environment, rng *rand.Rand) {
			e.goal.Kind = e.settings.draw(rng, "structure", 0, len(patterns)-1)
			e.layOut(patterns[e.goal.Kind])
		},
		advance: func(e *environment) outcome {
			s := patterns[e.goal.Kind]
			right, wrong := e.built(s)
			had := e.goal.Count
			e.goal.Count = right - wrong
			o := outcome{shaped: float64(e.goal.Count-had) / float64(s.Solid()), done: right == s.Solid() && wrong == 0}
			if o.done {
				o.sparse = 1
			}
			return o
		},
		aim: func(e *environment) string {
			s := patterns[e.goal.Kind]
			right, _ := e.built(s)
			return fmt.Sprintf("the player is to build the %s that stands beside the white plot, and %d of its %d blocks are in place", s.Name, right, s.Solid())
		},
	}
}

// NewBuild returns VoxelBuild-v0 with a structure of one's own in place of those that come along.
func NewBuild(s *structure.Structure, c env.Config) (env.Env, error) {
	t := construct([]*structure.Structure{s})
	e, err := newEnv(t, c)
	if err != nil {
		return nil, err
	}
	return env.EnforceOrder(env.LimitTime(e, t.steps)), nil
}

// layOut puts up the pattern on the left and lays out the plot on the right of the player, who looks south and is given what
// it takes.
func (e *environment) layOut(s *structure.Structure) {
	e.world.Enter(0, 0, 0)
	floor, _ := e.land.Ground(0, 0)
	pattern := game.Cell{X: plotGap/2 + 1, Y: floor, Z: plotAhead}
	plot := game.Cell{X: -plotGap/2 - s.X, Y: floor, Z: plotAhead}
	e.goal.Target = plot
	for z := range s.Z {
		for x := range s.X {
			e.clear(pattern.X+x, pattern.Z+z)
			e.clear(plot.X+x, plot.Z+z)
			e.world.Grid.Set(plot.X+x, floor-1, plot.Z+z, block.White)
			for y := range s.Y {
				e.world.Grid.Set(pattern.X+x, floor+y, pattern.Z+z, s.At(x, y, z))
			}
		}
	}
	for k := range block.Kind(block.Count) {
		if n := s.Count(k); n > 0 && k != block.Air {
			e.world.Give(item.Of(k), min(n+2, game.MaxCount))
		}
	}
}

// clear takes away what grows on a column of the meadow.
func (e *environment) clear(x, z int) {
	y, _ := e.land.Ground(x, z)
	e.world.Grid.Set(x, y, z, block.Air)
}

// built returns how many blocks of the structure stand on the plot, and how many stand there that should not.
func (e *environment) built(s *structure.Structure) (right, wrong int) {
	plot := e.goal.Target
	for y := range s.Y {
		for z := range s.Z {
			for x := range s.X {
				want, got := s.At(x, y, z), e.world.Grid.At(plot.X+x, plot.Y+y, plot.Z+z)
				switch {
				case got == block.Air:
				case got == want:
					right++
				default:
					wrong++
				}
			}
		}
	}
	return right, wrong
}
