package rigid

import (
	"fmt"
	"math"

	"github.com/jakecoffman/cp/v2"
)

// pushDirections are the forces' directions by action.
var pushDirections = [...]cp.Vector{{}, {X: -1}, {X: 1}, {Y: 1}, {Y: -1}}

// reachDistance is how near the disc's centre must come to the mark's, in units.
const reachDistance = 0.6

// push is a disc that the agent pushes about. At the defaults one action moves the disc at rest by 0.19 units within the
// frame, and its speed tends to 5.8 units per second.
var push = scene{
	id:      "RigidPush-v0",
	doc:     "Push a disc to a mark: 0 nothing, 1 left, 2 right, 3 up, 4 down.",
	actions: len(pushDirections),
	steps:   100,
	params: []param{
		fixed("push", "acceleration while an action pushes, units per second squared", 55, 10, 100),
		fixed("damping", "rate at which the disc loses speed, per second", 10, 2, 20),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		w.bounce(0.3)
		w.walls(true, true, true, true)
		w.space.SetDamping(math.Exp(-w.params.get("damping")))
		paints := shuffled(w.rng)
		radius := uniform(w.rng, smallest, 0.9)
		goal, start := w.clearing(1.2), cp.Vector{}
		for range 100 {
			start = w.clearing(radius)
			if start.Distance(goal) >= 3 {
				break
			}
		}
		hole := 0.0
		if w.rng.IntN(2) == 0 {
			hole = 0.7
		}
		target := w.mark(paints[0], 1.1, hole, goal)
		agent := w.disc(paints[1], radius, start, cp.Vector{})
		return playPush(w, agent, target)
	},
}

func playPush(w *world, agent, target *body) script {
	distance := func() float64 { return agent.position().Distance(target.position()) }
	var force cp.Vector
	before := distance()
	strength := w.params.get("push") * agent.rigid.Mass()
	return script{
		act:   func(action int) { force = pushDirections[action].Mult(strength) },
		drive: func() { agent.rigid.SetForce(force) },
		judge: func() (reward float64, terminated bool) {
			now := distance()
			reward = before - now
			before = now
			if now <= reachDistance {
				return reward + 1, true
			}
			return reward, false
		},
		caption: func() (string, string) {
			form := "disc"
			if target.form == ring {
				form = "ring"
			}
			return fmt.Sprintf("%s disc is pushed to %s %s", article(agent.paint.name), article(target.paint.name), form),
				sentences(
					fmt.Sprintf("the agent pushes %s left, right, up or down in a walled box with a %s background", describe(agent), w.ground.name),
					fmt.Sprintf("the disc is %s and %s", w.whereabouts(agent), motion(agent)),
					fmt.Sprintf("its goal is the flat %s %s %s", target.paint.name, form, w.whereabouts(target)))
		},
	}
}
