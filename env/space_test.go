package env_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"somnium/env"
)

// spaces has one space of every kind, with how it reads.
var spaces = []struct {
	space env.Space
	reads string
}{
	{env.Discrete{N: 3}, "Discrete(3)"},
	{env.Discrete{N: 1}, "Discrete(1)"},
	{env.MultiDiscrete{Nvec: []int{3, 1, 25}}, "MultiDiscrete([3 1 25])"},
	{env.Frame(4, 6), "Box(uint8 [4 6 3], 0..255)"},
	{env.Box{Shape: []int{7}, Type: env.Uint8, Low: 2, High: 5}, "Box(uint8 [7], 2..5)"},
	{env.Box{Shape: []int{2, 2}, Type: env.Float32, Low: -1, High: 1}, "Box(float32 [2 2], -1..1)"},
	{env.Box{Shape: []int{50}, Type: env.Float32, Low: 0.1, High: 0.1000001}, "Box(float32 [50], 0.1..0.1000001)"},
	{env.Box{Shape: []int{3}, Type: env.Float32, Low: math.Inf(-1), High: math.Inf(1)}, "Box(float32 [3], -Inf..+Inf)"},
	{env.Box{Shape: []int{3}, Type: env.Float32, Low: 3, High: math.Inf(1)}, "Box(float32 [3], 3..+Inf)"},
	{env.Box{Shape: []int{3}, Type: env.Float32, Low: math.Inf(-1), High: -3}, "Box(float32 [3], -Inf..-3)"},
	{env.Box{Type: env.Float32, Low: -1e300, High: 1}, "Box(float32 [], -1e+300..1)"},
	{env.Dict{Spaces: map[string]env.Space{"pixels": env.Frame(1, 1), "health": env.Discrete{N: 10}}},
		"Dict(health: Discrete(10), pixels: Box(uint8 [1 1 3], 0..255))"},
}

func TestSpacesHoldTheirOwn(t *testing.T) {
	for _, test := range spaces {
		if got := test.space.String(); got != test.reads {
			t.Errorf("String gives %q, want %q", got, test.reads)
		}
		v := test.space.New()
		if err := test.space.Contains(v); err != nil {
			t.Errorf("%v does not hold what its New makes: %v", test.space, err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for range 200 {
			test.space.Sample(rng, v)
			if err := test.space.Contains(v); err != nil {
				t.Fatalf("%v does not hold what its Sample draws: %v", test.space, err)
			}
		}
	}
}

func TestSpacesDoNotAllocate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range spaces {
		v := test.space.New()
		allocations := testing.AllocsPerRun(20, func() {
			test.space.Sample(rng, v)
			if err := test.space.Contains(v); err != nil {
				t.Error(err)
			}
		})
		if allocations != 0 {
			t.Errorf("%v: Sample and Contains allocate %g times", test.space, allocations)
		}
	}
}

func TestSampleIsUniform(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, space := range []env.Box{{Shape: []int{60000}, Type: env.Uint8, High: 255}, {Shape: []int{60000}, Type: env.Uint8, Low: 10, High: 15}} {
		v := space.New()
		space.Sample(rng, v)
		var counts [256]int
		for _, x := range v.U8 {
			counts[x]++
		}
		want := float64(space.Size()) / (space.High - space.Low + 1)
		for x := int(space.Low); x <= int(space.High); x++ {
			if math.Abs(float64(counts[x])-want) > 6*math.Sqrt(want) {
				t.Errorf("%v: %d is drawn %d times, want about %g", space, x, counts[x], want)
			}
		}
	}
	box := env.Box{Shape: []int{20000}, Type: env.Float32, Low: -3, High: 1}
	v := box.New()
	box.Sample(rng, v)
	var sum, squares float64
	for _, x := range v.F32 {
		sum += float64(x)
		squares += float64(x) * float64(x)
	}
	mean := sum / 20000
	if deviation := math.Sqrt(squares/20000 - mean*mean); math.Abs(mean+1) > 0.05 || math.Abs(deviation-4/math.Sqrt(12)) > 0.05 {
		t.Errorf("%v: mean %g and deviation %g, want -1 and 1.155", box, mean, deviation)
	}
}

func TestContainsSaysWhatIsWrong(t *testing.T) {
	float := env.Box{Shape: []int{2}, Type: env.Float32, Low: -1, High: 2}
	dict := env.Dict{Spaces: map[string]env.Space{"a": env.Discrete{N: 2}, "b": float}}
	good := func() map[string]env.Value {
		return map[string]env.Value{"a": env.Int(1), "b": {F32: []float32{0, 2}}}
	}
	without, beside, wrong := good(), good(), good()
	delete(without, "a")
	beside["c"] = env.Int(0)
	wrong["b"] = env.Value{F32: []float32{0, 3}}
	tests := []struct {
		space env.Space
		value env.Value
		says  []string
	}{
		{env.Discrete{N: 3}, env.Value{}, []string{"sets nothing", "calls for Int"}},
		{env.Discrete{N: 3}, env.Value{U8: []uint8{1}}, []string{"Int"}},
		{env.Discrete{N: 3}, env.Value{Int: []int{1}, F32: []float32{1}}, []string{"F32"}},
		{env.Discrete{N: 3}, env.Value{Int: []int{}}, []string{"0 integers", "one"}},
		{env.Discrete{N: 3}, env.Value{Int: []int{1, 1}}, []string{"2 integers"}},
		{env.Discrete{N: 3}, env.Int(3), []string{"choice 3", "0..2", "Discrete(3)"}},
		{env.Discrete{N: 3}, env.Int(-1), []string{"choice -1", "0..2"}},
		{env.MultiDiscrete{Nvec: []int{2, 5}}, env.Value{Int: []int{1}}, []string{"1 integers", "2"}},
		{env.MultiDiscrete{Nvec: []int{2, 5}}, env.Value{Int: []int{1, 5}}, []string{"choice 5", "index 1", "0..4"}},
		{env.Frame(2, 2), env.Value{U8: make([]uint8, 11)}, []string{"11 elements", "12"}},
		{env.Frame(2, 2), env.Value{F32: make([]float32, 12)}, []string{"U8"}},
		{env.Box{Shape: []int{2}, High: 9}, env.Value{U8: []uint8{9, 10}}, []string{"element 1", "10", "0..9"}},
		{float, env.Value{F32: []float32{0, float32(math.NaN())}}, []string{"element 1", "NaN"}},
		{float, env.Value{F32: []float32{-1.5, 0}}, []string{"element 0", "-1.5", "-1..2"}},
		{float, env.Value{F32: []float32{0}}, []string{"1 elements", "2"}},
		{dict, env.Value{Dict: without}, []string{`"a"`, "lacks"}},
		{dict, env.Value{Dict: beside}, []string{`"c"`, "does not know"}},
		{dict, env.Value{Dict: wrong}, []string{`"b"`, "element 1", "-1..2"}},
		{dict, env.Int(1), []string{"Dict"}},
	}
	for _, test := range tests {
		err := test.space.Contains(test.value)
		if err == nil {
			t.Errorf("%v takes %+v", test.space, test.value)
			continue
		}
		for _, part := range append(test.says, "env: ") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v on %+v says %q, without %q", test.space, test.value, err, part)
			}
		}
	}
	if err := dict.Contains(env.Value{Dict: good()}); err != nil {
		t.Error(err)
	}
}

