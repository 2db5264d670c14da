package actor

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"somnium/env"
	"somnium/env/envtest"
)

func counterConfig(t *testing.T) Config {
	t.Helper()
	c, err := NewConfig("test", "Counter-v0", envtest.NewCounter(24, 16).Spec())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The gradient of the objective is that which finite differences give, clipped and not, with several parts of an action.
func TestObjectiveGradient(t *testing.T) {
	const n = 6
	o := &objective{choices: []int{3, 2}, Clip: 0.2, Entropy: 0.1, Value: 0.5, Teach: 0.3}
	if _, err := o.Shape([]tensor.Shape{{n, 6}}); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float32, n*6)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	logs := make([]float64, 5)
	for i := range n {
		o.Choice[2*i], o.Choice[2*i+1] = rng.IntN(3), rng.IntN(2)
		o.Advice[2*i], o.Advice[2*i+1] = i%3, i%2
		// Ratios on either side of the clip, and advantages of either sign.
		change := []float64{-0.5, -0.1, 0, 0.1, 0.5, 0.6}[i]
		o.LogOld[i] = float32(logProbability(logs, x[6*i:6*i+5], o.choices, o.Choice[2*i:2*i+2]) - change)
		o.Advantage[i], o.Target[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
	}
	loss := func() float64 {
		sum := 0.0
		for i := range n {
			sum += o.row(x[6*i:6*i+6], make([]float32, 6), o.Choice[2*i:2*i+2], i) / n
		}
		return sum
	}
	out, grad := make([]float32, 1), make([]float32, len(x))
	o.Forward(out, [][]float32{x})
	clipped := o.clipped
	o.Backward([][]float32{grad}, []float32{1}, out, [][]float32{x})
	if clipped == 0 || clipped == 1 {
		t.Fatalf("the share that is clipped is %g: the test should see both", clipped)
	}
	if math.Abs(float64(out[0])-loss()) > 1e-5 {
		t.Errorf("the loss is %g, row by row %g", out[0], loss())
	}
	const h = 1e-2
	for i := range x {
		old := x[i]
		x[i] = old + h
		up := loss()
		x[i] = old - h
		down := loss()
		x[i] = old
		if want := (up - down) / (2 * h); math.Abs(want-float64(grad[i])) > 2e-3 {
			t.Errorf("element %d: gradient %.5f, finite difference %.5f", i, grad[i], want)
		}
	}
}

// The layers' gradients are those of finite differences, rows being joined in groups.
func TestDenseGradient(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	d := &dense{group: 2, active: true}
	shapes := []tensor.Shape{{6, 3}, {6, 4}, {4}}
	if _, err := d.Shape(shapes); err != nil {
		t.Fatal(err)
	}
	in, din := make([][]float32, 3), make([][]float32, 3)
	for i, s := range shapes {
		in[i], din[i] = make([]float32, s.TotalSize()), make([]float32, s.TotalSize())
		for j := range in[i] {
			in[i][j] = float32(rng.NormFloat64())
		}
	}
	out, weights := make([]float32, 12), make([]float32, 12)
	for i := range weights {
		weights[i] = float32(rng.NormFloat64())
	}
	sum := func() float64 {
		d.Forward(out, in)
		total := 0.0
		for i, v := range out {
			total += float64(v) * float64(weights[i])
		}
		return total
	}
	sum()
	d.Backward(din, weights, out, in)
	const h = 1e-2
	for i := range in {
		for j, old := range in[i] {
			in[i][j] = old + h
			up := sum()
			in[i][j] = old - h
			down := sum()
			in[i][j] = old
			if want := (up - down) / (2 * h); math.Abs(want-float64(din[i][j])) > 1e-2 {
				t.Errorf("input %d, element %d: gradient %.4f, finite difference %.4f", i, j, din[i][j], want)
			}
		}
	}
	if _, err := (&dense{group: 2}).Shape([]tensor.Shape{{5, 3}, {6, 4}, {4}}); err == nil {
		t.Error("an odd number of rows is joined in pairs")
	}
}

// An eye averages 2x2 pixels, keeps the four patches of a block together, and tells what changed.
func TestEye(t *testing.T) {
	const height, width = 16, 32
	e := newEye(Config{Height: height, Width: width, Choices: []int{2}})
	if e.patches != 8 || e.depth != 96 {
		t.Fatalf("%d patches of %d numbers", e.patches, e.depth)
	}
	frame := make([]uint8, height*width*3)
	paint := func(y, x int, v uint8) { frame[(y*width+x)*3] = v }
	m, dst := e.newMemory(), make([]float32, e.size())
	paint(8, 24, 255) // the first pixel of the last patch of the second block
	e.see(dst, &m, env.Value{U8: frame})
	at := 7 * 96
	if want := float32(255)/4/127.5 - 1; math.Abs(float64(dst[at]-want)) > 1e-6 || dst[0] != -1 || dst[at+48] != 0 {
		t.Errorf("the pixel is %g and its change %g, want %g and 0; the first is %g", dst[at], dst[at+48], want, dst[0])
	}
	paint(8, 24, 0)
	e.see(dst, &m, env.Value{U8: frame})
	if want := float32(-255) / 4 / 127.5; math.Abs(float64(dst[at+48]-want)) > 1e-6 || dst[at] != -1 {
		t.Errorf("the pixel is %g and its change %g, want -1 and %g", dst[at], dst[at+48], want)
	}
}

func TestDrawFollowsTheLogits(t *testing.T) {
	n, err := New(counterConfig(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMind(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	m.Output = []float32{0, float32(math.Log(2)), float32(math.Log(5)), 0.25}
	rng, counts, choice := rand.New(rand.NewPCG(1, 1)), [3]float64{}, make([]int, 1)
	const draws = 20000
	for range draws {
		logProb := m.Draw(0, rng, choice)
		counts[choice[0]]++
		if want := math.Log([]float64{1, 2, 5}[choice[0]] / 8); math.Abs(logProb-want) > 1e-6 {
			t.Fatalf("choice %d has log-probability %g, want %g", choice[0], logProb, want)
		}
	}
	for i, want := range []float64{1, 2, 5} {
		if got := counts[i] / draws; math.Abs(got-want/8) > 0.02 {
			t.Errorf("choice %d is drawn in %.3f, want %.3f", i, got, want/8)
		}
	}
	if m.Best(0, choice); choice[0] != 2 || m.Value(0) != 0.25 {
		t.Errorf("the best choice is %d of value %g", choice[0], m.Value(0))
	}
}

// Advantages are those of the definition, through an end, a cut and the border of what was gathered.
func TestAdvantages(t *testing.T) {
	e := &Experience{
		T: 4, N: 1, Value: []float32{1, 2, 3, 4}, Reward: []float64{1, 0, 2, 1}, Last: []float64{5},
		End: []bool{false, true, false, false}, Beyond: []float64{0, 7, 0, 0},
	}
	got := make([]float32, 4)
	const discount, lambda = 0.5, 0.8
	e.Advantages(got, discount, lambda, 2)
	d := []float64{2*1 + 0.5*2 - 1, 0 + 0.5*7 - 2, 2*2 + 0.5*4 - 3, 2*1 + 0.5*5 - 4}
	want := []float64{d[0] + 0.4*d[1], d[1], d[2] + 0.4*d[3], d[3]}
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > 1e-6 {
			t.Errorf("step %d: %g, want %g", i, got[i], want[i])
		}
	}
}

// counting is a vector of two counters that show how long their episodes are. The first is cut short after three steps, the second ends by its
// rules after two; both begin anew within that step.
type counting struct {
	mode env.Autoreset
	at   [2]int
}

func (v *counting) Spec() env.Spec {
	return env.Spec{ID: "Counting-v0", Observation: env.Box{Shape: []int{2}, Type: env.Float32, Low: -9, High: 9}, Action: env.Discrete{N: 2}}
}
func (v *counting) Num() int                 { return 2 }
func (v *counting) Autoreset() env.Autoreset { return v.mode }
func (v *counting) Close() error             { return nil }

func show(dst env.Value, at int) { dst.F32[0], dst.F32[1] = float32(at), 1 }

func (v *counting) Reset(_ env.VecResetOptions, dst *env.Batch) error {
	v.at = [2]int{}
	for i := range v.at {
		show(dst.Obs[i], 0)
	}
	return nil
}

func (v *counting) Step(_ []env.Value, dst *env.Batch) error {
	for i := range v.at {
		v.at[i]++
		dst.Reward[i], dst.Truncated[i], dst.Terminated[i] = float64(v.at[i]), i == 0 && v.at[i] == 3, i == 1 && v.at[i] == 2
		if dst.Done(i) {
			show(dst.FinalObs[i], v.at[i])
			v.at[i] = 0
		}
		show(dst.Obs[i], v.at[i])
	}
	return nil
}

// What follows an episode that was cut short is worth what its last frame is worth, seen behind the frames of that episode, and not what the
// first frame of the next is worth; behind an end by the rules there is nothing.
func TestCollectorSettlesEnds(t *testing.T) {
	vec := &counting{mode: env.SameStep}
	config, err := NewConfig("test", "Counting-v0", vec.Spec())
	if err != nil {
		t.Fatal(err)
	}
	network, err := New(config, 3)
	if err != nil {
		t.Fatal(err)
	}
	collector, err := NewCollector(network, vec, 6, 1)
	if err != nil {
		t.Fatal(err)
	}
	e, finished, err := collector.Collect()
	if err != nil {
		t.Fatal(err)
	}
	// worth is what the network expects behind the frames of an episode so far.
	worth := func(length int) float64 {
		mind, err := NewMind(network, 1)
		if err != nil {
			t.Fatal(err)
		}
		mind.Begin(0)
		for at := range length + 1 {
			obs := vec.Spec().Observation.New()
			show(obs, at)
			mind.See(0, obs)
		}
		mind.Run()
		return mind.Value(0)
	}
	if math.Abs(worth(3)-worth(0)) < 1e-3 {
		t.Fatalf("frames 0 and 3 are worth the same, %g: the test tells nothing", worth(0))
	}
	for step := range 6 {
		for i, length := range []int{3, 2} {
			at, within := step*2+i, step%length
			ends := within == length-1
			if got, want := float64(e.Value[at]), worth(within); math.Abs(got-want) > 1e-5 {
				t.Errorf("step %d of episode %d: the value is %g, want %g", step, i, got, want)
			}
			want := 0.0
			if ends && i == 0 {
				want = worth(3)
			}
			if e.End[at] != ends || math.Abs(e.Beyond[at]-want) > 1e-5 || e.Reward[at] != float64(within+1) {
				t.Errorf("step %d of environment %d: end %v, beyond %g, reward %g; want %v, %g, %d", step, i, e.End[at], e.Beyond[at], e.Reward[at], ends, want, within+1)
			}
		}
	}
	if len(finished) != 5 || finished[0] != (Episode{Return: 3, Length: 2}) || finished[1] != (Episode{Return: 6, Length: 3}) {
		t.Errorf("the episodes that ended are %v", finished)
	}
	for i := range e.Last { // both have just begun anew
		if math.Abs(e.Last[i]-worth(0)) > 1e-5 {
			t.Errorf("what follows in environment %d is worth %g, want %g", i, e.Last[i], worth(0))
		}
	}
	vec.mode = env.NextStep
	if _, err := NewCollector(network, vec, 6, 1); err == nil || !strings.Contains(err.Error(), "NextStep") {
		t.Errorf("a vector that resets with the next step gives %v", err)
	}
}

func TestCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "agent.safetensors")
	n, err := New(counterConfig(t), 7)
	if err != nil {
		t.Fatal(err)
	}
	n.Config.Steps = 12
	if err := n.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Load(path, "test")
	if err != nil {
		t.Fatal(err)
	}
	if back.Config.Steps != 12 || !slices.Equal(back.Params.All()[0].Data, n.Params.All()[0].Data) {
		t.Error("the network came back as another one")
	}
	refused := func(says string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, want one with %q", err, says)
		}
	}
	_, err = Load(path, "another")
	refused(`holds an agent of "test"`, err)
	_, err = Load(path+"x", "test")
	refused("safetensors", err)
	data, _ := os.ReadFile(path)
	broken := filepath.Join(t.TempDir(), "broken.safetensors")
	os.WriteFile(broken, data[:len(data)-5], 0o644)
	_, err = Load(broken, "test")
	refused("broken.safetensors", err)

	_, err = NewAgent(n, envtest.NewCounter(24, 32).Spec(), 0)
	refused("observe Box(uint8 [24 16 3]", err)
	_, err = NewAgent(n, envtest.NewCounter(24, 16).Spec(), 1.5)
	refused("fraction", err)
	other := envtest.NewCounter(24, 16).Spec()
	other.Action = env.Discrete{N: 4}
	refused("Discrete(3)", n.Config.Fits(other))
	other.Action = env.Box{Shape: []int{1}, Type: env.Float32, Low: -1, High: 1}
	_, err = NewConfig("test", "x", other)
	refused("choices", err)
	_, err = New(Config{Choices: []int{2}}, 0)
	refused("no network", err)
}

