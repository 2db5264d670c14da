package nn

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"somnium/internal/ckpt"
	"somnium/internal/kernel"
)

// Optimizer updates parameters from gradients: Muon (Jordan et al. 2024) on the matrices, AdamW (Loshchilov and Hutter
// 2019) on the rest, with a clip of the gradient's norm. It also keeps the moving average of the weights (EMA) that
// inference uses.
type Optimizer struct {
	// Rate is the learning rate of AdamW; MuonRate that of Muon, whose steps have the scale of the matrix itself. With
	// MuonRate 0, AdamW updates the matrices too. Default 0.
	Rate, MuonRate float64
	// Beta1, Beta2 are AdamW's decays; Momentum is Muon's. Defaults 0.9, 0.99, 0.95.
	Beta1, Beta2, Momentum float64
	// Decay is the decoupled weight decay of matrices. Default 0.
	Decay float64
	// Clip bounds the norm of the gradient that AdamW sees; the length of a Muon step does not depend on its gradient's.
	// Default 0: no bound.
	Clip float64
	// Average is the decay of the EMA, reached gradually from step 0. Default 0.999.
	Average float64

	params []*Param
	step   int
	first  [][]float32
	second [][]float32
	ema    [][]float32

	index   map[*Param]int // in params
	largest []int          // the places in params, those of the largest parameters first
	grads   [][]float32    // of params, for one update; nil where there is none
	update  updateTask
}

// updateTask updates parameters side by side.
type updateTask struct {
	optimizer       *Optimizer
	adam            kernel.AdamW
	muonRate, decay float32
	average         float32
}

// NewOptimizer returns an optimiser of the parameters, whose EMA starts at their present values.
func NewOptimizer(params *Params) *Optimizer {
	o := &Optimizer{Rate: 1e-3, Beta1: 0.9, Beta2: 0.99, Momentum: 0.95, Average: 0.999, params: params.All(), ema: params.Copy()}
	o.first = make([][]float32, len(o.params))
	o.second = make([][]float32, len(o.params))
	o.index, o.grads = make(map[*Param]int, len(o.params)), make([][]float32, len(o.params))
	for i, p := range o.params {
		o.first[i], o.second[i] = make([]float32, len(p.Data)), make([]float32, len(p.Data))
		o.index[p] = i
		o.largest = append(o.largest, i)
	}
	slices.SortStableFunc(o.largest, func(a, b int) int { return cmp.Compare(len(o.params[b].Data), len(o.params[a].Data)) })
	return o
}

// Steps returns the number of updates made.
func (o *Optimizer) Steps() int { return o.step }

// Update makes one step with the gradients of s, the rates multiplied by scale, and returns the gradient's norm. A
// gradient that is not finite changes nothing and is an error, which names the parameter.
func (o *Optimizer) Update(s *Step, scale float64) (norm float64, err error) {
	clear(o.grads)
	sum := 0.0
	for i, p := range s.Params {
		if at, ok := o.index[p]; ok {
			o.grads[at] = s.Grads[i]
		}
		sum += float64(kernel.SumSquares(s.Grads[i]))
	}
	norm = math.Sqrt(sum)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return norm, fmt.Errorf("nn: the gradient of %s is not finite at step %d; lower the learning rate or resume from an earlier checkpoint", s.NotFinite(), o.step)
	}
	clip := 1.0
	if o.Clip > 0 && norm > o.Clip {
		clip = o.Clip / norm
	}
	o.step++
	average := min(o.Average, float64(1+o.step)/float64(10+o.step))
	o.update = updateTask{
		optimizer: o, muonRate: float32(o.MuonRate * scale), decay: float32(o.Decay), average: float32(1 - average),
		adam: kernel.AdamW{
			Beta1: float32(o.Beta1), Beta2: float32(o.Beta2), Epsilon: 1e-8, GradScale: float32(clip), LearningRate: float32(o.Rate * scale),
		}.AtStep(o.step),
	}
	kernel.Parallel(len(o.params), &o.update)
	return norm, nil
}

// Run updates one parameter and its moving average.
func (u *updateTask) Run(item int, ws *kernel.Workspace) {
	o := u.optimizer
	i := o.largest[item]
	p, grad := o.params[i], o.grads[i]
	if grad == nil {
		return
	}
	if p.Matrix && o.MuonRate > 0 {
		m := newMuon(ws, p.Shape[0], p.Shape[1])
		m.update(p, grad, o.first[i], float32(o.Momentum), u.muonRate, u.decay)
	} else {
		a := u.adam
		if p.Matrix {
			a.WeightDecay = u.decay
		}
		a.Update(p.Data, grad, o.first[i], o.second[i])
	}
	kernel.Lerp(o.ema[i], p.Data, u.average)
}

// Swap exchanges the weights with their moving average; a second call exchanges them back.
func (o *Optimizer) Swap() {
	for i, p := range o.params {
		for j, v := range p.Data {
			p.Data[j], o.ema[i][j] = o.ema[i][j], v
		}
	}
}

// Average tensors, moments and the step are what a resumed run needs besides the weights.
const stepTensor = "optimizer/step"

// State returns the optimiser's state as checkpoint tensors that share its memory.
func (o *Optimizer) State() []ckpt.Tensor {
	out := []ckpt.Tensor{{Name: stepTensor, DType: ckpt.I64, Shape: []int{1}, I64: []int64{int64(o.step)}}}
	for i, p := range o.params {
		for _, part := range o.parts(i) {
			out = append(out, ckpt.Tensor{Name: part.name + p.Name, DType: ckpt.F32, Shape: p.Shape, F32: part.data})
		}
	}
	return out
}

type statePart struct {
	name string
	data []float32
}

func (o *Optimizer) parts(i int) []statePart {
	return []statePart{{"optimizer/first/", o.first[i]}, {"optimizer/second/", o.second[i]}, {"optimizer/ema/", o.ema[i]}}
}

// Load brings back what State returned. A missing tensor or another shape is an error, and then nothing is changed.
func (o *Optimizer) Load(file *ckpt.File) error {
	step, ok := file.Find(stepTensor)
	if !ok || len(step.I64) != 1 || step.I64[0] < 0 {
		return fmt.Errorf("nn: the checkpoint has no optimiser state; start from its weights alone instead")
	}
	var copies [][2][]float32
	for i, p := range o.params {
		for _, part := range o.parts(i) {
			t, ok := file.Find(part.name + p.Name)
			if !ok || len(t.F32) != len(part.data) {
				return fmt.Errorf("nn: the optimiser state lacks %s%s or has it in another size; start from the weights alone instead", part.name, p.Name)
			}
			copies = append(copies, [2][]float32{part.data, t.F32})
		}
	}
	for _, c := range copies {
		copy(c[0], c[1])
	}
	o.step = int(step.I64[0])
	return nil
}
