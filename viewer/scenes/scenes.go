// Package scenes is the table of the tests that the viewer plays: object permanence and physics as scenes, each with a verdict
// that is read off the true state as it plays, and, where a dream plays along, off whether the dream shows what is true.
package scenes

import (
	"somnium/env"
	"somnium/viewer/wire"
)

// Test is a scene that asks something.
type Test struct {
	// ID is its name in links, Title and Asks what people read.
	ID, Title, Asks string
	// Env is the name of the environment, Seed a seed that shows the point well.
	Env  string
	Seed uint64
	// Verdict says what there is to say at frame at of the film.
	Verdict func(f Film, at int) []wire.Line
	// Tour, where not nil, acts so that there is something to see: what the hands do in the state now, after the first one.
	Tour func(first, now env.State) wire.Hands
}

// Film is what happened so far.
type Film interface {
	// Size returns the height and width of the pictures.
	Size() (height, width int)
	// State returns the true state at a frame.
	State(frame int) env.State
	// Truth and Dream return the pictures, uint8 [height, width, 3]; nil where there is none.
	Truth(frame int) []byte
	Dream(frame int) []byte
	// Context is the number of frames that the dream was given.
	Context() int
}

// Moods of a line.
const (
	good = "good"
	bad  = "bad"
	open = "open"
	told = "told"
)

// Tests returns the table, in the order of the menu.
func Tests() []Test {
	return []Test{
		{ID: "occluder", Title: "Behind a box", Env: "RigidOccluder-v0?discs=1&occluder_width=4", Seed: 4, Verdict: permanence,
			Asks: "A disc goes behind a box. Does it come out again, where and when it should?"},
		{ID: "hidden-event", Title: "What happened in there?", Env: "RigidBehind-v0?lift=60", Seed: 3, Verdict: behind,
			Asks: "Behind the box the disc passes, stops or turns back. The box rises at frame 60 and shows which."},
		{ID: "out-of-frame", Title: "Out of the frame", Env: "RigidReturn-v0", Seed: 2, Verdict: permanence,
			Asks: "A disc is thrown up out of the picture. It must fall back into it."},
		{ID: "curtain", Title: "A swinging curtain", Env: "RigidSwingingOccluder-v0", Seed: 1, Verdict: permanence,
			Asks: "A plate swings and hides the discs behind it again and again. None may be lost."},
		{ID: "collision", Title: "Collision", Env: "RigidCollision-v0", Seed: 5, Verdict: collision,
			Asks: "Two discs meet head-on and elastically. Momentum and energy must be kept."},
		{ID: "fall", Title: "Free fall", Env: "RigidParabola-v0", Seed: 3, Verdict: parabola,
			Asks: "A disc is thrown sideways. Its height must follow the law of falling bodies."},
		{ID: "shatter", Title: "Shattering glass", Env: "RigidGlass-v0?way=1&impact=3", Seed: 2, Verdict: shatter,
			Asks: "A disc hits a pane harder than it can bear. It must break, and its pieces must not vanish."},
		{ID: "bounce-off", Title: "Glass that holds", Env: "RigidGlass-v0?way=1&impact=0.5", Seed: 2, Verdict: shatter,
			Asks: "The same pane, hit softly: it must hold."},
		{ID: "stack", Title: "A stack of boxes", Env: "RigidStack-v0", Seed: 3, Verdict: stack,
			Asks: "Boxes on top of each other stand, topple or are hit. The dream must have each where it is."},
		{ID: "look-away", Title: "Look away and back", Env: "VoxelLookAway-v0?width=96&hold=20&textured=1", Seed: 3, Verdict: lookAway, Tour: tourLookAway,
			Asks: "Look away from the coloured pillars, and back. They must stand where they stood."},
		{ID: "behind-wall", Title: "The sheep behind the wall", Env: "VoxelBehindWall-v0?width=96&textured=1", Seed: 2, Verdict: behindWall, Tour: tourBehindWall,
			Asks: "A sheep walks behind a wall. Find it afterwards: put the crosshair on it."},
		{ID: "changed-block", Title: "A changed block, revisited", Env: "VoxelRevisit-v0?width=96&hold=16&change=0&textured=1", Seed: 1, Verdict: revisit, Tour: tourRevisit,
			Asks: "Dig a block out of the wall, look away, look back. The hole must still be there."},
		{ID: "there-and-back", Title: "There and back", Env: "VoxelLoop-v0?width=96&mark_distance=12&textured=1", Seed: 2, Verdict: loop, Tour: tourLoop,
			Asks: "Walk to the beacon and back to the red pillar. The way back must lead home."},
	}
}

// Find returns the test of an id.
func Find(id string) (Test, bool) {
	for _, t := range Tests() {
		if t.ID == id {
			return t, true
		}
	}
	return Test{}, false
}
