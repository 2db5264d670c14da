package evals

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/evals/baseline"
	"somnium/evals/parse"
)

// violationExam shows possible and impossible videos and asks which surprise more. As in IntPhys (Riochet et al., arXiv
// 1803.07616) and after it, stimuli come in quadruplets: two possible videos A and B, and the two that begin as one and go on
// as the other from a frame on, which is impossible. The two pairs are made of the very same frames, so that nothing but the
// order of events tells them apart.
func violationExam() *Exam {
	return &Exam{
		Number: 6, Name: "violation", Title: "Impossible videos surprise more than possible ones",
		Scenes: []string{occlusionScene, "RigidUniform-v0", "RigidCollision-v0", "RigidParabola-v0"},
		Sizes: map[Suite]Size{
			Quick: {Cases: 2, Networks: Networks(Quick)},
			Full:  {Cases: 24, Samples: 2, Networks: Networks(Full)},
			Paper: {Cases: 200, Samples: 2, Networks: Networks(Paper)},
		},
		Figures: map[string]string{
			"relative_accuracy": "share of quadruplets whose two impossible videos surprise more, together, than the two possible ones; ties count half; the bar is 15 points above the mean of the untrained networks where that is higher",
			"pair_accuracy":     "the same of the single videos that begin with the same frames",
			"auroc":             "area under the curve that tells impossible from possible by the surprise alone, over all quadruplets",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, v := range violations {
				p, err := r.violationPart(v, 640*k)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", v.name, err)
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// violation is a law, and how two possible videos are made whose splicing breaks it.
type violation struct {
	name string
	bar  float64
	// make returns the two videos and the frame from which each impossible one is the other, or false where the seed gives
	// none.
	make func(r *room, seed uint64) (q quadruplet, ok bool, err error)
}

var violations = []violation{
	{"permanence", 0.9, (*room).vanish},
	{"continuity", 0.9, (*room).leap},
	{"solidity", 0.75, (*room).passThrough},
	{"immutability", 0.75, (*room).recolor},
	{"gravity", 0.75, (*room).float},
	{"inertia", 0.75, (*room).reverse},
}

// quadruplet is two possible videos of equal length that are exchanged from a frame on.
type quadruplet struct {
	scene string
	a, b  env.Context
	cut   int
}

// Clips returns the possible videos A and B and the impossible ones that begin like them, uint8 [T, H, W, 3] each.
func (q quadruplet) clips() [4]env.Context {
	size := q.a.Height * q.a.Width * 3
	splice := func(first, then env.Context) env.Context {
		c := first
		c.Frames = append(append([]byte(nil), first.Frames[:q.cut*size]...), then.Frames[q.cut*size:]...)
		return c
	}
	return [4]env.Context{q.a, q.b, splice(q.a, q.b), splice(q.b, q.a)}
}

// The columns of a quadruplet: the surprises of its videos, and what they come to.
const (
	colPossibleA = iota
	colPossibleB
	colImpossibleA
	colImpossibleB
	colQuadruplet
	colPairs
)

func (r *room) violationPart(v violation, first int) (part, error) {
	var clips []Clip
	for try := 0; len(clips) < 4*r.size.Cases; try++ {
		if try >= 60*r.size.Cases {
			return part{}, errFew
		}
		q, ok, err := v.make(r, r.drawn(first, try))
		if err != nil {
			return part{}, err
		}
		if !ok {
			continue
		}
		for i, c := range q.clips() {
			branch := q.a
			if i%2 == 1 {
				branch = q.b
			}
			clips = append(clips, Clip{Scene: q.scene, Context: c, Origin: baseline.Origin{Branch: branch}})
		}
	}
	accuracy := more(v.name, "relative_accuracy", "", v.bar, mean(colQuadruplet))
	accuracy.Ahead = 0.15
	kinds := []Kind{
		accuracy, more(v.name, "pair_accuracy", "", none, mean(colPairs)),
		more(v.name, "auroc", "", none, pooledAUROC),
	}
	return part{clips: clips, kinds: kinds, wonder: quadrupletRows, rank: -1, beside: []string{CopyLast, Oracle, NoisyOracle, Untrained}}, nil
}

// quadrupletRows makes a row of every four surprises. A video's surprise is the mean over its frames.
func quadrupletRows(surprises [][]float64) (rows []Row) {
	for i := 0; i+3 < len(surprises); i += 4 {
		row := make(Row, colPairs+1)
		for k := range 4 {
			row[k] = average(surprises[i+k])
		}
		row[colQuadruplet] = above(row[colImpossibleA]+row[colImpossibleB], row[colPossibleA]+row[colPossibleB])
		row[colPairs] = (above(row[colImpossibleA], row[colPossibleA]) + above(row[colImpossibleB], row[colPossibleB])) / 2
		rows = append(rows, row)
	}
	return rows
}

// above is 1 where a is above b, a half where they are the same to rounding.
func above(a, b float64) float64 {
	switch {
	case math.Abs(a-b) <= 1e-12*(math.Abs(a)+math.Abs(b)):
		return 0.5
	case a > b:
		return 1
	}
	return 0
}

// pooledAUROC tells all impossible videos from all possible ones.
func pooledAUROC(rows []Row) float64 {
	var flat []Row
	for _, r := range rows {
		flat = append(flat, Row{r[colPossibleA], r[colImpossibleA]}, Row{r[colPossibleB], r[colImpossibleB]})
	}
	return auroc(0, 1)(flat)
}

// violationLength is the number of frames of a stimulus.
const violationLength = 24

// behindBox plays a disc that passes behind a box and returns the frames around its absence, with a frame of the box alone and
// the place of the middle of the absence.
func (r *room) behindBox(seed uint64) (clip env.Context, p *played, from, middle int, ok bool, err error) {
	params := map[string]float64{"discs": 1, "walls": 0, "occluder_width": 4, "occluder_x": 0.5, "speed": 2.6}
	if p, err = r.play(occlusionScene, seed, params, nil, 60); err != nil {
		return clip, p, 0, 0, false, err
	}
	first, last := -1, -1
	for i, s := range p.states {
		if s.Bodies[0].Hidden > 0.999 {
			if first < 0 {
				first = i
			}
			last = i
		} else if first >= 0 {
			break
		}
	}
	if first < 0 || last < first+2 {
		return clip, p, 0, 0, false, nil
	}
	middle = (first + last) / 2
	from = middle - violationLength/2
	if from < 0 || from+violationLength > p.clip.Len() || p.states[from].Bodies[0].Hidden > seen || !p.states[from].Bodies[0].InFrame {
		return clip, p, 0, 0, false, nil
	}
	clip = cutOf(p.clip, from, from+violationLength)
	clip.Caption = p.short[from]
	return clip, p, from, middle, true, nil
}

// vanish: A, a disc passes behind a box; B, there is a box alone. Spliced while the disc is hidden, it never comes out, or
// comes out without having gone in.
func (r *room) vanish(seed uint64) (q quadruplet, ok bool, err error) {
	a, p, from, middle, ok, err := r.behindBox(seed)
	if err != nil || !ok {
		return q, false, err
	}
	empty := frame(p.clip, middle)
	b := a
	b.Frames = nil
	for range violationLength {
		b.Frames = append(b.Frames, empty...)
	}
	return quadruplet{occlusionScene, a, b, middle - from}, true, nil
}

// leap: A, a disc crosses the scene; B, the same some frames later. Spliced, it is suddenly elsewhere: in the open, or, with
// every other seed, while it is behind a box, so that it comes out too late or too early.
func (r *room) leap(seed uint64) (q quadruplet, ok bool, err error) {
	const late, from = 7, 4
	params := map[string]float64{"discs": 1, "walls": 0, "occluder_width": 0, "occluder_x": 0.5, "speed": 2.2}
	covered := seed%2 == 1
	if covered {
		params["occluder_width"] = 4.6
	}
	p, err := r.play(occlusionScene, seed, params, nil, 60)
	if err != nil {
		return q, false, err
	}
	cut := late + from + violationLength/2 // the frame, of the later video's own, at which the two are exchanged
	if covered {
		for cut = 0; cut < p.clip.Len() && p.states[cut].Bodies[0].Hidden <= hidden; cut++ {
		}
		cut += late
	}
	begin := cut - late - violationLength/2
	if begin < 0 || cut+violationLength/2 > p.clip.Len() {
		return q, false, nil
	}
	for i := cut - late; i <= cut; i++ {
		if covered && p.states[i].Bodies[0].Hidden < 0.999 {
			return q, false, nil
		}
	}
	for i := begin; i < cut+violationLength/2; i++ {
		if !redBall.inside(Trial{States: p.states}, i) {
			return q, false, nil
		}
	}
	a, b := cutOf(p.clip, begin+late, begin+late+violationLength), cutOf(p.clip, begin, begin+violationLength)
	a.Caption, b.Caption = p.short[0], p.short[0]
	return quadruplet{occlusionScene, a, b, violationLength / 2}, true, nil
}

// recolor: A as in vanish; B, the same with a disc of another colour. Spliced while it is hidden, it changes colour.
func (r *room) recolor(seed uint64) (q quadruplet, ok bool, err error) {
	a, p, from, middle, ok, err := r.behindBox(seed)
	if err != nil || !ok {
		return q, false, err
	}
	empty := frame(p.clip, middle)
	old := parse.Color(p.states[0].Bodies[0].Color)
	b := a
	b.Frames = repaint(a.Frames, empty, parse.Ground(empty), old, parse.Color{old[1], old[2], old[0]})
	return quadruplet{occlusionScene, a, b, middle - from}, true, nil
}

// repaint returns the frames with a disc of one colour in another. What differs from the empty scene is a share of the
// difference of the disc's colour to the ground, and so stays exact at soft edges.
func repaint(frames, empty []byte, ground, old, fresh parse.Color) []byte {
	var along [3]float64
	length := 0.0
	for k := range along {
		along[k] = float64(old[k]) - float64(ground[k])
		length += along[k] * along[k]
	}
	out := append([]byte(nil), frames...)
	for i := 0; i < len(frames); i += 3 {
		at := i % len(empty)
		dot := 0.0
		for k := range 3 {
			dot += (float64(frames[i+k]) - float64(empty[at+k])) * along[k]
		}
		share := dot / length
		if share < 0.004 {
			continue
		}
		for k := range 3 {
			v := float64(empty[at+k]) + share*(float64(fresh[k])-float64(ground[k]))
			out[i+k] = uint8(min(max(math.Round(v), 0), 255))
		}
	}
	return out
}

// passThrough: A, two discs collide behind a box and come out where they went in; B, the same with their colours exchanged.
// Spliced while both are hidden, each has gone through the other.
func (r *room) passThrough(seed uint64) (q quadruplet, ok bool, err error) {
	const radius, half = 0.55, 1.9 // of the discs and of the box, units
	params := map[string]float64{"r1": radius, "r2": radius, "v1": 2, "v2": 2}
	p, err := r.play("RigidCollision-v0", seed, params, nil, phyFrames)
	if err != nil {
		return q, false, err
	}
	t := Trial{States: p.states}
	hit := impact(t)
	from := hit - violationLength/2
	if hit == 0 || from < 0 || from+violationLength > p.clip.Len() {
		return q, false, nil
	}
	middle := (p.states[hit].Bodies[0].Position[0] + p.states[hit].Bodies[1].Position[0]) / 2
	level := p.states[hit].Bodies[0].Position[1]
	a := cutOf(p.clip, from, from+violationLength)
	a.Caption = p.short[from]
	a.Frames = cover(a, middle, level, half, p.states[0].Values["world_height"])
	b := a
	b.Frames = append([]byte(nil), a.Frames...)
	for i := 0; i < len(b.Frames); i += 3 { // red and blue exchanged
		b.Frames[i], b.Frames[i+2] = b.Frames[i+2], b.Frames[i]
	}
	return quadruplet{"RigidCollision-v0", a, b, hit - from}, true, nil
}

// cover returns the frames of a clip with a grey box drawn over them, of half a width around a place, in units.
func cover(c env.Context, x, y, half, worldHeight float64) []byte {
	out := append([]byte(nil), c.Frames...)
	unit := float64(c.Height) / worldHeight
	left, right := int(math.Round((x-half)*unit)), int(math.Round((x+half)*unit))
	top, bottom := int(math.Round((worldHeight-y-half)*unit)), int(math.Round((worldHeight-y+half)*unit))
	for t := range c.Len() {
		for row := max(top, 0); row < min(bottom, c.Height); row++ {
			for column := max(left, 0); column < min(right, c.Width); column++ {
				i := 3 * ((t*c.Height+row)*c.Width + column)
				out[i], out[i+1], out[i+2] = 120, 124, 120
			}
		}
	}
	return out
}

// float: A, a disc falls in an arc; B, one flies level, so placed that the two meet at the cut. Spliced, gravity ends or
// begins.
func (r *room) float(seed uint64) (q quadruplet, ok bool, err error) {
	const cut = violationLength / 2
	params := map[string]float64{"gravity": 2.5, "velocity": 1.5, "radius": 0.8}
	fall, err := r.play("RigidParabola-v0", seed, params, nil, violationLength)
	if err != nil {
		return q, false, err
	}
	params["gravity"] = 0
	level, err := r.play("RigidParabola-v0", seed, params, nil, violationLength)
	if err != nil {
		return q, false, err
	}
	size := fall.clip.Height
	drop := (level.states[cut].Bodies[0].Position[1] - fall.states[cut].Bodies[0].Position[1]) * float64(size) / fall.states[0].Values["world_height"]
	a, b := fall.clip, level.clip
	a.Caption, b.Caption = fall.short[0], fall.short[0]
	b.Frames = lowered(level.clip, int(math.Round(drop)))
	for i := range fall.states {
		if !redBall.inside(Trial{States: fall.states}, i) {
			return q, false, nil
		}
	}
	return quadruplet{"RigidParabola-v0", a, b, cut}, true, nil
}

// lowered returns the frames moved down by whole pixels, white coming in from above.
func lowered(c env.Context, rows int) []byte {
	out := make([]byte, len(c.Frames))
	for i := range out {
		out[i] = 255
	}
	size, stride := c.Height*c.Width*3, c.Width*3
	for t := range c.Len() {
		copy(out[t*size+rows*stride:(t+1)*size], c.Frames[t*size:(t+1)*size-rows*stride])
	}
	return out
}

// reverse: A, a ball moves to the right; B, it moves back. Spliced where they meet, it turns round with nothing there.
func (r *room) reverse(seed uint64) (q quadruplet, ok bool, err error) {
	p, err := r.play("RigidUniform-v0", seed, nil, nil, violationLength+1)
	if err != nil || p.clip.Len() < violationLength+1 {
		return q, false, err
	}
	for i := range p.states {
		if !redBall.inside(Trial{States: p.states}, i) {
			return q, false, nil
		}
	}
	a := p.clip
	a.Caption = p.short[0]
	b := a
	b.Frames = nil
	for t := a.Len() - 1; t >= 0; t-- {
		b.Frames = append(b.Frames, frame(a, t)...)
	}
	return quadruplet{"RigidUniform-v0", a, b, violationLength/2 + 1}, true, nil
}
