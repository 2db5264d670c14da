// Package explorer is the agent that gets about in a voxel world: it heads for creatures, marks and far-off places one after the
// other, jumps over steps, swims, digs through what it cannot get around, and stops to look around and up and down. It covers
// far more land, and far more views of it, than an agent that acts at random.
package explorer

import (
	"math/rand/v2"

	"somnium/agents"
	"somnium/agents/avatar"
	"somnium/env"
)

// New returns an explorer of the voxel world e, or an error where e is none.
func New(e env.Env) (agents.Agent, error) {
	return avatar.NewAgent("explorer", e, func() avatar.Plan { return (&mind{}).plan })
}

// mind is what the explorer remembers in an episode.
type mind struct {
	// heading is where it was going, in degrees; x and z where the last leg began.
	heading float64
	x, z    float64
	begun   bool
	// shore is the last place from which it saw little water.
	shore [2]float64
}

// stayed is how far, in blocks, a leg must get for the heading to have been a good one.
const stayed = 3

// muchWater is the fraction of the picture from which on there is more water than land ahead.
const muchWater = 0.3

// plan is a leg to walk and, now and then, a look around.
func (m *mind) plan(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	wet := s.Truth.Values["view_water"]
	if !m.begun || wet < muchWater {
		m.shore = [2]float64{s.X, s.Z}
	}
	switch {
	case !m.begun:
		m.heading, m.begun = 360*rng.Float64(), true
	case wet >= muchWater && s.DistanceTo(m.shore[0], m.shore[1]) > stayed && rng.Float64() < 0.8:
		// The open sea all looks the same.
		m.heading = s.YawTo(m.shore[0], m.shore[1]) + 25*rng.NormFloat64()
	case s.DistanceTo(m.x, m.z) < stayed:
		m.heading += 90 + 180*rng.Float64() // back, or off to a side
	default:
		m.heading += 35 * rng.NormFloat64()
	}
	m.x, m.z = s.X, s.Z
	leg := m.leg(rng, s)
	if rng.Float64() < 0.4 {
		return append(gaze(rng, m.heading), leg)
	}
	return []avatar.Move{leg}
}

// leg is a walk to something that is seen, or along the heading.
func (m *mind) leg(rng *rand.Rand, s *avatar.Sight) avatar.Move {
	manner := avatar.Manner{
		Sprint: rng.Float64() < 0.5, Hop: rng.Float64() < 0.1, Digs: rng.Float64() < 0.7,
		Pitch: min(max(5+14*rng.NormFloat64(), -30), 40), Pace: pace(rng),
	}
	steps := 40 + rng.IntN(140)
	if seen := landmarks(s); len(seen) > 0 && rng.Float64() < 0.3 {
		to := seen[rng.IntN(len(seen))].Position
		m.heading = s.YawTo(to[0], to[2])
		return avatar.Walk(to[0], to[2], steps, manner)
	}
	return avatar.Go(m.heading, steps, manner)
}

// landmarks returns the bodies in sight that are worth a visit.
func landmarks(s *avatar.Sight) []env.Body {
	var seen []env.Body
	for _, b := range s.Truth.Bodies {
		if b.Kind != "player" && b.Kind != "arrow" && b.InFrame && b.Hidden < 1 && s.DistanceTo(b.Position[0], b.Position[2]) > stayed {
			seen = append(seen, b)
		}
	}
	return seen
}

// gaze stops and looks around: to some places on either side, up and down, or all around.
func gaze(rng *rand.Rand, heading float64) []avatar.Move {
	turn := pace(rng)
	if rng.Float64() < 0.25 {
		return []avatar.Move{avatar.Aim(heading, 0, turn), avatar.Spin(360*float64(1-2*rng.IntN(2)), turn)}
	}
	var moves []avatar.Move
	for range 1 + rng.IntN(3) {
		moves = append(moves,
			avatar.Aim(heading+70*rng.NormFloat64(), min(max(30*rng.NormFloat64(), -80), 80), turn),
			avatar.Hold(avatar.Controls{}, rng.IntN(10)))
	}
	return moves
}

// pace draws how fast to turn, in degrees a step.
func pace(rng *rand.Rand) float64 {
	return [...]float64{10, 10, 5.81, 3.22}[rng.IntN(4)]
}
