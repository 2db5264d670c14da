package evals

import (
	"fmt"
	"math"

	"somnium/env"
	"somnium/evals/metrics"
)

// driftMoments are the frames, counted from the end of the context, at which a long dream is looked at.
var driftMoments = []int{1, 4, 16, 64, 256, 1024}

const driftScene = "RigidCatch-v0?max_episode_steps=1100"

// driftExam lets a dream run for a thousand frames.
func driftExam() *Exam {
	return &Exam{
		Number: 9, Version: 1, Name: "drift", Title: "A thousand frames: replayed, no and random actions",
		Scenes: []string{driftScene},
		Sizes:  map[Suite]Size{Quick: {Cases: 2, Frames: 256}, Full: {Cases: 8, Frames: 1024}, Paper: {Cases: 50, Samples: 3, Frames: 1024}},
		Figures: map[string]string{
			"psnr":         "PSNR of that frame to the true one; chaos parts them after some time, whoever dreams",
			"ssim":         "structural similarity of that frame to the true one",
			"gain":         "dB above the last frame of the context, pooled over the frames up to that one, on pixels that differ from it",
			"horizon":      "mean number of frames until the last given frame is the better prediction over 8 frames on end",
			"frechet":      "Frechet distance of 8-frame clips about that frame to all true ones, on the frozen encoder of package metrics; never to be compared with published FVD",
			"frechet_rise": "the Frechet distance of clips spread over the last quarter over that of clips spread over the first, each with what the true frames' own quarters are from all of them added: without it the ratio of a perfect dream would be one of chances",
			"count_share":  "share of frames with the number of things that the true frames show most often",
			"motion":       "mean frame difference over the truth's; 1 is right, 0 frozen; the bar is that of somnium measure",
			"edges":        "gradient energy over the truth's; 1 is right, less is blurred; the bar is that of somnium measure",
		},
		prepare: func(r *room) (parts []part, err error) {
			for k, name := range []string{"replayed", "no-op", "random"} {
				p, err := r.driftPart(name, k)
				if err != nil {
					return nil, err
				}
				parts = append(parts, p)
			}
			return parts, nil
		},
	}
}

// The first columns of drifts; those by moment follow.
const (
	colHorizon = iota
	colRight
	colCounted
	colMotion
	colTrueMotion
	colEdges
	colTrueEdges
	colDriftRank
	colMoments
)

// What is measured at each moment.
const (
	atSquares = iota
	atValues
	atSSIM
	atDream
	atCopy
	atMoment
)

// driftPart plays long episodes: of a paddle that follows the ball, of one that stands still, of one that moves at random.
func (r *room) driftPart(name string, kind int) (part, error) {
	const given = 8
	frames := r.size.Frames
	trials, err := r.search(r.size.Cases, 1024*kind, func(seed uint64, _ int) (Trial, bool, error) {
		p, err := r.play(driftScene, seed, nil, driftPolicy(kind, seed), given+frames)
		if err != nil || p.over {
			return Trial{}, false, err
		}
		return p.trial(0, given, frames), true, nil
	})
	if err != nil {
		return part{}, err
	}
	var moments []int
	for _, m := range driftMoments {
		if m <= frames {
			moments = append(moments, m)
		}
	}
	encoder, err := r.driftEncoder(kind, given+frames)
	if err != nil {
		return part{}, err
	}
	return part{
		trials: trials, kinds: driftKinds(name, moments, kind == 1), rank: colDriftRank,
		beside: steeredBeside,
		note:   fmt.Sprintf("drift, %s: %d frames were dreamed of each case; the moments are %v", name, frames, moments),
		grade: func(answers [][]uint8) (rows []Row) {
			for i, t := range trials {
				rows = append(rows, driftRow(t, answers[i], moments, encoder))
			}
			return rows
		},
	}, nil
}

// driftPolicy is who leads the paddle in the part of a kind.
func driftPolicy(kind int, seed uint64) policy {
	return []policy{following, nil, acting(seed)}[kind]
}

