package diffusion_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"somnium/world/diffusion"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// pair returns a latent and its noise.
func pair(n int) (x, eps []float32) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, eps = make([]float32, n), make([]float32, n)
	diffusion.FillNormal(rng, x)
	diffusion.FillNormal(rng, eps)
	return x, eps
}

func TestNoiseGoesFromNoiseToSignal(t *testing.T) {
	x, eps := pair(33)
	dst := make([]float32, len(x))
	if diffusion.Noise(dst, x, eps, 1); !slices.Equal(dst, x) {
		t.Error("at level 1 the noised latent is not the latent")
	}
	if diffusion.Noise(dst, x, eps, 0); !slices.Equal(dst, eps) {
		t.Error("at level 0 the noised latent is not the noise")
	}
	diffusion.Noise(dst, x, eps, 0.25)
	for i := range dst {
		near(t, "the noised latent", float64(dst[i]), float64(x[i])/4+float64(eps[i])*3/4, 1e-6)
	}
}

// A predictor that knows the clean latent is led along the straight path, through every level, to that latent.
func TestAdvanceFollowsTheStraightPath(t *testing.T) {
	x, eps := pair(33)
	want := make([]float32, len(x))
	for _, k := range []int{1, 2, 4, 7} {
		sample := slices.Clone(eps)
		levels := append(diffusion.Levels(k), 1)
		for i, level := range levels[:k] {
			diffusion.Advance(sample, x, level, levels[i+1])
			diffusion.Noise(want, x, eps, levels[i+1])
			for j := range sample {
				near(t, "the sample on its way", float64(sample[j]), float64(want[j]), 2e-6)
			}
		}
	}
}

func TestAdvanceToTheEndIsThePrediction(t *testing.T) {
	sample, clean := pair(33)
	for _, tau := range []float32{0, 0.3, 0.97} {
		at := slices.Clone(sample)
		diffusion.Advance(at, clean, tau, 1)
		for j := range at {
			near(t, "the sample at level 1", float64(at[j]), float64(clean[j]), 1e-6)
		}
	}
}

// The residual of the best linear estimate is uncorrelated with what it is made from: for x and a change of the frame before
// that are normal, with the moments written out.
func TestEstimateIsTheBestLinearOne(t *testing.T) {
	for _, tau := range []float64{0.05, 0.25, 0.5, 0.75, 0.95} {
		for _, past := range []float64{0.1, 0.5, 0.97} {
			e := diffusion.EstimateAt(float32(tau), float32(past))
			self, previous := float64(e.Self), float64(e.Previous)
			change := float64(diffusion.Change)
			near(t, "the residual's covariance with the sample", tau-self*(tau*tau+(1-tau)*(1-tau))-previous*past*tau, 0, 1e-3)
			near(t, "the residual's covariance with the frame before",
				past-self*past*tau-previous*(past*past*(1+change*change)+(1-past)*(1-past)), 0, 1e-3)
		}
	}
}

func TestEstimateAtTheLimits(t *testing.T) {
	if e := diffusion.EstimateAt(0, 0); e != (diffusion.Estimate{}) {
		t.Errorf("nothing known is estimated as %+v, want zero", e)
	}
	if e := diffusion.EstimateAt(0, diffusion.ContextLevel); e.Self != 0 || e.Previous < 0.85 || e.Previous > 1/diffusion.ContextLevel {
		t.Errorf("from the frame before alone the estimate is %+v, want most of that frame", e)
	}
	if e := diffusion.EstimateAt(0.5, 0); e.Previous != 0 || e.Self <= 0 {
		t.Errorf("a first frame's estimate is %+v, want a weight on itself alone", e)
	}
	e := diffusion.EstimateAt(1, diffusion.ContextLevel)
	near(t, "the weight of a sample without noise", float64(e.Self), 1, 3e-3)
	near(t, "the weight of the frame before beside it", float64(e.Previous), 0, 3e-3)
	last := float32(0)
	for tau := float32(0); tau <= 1; tau += 1.0 / 64 {
		share := diffusion.EstimateAt(tau, 0.97).Self * tau
		if share < last {
			t.Errorf("at level %g the sample's share falls to %g from %g", tau, share, last)
		}
		last = share
	}
}

func TestLevels(t *testing.T) {
	if got := diffusion.Levels(4); !slices.Equal(got, []float32{0, 0.0625, 0.25, 0.5625}) {
		t.Errorf("four steps visit %v", got)
	}
	if got := diffusion.Levels(1); !slices.Equal(got, []float32{0}) {
		t.Errorf("one step visits %v", got)
	}
}

// Over many clips, levels lie in [0, 1], two thirds of the frames are known, and clips differ in how many are: the counts of
// clips that are known throughout and of clips without a known frame are those of the mixture.
// The clips of a mixture.
const clips, frames = 20000, 8

// mixture draws the levels of clips: the share of known frames, those of clips known throughout and not at all, and the mean level
// of the other frames.
func mixture(t *testing.T, sample func(*rand.Rand, []float32)) (known, all, none, level float64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	levels := make([]float32, frames)
	for range clips {
		sample(rng, levels)
		count := 0
		for _, l := range levels {
			if l < 0 || l > 1 {
				t.Fatalf("a level is %g", l)
			}
			if l >= diffusion.KnownLevel {
				count++
			} else {
				level += float64(l)
			}
		}
		known += float64(count)
		if count == frames {
			all++
		}
		if count == 0 {
			none++
		}
	}
	return known / clips / frames, all / clips, none / clips, level / (clips*frames - known)
}

