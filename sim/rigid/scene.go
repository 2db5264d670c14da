package rigid

import (
	"slices"

	"somnium/env"
)

// scene is one kind of world. A new one is a file with such a value and a line in the table below.
type scene struct {
	id, doc string
	// actions is the number of choices: 1 where there is nothing to do but watch.
	actions int
	// steps is the time limit.
	steps  int
	params []param
	// crowded scenes have more than twelve shapes at once, walls included, and 46 at most; a reset takes them longer.
	crowded bool
	// check, where not nil, judges given parameters together; each is known to be within its bounds.
	check func(given map[string]float64) error
	// build fills an empty world and says what happens in it. It must not fail.
	build func(w *world) script
}

// table returns the size of the shape tables of the scene's space.
func (s *scene) table() int {
	if s.crowded {
		return crowdTable
	}
	return shapeTable
}

// scenes is the table.
func scenes() []*scene {
	return []*scene{
		&uniformMotion, &collision, &parabola,
		&bouncing, &occlusion,
		&push, &catch,
		&ramp, &stack, &pendulum, &curtain, &hiding, &comeback, &shatter, &combination,
	}
}

// Scenes returns every scene, ready for env.Register.
func Scenes() []env.Registration {
	var all []env.Registration
	for _, s := range scenes() {
		all = append(all, env.Registration{
			ID:              s.id,
			Doc:             s.doc,
			New:             func(c env.Config) (env.Env, error) { return newEnv(s, c) },
			Params:          envParams(s.params),
			MaxEpisodeSteps: s.steps,
		})
	}
	return slices.Clip(all)
}
