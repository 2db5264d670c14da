//go:build slow

package voxel

import (
	"runtime"
	"testing"
)

// A million random steps over a hundred seeds, in every task, stay within the spaces and in memory that stays flat.
func TestAMillionStepsStayWithinTheSpaces(t *testing.T) {
	var first, last runtime.MemStats
	all := wanderers(t)
	for seed := range uint64(100) {
		e := all[seed%uint64(len(all))]
		wander(t, e, 1000+seed, 10_000)
		if seed == uint64(len(all)) {
			runtime.GC()
			runtime.ReadMemStats(&first)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&last)
	if grown := int64(last.HeapAlloc) - int64(first.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}
