package scripted

import (
	"math"

	"somnium/env"
)

// Actions of RigidCatch-v0.
const (
	catchStay = iota
	catchLeft
	catchRight
)

// catchDeadband is how far, in units, the paddle's centre may be from where the ball lands: the paddle moves half a unit a
// step at its default speed, and would tremble for less.
const catchDeadband = 0.3

// catch moves the paddle to where the ball comes down.
func catch(state env.State) int {
	ball, seesBall := find(state, "disc")
	paddle, seesPaddle := find(state, "paddle")
	if !seesBall || !seesPaddle {
		return catchStay
	}
	offset := landing(state, ball, paddle) - paddle.Position[0]
	switch {
	case offset < -catchDeadband:
		return catchLeft
	case offset > catchDeadband:
		return catchRight
	}
	return catchStay
}

// landing returns the x at which the ball comes down to the paddle's top, thrown back by the sides as by mirrors.
func landing(state env.State, ball, paddle env.Body) float64 {
	radius := ball.Size[0] / 2
	drop := ball.Position[1] - radius - (paddle.Position[1] + paddle.Size[1]/2)
	x := ball.Position[0] + ball.Velocity[0]*fallTime(drop, ball.Velocity[1], state.Values["gravity"])
	width, known := state.Values["world_width"]
	if !known {
		return x
	}
	return fold(x, radius, width-radius)
}

// fallTime returns how long a body with the upward velocity vy takes to fall by drop: the later root of
// drop + vy t - g t^2 / 2 = 0, and 0 for a body that is below already or never comes down.
func fallTime(drop, vy, g float64) float64 {
	if drop <= 0 {
		return 0
	}
	if g > 0 {
		return (vy + math.Sqrt(vy*vy+2*g*drop)) / g
	}
	if vy < 0 {
		return drop / -vy
	}
	return 0
}

// fold reflects x at low and high until it lies between them.
func fold(x, low, high float64) float64 {
	span := high - low
	if span <= 0 {
		return (low + high) / 2
	}
	x = math.Mod(x-low, 2*span)
	if x < 0 {
		x += 2 * span
	}
	return low + min(x, 2*span-x)
}
