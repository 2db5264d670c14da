// Package diffusion is the mathematics of the world model's objective and sampler, apart from any network.
//
// A frame's latent x is noised by flow matching (Lipman et al. 2022): at signal level tau in [0, 1],
//
//	x_tau = tau*x + (1-tau)*eps,  eps ~ N(0, 1).
//
// Every frame of a clip has a level of its own (diffusion forcing, Chen et al. 2024, arXiv 2407.01392), so that a frame to
// be predicted (tau = 0) stands beside frames that are known (tau near 1). The network predicts the clean latent and its
// loss is weighted by a ramp in tau (Dreamer 4, arXiv 2509.24527, section 3.2).
package diffusion

import (
	"math"
	"math/rand/v2"
)

// ContextLevel is the signal level at which known frames are shown to the network: they carry 3% noise, drawn once, so
// that the small errors of its own predictions look familiar when they become context.
const ContextLevel = 0.97

// Change is the deviation that the starting estimate assumes between a latent and the one before it, in units of the
// latents' deviation. It is the change of what stands still, which is most of a frame, rather than the mean one: a larger
// one would let more of a sample's own noise into the estimate, which the network would have to take out again.
const Change = 0.1

// Noise writes tau*x + (1-tau)*eps, elementwise.
func Noise(dst, x, eps []float32, tau float32) {
	for i := range dst {
		dst[i] = tau*x[i] + (1-tau)*eps[i]
	}
}

// FillNormal fills dst with standard normal noise.
func FillNormal(rng *rand.Rand, dst []float32) {
	for i := range dst {
		dst[i] = float32(rng.NormFloat64())
	}
}

// Weight is the ramp weight of the loss at signal level tau: levels with more signal teach more. Dreamer 4 (eq. 8) has
// 0.9*tau + 0.1; here the past often tells the frame, so that low levels are worth more.
func Weight(tau float32) float32 { return 0.7*tau + 0.3 }

// Estimate holds the weights of the starting estimate of a clean latent,
//
//	x ~ Self*x_tau + Previous*y_tau',
//
// where y is the latent of the frame before. The network adds its correction to it, so an untrained network already
// copies what stands still.
type Estimate struct{ Self, Previous float32 }

// EstimateAt returns the precision-weighted mean of three views of a latent of unit deviation: itself at level tau, the
// frame before at level previous, seen through a change of deviation Change, and the prior N(0, 1). A first frame has
// previous = 0.
func EstimateAt(tau, previous float32) Estimate {
	own := precision(tau, 0)
	before := precision(previous, Change)
	sum := 1 + own + before
	var e Estimate
	if tau > 0 {
		e.Self = own / sum / tau
	}
	if previous > 0 {
		e.Previous = before / sum / previous
	}
	return e
}

// precision is the inverse variance of x_tau/tau as a view of x, changed by the given deviation besides.
func precision(tau, change float32) float32 {
	if tau <= 0 {
		return 0
	}
	noise := (1 - tau) / tau
	return 1 / (noise*noise + change*change + 1e-6)
}

// Levels returns the signal levels that a sampler of k steps visits: (i/k)^2 for i from 0 to k-1. They are closer where there is
// little signal, since there it is settled which of the things that may happen does.
func Levels(k int) []float32 {
	levels := make([]float32, k)
	for i := range levels {
		levels[i] = float32(i*i) / float32(k*k)
	}
	return levels
}

// Advance moves a sample from level tau to level next along the straight line towards the predicted clean latent
// (an Euler step of the flow): x += (next-tau)/(1-tau) * (clean-x). At next = 1 it is the prediction itself.
func Advance(x, clean []float32, tau, next float32) {
	a := (next - tau) / (1 - tau)
	for i := range x {
		x[i] += a * (clean[i] - x[i])
	}
}

// SampleLevels draws the levels of one training clip into dst, [T]. Known frames have levels near ContextLevel (see
// [SampleKnown]), the others are as a sampler meets them (see [SampleHidden]). More than half of the clips hide every second, third or fourth frame: so
// most hidden frames stand where a rollout stands, right behind known ones. The other clips draw the share of their frames
// that are known, and so cover every mix from "all known but one" to "none known" (making a clip from nothing).
func SampleLevels(rng *rand.Rand, dst []float32) {
	const periodic = 0.6
	period, phase, known := 0, 0, 0.0
	if rng.Float64() < periodic {
		period = 2 + rng.IntN(3)
		phase = rng.IntN(period)
	} else {
		known = rng.Float64()
	}
	for t := range dst {
		hidden := rng.Float64() >= known
		if period > 0 {
			hidden = t%period == phase
		}
		if hidden {
			dst[t] = SampleHidden(rng)
		} else {
			dst[t] = SampleKnown(rng)
		}
	}
}

// SampleShare draws the levels of one training clip into dst, [T], before it meets frames of its own: a share of its frames, the square root of a
// uniform number, is known, and the levels of the hidden ones are uniform in [0, 1). It asks for less than SampleLevels, most of whose hidden
// frames show next to nothing of themselves, and what there is to learn first is learned in fewer updates (docs/adr/0009).
func SampleShare(rng *rand.Rand, dst []float32) {
	known := math.Sqrt(rng.Float64())
	for t := range dst {
		if rng.Float64() < known {
			dst[t] = SampleKnown(rng)
		} else {
			dst[t] = float32(rng.Float64())
		}
	}
}

// SampleStretch draws the levels of one training clip into dst, [T], as filling in meets them: the frames of one stretch, of
// any length and place, are hidden at one level, and the others are known.
func SampleStretch(rng *rand.Rand, dst []float32) {
	length := 1 + rng.IntN(len(dst))
	begin := rng.IntN(len(dst) - length + 1)
	level := SampleHidden(rng)
	for t := range dst {
		dst[t] = SampleKnown(rng)
		if t >= begin && t < begin+length {
			dst[t] = level
		}
	}
}

// SampleHidden draws the level of a frame that is to be predicted, in [0, 1), as densely as [Levels] has them.
func SampleHidden(rng *rand.Rand) float32 {
	u := float32(rng.Float64())
	return u * u
}

// KnownLevel is the lowest level of a known frame.
const KnownLevel = 0.92

// SampleKnown draws the level of a known frame.
func SampleKnown(rng *rand.Rand) float32 {
	u := rng.Float64()
	return float32(1 - (1-KnownLevel)*u*u)
}

// FourierSize is the length of Fourier's features.
const FourierSize = 16

// Fourier writes the features by which a network reads a level: the level itself in sines and cosines of eight octaves.
func Fourier(dst []float32, tau float32) {
	for i := range FourierSize / 2 {
		angle := float64(tau) * math.Pi / 2 * math.Pow(2, float64(i))
		sin, cos := math.Sincos(angle)
		dst[2*i], dst[2*i+1] = float32(sin), float32(cos)
	}
}