func TestNewIsLeastOrZero(t *testing.T) {
	tests := []struct {
		space env.Space
		want  env.Value
	}{
		{env.Discrete{N: 4}, env.Int(0)},
		{env.MultiDiscrete{Nvec: []int{2, 2}}, env.Value{Int: []int{0, 0}}},
		{env.Box{Shape: []int{2}, Low: 3, High: 5}, env.Value{U8: []uint8{3, 3}}},
		{env.Box{Shape: []int{1}, Type: env.Float32, Low: -5, High: -2}, env.Value{F32: []float32{-2}}},
		{env.Box{Shape: []int{1}, Type: env.Float32, Low: -5, High: 5}, env.Value{F32: []float32{0}}},
	}
	for _, test := range tests {
		if got := test.space.New(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("New of %v is %+v, want %+v", test.space, got, test.want)
		}
	}
}

func TestSpacesOfNothingPanic(t *testing.T) {
	for _, space := range []env.Space{
		env.Discrete{}, env.MultiDiscrete{Nvec: []int{2, 0}}, env.Box{Shape: []int{1}, Low: 1},
		env.Box{Shape: []int{1}, Type: 7}, env.Box{Shape: []int{1}, Type: env.Float32, Low: math.NaN(), High: 1},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New of %v does not panic", space)
				}
			}()
			space.New()
		}()
	}
}

func TestFrameSize(t *testing.T) {
	dict := env.Dict{Spaces: map[string]env.Space{"pixels": env.Frame(48, 80), "speed": env.Box{Type: env.Float32, High: 1}}}
	for _, space := range []env.Space{env.Frame(48, 80), dict} {
		if h, w, ok := env.FrameSize(space); h != 48 || w != 80 || !ok {
			t.Errorf("%v: the size is %dx%d, %v", space, h, w, ok)
		}
	}
	for _, space := range []env.Space{
		nil, env.Discrete{N: 3}, env.Dict{}, env.Box{Shape: []int{4, 4, 1}, High: 255}, env.Box{Shape: []int{4, 4, 3}, Type: env.Float32, High: 1},
	} {
		if _, _, ok := env.FrameSize(space); ok {
			t.Errorf("%v counts as a picture", space)
		}
	}
}

func TestCloneAndCopy(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, test := range spaces {
		v, other := test.space.New(), test.space.New()
		test.space.Sample(rng, v)
		clone := v.Clone()
		env.Copy(other, v)
		if !reflect.DeepEqual(clone, v) || !reflect.DeepEqual(other, v) {
			t.Errorf("%v: clone %+v and copy %+v of %+v", test.space, clone, other, v)
		}
		test.space.Sample(rng, v)
		if !reflect.DeepEqual(clone, other) {
			t.Errorf("%v: a clone or a copy shares memory with the original", test.space)
		}
	}
}
