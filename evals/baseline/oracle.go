package baseline

import (
	"errors"
	"hash/crc32"
	"math"
	"math/rand/v2"

	"somnium/env"
	"somnium/evals/metrics"
)

// Oracle is the true simulator in the place of a dream. It must be told where its context is from.
type Oracle struct {
	still
	truth  env.Env
	origin *Origin
	noise  float64
	// drift is the velocity, in pixels a frame, and offset the place by which a noisy oracle is wrong.
	drift, offset [2]float64
	steps         int
}

// NewOracle returns the oracle of a simulator, which it closes with itself.
func NewOracle(truth env.Env) (*Oracle, error) { return NewNoisyOracle(truth, 0) }

// NewNoisyOracle returns an oracle that starts from a state that a parser read: all that it shows is displaced by a place and a
// velocity that are drawn for each context, normally with a deviation of noise pixels, and noise/4 pixels a frame. What moves
// in from outside the picture goes on as its outermost pixels.
func NewNoisyOracle(truth env.Env, noise float64) (*Oracle, error) {
	s, err := newStill(truth.Spec())
	return &Oracle{still: s, truth: truth, noise: noise}, err
}

// Know implements Knower.
func (o *Oracle) Know(origin Origin) { o.origin = &origin }

// Reset implements env.Env.
func (o *Oracle) Reset(opts env.ResetOptions) (env.Value, error) {
	seed := uint64(0)
	if opts.Seed != nil {
		seed = *opts.Seed
	}
	rng := rand.New(rand.NewPCG(seed, 0x0ff))
	for k := range 2 {
		o.offset[k], o.drift[k] = o.noise*rng.NormFloat64(), o.noise/4*rng.NormFloat64()
	}
	obs, err := o.truth.Reset(opts)
	if err != nil {
		return obs, err
	}
	return o.still.Reset(opts)
}

var errUnknown = errors.New("baseline: the oracle was not told where its context is from: call Know before Prime")

// Prime implements env.Primer: the simulator is brought to the moment of the context's last frame.
func (o *Oracle) Prime(context env.Context) (env.Value, error) {
	if o.origin == nil {
		return env.Value{}, errUnknown
	}
	if _, err := o.still.Prime(context); err != nil {
		return env.Value{}, err
	}
	o.steps = 0
	if _, err := o.truth.Reset(env.ResetOptions{Seed: &o.origin.Seed, Params: o.origin.Params}); err != nil {
		return env.Value{}, err
	}
	for _, action := range o.origin.Actions {
		if _, err := o.truth.Step(action); err != nil {
			return env.Value{}, err
		}
	}
	return env.Value{U8: o.frame}, nil
}

// Step implements env.Env.
func (o *Oracle) Step(action env.Value) (env.Step, error) {
	if err := o.ready(action); err != nil {
		return env.Step{}, err
	}
	step, err := o.truth.Step(action)
	if err != nil {
		return step, err
	}
	o.steps++
	pixels := step.Obs.Pixels()
	if o.noise == 0 {
		copy(o.frame, pixels)
	} else {
		t := float64(o.steps)
		Displace(o.frame, pixels, o.height, o.width, o.offset[0]+t*o.drift[0], o.offset[1]+t*o.drift[1])
	}
	step.Obs = env.Value{U8: o.frame}
	return step, nil
}

// Surprise implements env.Surpriser: how far the video strays from what truly follows its first frame, as the mean
// |difference| of each frame to that of its own branch, 0..255. A noisy oracle errs by a part of its noise besides.
func (o *Oracle) Surprise(context env.Context, seed uint64) ([]float64, error) {
	if o.origin == nil {
		return nil, errUnknown
	}
	// Noise of the video's own: what two videos share would cancel where they are compared.
	rng := rand.New(rand.NewPCG(seed, uint64(crc32.ChecksumIEEE(context.Frames))))
	values := make([]float64, context.Len())
	for t := range min(len(values), o.origin.Branch.Len()) {
		values[t] = metrics.Difference(nth(context, t), nth(o.origin.Branch, t)).Value()
		if o.noise > 0 {
			values[t] += o.noise * math.Abs(rng.NormFloat64())
		}
	}
	return values, nil
}

// Reconstruct implements env.Reconstructor: the oracle sees frames as they are.
func (o *Oracle) Reconstruct(context env.Context) ([]byte, error) {
	return append([]byte(nil), context.Frames...), nil
}

// Close implements env.Env.
func (o *Oracle) Close() error {
	o.still.Close()
	return o.truth.Close()
}

// Displace writes src, uint8 [height, width, 3], into dst moved by dx pixels to the right and dy down, interpolated between
// pixels. Beyond the edges the picture goes on as its outermost pixels.
func Displace(dst, src []uint8, height, width int, dx, dy float64) {
	for y := range height {
		fy := float64(y) - dy
		y0 := math.Floor(fy)
		wy := fy - y0
		top, bottom := min(max(int(y0), 0), height-1), min(max(int(y0)+1, 0), height-1)
		for x := range width {
			fx := float64(x) - dx
			x0 := math.Floor(fx)
			wx := fx - x0
			left, right := min(max(int(x0), 0), width-1), min(max(int(x0)+1, 0), width-1)
			for k := range 3 {
				a := mix(src[3*(top*width+left)+k], src[3*(top*width+right)+k], wx)
				b := mix(src[3*(bottom*width+left)+k], src[3*(bottom*width+right)+k], wx)
				dst[3*(y*width+x)+k] = uint8(math.Round(float64(a*(1-wy)) + b*wy))
			}
		}
	}
}

func mix(a, b uint8, w float64) float64 { return float64(float64(a)*(1-w)) + float64(b)*w }
