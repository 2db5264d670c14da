package stage

import (
	"errors"
	"strings"
	"unicode"

	"somnium/env"
)

// found is a scene that was found by words.
type found struct {
	name    string
	seed    uint64
	caption string
	score   float64
}

// idle are words that say nothing of a scene.
var idle = map[string]bool{
	"a": true, "an": true, "and": true, "the": true, "of": true, "in": true, "on": true, "is": true, "are": true, "it": true, "to": true,
	"at": true, "with": true, "its": true, "that": true, "there": true, "from": true, "by": true, "as": true,
}

// words returns the words of a text that say something, their endings taken off.
func words(text string) []string {
	var list []string
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !idle[w] {
			list = append(list, stem(w))
		}
	}
	return list
}

// stem takes the plain endings of English off a word: falls, falling and fall are one.
func stem(w string) string {
	for _, ending := range []string{"ing", "ed", "es", "s"} {
		if base, ok := strings.CutSuffix(w, ending); ok && len(base) >= 3 {
			return base
		}
	}
	return w
}

// Seeds that are looked through in a scene: fewer where a reset takes long, as in worlds that are walked through.
const (
	flatSeeds  = 40
	worldSeeds = 2
)

// find looks through the captions of the worlds for the one that has most of the words, in pairs of neighbours above all: a red
// ball is not a red paddle. The dreamed worlds come first among equals.
func (s *Stage) find(text string) (found, error) {
	asked := words(text)
	if len(asked) == 0 {
		return found{}, errors.New("stage: these words say nothing of a scene; try: a red ball falls towards a blue paddle")
	}
	var best found
	for _, world := range s.house.Worlds {
		opened, err := s.house.Truth(world.Name)
		if err != nil {
			return found{}, err
		}
		one, err := search(opened.Env, asked, world.Name)
		opened.Env.Close()
		if err != nil {
			return found{}, err
		}
		if world.Dreamt && one.score > 0 {
			one.score += 0.5
		}
		if one.score > best.score {
			best = one
		}
	}
	if best.score < 1 {
		return found{}, errors.New("stage: no world has anything of this; try: a disc passes behind a box, or: a ball falls towards a paddle")
	}
	return best, nil
}

// search returns the best seed of a world.
func search(e env.Env, asked []string, name string) (found, error) {
	best := found{name: name}
	captioner, ok := env.As[env.Captioner](e)
	if !ok {
		return best, nil
	}
	seeds := uint64(flatSeeds)
	if _, isDiscrete := e.Spec().Action.(env.Discrete); !isDiscrete {
		seeds = worldSeeds
	}
	for seed := range seeds {
		if _, err := e.Reset(env.Seeded(seed)); err != nil {
			return best, err
		}
		short, detailed := captioner.Captions()
		if score := fits(asked, words(short), words(detailed)); score > best.score {
			best.seed, best.caption, best.score = seed, short, score
		}
	}
	return best, nil
}

// fits counts the words that are asked for and found, those of the short caption twice, and neighbours that stay neighbours.
func fits(asked, short, detailed []string) float64 {
	count := func(list []string, weight float64) float64 {
		has, pairs := map[string]bool{}, map[[2]string]bool{}
		for i, w := range list {
			has[w] = true
			if i > 0 {
				pairs[[2]string{list[i-1], w}] = true
			}
		}
		sum := 0.0
		for i, w := range asked {
			if has[w] {
				sum += weight
			}
			if i > 0 && pairs[[2]string{asked[i-1], w}] {
				sum += weight
			}
		}
		return sum
	}
	return count(short, 2) + count(detailed, 1)
}
