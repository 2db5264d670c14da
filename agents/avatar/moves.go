package avatar

import "math"

// Move is something that takes a number of steps. It returns what to do in the next one, or that it is done, and then does
// nothing. A move is used once.
type Move func(s *Sight) (c Controls, done bool)

// Aim turns to a yaw and a pitch, by at most pace degrees a step.
func Aim(yaw, pitch, pace float64) Move {
	steps := 0
	return func(s *Sight) (Controls, bool) {
		c := look(s, yaw, pitch, pace)
		steps++
		return c, c.Yaw == 0 && c.Pitch == 0 || steps > 100
	}
}

// look returns the turn towards a yaw and a pitch, by at most pace degrees: nothing where either is close enough.
func look(s *Sight, yaw, pitch, pace float64) Controls {
	return Controls{Yaw: s.bounded(Apart(s.Yaw, yaw), pace), Pitch: s.bounded(pitch-s.Pitch, pace)}
}

func (s *Sight) bounded(turn, pace float64) float64 {
	if math.Abs(turn) < s.tolerance {
		return 0
	}
	pace = max(pace, s.least)
	return min(max(turn, -pace), pace)
}

// Spin turns on the spot by some degrees, to the right where they are positive, by at most pace degrees a step.
func Spin(degrees, pace float64) Move {
	last, begun := 0.0, false
	steps := 0
	return func(s *Sight) (Controls, bool) {
		if begun {
			degrees -= Apart(last, s.Yaw)
		}
		last, begun = s.Yaw, true
		steps++
		turn := s.bounded(degrees, pace)
		return Controls{Yaw: turn}, turn == 0 || steps > 600
	}
}

// Hold does the same for a number of steps.
func Hold(c Controls, steps int) Move {
	return func(*Sight) (Controls, bool) {
		steps--
		return c, steps < 0
	}
}

// Dig hits what is under the crosshair, no farther than reach, until as many blocks are gone or the steps are over.
func Dig(blocks, steps int, reach float64) Move {
	target, seen := [3]float64{}, false
	return func(s *Sight) (Controls, bool) {
		at := [3]float64{s.Truth.Values["crosshair_x"], s.Truth.Values["crosshair_y"], s.Truth.Values["crosshair_z"]}
		there := s.Crosshair != 0 && s.Distance <= reach
		if seen && (!there || at != target) {
			blocks--
		}
		target, seen = at, there
		steps--
		return Controls{Attack: true}, blocks <= 0 || !there || steps < 0
	}
}

// Walk goes towards a place until it is nearer than a block, has lost patience by as many steps, or is stuck. Where something
// is in the way it jumps, then goes around, then digs. Water is swum in.
func Walk(x, z float64, patience int, manner Manner) Move {
	w := &walk{manner: manner, patience: patience}
	return func(s *Sight) (Controls, bool) {
		if s.DistanceTo(x, z) < 0.8 {
			return Controls{}, true
		}
		return w.step(s, s.YawTo(x, z))
	}
}

// Go goes along a yaw for a number of steps, or until it is stuck, as Walk does.
func Go(yaw float64, steps int, manner Manner) Move {
	w := &walk{manner: manner, patience: steps}
	return func(s *Sight) (Controls, bool) { return w.step(s, yaw) }
}

// Manner is how to walk.
type Manner struct {
	Sprint bool
	// Hop jumps all the while.
	Hop bool
	// Pitch is where to look, in degrees below the horizon; Pace the most degrees turned in a step.
	Pitch, Pace float64
	// Digs lets it dig through what it cannot get around.
	Digs bool
}

// walk is a walk under way.
type walk struct {
	manner   Manner
	patience int
	// blocked counts the steps that did not get it on; x and z are where it stood; dive the steps to swim up still.
	blocked, dive int
	x, z          float64
	begun, pushed bool
	// tunnel is the digging under way; tunnels counts those begun.
	tunnel  []Move
	tunnels int
}

// The steps of being blocked after which it goes around, digs, and gives up.
const (
	blockedAround = 10
	blockedDigs   = 34
	blockedGives  = 60
	// maxTunnels is how often a walk digs.
	maxTunnels = 4
)

func (w *walk) step(s *Sight, yaw float64) (Controls, bool) {
	for len(w.tunnel) > 0 {
		c, done := w.tunnel[0](s)
		if !done {
			return c, false
		}
		w.tunnel = w.tunnel[1:]
		w.pushed = false
	}
	w.notice(s, yaw)
	w.patience--
	if w.patience < 0 || w.blocked > blockedGives {
		return Controls{}, true
	}
	if w.blocked >= blockedDigs && w.manner.Digs && w.tunnels < maxTunnels {
		w.tunnels++
		w.blocked, w.tunnel = 0, dig(yaw)
	}
	c := look(s, yaw, w.manner.Pitch, w.manner.Pace)
	w.pushed = math.Abs(Apart(s.Yaw, yaw)) < 30
	c.Forward = truth(w.pushed)
	c.Sprint = w.manner.Sprint && w.blocked == 0
	c.Jump = w.pushed && (w.manner.Hop || w.blocked > 1) || w.dive > 0
	if w.blocked > blockedAround {
		c.Strafe = 1 - 2*(w.blocked/12%2)
	}
	return c, false
}

// notice sees whether the last step got it on along the yaw, and whether it must come up for air.
func (w *walk) notice(s *Sight, yaw float64) {
	sin, cos := math.Sincos(yaw * math.Pi / 180)
	gone := (s.Z-w.z)*cos - (s.X-w.x)*sin
	switch {
	case !w.begun || !w.pushed:
	case gone < 0.04:
		w.blocked++
	case w.blocked > 0:
		w.blocked--
	}
	w.x, w.z, w.begun = s.X, s.Z, true
	w.dive = max(w.dive-1, 0)
	if s.Diving {
		w.dive = 25
	}
}

// dig opens a way for head and feet along the axis nearest to a yaw, as blocks stand along axes, and looks ahead again.
func dig(yaw float64) []Move {
	yaw = 90 * math.Round(yaw/90)
	const reach, patience = 2.2, 130
	return []Move{
		Aim(yaw, 0, 10), Dig(1, patience, reach),
		Aim(yaw, 50, 10), Dig(1, patience, reach),
		Aim(yaw, 10, 10),
	}
}
