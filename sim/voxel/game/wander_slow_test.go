//go:build slow

package game_test

import (
	"runtime"
	"testing"

	"somnium/sim/voxel/game"
)

// A million ticks over a hundred seeds keep the rules, in memory that stays flat.
func TestAMillionTicksKeepTheRules(t *testing.T) {
	w := game.New(8)
	var first, last runtime.MemStats
	for seed := range uint64(100) {
		wander(t, w, 100_000*seed, 10_000)
		if seed == 10 {
			runtime.GC()
			runtime.ReadMemStats(&first)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&last)
	if grown := int64(last.HeapAlloc) - int64(first.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes over 900,000 ticks", grown)
	}
}
