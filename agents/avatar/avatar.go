// Package avatar is the body that the agents of the voxel worlds steer: it tells where it stands and where it looks, and turns
// intentions (walk on, turn by so much, hit) into actions of the full or of the flat action space. On top of it are moves, which
// take some steps each, and an [Agent] that makes one plan of moves after the other.
package avatar

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"somnium/env"
)

// Controls is what to do in a step.
type Controls struct {
	// Forward is 1, 0 or -1 (back); Strafe 1 (right), 0 or -1 (left).
	Forward, Strafe                  int
	Jump, Sneak, Sprint, Attack, Use bool
	// Sleep lies down to sleep, and sleeps on.
	Sleep bool
	// Yaw and Pitch are by how many degrees to turn right and down in this step: at most 10, and what the camera can.
	Yaw, Pitch float64
	// Hotbar is the slot to take into the hand, 1 to 9, or 0. The flat space takes the next one.
	Hotbar int
	// Craft is the recipe to follow, 1 to 24, or 0. The flat space makes what the environment finds best.
	Craft int
	// Place is a block of [Placeable] to place, or empty. The flat space cannot say it: there it is a Use of what is in the hand.
	Place string
}

// Sight is what the avatar knows of itself. Lengths are in blocks, angles in degrees.
type Sight struct {
	// X, Y and Z are the eye's place; yaw 0 looks along z and grows to the right, pitch grows downward, -90..90.
	X, Y, Z, Yaw, Pitch float64
	// Airborne says that it rises or falls.
	Airborne bool
	// Diving says that the head is, or was lately, under water.
	Diving bool
	// Crosshair is the number of the kind of block in reach under the crosshair, 0 for none; Distance is how far off.
	Crosshair int
	Distance  float64
	// Truth is the whole state.
	Truth env.State

	// tolerance is how far off a look may stay, least the least turn that there is.
	tolerance, least float64
}

// Carries returns how many of an item the avatar carries.
func (s *Sight) Carries(item string) int { return int(s.Truth.Values["inventory_"+item]) }

// Avatar is the player's body in one voxel environment.
type Avatar struct {
	prober env.Prober
	flat   bool
	action env.Value
	sight  Sight
}

// New returns the avatar in e, for the agent of the given name, which errors mention. It is an error where e is no voxel world
// with its usual actions, or does not tell its true state.
func New(agent string, e env.Env) (*Avatar, error) {
	spec := e.Spec()
	if !strings.HasPrefix(spec.ID, "Voxel") {
		return nil, fmt.Errorf("%s: %s is no voxel world, and this agent walks on legs; it acts in the environments called Voxel...; any environment takes the agents random and sticky", agent, spec.ID)
	}
	prober, ok := env.As[env.Prober](e)
	if !ok {
		return nil, fmt.Errorf("%s: %s does not tell its true state, by which the agent finds its way; take the agent random or sticky", agent, spec.ID)
	}
	flat, ok := layout(spec.Action)
	if !ok {
		return nil, fmt.Errorf("%s: the actions of %s are %v, which are not those of a voxel world; take off what changes them", agent, spec.ID, spec.Action)
	}
	return &Avatar{prober: prober, flat: flat, action: spec.Action.New()}, nil
}

// layout says whether the space is that of the flat actions, and whether it is one of a voxel world at all.
func layout(space env.Space) (flat, ok bool) {
	switch space := space.(type) {
	case env.Discrete:
		return true, space.N == flatActions
	case env.MultiDiscrete:
		return false, slices.Equal(space.Nvec, fullActions())
	}
	return false, false
}

// Still returns the action that does nothing, where the space is one of a voxel world: its zeros would turn the camera.
func Still(space env.Space) (action env.Value, ok bool) {
	flat, ok := layout(space)
	if !ok {
		return env.Value{}, false
	}
	action = space.New()
	if !flat {
		fullAction(&Controls{}, action.Int)
	}
	return action, true
}

// See looks at the present moment. What it returns holds until the next See.
func (a *Avatar) See() *Sight {
	state := a.prober.State()
	v := state.Values
	var falling float64
	if len(state.Bodies) > 0 {
		falling = state.Bodies[0].Velocity[1]
	}
	a.sight = Sight{
		tolerance: fineTolerance, least: fineTurn,
		X: v["x"], Y: v["y"], Z: v["z"], Yaw: v["yaw"], Pitch: v["pitch"],
		Airborne: math.Abs(falling) > restless, Diving: v["breath"] < 1,
		Crosshair: int(v["crosshair"]), Distance: v["crosshair_distance"], Truth: state,
	}
	if a.flat {
		a.sight.tolerance, a.sight.least = flatTolerance, flatTurn
	}
	return &a.sight
}

// restless is the vertical speed, in blocks a second, above which a body does not stand: gravity alone leaves a standing one
// with less than 1.6.
const restless = 1.7

// Act translates what to do into an action, which holds until the next Act.
func (a *Avatar) Act(c Controls) env.Value {
	if a.flat {
		a.action.Int[0] = flatAction(&c)
	} else {
		fullAction(&c, a.action.Int)
	}
	return a.action
}

// YawTo returns the yaw, in degrees, that looks from the avatar towards a place.
func (s *Sight) YawTo(x, z float64) float64 { return math.Atan2(s.X-x, z-s.Z) * 180 / math.Pi }

// PitchTo returns the pitch, in degrees, that looks from the avatar towards a place.
func (s *Sight) PitchTo(x, y, z float64) float64 {
	return math.Atan2(s.Y-y, s.DistanceTo(x, z)) * 180 / math.Pi
}

// Apart returns by how many degrees, -180 to 180, one turns right from one yaw to another.
func Apart(from, to float64) float64 { return math.Remainder(to-from, 360) }

// DistanceTo returns how far a place is, along the ground, in blocks.
func (s *Sight) DistanceTo(x, z float64) float64 { return math.Hypot(x-s.X, z-s.Z) }
