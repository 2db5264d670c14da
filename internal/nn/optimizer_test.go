package nn

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"somnium/internal/ckpt"
)

// stepOf returns a step as Compile would, with random gradients for all parameters.
func stepOf(p *Params, rng *rand.Rand) *Step {
	s := &Step{Params: p.All()}
	for _, param := range p.All() {
		grad := make([]float32, len(param.Data))
		for i := range grad {
			grad[i] = float32(rng.NormFloat64())
		}
		s.Grads = append(s.Grads, grad)
	}
	return s
}

// AdamW, the clip and the average against the formulas of Loshchilov and Hutter (2019), algorithm 2, in float64.
func TestAdamWByHand(t *testing.T) {
	p := small(1)
	o := NewOptimizer(p)
	o.Rate, o.Decay, o.Clip = 0.01, 0.1, 1.5
	const scale, beta1, beta2, epsilon = 0.5, 0.9, 0.99, 1e-8
	type state struct{ weight, first, second, average float64 }
	want := make([][]state, len(p.All()))
	for i, param := range p.All() {
		for _, v := range param.Data {
			want[i] = append(want[i], state{weight: float64(v), average: float64(v)})
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for step := 1; step <= 5; step++ {
		s := stepOf(p, rng)
		norm := 0.0
		for _, g := range s.Grads {
			for _, v := range g {
				norm += float64(v) * float64(v)
			}
		}
		norm = math.Sqrt(norm)
		got, err := o.Update(s, scale)
		if err != nil || math.Abs(got-norm) > 1e-5 {
			t.Fatalf("the gradient's norm is %g, %v; want %g", got, err, norm)
		}
		keep := min(0.999, float64(1+step)/float64(10+step))
		for i, param := range p.All() {
			decay := 0.0
			if param.Matrix {
				decay = 0.1
			}
			for j := range want[i] {
				w := &want[i][j]
				g := float64(s.Grads[i][j]) * min(1, 1.5/norm)
				w.first = beta1*w.first + (1-beta1)*g
				w.second = beta2*w.second + (1-beta2)*g*g
				corrected := w.first / (1 - math.Pow(beta1, float64(step)))
				root := math.Sqrt(w.second / (1 - math.Pow(beta2, float64(step))))
				w.weight -= 0.01 * scale * (decay*w.weight + corrected/(root+epsilon))
				w.average = keep*w.average + (1-keep)*w.weight
				if math.Abs(float64(param.Data[j])-w.weight) > 1e-5 || math.Abs(float64(o.ema[i][j])-w.average) > 1e-5 {
					t.Fatalf("step %d, %s[%d]: weight %g, average %g; want %g, %g", step, param.Name, j, param.Data[j], o.ema[i][j], w.weight, w.average)
				}
			}
		}
	}
	if o.Steps() != 5 {
		t.Errorf("%d steps were counted", o.Steps())
	}
}

// With a Muon rate, matrices move by an orthogonalised step of root mean square 0.2 x rate, and the rest by AdamW.
func TestMuonMovesMatricesAlone(t *testing.T) {
	p, adam := small(1), small(1)
	wide := p.Weight("wide", FanIn(1), 8, 24)
	adam.Weight("wide", FanIn(1), 8, 24)
	before := slices.Clone(wide.Data)
	o, reference := NewOptimizer(p), NewOptimizer(adam)
	o.MuonRate = 0.1
	s := stepOf(p, rand.New(rand.NewPCG(1, 2)))
	if _, err := o.Update(s, 0.5); err != nil {
		t.Fatal(err)
	}
	if _, err := reference.Update(&Step{Params: adam.All(), Grads: s.Grads}, 0.5); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.All()[1].Data, adam.All()[1].Data) {
		t.Error("a vector was not updated by AdamW")
	}
	if slices.Equal(p.All()[0].Data, adam.All()[0].Data) {
		t.Error("a matrix was updated by AdamW")
	}
	sum, along := 0.0, 0.0
	for i := range before {
		d := float64(wide.Data[i] - before[i])
		sum += d * d
		along += d * float64(s.Grads[2][i])
	}
	if rms := math.Sqrt(sum / float64(len(before))); rms < 0.2*0.05*0.7 || rms > 0.2*0.05*1.2 {
		t.Errorf("the update has root mean square %g, want about %g", rms, 0.2*0.05)
	}
	if along >= 0 {
		t.Error("the update does not go against the gradient")
	}
}

// A resumed optimiser goes on to the same bits as one that never stopped.
func TestOptimizerStateRoundTrip(t *testing.T) {
	train := func(p *Params, o *Optimizer, rng *rand.Rand, steps int) {
		for range steps {
			if _, err := o.Update(stepOf(p, rng), 0.7); err != nil {
				t.Fatal(err)
			}
		}
	}
	tune := func(o *Optimizer) *Optimizer {
		o.Rate, o.MuonRate, o.Decay, o.Clip = 0.01, 0.05, 0.01, 2
		return o
	}
	p := small(1)
	o, rng := tune(NewOptimizer(p)), rand.New(rand.NewPCG(5, 6))
	train(p, o, rng, 4)
	file := &ckpt.File{Tensors: append(p.Tensors("p/"), o.State()...)}
	file.Sort()
	for i := range file.Tensors { // State and Tensors share memory, which goes on changing
		file.Tensors[i].F32 = slices.Clone(file.Tensors[i].F32)
	}
	again := rand.New(rand.NewPCG(5, 6))
	for range 4 { // bring it to where rng stands
		stepOf(p, again)
	}
	train(p, o, rng, 5)

	p2 := small(2)
	if err := p2.Load(file, "p/"); err != nil {
		t.Fatal(err)
	}
	o2 := tune(NewOptimizer(p2))
	if err := o2.Load(file); err != nil {
		t.Fatal(err)
	}
	train(p2, o2, again, 5)
	o.Swap()
	o2.Swap()
	for i := range p.All() {
		if !slices.Equal(p.All()[i].Data, p2.All()[i].Data) || !slices.Equal(o.ema[i], o2.ema[i]) {
			t.Errorf("%s or its average differs after the resume", p.All()[i].Name)
		}
	}
	if o2.Steps() != 9 {
		t.Errorf("the resumed optimiser counts %d steps, want 9", o2.Steps())
	}
}

func TestOptimizerLoadChangesNothingOnError(t *testing.T) {
	p := small(1)
	o := NewOptimizer(p)
	if _, err := o.Update(stepOf(p, rand.New(rand.NewPCG(1, 1))), 1); err != nil {
		t.Fatal(err)
	}
	drop := func(name string) func(ckpt.Tensor) bool { return func(t ckpt.Tensor) bool { return t.Name == name } }
	for want, spoil := range map[string]func(f *ckpt.File){
		"optimiser state":          func(f *ckpt.File) { f.Tensors = slices.DeleteFunc(f.Tensors, drop(stepTensor)) },
		"optimizer/second/layer/w": func(f *ckpt.File) { f.Tensors = slices.DeleteFunc(f.Tensors, drop("optimizer/second/layer/w")) },
		"optimizer/ema/layer/b":    func(f *ckpt.File) { f.Tensors[0].F32 = f.Tensors[0].F32[:1] },
	} {
		file := &ckpt.File{Tensors: o.State()}
		file.Sort()
		spoil(file)
		fresh := NewOptimizer(small(2))
		err := fresh.Load(file)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that names %s", err, want)
		}
		if fresh.Steps() != 0 || !slices.Equal(fresh.first[0], make([]float32, 6)) || !slices.Equal(fresh.ema[1], []float32{1, 1}) {
			t.Errorf("%s: the optimiser changed all the same", want)
		}
	}
}

