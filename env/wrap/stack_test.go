package wrap_test

import (
	"slices"
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

// firsts returns the first byte of every observation of a stack.
func firsts(obs env.Value, count int) []uint8 {
	var all []uint8
	for i := range count {
		all = append(all, obs.U8[i*len(obs.U8)/count])
	}
	return all
}

func TestStackHoldsTheLastObservations(t *testing.T) {
	alone := envtest.NewCounter(16, 16)
	e := must(t)(wrap.Stack(envtest.NewCounter(16, 16), 3))
	if got := e.Spec().Observation.String(); got != "Box(uint8 [3 16 16 3], 0..255)" {
		t.Errorf("the observations are %s", got)
	}
	snapshotter, _ := env.As[env.Snapshotter](e)
	for seed := range uint64(2) {
		first, _ := alone.Reset(env.Seeded(seed))
		seen := slices.Repeat([]uint8{first.U8[0]}, 3)
		obs, err := e.Reset(env.Seeded(seed))
		if err != nil || !slices.Equal(firsts(obs, 3), seen) {
			t.Fatalf("after a reset the stack is %v, want %v (%v)", firsts(obs, 3), seen, err)
		}
		for i := range 8 {
			step, _ := alone.Step(env.Int(2))
			seen = append(seen[1:], step.Obs.U8[0])
			stacked, err := e.Step(env.Int(2))
			if err != nil || !slices.Equal(firsts(stacked.Obs, 3), seen) {
				t.Fatalf("after step %d the stack is %v, want %v (%v)", i, firsts(stacked.Obs, 3), seen, err)
			}
			// A snapshot brings the whole stack back.
			snapshot, err := snapshotter.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			e.Step(env.Int(1))
			obs, err := snapshotter.Restore(snapshot)
			if err != nil || !slices.Equal(firsts(obs, 3), seen) {
				t.Fatalf("restored after step %d the stack is %v, want %v (%v)", i, firsts(obs, 3), seen, err)
			}
		}
	}
}
