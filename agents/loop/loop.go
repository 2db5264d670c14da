// Package loop is the agent that comes back: it walks from A to B and back to A along the way that it came, turns once around
// on the spot, and walks round a square until it stands and looks as before. Its episodes show places again after they were out
// of sight, which a model that forgets gets wrong.
package loop

import (
	"math"
	"math/rand/v2"

	"somnium/agents"
	"somnium/agents/avatar"
	"somnium/env"
)

// New returns a loop walker in the voxel world e, or an error where e is none.
func New(e env.Env) (agents.Agent, error) {
	return avatar.NewAgent("loop", e, func() avatar.Plan { return plan })
}

// plan is one of the loops, and then a look in a new direction.
func plan(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	l := &round{yaw: s.Yaw, pitch: 15 * rng.Float64(), pace: [...]float64{10, 10, 5.81, 3.22}[rng.IntN(4)]}
	var moves []avatar.Move
	switch draw := rng.IntN(6); {
	case draw < 3:
		moves = l.thereAndBack(rng)
	case draw < 5:
		moves = l.square(rng, s)
	default:
		moves = l.around(rng)
	}
	return append(moves, avatar.Aim(s.Yaw+60+240*rng.Float64(), l.pitch, l.pace))
}

// round is where a loop begins and ends, and how it is walked.
type round struct {
	// yaw and pitch are where it looks, in degrees; pace is the most degrees turned in a step.
	yaw, pitch, pace float64
	// trail holds the places passed, some two blocks apart.
	trail [][2]float64
}

func (l *round) manner() avatar.Manner { return avatar.Manner{Pitch: l.pitch, Pace: l.pace} }

// thereAndBack walks ahead, turns right around or a full turn more, and follows its own trail back to look along the first yaw.
func (l *round) thereAndBack(rng *rand.Rand) []avatar.Move {
	turn := float64(180 - 360*rng.IntN(2))
	if rng.Float64() < 0.3 {
		turn *= 3
	}
	return []avatar.Move{
		avatar.Aim(l.yaw, l.pitch, l.pace),
		l.noting(avatar.Go(l.yaw, 30+rng.IntN(120), l.manner())),
		avatar.Spin(turn, l.pace),
		l.back(),
		avatar.Aim(l.yaw, l.pitch, l.pace),
		avatar.Hold(avatar.Controls{}, 5+rng.IntN(15)),
	}
}

// around turns right around on the spot, in one go or in parts with a look between them.
func (l *round) around(rng *rand.Rand) []avatar.Move {
	parts := [...]int{1, 1, 2, 4}[rng.IntN(4)]
	direction := float64(1 - 2*rng.IntN(2))
	moves := []avatar.Move{avatar.Aim(l.yaw, l.pitch, l.pace)}
	for range parts {
		moves = append(moves, avatar.Spin(direction*360/float64(parts), l.pace), avatar.Hold(avatar.Controls{}, rng.IntN(12)))
	}
	return moves
}

// square walks round a square to where it began.
func (l *round) square(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	side, right := 4+6*rng.Float64(), float64(1-2*rng.IntN(2))
	x, z := s.X, s.Z
	moves := []avatar.Move{avatar.Aim(l.yaw, l.pitch, l.pace)}
	for corner := range 4 {
		yaw := (l.yaw + right*90*float64(corner)) * math.Pi / 180
		x, z = x-side*math.Sin(yaw), z+side*math.Cos(yaw)
		moves = append(moves, avatar.Walk(x, z, 120, l.manner()))
	}
	return append(moves, avatar.Aim(l.yaw, l.pitch, l.pace), avatar.Hold(avatar.Controls{}, 5+rng.IntN(15)))
}

// noting is a walk that leaves a trail.
func (l *round) noting(walk avatar.Move) avatar.Move {
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if n := len(l.trail); n == 0 || s.DistanceTo(l.trail[n-1][0], l.trail[n-1][1]) > 2 {
			l.trail = append(l.trail, [2]float64{s.X, s.Z})
		}
		return walk(s)
	}
}

// back walks along the trail to its beginning. A place that cannot be come to is left out.
func (l *round) back() avatar.Move {
	const patience = 40
	// Who turns slowly circles around a place that is near.
	nimble := avatar.Manner{Pitch: l.pitch, Pace: 10}
	var to avatar.Move
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		for {
			if to != nil {
				if c, done := to(s); !done {
					return c, false
				}
			}
			n := len(l.trail)
			if n == 0 {
				return avatar.Controls{}, true
			}
			to = avatar.Walk(l.trail[n-1][0], l.trail[n-1][1], patience, nimble)
			l.trail = l.trail[:n-1]
		}
	}
}
