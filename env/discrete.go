package env

import (
	"fmt"
	"math/rand/v2"
)

// Discrete is the choices 0..N-1, one of which a Value holds in Int[0].
type Discrete struct {
	N int
}

// Contains returns nil where v is one of the choices.
func (d Discrete) Contains(v Value) error {
	if v.fields() != fieldInt {
		return wrongFields(d, v, fieldInt)
	}
	if len(v.Int) != 1 {
		return fmt.Errorf("env: the value holds %d integers, but %v calls for one", len(v.Int), d)
	}
	if uint(v.Int[0]) >= uint(d.N) {
		return fmt.Errorf("env: choice %d is outside %v: it must lie in 0..%d", v.Int[0], d, d.N-1)
	}
	return nil
}

// New returns choice 0.
func (d Discrete) New() Value {
	if d.N < 1 {
		panic("env: Discrete needs N >= 1")
	}
	return Value{Int: make([]int, 1)}
}

// Sample draws a choice into dst.
func (d Discrete) Sample(rng *rand.Rand, dst Value) { dst.Int[0] = rng.IntN(d.N) }

func (d Discrete) String() string { return fmt.Sprintf("Discrete(%d)", d.N) }

// MultiDiscrete is several choices at once: Int[i] lies in 0..Nvec[i]-1.
type MultiDiscrete struct {
	Nvec []int
}

// Contains returns nil where v makes every choice within its range.
func (m MultiDiscrete) Contains(v Value) error {
	if v.fields() != fieldInt {
		return wrongFields(m, v, fieldInt)
	}
	if len(v.Int) != len(m.Nvec) {
		return fmt.Errorf("env: the value holds %d integers, but %v calls for %d", len(v.Int), m, len(m.Nvec))
	}
	for i, choice := range v.Int {
		if uint(choice) >= uint(m.Nvec[i]) {
			return fmt.Errorf("env: choice %d at index %d is outside %v: it must lie in 0..%d", choice, i, m, m.Nvec[i]-1)
		}
	}
	return nil
}

// New returns choice 0 everywhere.
func (m MultiDiscrete) New() Value {
	for _, n := range m.Nvec {
		if n < 1 {
			panic("env: MultiDiscrete needs every entry of Nvec >= 1")
		}
	}
	return Value{Int: make([]int, len(m.Nvec))}
}

// Sample draws every choice of dst.
func (m MultiDiscrete) Sample(rng *rand.Rand, dst Value) {
	for i, n := range m.Nvec {
		dst.Int[i] = rng.IntN(n)
	}
}

func (m MultiDiscrete) String() string { return fmt.Sprintf("MultiDiscrete(%v)", m.Nvec) }
