package rigid

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"somnium/env"
)

// param is a parameter of a scene.
type param struct {
	env.Param
	// whole says that the value counts something.
	whole bool
}

// fixed is a parameter that is its default unless given.
func fixed(name, doc string, value, low, high float64) param {
	return param{Param: env.Param{Name: name, Doc: doc, Default: value, Min: low, Max: high}}
}

// random is a parameter that each reset draws unless it is given.
func random(name, doc string, typical, low, high float64) param {
	return param{Param: env.Param{Name: name, Doc: doc, Default: typical, Min: low, Max: high, Random: true}}
}

// counting makes a parameter's values whole.
func counting(p param) param {
	p.whole = true
	return p
}

// params are the values of one episode's parameters.
type params struct {
	list []param
	// given are those that Make or Reset fixed, values those that the episode has.
	given, values map[string]float64
}

func newParams(list []param) *params {
	return &params{list: list, given: map[string]float64{}, values: map[string]float64{}}
}

// begin starts an episode with what Make gave and with what Reset gave, which goes first.
func (p *params) begin(made, reset map[string]float64) {
	clear(p.given)
	maps.Copy(p.given, made)
	maps.Copy(p.given, reset)
	clear(p.values)
	for i := range p.list {
		p.values[p.list[i].Name] = p.list[i].Default
	}
	maps.Copy(p.values, p.given)
}

// get returns the value of a parameter.
func (p *params) get(name string) float64 {
	value, ok := p.values[name]
	if !ok {
		panic("rigid: a scene asks for a parameter that it does not list")
	}
	return value
}

// propose sets a parameter that was not given to the drawn value, and returns the value that holds. The draw happens
// before, given or not, so that fixing one parameter leaves everything else that a seed draws as it was.
func (p *params) propose(name string, drawn float64) float64 {
	if value, ok := p.given[name]; ok {
		return value
	}
	p.get(name)
	p.values[name] = drawn
	return drawn
}

// draw proposes a value that is uniform between low and high.
func (p *params) draw(rng *rand.Rand, name string, low, high float64) float64 {
	return p.propose(name, uniform(rng, low, high))
}

// drawWhole proposes a whole number between low and high, both included.
func (p *params) drawWhole(rng *rand.Rand, name string, low, high int) int {
	return int(p.propose(name, float64(low+rng.IntN(high-low+1))))
}

// uniform draws from low <= x < high.
func uniform(rng *rand.Rand, low, high float64) float64 {
	return low + (high-low)*rng.Float64()
}

// envParams returns the list as the environment's spec shows it.
func envParams(list []param) []env.Param {
	shown := make([]env.Param, len(list))
	for i, p := range list {
		shown[i] = p.Param
	}
	return shown
}

// checkParams returns an error unless every given value is listed, in bounds and whole where it counts something.
func (s *scene) checkParams(given map[string]float64) error {
	if len(given) == 0 {
		return nil
	}
	if err := env.CheckParams(s.id, envParams(s.params), given); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(s.params, func(p param) bool { return p.Name == name })
		if x := given[name]; s.params[i].whole && x != math.Trunc(x) {
			return fmt.Errorf("rigid: %s's %s is %g, but it must be a whole number (%s)", s.id, name, x, s.params[i].Doc)
		}
	}
	return nil
}
