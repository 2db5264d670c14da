package wrap

import (
	"fmt"
	"maps"

	"somnium/env"
)

// pixels is the wrapper of whatever turns pictures into others: [Resize] and [Grey]. Where observations are a Dict, it turns
// the part "pixels" and passes the others on.
type pixels struct {
	env.Env
	stateless
	spec env.Spec
	// turn writes the picture that it makes of src to dst.
	turn func(dst, src []uint8)
	obs  env.Value
}

// newPixels wraps e so that its pictures become elements of the given space.
func newPixels(e env.Env, to env.Box, turn func(dst, src []uint8)) env.Wrapper {
	p := &pixels{Env: e, spec: e.Spec(), turn: turn, obs: to.New()}
	if dict, ok := p.spec.Observation.(env.Dict); ok {
		spaces := maps.Clone(dict.Spaces)
		spaces[pixelsKey] = to
		p.spec.Observation = env.Dict{Spaces: spaces}
		p.obs = env.Value{Dict: map[string]env.Value{pixelsKey: p.obs}}
	} else {
		p.spec.Observation = to
	}
	return env.KeepCapabilities(p)
}

// pixelsKey is the key of the picture in a Dict.
const pixelsKey = "pixels"

// pictureSpace returns the space of an environment's pictures: uint8, of two axes or of three, of all values.
func pictureSpace(what string, e env.Env) (env.Box, error) {
	space := e.Spec().Observation
	if dict, ok := space.(env.Dict); ok {
		space = dict.Spaces[pixelsKey]
	}
	box, ok := space.(env.Box)
	if !ok || box.Type != env.Uint8 || len(box.Shape) < 2 || len(box.Shape) > 3 || box.Low != 0 || box.High != 255 {
		return box, fmt.Errorf("wrap: %s takes pictures, and the observations of %s are %v", what, e.Spec().ID, e.Spec().Observation)
	}
	return box, nil
}

// Unwrap returns the environment inside.
func (p *pixels) Unwrap() env.Env { return p.Env }

// Veils implements [env.Veil]: the inner environment's frames are not those that are shown here.
func (p *pixels) Veils(capability any) bool { return speaksOfFrames(capability) }

// speaksOfFrames says whether a capability, given as [env.Veil] has it, takes or gives the frames of an environment.
func speaksOfFrames(capability any) bool {
	switch capability.(type) {
	case *env.Primer, *env.Reconstructor, *env.Surpriser:
		return true
	}
	return false
}

// Spec implements [env.Env].
func (p *pixels) Spec() env.Spec { return p.spec }

// Reset implements [env.Env].
func (p *pixels) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := p.Env.Reset(opts)
	if err != nil {
		return obs, err
	}
	return p.Observed(obs), nil
}

// Step implements [env.Env].
func (p *pixels) Step(action env.Value) (env.Step, error) {
	step, err := p.Env.Step(action)
	if err == nil {
		step.Obs = p.Observed(step.Obs)
	}
	return step, err
}

// Observed implements [env.Observer].
func (p *pixels) Observed(inner env.Value) env.Value {
	if inner.Dict == nil {
		p.turn(p.obs.U8, inner.U8)
		return p.obs
	}
	p.turn(p.obs.Dict[pixelsKey].U8, inner.Dict[pixelsKey].U8)
	for key, part := range inner.Dict {
		if key != pixelsKey {
			p.obs.Dict[key] = part
		}
	}
	return p.obs
}
