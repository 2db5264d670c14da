package voxel

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"somnium/env"
	"somnium/sim/voxel/terrain"
)

// Reward modes: the values of the parameter reward.
const (
	rewardNone = iota
	rewardSparse
	rewardShaped
)

// fixed is a parameter that is its default unless given.
func fixedParam(name, doc string, value, low, high float64) env.Param {
	return env.Param{Name: name, Doc: doc, Default: value, Min: low, Max: high}
}

// random is a parameter that each reset draws unless it is given, from its whole range where its task draws no other.
func randomParam(name, doc string, typical, low, high float64) env.Param {
	return env.Param{Name: name, Doc: doc, Default: typical, Min: low, Max: high, Random: true}
}

// toggle is a parameter that is 0 or 1.
func toggle(name, doc string, value float64) env.Param { return fixedParam(name, doc, value, 0, 1) }

// formParams are those that shape the spaces and the pictures: Make takes them, a Reset does not.
func formParams() []env.Param {
	return []env.Param{
		toggle("flat", "1: a few plain actions, one at a time, in place of MineRL's", 0),
		toggle("textured", "1: blocks have textures, 0: each face one colour", 0),
		toggle("hud", "1: the picture shows hand, crosshair and hotbar", 0),
		toggle("depth", "1: observe the distance of every pixel, in blocks", 0),
		toggle("segmentation", "1: observe the kind of block of every pixel", 0),
		toggle("instances", "1: observe the creature of every pixel, by its number modulo 255 plus 1; 0 is none", 0),
		toggle("inventory", "1: observe what the player carries and needs", 0),
		fixedParam("distance", "how far one sees, in blocks", 32, 16, 96),
		fixedParam("fov", "the vertical angle of view, in degrees", 70, 30, 110),
	}
}

// worldParams are those of every episode.
func worldParams(creatures, needs float64) []env.Param {
	return []env.Param{
		fixedParam("reward", "0: none, 1: sparse, 2: shaped", rewardSparse, rewardNone, rewardShaped),
		randomParam("hour", "the hour of day at the start, 0 to 24", 12, 0, 24),
		fixedParam("biome", "0: plains, 1: forest, 2: desert, 3: snow, -1: each in its place", -1, -1, terrain.Biomes-1),
		toggle("creatures", "1: animals and monsters come of themselves", creatures),
		toggle("needs", "1: the player grows hungry, thirsty and weary", needs),
	}
}

// wholeExcept names the parameters that need not be whole numbers.
var wholeExcept = []string{"hour"}

// checkParams returns an error unless every given value is listed, in bounds and whole where it must be.
func checkParams(id string, params []env.Param, given map[string]float64) error {
	if err := env.CheckParams(id, params, given); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if x := given[name]; x != math.Trunc(x) && !slices.Contains(wholeExcept, name) {
			return fmt.Errorf("voxel: %s's %s is %g, but it must be a whole number", id, name, x)
		}
	}
	return nil
}

// settings are the parameters of one episode.
type settings struct {
	list   []env.Param
	values []float64 // in the order of list
	given  []bool
}

func newSettings(list []env.Param) settings {
	return settings{list: list, values: make([]float64, len(list)), given: make([]bool, len(list))}
}

// begin takes what Make gave and what a Reset gives, which goes first, and the defaults.
func (s *settings) begin(made, reset map[string]float64) {
	for i := range s.list {
		value, ok := reset[s.list[i].Name]
		if !ok {
			value, ok = made[s.list[i].Name]
		}
		if !ok {
			value = s.list[i].Default
		}
		s.values[i], s.given[i] = value, ok
	}
}

func (s *settings) place(name string) int {
	for i := range s.list {
		if s.list[i].Name == name {
			return i
		}
	}
	panic("voxel: a task asks for a parameter that it does not list")
}

// get returns the value of a parameter.
func (s *settings) get(name string) float64 { return s.values[s.place(name)] }

// whole returns the value of a parameter that is a whole number.
func (s *settings) whole(name string) int { return int(s.get(name)) }

// draw draws a whole value between low and high, both included, for a parameter that was not given. The draw happens given
// or not, so that fixing one parameter leaves everything else that a seed draws as it was.
func (s *settings) draw(rng *rand.Rand, name string, low, high int) int {
	drawn := low + rng.IntN(high-low+1)
	i := s.place(name)
	if !s.given[i] {
		s.values[i] = float64(drawn)
	}
	return int(s.values[i])
}
