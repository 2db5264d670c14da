package dit_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"somnium/internal/nn"
	"somnium/world/dit"
)

// The biases of a fresh memory let it keep what it has for 1 to 100 frames, and its output adds nothing yet.
func TestFreshMemory(t *testing.T) {
	m, err := dit.New(dit.Tiny(4).WithMemory(), 1)
	if err != nil {
		t.Fatal(err)
	}
	bias := m.Params.Named("layer/1/attention/memory/bias").Data
	before := 0.0
	for i, b := range bias {
		frames := -1 / math.Log(1-1/(1+math.Exp(-float64(b)))) // till 1/e is left
		if frames <= before {
			t.Errorf("channel %d keeps for %g frames, and that before it for %g", i, frames, before)
		}
		before = frames
		if ends := i == 0 && math.Abs(frames-1) > 1e-3 || i == len(bias)-1 && math.Abs(frames-100) > 0.1; ends {
			t.Errorf("channel %d of %d keeps for %g frames", i, len(bias), frames)
		}
	}
	for _, w := range m.Params.Named("layer/1/attention/memory/out").Data {
		if w != 0 {
			t.Fatal("a fresh memory adds something")
		}
	}
	if m.Params.Named("layer/0/attention/memory/bias") != nil {
		t.Error("a layer over space has a memory")
	}
}

// What lies beyond all windows counts where there is a memory, and the stepper says so by a Reach of 0.
func TestMemoryReachesFurtherThanTheWindow(t *testing.T) {
	m := trained(t, dit.Tiny(4).WithMemory())
	c := m.Config
	const h, w = 2, 2
	frames := 3 * dit.Tiny(4).Reach()
	rng := rand.New(rand.NewPCG(6, 7))
	tokens, features := make([]float32, h*w*c.TokenSize()), make([]float32, c.FeatureSize())
	first := make([]float32, len(tokens))
	var out [2][]float32
	for i := range out {
		s, err := dit.NewStepper(m, 1, h, w)
		if err != nil {
			t.Fatal(err)
		}
		normal(rng, first)
		s.Forward(first, features, []int{0}, true)
		same := rand.New(rand.NewPCG(8, 9))
		for f := 1; f < frames; f++ {
			normal(same, tokens)
			last, _ := s.Forward(tokens, features, []int{f}, true)
			out[i] = append(out[i][:0], last...)
		}
	}
	if d := distance(out[0], out[1]); d < 1e-4 {
		t.Errorf("%d frames on, another first frame changes the newest by %g alone", frames-1, d)
	}
	if c.Reach() != 0 {
		t.Errorf("the reach is %d, want 0, which stands for all", c.Reach())
	}
}

// A model that has grown a memory, and nothing else, computes what it did, in clips and step by step, and what is new learns.
func TestGrowMemory(t *testing.T) {
	const frames, h, w = 11, 2, 3
	small := newModel(t)
	big, err := dit.New(small.Config.WithMemory(), 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Grow(small); err != nil {
		t.Fatal(err)
	}
	var corrections [2][]float32
	for i, m := range []*dit.Model{small, big} {
		g, err := m.Graph(1, frames, h, w)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Step.Close()
		rng := rand.New(rand.NewPCG(5, 6))
		normal(rng, g.Batch.Tokens)
		normal(rng, g.Batch.Target)
		for j := range g.Batch.Weights {
			g.Batch.Weights[j] = 1
		}
		if _, _, err := g.Run(); err != nil {
			t.Fatal(err)
		}
		corrections[i], _ = g.Output()
		for k, p := range g.Step.Params {
			if p.Name == "layer/1/attention/memory/out" && distance(g.Step.Grads[k], make([]float32, len(p.Data))) == 0 {
				t.Error("the output of the new memory gets no gradient")
			}
		}
	}
	if d := distance(corrections[0], corrections[1]); d != 0 {
		t.Errorf("the model with a new memory differs by %g", d)
	}
	if err := small.Grow(big); err == nil {
		t.Error("a model without a memory grew from one with")
	}
	again, err := dit.New(big.Config, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Grow(big); err != nil {
		t.Errorf("a model with a memory from one with: %v", err)
	}
}

// Of a clip whose first frame alone shows something, and whose last, which no window reaches it from, asks for it, a model that has grown
// a memory learns to tell what it was; one without can only learn that it was something.
func TestMemoryLearnsToRecall(t *testing.T) {
	with, without := recallLoss(t, true), recallLoss(t, false)
	if with > 0.1 || without < 0.7 {
		t.Errorf("the squared error of what is recalled is %.3f with a memory and %.3f without, want at most 0.1 and at least 0.7", with, without)
	}
}

// recallLoss trains a model that is not fresh and returns its loss over the last updates, in units of the variance of what is to be recalled.
func recallLoss(t *testing.T, memory bool) float64 {
	t.Helper()
	const clips, frames, updates, last = 8, 12, 200, 30
	c := dit.Tiny(2)
	c.Window = 2
	m := trained(t, c)
	if memory {
		c.Memory = true
		grown, err := dit.New(c, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := grown.Grow(m); err != nil {
			t.Fatal(err)
		}
		m = grown
	}
	g, err := m.Graph(clips, frames, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 3e-3, 1e-2, 1
	rng := rand.New(rand.NewPCG(1, 2))
	b, row, sum := &g.Batch, c.TokenSize(), 0.0
	for update := range updates {
		clear(b.Tokens)
		for clip := range clips {
			first, asked := clip*frames, (clip+1)*frames-1
			normal(rng, b.Tokens[first*row:][:c.Latent])
			copy(b.Target[asked*c.Latent:][:c.Latent], b.Tokens[first*row:])
			b.Features[asked*c.FeatureSize()], b.Weights[asked] = 1, 1
		}
		loss, _, err := g.Run()
		if err != nil {
			t.Fatal(err)
		}
		if update >= updates-last {
			sum += loss / last
		}
		if _, err := o.Update(g.Step, 1); err != nil {
			t.Fatal(err)
		}
	}
	return sum
}