func TestSampleLevelsMixture(t *testing.T) {
	const line = diffusion.KnownLevel
	known, all, none, _ := mixture(t, diffusion.SampleLevels)
	// A hidden frame passes the line by chance with 1-sqrt(line). Six clips in ten hide every second, third or fourth frame,
	// whose number in 8 depends on the phase; in the others the share s of known frames is uniform.
	const periodic = 0.6
	below := math.Sqrt(line)
	hidden, wantAll, wantNone := 0.0, 0.0, 0.0
	for period := 2; period <= 4; period++ {
		for phase := range period {
			count := float64((frames - phase + period - 1) / period)
			hidden += periodic / 3 / float64(period) * count / frames
			wantAll += periodic / 3 / float64(period) * math.Pow(1-below, count)
		}
	}
	hidden += (1 - periodic) / 2
	const cells = 1000
	for i := range cells {
		s := (float64(i) + 0.5) / cells
		p := s + (1-s)*(1-below)
		wantAll += (1 - periodic) * math.Pow(p, frames) / cells
		wantNone += (1 - periodic) * math.Pow(1-p, frames) / cells
	}
	near(t, "the share of known frames", known, 1-hidden*below, 0.01)
	near(t, "the share of clips known throughout", all, wantAll, 0.01)
	near(t, "the share of clips without a known frame", none, wantNone, 0.01)
}

func TestSampleShareMixture(t *testing.T) {
	known, all, _, level := mixture(t, diffusion.SampleShare)
	// With a share s of known frames, s*s is uniform; a hidden frame passes the line by chance.
	const chance, cells = 1 - diffusion.KnownLevel, 1000
	wantAll := 0.0
	for i := range cells {
		s := math.Sqrt((float64(i) + 0.5) / cells)
		wantAll += math.Pow(s+(1-s)*chance, frames) / cells
	}
	near(t, "the share of known frames", known, 2.0/3+chance/3, 0.01)
	near(t, "the share of clips known throughout", all, wantAll, 0.01)
	near(t, "the mean level of hidden frames", level, diffusion.KnownLevel/2, 0.01)
}

func TestSampleStretch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	hidden, lengths := make([]int, 16), make([]int, 17)
	for range 4000 {
		levels := make([]float32, 16)
		diffusion.SampleStretch(rng, levels)
		length, last := 0, -1
		for i, level := range levels {
			if level >= diffusion.KnownLevel {
				continue
			}
			if last >= 0 && (i != last+1 || level != levels[last]) {
				t.Fatalf("the levels %v hide more than one stretch at one level", levels)
			}
			length, last = length+1, i
			hidden[i]++
		}
		lengths[length]++
	}
	for i, n := range hidden {
		if n < 500 {
			t.Errorf("frame %d was hidden in %d of 4000 clips", i, n)
		}
	}
	if lengths[1] < 150 || lengths[16] < 150 {
		t.Errorf("%d stretches of one frame and %d of all, want some 240 of each", lengths[1], lengths[16])
	}
}

func TestSampleLevelsIsAFunctionOfTheSeed(t *testing.T) {
	draw := func(seed uint64) []float32 {
		levels := make([]float32, 16)
		diffusion.SampleLevels(rand.New(rand.NewPCG(seed, 0)), levels)
		return levels
	}
	if !slices.Equal(draw(1), draw(1)) || slices.Equal(draw(1), draw(2)) {
		t.Error("the levels do not follow the seed")
	}
}

func TestFourierTellsLevelsApart(t *testing.T) {
	const steps = 128
	var features [steps + 1][diffusion.FourierSize]float32
	for i := range features {
		diffusion.Fourier(features[i][:], float32(i)/steps)
		for j := 0; j < diffusion.FourierSize; j += 2 {
			sin, cos := float64(features[i][j]), float64(features[i][j+1])
			near(t, "sine and cosine's norm", sin*sin+cos*cos, 1, 1e-5)
		}
	}
	for i := range features {
		for j := range i {
			far := float32(0)
			for k := range features[i] {
				far = max(far, max(features[i][k]-features[j][k], features[j][k]-features[i][k]))
			}
			if far < 0.5 {
				t.Errorf("levels %d/%d and %d/%d differ by %g at most", i, steps, j, steps, far)
			}
		}
	}
}

func TestWeightIsARamp(t *testing.T) {
	near(t, "the weight of pure noise", float64(diffusion.Weight(0)), 0.3, 1e-7)
	near(t, "the weight of pure signal", float64(diffusion.Weight(1)), 1, 1e-6)
	near(t, "the weight between", float64(diffusion.Weight(0.5)), 0.65, 1e-6)
}

func TestFillNormal(t *testing.T) {
	x := make([]float32, 40000)
	diffusion.FillNormal(rand.New(rand.NewPCG(5, 6)), x)
	sum, squares := 0.0, 0.0
	for _, v := range x {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	near(t, "the mean", sum/float64(len(x)), 0, 0.02)
	near(t, "the variance", squares/float64(len(x)), 1, 0.03)
}
