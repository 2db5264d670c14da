// Package nn holds what networks are made of: named parameters with seeded initialisers, their optimisers, and the
// building of Gorgonia graphs over them.
//
// A network declares its parameters in a [Params] by name. Training puts them into a graph with a [Builder], whose input
// nodes share the parameters' memory; inference reads the same memory with no graph. That is how there are two forwards
// and one set of weights.
package nn

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"somnium/internal/ckpt"
)

// Param is a named tensor of weights.
type Param struct {
	Name  string
	Shape []int
	// Data is row-major.
	Data []float32
	// Matrix says that it is a weight of a linear map, which Muon may update and weight decay shrinks.
	Matrix bool
}

// size returns the number of elements that the shape calls for.
func (p *Param) size() int {
	size := 1
	for _, d := range p.Shape {
		size *= d
	}
	return size
}

// Init fills new weights from a seeded stream.
type Init func(rng *rand.Rand, shape []int, dst []float32)

// Zeros leaves the weights at zero.
func Zeros(*rand.Rand, []int, []float32) {}

// Ones sets the weights to one.
func Ones(_ *rand.Rand, _ []int, dst []float32) {
	for i := range dst {
		dst[i] = 1
	}
}

// FanIn draws from a normal distribution of variance gain^2 / fan-in, the fan-in being the first dimension.
func FanIn(gain float64) Init {
	return func(rng *rand.Rand, shape []int, dst []float32) {
		Normal(gain/math.Sqrt(float64(shape[0])))(rng, shape, dst)
	}
}

// Normal draws from a normal distribution of the given deviation.
func Normal(deviation float64) Init {
	return func(rng *rand.Rand, _ []int, dst []float32) {
		for i := range dst {
			dst[i] = float32(rng.NormFloat64() * deviation)
		}
	}
}

// Params is a set of parameters in the order of their declaration.
type Params struct {
	seed    uint64
	outline bool
	list    []*Param
	byName  map[string]*Param
}

// NewParams returns an empty set. The initial values of a parameter are a function of the seed and its name.
func NewParams(seed uint64) *Params {
	return &Params{seed: seed, byName: map[string]*Param{}}
}

// NewOutline returns an empty set whose parameters get shapes and no memory: it tells how large a network of given sizes would
// be before it is made.
func NewOutline() *Params { return &Params{outline: true, byName: map[string]*Param{}} }

// New declares a parameter. Declaring a name twice panics.
func (p *Params) New(name string, init Init, shape ...int) *Param {
	if p.byName[name] != nil {
		panic("nn: parameter " + name + " is declared twice")
	}
	param := &Param{Name: name, Shape: shape}
	if !p.outline {
		param.Data = make([]float32, param.size())
		h := fnv.New64a()
		h.Write([]byte(name))
		init(rand.New(rand.NewPCG(p.seed, h.Sum64())), shape, param.Data)
	}
	p.list = append(p.list, param)
	p.byName[name] = param
	return param
}

// Weight declares the [in, out] matrix of a linear map.
func (p *Params) Weight(name string, init Init, in, out int) *Param {
	w := p.New(name, init, in, out)
	w.Matrix = true
	return w
}

// All returns the parameters in the order of declaration.
func (p *Params) All() []*Param { return p.list }

// Named returns the parameter of a name, nil where there is none.
func (p *Params) Named(name string) *Param { return p.byName[name] }

// Under returns the set of those parameters whose names begin with the prefix.
func (p *Params) Under(prefix string) *Params {
	under := &Params{seed: p.seed, outline: p.outline, byName: map[string]*Param{}}
	for _, param := range p.list {
		if strings.HasPrefix(param.Name, prefix) {
			under.list = append(under.list, param)
			under.byName[param.Name] = param
		}
	}
	return under
}

// Count returns the number of weights.
func (p *Params) Count() int {
	n := 0
	for _, param := range p.list {
		n += param.size()
	}
	return n
}

// Tensors returns the parameters as checkpoint tensors that share their memory, their names led by the prefix.
func (p *Params) Tensors(prefix string) []ckpt.Tensor {
	out := make([]ckpt.Tensor, len(p.list))
	for i, param := range p.list {
		out[i] = ckpt.Tensor{Name: prefix + param.Name, DType: ckpt.F32, Shape: slices.Clone(param.Shape), F32: param.Data}
	}
	return out
}

// Load copies the weights from the file's tensors of that prefix. A missing tensor, another shape or a number that is not
// finite is an error, and then nothing is changed.
func (p *Params) Load(file *ckpt.File, prefix string) error {
	found := make([]*ckpt.Tensor, len(p.list))
	for i, param := range p.list {
		t, ok := file.Find(prefix + param.Name)
		if !ok {
			return fmt.Errorf("nn: the checkpoint has no tensor %q: it is of another model or version; train anew or choose another checkpoint", prefix+param.Name)
		}
		if !slices.Equal(t.Shape, param.Shape) || len(t.F32) != len(param.Data) {
			return fmt.Errorf("nn: tensor %q of the checkpoint has shape %v, the model needs %v: it is of another size; choose the matching preset", t.Name, t.Shape, param.Shape)
		}
		for _, x := range t.F32 {
			if x-x != 0 { // an infinity or not a number
				return fmt.Errorf("nn: tensor %q of the checkpoint holds %g: the file is damaged; take another copy", t.Name, x)
			}
		}
		found[i] = t
	}
	for i, param := range p.list {
		copy(param.Data, found[i].F32)
	}
	return nil
}

// Copy returns the values of all parameters, one slice each.
func (p *Params) Copy() [][]float32 {
	out := make([][]float32, len(p.list))
	for i, param := range p.list {
		out[i] = slices.Clone(param.Data)
	}
	return out
}

// CentreTap starts the taps of a depthwise convolution, [k*k, D], near the identity: 1 in the middle, and a little normal
// noise everywhere.
func CentreTap(deviation float64) Init {
	return func(rng *rand.Rand, shape []int, dst []float32) {
		Normal(deviation)(rng, shape, dst)
		middle := shape[0] / 2 * shape[1]
		for i := range shape[1] {
			dst[middle+i]++
		}
	}
}
