//go:build slow

package datasets

import "testing"

func TestKilledTwentyTimes(t *testing.T) {
	for seed := range uint64(3) {
		killAndResume(t, 20, seed)
	}
}
