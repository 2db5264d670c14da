package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"somnium/internal/ckpt"
)

// Initial values are a function of seed and name alone: neither order nor neighbours matter.
func TestInitialValuesFollowSeedAndName(t *testing.T) {
	first := NewParams(1)
	a := first.Weight("a", FanIn(1), 8, 4)
	b := first.Weight("b", FanIn(1), 8, 4)
	second := NewParams(1)
	b2 := second.Weight("b", FanIn(1), 8, 4)
	second.New("between", Ones, 3)
	a2 := second.Weight("a", FanIn(1), 8, 4)
	if !slices.Equal(a.Data, a2.Data) || !slices.Equal(b.Data, b2.Data) {
		t.Error("the order of declaration changed the values")
	}
	if slices.Equal(a.Data, b.Data) {
		t.Error("two names have the same values")
	}
	if other := NewParams(2).Weight("a", FanIn(1), 8, 4); slices.Equal(a.Data, other.Data) {
		t.Error("two seeds have the same values")
	}
}

func TestInitialisers(t *testing.T) {
	p := NewParams(3)
	variance := func(x []float32) float64 {
		sum := 0.0
		for _, v := range x {
			sum += float64(v) * float64(v)
		}
		return sum / float64(len(x))
	}
	if v := variance(p.Weight("fan", FanIn(2), 100, 200).Data); math.Abs(v-4.0/100) > 0.002 {
		t.Errorf("FanIn(2) of 100 inputs has variance %g, want 0.04", v)
	}
	if v := variance(p.New("normal", Normal(0.5), 20000).Data); math.Abs(v-0.25) > 0.01 {
		t.Errorf("Normal(0.5) has variance %g, want 0.25", v)
	}
	if x := p.New("zeros", Zeros, 5).Data; !slices.Equal(x, make([]float32, 5)) {
		t.Errorf("Zeros are %v", x)
	}
	if x := p.New("ones", Ones, 3).Data; !slices.Equal(x, []float32{1, 1, 1}) {
		t.Errorf("Ones are %v", x)
	}
	taps := p.New("taps", CentreTap(0), 25, 2).Data
	for i, v := range taps {
		if want := float32(0); i/2 != 12 && v != want || i/2 == 12 && v != 1 {
			t.Errorf("tap %d of CentreTap(0) is %g", i, v)
		}
	}
}

func TestDeclaringTwicePanics(t *testing.T) {
	defer func() {
		if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "nn: ") || !strings.Contains(text, "twice") {
			t.Errorf("it panicked with %q", text)
		}
	}()
	p := NewParams(0)
	p.New("x", Zeros, 1)
	p.New("x", Zeros, 1)
}

func TestOutlineCountsWithoutMemory(t *testing.T) {
	p := NewOutline()
	w := p.Weight("w", CentreTap(1), 1<<14, 1<<14)
	p.New("b", FanIn(1), 3)
	if p.Count() != 1<<28+3 || w.Data != nil || !w.Matrix {
		t.Errorf("%d weights, %d of them in memory", p.Count(), len(w.Data))
	}
}

// small returns a set of two parameters.
func small(seed uint64) *Params {
	p := NewParams(seed)
	p.Weight("layer/w", FanIn(1), 3, 2)
	p.New("layer/b", Ones, 2)
	return p
}

// spoilt returns the file with the last number of its last tensor replaced.
func spoilt(f *ckpt.File, x float64) *ckpt.File {
	last := &f.Tensors[len(f.Tensors)-1]
	last.F32 = slices.Clone(last.F32)
	last.F32[len(last.F32)-1] = float32(x)
	return f
}

func TestLoadOfParams(t *testing.T) {
	from := small(1)
	file := func() *ckpt.File {
		f := &ckpt.File{Tensors: from.Tensors("p/")}
		f.Sort()
		return f
	}
	to := small(2)
	if err := to.Load(file(), "p/"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(to.All()[0].Data, from.All()[0].Data) {
		t.Error("the weights did not come back")
	}
	if &to.All()[0].Data[0] == &from.All()[0].Data[0] {
		t.Error("Load shares the file's memory")
	}
	for name, spoil := range map[string]func(f *ckpt.File) *ckpt.File{
		"missing":       func(f *ckpt.File) *ckpt.File { f.Tensors = f.Tensors[:1]; return f },
		"other shape":   func(f *ckpt.File) *ckpt.File { f.Tensors[1].Shape = []int{2, 3}; return f },
		"other prefix":  func(f *ckpt.File) *ckpt.File { f.Tensors[1].Name = "q/layer/w"; return f },
		"not floats":    func(f *ckpt.File) *ckpt.File { f.Tensors[1].DType, f.Tensors[1].F32 = ckpt.I64, nil; return f },
		"another model": func(*ckpt.File) *ckpt.File { return &ckpt.File{} },
		"not a number":  func(f *ckpt.File) *ckpt.File { return spoilt(f, math.NaN()) },
		"infinite":      func(f *ckpt.File) *ckpt.File { return spoilt(f, math.Inf(-1)) },
	} {
		fresh := small(2)
		before := fresh.Copy()
		err := fresh.Load(spoil(file()), "p/")
		if err == nil || !strings.Contains(err.Error(), `"p/layer/`) {
			t.Errorf("%s: the error is %v, want one that names the tensor", name, err)
		}
		for i, p := range fresh.All() {
			if !slices.Equal(p.Data, before[i]) {
				t.Errorf("%s: %s changed all the same", name, p.Name)
			}
		}
	}
}
