package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// The tests of the layers hold each against a slow float64 version of its
// formula, and its gradient against central differences of that version.

// random returns n values from the normal distribution.
func random(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func doubles(x []float32) []float64 {
	if x == nil {
		return nil
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// expectClose fails unless got is within tolerance of want, relative to 1+|want|.
func expectClose(t *testing.T, name string, got []float32, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", name, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= tolerance*(1+math.Abs(w))) {
			t.Fatalf("%s[%d] = %g, want %g", name, i, got[i], w)
		}
	}
}

func expectEqual(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if math.Float32bits(got[i]) != math.Float32bits(w) {
			t.Fatalf("%s[%d] = %g, want %g to the bit", name, i, got[i], w)
		}
	}
}

// expectGradient compares gradient with the central differences of loss in
// about forty places of parameter.
func expectGradient(t *testing.T, name string, gradient []float32, parameter []float64, loss func() float64) {
	t.Helper()
	if len(gradient) != len(parameter) {
		t.Fatalf("%s: %d gradients of %d parameters", name, len(gradient), len(parameter))
	}
	const h = 1e-5
	for i := 0; i < len(parameter); i += 1 + len(parameter)/40 {
		old := parameter[i]
		parameter[i] = old + h
		above := loss()
		parameter[i] = old - h
		below := loss()
		parameter[i] = old
		want := (above - below) / (2 * h)
		if !(math.Abs(float64(gradient[i])-want) <= 2e-5*(1+math.Abs(want))) {
			t.Fatalf("d loss/d %s[%d] = %g, want %g", name, i, gradient[i], want)
		}
	}
}

// inner returns the inner product, the loss whose gradient is b.
func inner(a []float64, b []float32) float64 {
	total := 0.0
	for i, v := range a {
		total += v * float64(b[i])
	}
	return total
}

// bothWays runs f with one processor and with three, and wants the same bits.
func bothWays(t *testing.T, f func() []float32) {
	t.Helper()
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	one := append([]float32(nil), f()...)
	runtime.GOMAXPROCS(3)
	expectEqual(t, "with three processors", f(), one)
}

// expectNoAllocations runs f warm.
func expectNoAllocations(t *testing.T, f func()) {
	t.Helper()
	f()
	if n := testing.AllocsPerRun(5, f); n != 0 {
		t.Fatalf("%g allocations a call, want 0", n)
	}
}

// expectPanic wants f to panic with a message of this package.
func expectPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		message, ok := recover().(string)
		if !ok || len(message) < 8 || message[:8] != "kernel: " {
			t.Fatalf("panic %q, want one of the kernel's", message)
		}
	}()
	f()
}