// driftEncoder is the encoder of the part of a kind. It is frozen: it has learned from episodes of seeds of its own, the same whatever the
// exam's seed and size.
func (r *room) driftEncoder(kind, frames int) (*metrics.ClipEncoder, error) {
	const episodes, each = 8, 8
	var clips [][]uint8
	var height, width int
	for seed := uint64(1); seed <= tries && len(clips) < episodes*each; seed++ {
		p, err := r.play(driftScene, seed, nil, driftPolicy(kind, seed), frames)
		if err != nil {
			return nil, err
		}
		if p.over {
			continue
		}
		t := p.trial(0, 1, frames-1)
		height, width = t.Context.Height, t.Context.Width
		for k := range each {
			at := k * (t.Frames() - metrics.ClipFrames) / each * t.Size()
			clips = append(clips, t.Truth[at:at+metrics.ClipFrames*t.Size()])
		}
	}
	if len(clips) < episodes*each {
		return nil, fmt.Errorf("evals: %d episodes of %s all ended before %d frames: ask for fewer", tries, driftScene, frames)
	}
	return metrics.NewClipEncoder(clips, height, width), nil
}

// following moves the paddle under the ball.
func following(_ int, truth env.Env) env.Value {
	prober, _ := env.As[env.Prober](truth)
	bodies := prober.State().Bodies
	gap := bodies[1].Position[0] - bodies[0].Position[0]
	switch {
	case gap < -0.4:
		return env.Int(1)
	case gap > 0.4:
		return env.Int(2)
	}
	return env.Int(0)
}

func driftKinds(name string, moments []int, still bool) (kinds []Kind) {
	for k, m := range moments {
		s, at := fmt.Sprintf("%s, frame %d", name, m), colMoments+k*atMoment
		bar, ssim := none, none
		if m <= 64 && !still {
			bar = 0.1 // above it, and not at it
		}
		if still && m == 256 {
			ssim = 0.9
		}
		kinds = append(kinds, more(s, "psnr", "dB", none, psnr(at+atSquares, at+atValues)), more(s, "ssim", "", ssim, mean(at+atSSIM)),
			more(s, "gain", "dB", bar, gainOver(at+atDream, at+atCopy)))
	}
	clips := colMoments + len(moments)*atMoment
	for k, m := range moments {
		if m >= 16 {
			f := less(fmt.Sprintf("%s, frame %d", name, m), "frechet", "", none, frechetOf(clips+k*clipFeatures, clips+len(moments)*clipFeatures))
			f.Slow = true
			kinds = append(kinds, f)
		}
	}
	if n := len(moments); n > 3 {
		var quarters [4]func([]Row) float64 // the answer's first and last, and the truth's
		for q := range quarters {
			quarters[q] = frechetOf(clips+(n+1+q)*clipFeatures, clips+n*clipFeatures)
		}
		rise := less(name, "frechet_rise", "", 2, func(rows []Row) float64 {
			chance := (quarters[2](rows)+quarters[3](rows))/2 + 1e-3
			return (quarters[1](rows) + chance) / (quarters[0](rows) + chance)
		})
		rise.Slow, rise.Relative = true, true
		kinds = append(kinds, rise)
	}
	return append(kinds,
		more(name, "horizon", "frames", none, mean(colHorizon)), more(name, "count_share", "", 0.9, ratio(colRight, colCounted)),
		more(name, "motion", "", 0.5, ratio(colMotion, colTrueMotion)), more(name, "edges", "", 0.8, ratio(colEdges, colTrueEdges)))
}

// gainOver is by how many decibels one sum of squares is below another.
func gainOver(dream, copied int) func([]Row) float64 {
	of := ratio(dream, copied)
	return func(rows []Row) float64 { return min(max(-10*math.Log10(of(rows)), -most), most) }
}

