package datasets

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sort"
	"strings"
)

// clip is a window of an episode.
type clip struct {
	episode int // in the data set
	start   int // first frame
}

// stratum is the clips of one environment at one size.
type stratum struct {
	height, width int
	env           string
	episodes      []int
	ends          []uint64 // running sum of the episodes' numbers of windows
	share         float64  // frames times weight
	key           uint64   // of its permutations
}

// windows is the number of clips.
func (s *stratum) windows() uint64 { return s.ends[len(s.ends)-1] }

// clip returns the window of a number.
func (s *stratum) clip(window uint64) clip {
	i := sort.Search(len(s.ends), func(i int) bool { return window < s.ends[i] })
	start := window
	if i > 0 {
		start -= s.ends[i-1]
	}
	return clip{episode: s.episodes[i], start: int(start)}
}

// draw returns clip i of the endless sequence in which each run of windows() holds every window once, in an order of its
// own.
func (s *stratum) draw(i uint64) clip {
	n := s.windows()
	return s.clip(permute(i%n, n, mix(s.key, i/n)))
}

// findStrata sorts the episodes by size, environment and order in the data set, and counts those that are too short.
func findStrata(d *Dataset, o SamplerOptions) (strata []*stratum, short int, err error) {
	type key struct {
		height, width int
		env           string
	}
	groups := map[key]*stratum{}
	keep := OfEnv(o.Envs...)
	for i := range d.Len() {
		m := d.Meta(i)
		weight := o.weight(m)
		if !(weight >= 0) || weight > 1e9 {
			return nil, 0, fmt.Errorf("datasets: the weight %g of %s is no share; give numbers from 0 up", weight, m.Env)
		}
		if weight == 0 || !keep(m) {
			continue
		}
		windows := m.Frames() - o.Frames + 1
		if windows < 1 {
			short++
			continue
		}
		k := key{m.Height, m.Width, m.Env}
		if groups[k] == nil {
			groups[k] = &stratum{height: m.Height, width: m.Width, env: m.Env}
		}
		groups[k].add(i, windows, float64(m.Frames())*weight)
	}
	if len(groups) == 0 {
		return nil, short, nothingLeft(d, o, short)
	}
	strata = slices.SortedFunc(maps.Values(groups), func(a, b *stratum) int {
		return cmp.Or(a.height-b.height, a.width-b.width, strings.Compare(a.env, b.env))
	})
	for i, s := range strata {
		s.key = mix(o.Seed, uint64(i)+1)
	}
	return strata, short, nil
}

func nothingLeft(d *Dataset, o SamplerOptions, short int) error {
	if short > 0 {
		return fmt.Errorf("datasets: none of %d episodes has the %d frames of a clip: ask for shorter clips or record longer episodes", short, o.Frames)
	}
	if d.Len() == 0 {
		return errors.New("datasets: the data set is empty: `somnium collect` records episodes")
	}
	return fmt.Errorf("datasets: no episode of %d passes the filter: `somnium data info` lists the environments there are", d.Len())
}

// weight is that of an episode's environment.
func (o SamplerOptions) weight(m Meta) float64 {
	if w, ok := o.Weights[m.Env]; ok {
		return w
	}
	if w, ok := o.Weights[m.ID()]; ok {
		return w
	}
	return 1
}

func (s *stratum) add(episode, windows int, share float64) {
	var before uint64
	if len(s.ends) > 0 {
		before = s.windows()
	}
	s.episodes = append(s.episodes, episode)
	s.ends = append(s.ends, before+uint64(windows))
	s.share += share
}

// plan draws the clips of batches in order: a size by its share, and for every clip an environment of that size by its
// share and that stratum's next window. All it remembers is how many clips each stratum has given, so a later place is
// found by drawing without reading.
type plan struct {
	strata  []*stratum
	buckets [][]int   // strata of one size
	shares  []float64 // of the buckets
	given   []uint64  // clips, by stratum
	clips   int       // in a batch
	seed    uint64
	number  uint64 // of the next batch
}

func newPlan(strata []*stratum, o SamplerOptions) *plan {
	p := &plan{strata: strata, given: make([]uint64, len(strata)), clips: o.Batch, seed: o.Seed}
	for i, s := range strata {
		if i == 0 || s.height != strata[i-1].height || s.width != strata[i-1].width {
			p.buckets = append(p.buckets, nil)
			p.shares = append(p.shares, 0)
		}
		last := len(p.buckets) - 1
		p.buckets[last] = append(p.buckets[last], i)
		p.shares[last] += s.share
	}
	return p
}

// windows is the number of different clips.
func (p *plan) windows() int64 {
	var sum int64
	for _, s := range p.strata {
		sum += int64(s.windows())
	}
	return sum
}

// skip passes over n batches.
func (p *plan) skip(n uint64) {
	for range n {
		p.draw(func(stratum int) { p.given[stratum]++ })
	}
}

// next returns the clips of the next batch.
func (p *plan) next() []clip {
	clips := make([]clip, 0, p.clips)
	p.draw(func(stratum int) {
		clips = append(clips, p.strata[stratum].draw(p.given[stratum]))
		p.given[stratum]++
	})
	return clips
}

// draw calls give with the stratum of every clip of the next batch.
func (p *plan) draw(give func(stratum int)) {
	stream := mix(p.seed, ^p.number)
	p.number++
	bucket := pick(uniform(mix(stream, 0)), len(p.buckets), func(i int) float64 { return p.shares[i] })
	members := p.buckets[bucket]
	for i := range p.clips {
		u := uniform(mix(stream, uint64(i)+1))
		give(members[pick(u, len(members), func(i int) float64 { return p.strata[members[i]].share })])
	}
}

// uniform makes a number in [0, 1) of random bits.
func uniform(random uint64) float64 { return float64(random>>11) / (1 << 53) }

// pick returns one of n choices with probability in proportion to their shares, by a uniform u.
func pick(u float64, n int, share func(int) float64) int {
	if n == 1 {
		return 0
	}
	var sum float64
	for i := range n {
		sum += share(i)
	}
	u *= sum
	for i := range n - 1 {
		if u -= share(i); u < 0 {
			return i
		}
	}
	return n - 1
}

// permute is a permutation of 0..n-1, a different one for every key: a Feistel network over the next even power of two,
// walked until it falls below n (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002).
func permute(x, n, key uint64) uint64 {
	half := max(1, (bits.Len64(n-1)+1)/2)
	mask := uint64(1)<<half - 1
	for {
		left, right := x>>half, x&mask
		for round := range uint64(4) {
			left, right = right, left^mix(key+round, right)&mask
		}
		if x = left<<half | right; x < n {
			return x
		}
	}
}