func TestGradientThatIsNotFiniteChangesNothing(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32} {
		p := small(1)
		o := NewOptimizer(p)
		o.MuonRate = 0.1
		rng := rand.New(rand.NewPCG(1, 1))
		if _, err := o.Update(stepOf(p, rng), 1); err != nil {
			t.Fatal(err)
		}
		weights, first, ema := p.Copy(), slices.Clone(o.first[0]), slices.Clone(o.ema[0])
		s := stepOf(p, rng)
		s.Grads[1][1] = bad
		if _, err := o.Update(s, 1); err == nil || !strings.Contains(err.Error(), s.Params[1].Name+" is not finite at step 1") {
			t.Errorf("a gradient of %g: %v", bad, err)
		}
		for i, param := range p.All() {
			if !slices.Equal(param.Data, weights[i]) {
				t.Errorf("a gradient of %g changed %s", bad, param.Name)
			}
		}
		if o.Steps() != 1 || !slices.Equal(o.first[0], first) || !slices.Equal(o.ema[0], ema) {
			t.Errorf("a gradient of %g changed the optimiser", bad)
		}
	}
}

// Parameters are updated side by side, to the same bits on any number of processors, and without allocating.
func TestUpdateOnAnyProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	run := func(procs int) [][]float32 {
		runtime.GOMAXPROCS(procs)
		p := NewParams(1)
		p.Weight("wide", FanIn(1), 60, 100)
		p.Weight("tall", FanIn(1), 70, 30)
		p.New("gain", Ones, 50)
		o, rng := NewOptimizer(p), rand.New(rand.NewPCG(2, 2))
		o.MuonRate, o.Decay = 0.1, 0.01
		s := stepOf(p, rng)
		update := func() {
			if _, err := o.Update(s, 1); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			update()
		}
		weights := p.Copy()
		if n := testing.AllocsPerRun(5, update); n != 0 {
			t.Errorf("an update allocates %v times on %d processors", n, procs)
		}
		return weights
	}
	want := run(1)
	for i, w := range run(3) {
		if !slices.Equal(w, want[i]) {
			t.Errorf("parameter %d has other bits on three processors than on one", i)
		}
	}
}

// The average follows the weights, and Swap exchanges the two and back.
func TestAverage(t *testing.T) {
	p := small(1)
	o := NewOptimizer(p)
	o.Rate = 0
	for i := range p.All()[1].Data {
		p.All()[1].Data[i] = 5 // the weights move at once, and then stand still
	}
	rng := rand.New(rand.NewPCG(1, 1))
	away := 4.0
	for range 20 {
		if _, err := o.Update(stepOf(p, rng), 1); err != nil {
			t.Fatal(err)
		}
		now := 5 - float64(o.ema[1][0])
		if now >= away {
			t.Errorf("the average is %g away from the weights, after %g", now, away)
		}
		away = now
	}
	average := o.ema[1][0]
	o.Swap()
	if p.All()[1].Data[0] != average || o.ema[1][0] != 5 {
		t.Error("Swap did not exchange weights and average")
	}
	o.Swap()
	if p.All()[1].Data[0] != 5 || o.ema[1][0] != average {
		t.Error("a second Swap did not exchange them back")
	}
}