func driftRow(t Trial, answer []uint8, moments []int, encoder *metrics.ClipEncoder) Row {
	row := make(Row, colMoments+len(moments)*atMoment+(len(moments)+5)*clipFeatures)
	h, w := t.Context.Height, t.Context.Width
	mask, last := make([]bool, h*w), t.frame(nil, t.Known()-1)
	counter := metrics.NewCounter(h, w)
	usual := usualCount(t, counter)
	var dream, copied float64
	worse, k := 0, 0
	row[colHorizon] = math.NaN()
	for n := 1; n <= t.Frames(); n++ {
		at := t.Known() + n - 1
		got, truth := t.frame(answer, at), t.frame(t.Truth, at)
		metrics.Changed(mask, truth, last)
		d, c := metrics.OfMasked(got, truth, mask).Squares, metrics.OfMasked(last, truth, mask).Squares
		dream, copied = dream+d, copied+c
		if worse++; d < c || c == 0 {
			worse = 0
		}
		if worse == 8 && math.IsNaN(row[colHorizon]) {
			row[colHorizon] = float64(n - 8)
		}
		if n%4 == 0 {
			row[colRight] += truthValue(counter.Count(got) == usual)
			row[colCounted]++
		}
		row[colMotion] += metrics.Difference(got, t.frame(answer, at-1)).Value()
		row[colTrueMotion] += metrics.Difference(truth, t.frame(t.Truth, at-1)).Value()
		row[colEdges] += metrics.Gradient(got, h, w).Value()
		row[colTrueEdges] += metrics.Gradient(truth, h, w).Value()
		if k < len(moments) && n == moments[k] {
			m := colMoments + k*atMoment
			e := metrics.Of(got, truth)
			row[m+atSquares], row[m+atValues] = e.Squares, float64(e.Values)
			row[m+atSSIM] = metrics.SSIM(got, truth, h, w)
			row[m+atDream], row[m+atCopy] = dream, copied
			k++
		}
	}
	if math.IsNaN(row[colHorizon]) {
		row[colHorizon] = float64(t.Frames())
	}
	row[colDriftRank] = dream / max(copied, 1)
	clips := row[colMoments+len(moments)*atMoment:]
	for _, m := range moments {
		from := max(0, min(m-metrics.ClipFrames, t.Frames()-2*metrics.ClipFrames))
		copy(clips, clipMoments(t, answer, encoder, from, from+2*metrics.ClipFrames, 8))
		clips = clips[clipFeatures:]
	}
	// All true ones, and the first and the last quarter of the answer and of the truth: windows of one length.
	quarter := t.Frames() / 4
	copy(clips, clipMoments(t, t.Truth, encoder, 0, t.Frames(), 4*quarterClips))
	for _, frames := range [][]uint8{answer, t.Truth} {
		for _, from := range []int{0, t.Frames() - quarter} {
			clips = clips[clipFeatures:]
			copy(clips, clipMoments(t, frames, encoder, from, from+quarter, quarterClips))
		}
	}
	return row
}

// clipFeatures are the columns of encoded clips: the means of the features over some clips, and those of their squares.
const clipFeatures = 2 * metrics.ClipFeatures

// quarterClips is how many clips are encoded of a quarter of a dream.
const quarterClips = 32

// clipMoments encodes some clips spread over the answer's frames from..to, or of what there is of them, and returns the means and the mean squares.
func clipMoments(t Trial, answer []uint8, encoder *metrics.ClipEncoder, from, to, clips int) []float64 {
	moments := make([]float64, clipFeatures)
	to = min(max(to, from+metrics.ClipFrames), t.Frames()) - metrics.ClipFrames
	from = max(min(from, to), 0)
	for k := range clips {
		at := (from + k*(to-from)/(clips-1)) * t.Size()
		for i, f := range encoder.Encode(answer[at : at+metrics.ClipFrames*t.Size()]) {
			moments[i] += f / float64(clips)
			moments[metrics.ClipFeatures+i] += f * f / float64(clips)
		}
	}
	return moments
}

// frechetOf is the Frechet distance between the clips of two groups of columns, as Gaussians without correlation in the
// encoder's features, which it has made uncorrelated over true clips.
func frechetOf(a, b int) func([]Row) float64 {
	return func(rows []Row) (sum float64) {
		n := float64(len(rows))
		for i := range metrics.ClipFeatures {
			var m, s [2]float64
			for _, r := range rows {
				for side, at := range [2]int{a, b} {
					m[side] += r[at+i] / n
					s[side] += r[at+metrics.ClipFeatures+i] / n
				}
			}
			for side := range 2 {
				s[side] = math.Sqrt(max(s[side]-m[side]*m[side], 0))
			}
			sum += float64((m[0]-m[1])*(m[0]-m[1])) + (s[0]-s[1])*(s[0]-s[1])
		}
		return sum
	}
}

// usualCount is the number of things that the true frames show most often.
func usualCount(t Trial, counter *metrics.Counter) (usual int) {
	often := map[int]int{}
	for n := 0; n < t.Frames(); n += 4 {
		count := counter.Count(t.frame(t.Truth, t.Known()+n))
		often[count]++
		if often[count] > often[usual] {
			usual = count
		}
	}
	return usual
}
