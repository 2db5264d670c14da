package baseline

import (
	"fmt"
	"math/rand/v2"

	"somnium/env"
)

// Nearest remembers clips of training and continues like the one whose frames are nearest to the end of the context: what a
// model gains that has only memorised.
type Nearest struct {
	still
	clips [][]uint8 // each uint8 [T, H, W, 3]
	// small holds every frame of every clip at thumb by thumb cells, by which the nearest is found.
	small [][]cells
	clip  int
	at    int
}

// thumb is the height and the width of a thumbnail; cells are its mean levels.
const thumb = 16

type cells [thumb * thumb * 3]int32

// shrink returns the thumbnail of a frame, the sums of each cell over the number of its pixels, times 16.
func (s *still) shrink(frame []uint8) (c cells) {
	var counts [thumb * thumb]int32
	for y := range s.height {
		for x := range s.width {
			at := y*thumb/s.height*thumb + x*thumb/s.width
			counts[at]++
			for k := range 3 {
				c[3*at+k] += int32(frame[3*(y*s.width+x)+k])
			}
		}
	}
	for i := range c {
		c[i] = c[i] * 16 / max(counts[i/3], 1)
	}
	return c
}

// gap is the squared difference of two thumbnails.
func (c *cells) gap(o *cells) (sum int64) {
	for i, v := range c {
		d := int64(v - o[i])
		sum += d * d
	}
	return sum
}

// NewNearest plays so many episodes of the simulator, at most frames long, under random actions from small seeds, which are
// not among those that exams are held on, and remembers them. The simulator is left open.
func NewNearest(truth env.Env, episodes, frames int) (*Nearest, error) {
	s, err := newStill(truth.Spec())
	if err != nil {
		return nil, err
	}
	n := &Nearest{still: s}
	for seed := range uint64(episodes) {
		clip, err := remember(truth, seed+1, frames)
		if err != nil {
			return nil, fmt.Errorf("baseline: playing %s to remember it: %w", s.spec.ID, err)
		}
		n.clips = append(n.clips, clip)
		var small []cells
		for from := 0; from < len(clip); from += len(n.frame) {
			small = append(small, n.shrink(clip[from:from+len(n.frame)]))
		}
		n.small = append(n.small, small)
	}
	return n, nil
}

// remember plays an episode.
func remember(truth env.Env, seed uint64, frames int) ([]uint8, error) {
	obs, err := truth.Reset(env.Seeded(seed))
	if err != nil {
		return nil, err
	}
	rng, action := rand.New(rand.NewPCG(seed, 0xc119)), truth.Spec().Action.New()
	clip := append([]uint8(nil), obs.Pixels()...)
	for t := 1; t < frames; t++ {
		if t%6 == 1 {
			truth.Spec().Action.Sample(rng, action)
		}
		step, err := truth.Step(action)
		if err != nil {
			return nil, err
		}
		clip = append(clip, step.Obs.Pixels()...)
		if step.Done() {
			break
		}
	}
	return clip, nil
}

// Prime implements env.Primer: it finds the place in a clip whose frame, and the frame some way before, are nearest.
func (n *Nearest) Prime(c env.Context) (env.Value, error) {
	obs, err := n.still.Prime(c)
	if err != nil {
		return obs, err
	}
	last := c.Len() - 1
	back := min(4, last)
	now, before := n.shrink(nth(c, last)), n.shrink(nth(c, last-back))
	best := int64(-1)
	for i, small := range n.small {
		for t := back; t < len(small); t++ {
			d := small[t].gap(&now)
			if back > 0 && (best < 0 || d < best) {
				d += small[t-back].gap(&before)
			}
			if best < 0 || d < best {
				best, n.clip, n.at = d, i, t
			}
		}
	}
	return obs, nil
}

// Step implements env.Env. After the end of its clip it shows the clip's last frame.
func (n *Nearest) Step(action env.Value) (env.Step, error) {
	if err := n.ready(action); err != nil {
		return env.Step{}, err
	}
	size := len(n.frame)
	clip := n.clips[n.clip]
	n.at = min(n.at+1, len(clip)/size-1)
	copy(n.frame, clip[n.at*size:(n.at+1)*size])
	return env.Step{Obs: env.Value{U8: n.frame}}, nil
}
