// Package gallery draws the pictures of the voxel worlds in docs/pictures/voxel, from seeds: `make pictures` writes them, and a
// test holds them to what the worlds show now.
package gallery

import (
	"fmt"
	"math/rand/v2"

	"somnium/agents"
	"somnium/agents/all"
	"somnium/agents/avatar"
	"somnium/env"
	"somnium/internal/picture"
)

// Sheet is a file of pictures beside each other.
type Sheet struct {
	// Name is that of the file, without its ending.
	Name  string
	shots []shot
}

// shot is a picture: what a player sees after an agent has played for a while and then has looked about.
type shot struct {
	// world is the environment's name, without the size.
	world string
	seed  uint64
	// agent plays for so many steps, or until the episode is over; moves follow.
	agent string
	steps int
	moves []avatar.Move
}

// The size of a picture, in pixels, and how many are in a row.
const (
	height, width = 200, 320
	columns       = 2
)

const survive = "VoxelSurvive-v0?distance=96&"

// cave is a world in which the player is given torches, and is left alone with them.
const cave = "VoxelNight-v0?textured=1&hour=12&creatures=0"

// torches are moves that put up to three torches ahead, and look straight on.
func torches() []avatar.Move {
	var moves []avatar.Move
	for _, at := range [...]struct{ right, pitch float64 }{{-35, 35}, {70, 30}, {-35, 22}} {
		moves = append(moves, glance(at.right, at.pitch), avatar.Hold(avatar.Controls{Place: "torch"}, 1), avatar.Hold(avatar.Controls{}, 5))
	}
	return append(moves, glance(0, 5))
}

// glance turns by some degrees to the right, and to a pitch.
func glance(right, pitch float64) avatar.Move {
	var aim avatar.Move
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if aim == nil {
			const pace = 10
			aim = avatar.Aim(s.Yaw+right, pitch, pace)
		}
		return aim(s)
	}
}

// Sheets lists the files.
func Sheets() []Sheet {
	at := func(world string, seed uint64) shot { return shot{world: world, seed: seed} }
	return []Sheet{
		{"biomes", []shot{
			at(survive+"textured=1&hour=15&biome=0", 43), at(survive+"textured=1&hour=15&biome=1", 29),
			at(survive+"textured=1&hour=15&biome=2", 21), at(survive+"textured=1&hour=15&biome=3", 38),
		}},
		{"looks", []shot{at(survive+"hour=15&biome=0", 14), at(survive+"textured=1&hour=15&biome=0", 14)}},
		{"dark", []shot{
			at(survive+"textured=1&hour=18.3&biome=0", 43), at(survive+"textured=1&hour=18.8&biome=0", 16),
			{world: cave, seed: 3, agent: "expert", steps: 1361, moves: torches()},
			{world: cave, seed: 3, agent: "expert", steps: 1381, moves: torches()},
		}},
		{"hut", []shot{
			{world: "VoxelBuild-v0?textured=1&distance=96&hour=15&structure=2&fov=90", seed: 1, agent: "builder", steps: 3000},
		}},
	}
}

// Draw draws a sheet.
func (s Sheet) Draw() (picture.Frame, error) {
	var panels []picture.Panel
	for _, shot := range s.shots {
		frame, err := shot.draw()
		if err != nil {
			return picture.Frame{}, fmt.Errorf("gallery: %s of seed %d: %w", shot.world, shot.seed, err)
		}
		panels = append(panels, picture.Panel{Frame: frame})
	}
	return picture.Sheet(panels, columns, picture.RowOptions{Gap: 4}), nil
}

// draw plays what leads to the picture.
func (s shot) draw() (picture.Frame, error) {
	e, err := env.Make(fmt.Sprintf("%s&height=%d&width=%d", s.world, height, width))
	if err != nil {
		return picture.Frame{}, err
	}
	defer e.Close()
	obs, err := e.Reset(env.Seeded(s.seed))
	if err != nil {
		return picture.Frame{}, err
	}
	cast, err := s.cast(e)
	if err != nil {
		return picture.Frame{}, err
	}
	for _, part := range cast {
		part.agent.Reset(s.seed)
		for n := 0; n < part.steps; n++ {
			step, err := e.Step(part.agent.Act(obs))
			if err != nil {
				return picture.Frame{}, err
			}
			if obs = step.Obs; step.Done() {
				return picture.Of(obs.Pixels(), height, width).Clone(), nil
			}
		}
	}
	return picture.Of(obs.Pixels(), height, width).Clone(), nil
}

// role is an agent and for how many steps it plays.
type role struct {
	agent agents.Agent
	steps int
}

// looking is for how many steps the moves of a shot are followed.
const looking = 80

// cast returns who plays, one after the other.
func (s shot) cast(e env.Env) ([]role, error) {
	var roles []role
	if s.agent != "" {
		agent, err := all.New(s.agent, e)
		if err != nil {
			return nil, err
		}
		roles = append(roles, role{agent, s.steps})
	}
	if len(s.moves) > 0 {
		agent, err := avatar.NewAgent("gallery", e, s.plan)
		if err != nil {
			return nil, err
		}
		roles = append(roles, role{agent, looking})
	}
	return roles, nil
}

// plan is the moves of the shot, and then to stand still.
func (s shot) plan() avatar.Plan {
	moves := s.moves
	return func(*rand.Rand, *avatar.Sight) []avatar.Move {
		next := append(moves, avatar.Hold(avatar.Controls{}, looking))
		moves = nil
		return next
	}
}