// The same seed gives the same actions, and another seed others.
func TestAgentIsAFunctionOfItsSeed(t *testing.T) {
	n, err := New(counterConfig(t), 7)
	if err != nil {
		t.Fatal(err)
	}
	play := func(seed uint64, chance float64) (actions []int) {
		e := envtest.NewCounter(24, 16)
		a, err := NewAgent(n, e.Spec(), chance)
		if err != nil {
			t.Fatal(err)
		}
		obs, _ := e.Reset(env.Seeded(1))
		a.Reset(seed)
		for range 20 {
			actions = append(actions, a.Act(obs).Int[0])
		}
		return actions
	}
	for _, chance := range []float64{0, 0.5, 1} {
		if first := play(3, chance); !slices.Equal(first, play(3, chance)) || slices.Equal(first, play(4, chance)) {
			t.Errorf("chance %g: the actions do not follow the seed", chance)
		}
	}
}

// A greedy agent takes the likeliest action whatever its seed, but for those steps in which it acts at random.
func TestGreedyAgent(t *testing.T) {
	n, err := New(counterConfig(t), 7)
	if err != nil {
		t.Fatal(err)
	}
	n.head.bias.Data[1] = 0.5 // a little likelier than the others
	e := envtest.NewCounter(24, 16)
	obs, _ := e.Reset(env.Seeded(1))
	for _, chance := range []float64{0, 1} {
		a, err := NewAgent(n, e.Spec(), chance)
		if err != nil {
			t.Fatal(err)
		}
		a.Greedy = true
		counts := [3]int{}
		for seed := range uint64(40) {
			a.Reset(seed)
			counts[a.Act(obs).Int[0]]++
		}
		if likeliest := counts[1] == 40; likeliest != (chance == 0) {
			t.Errorf("acting at random in %g of the steps, it takes the actions %v", chance, counts)
		}
	}
}
