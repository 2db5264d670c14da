package datasets

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
)

// Each agent of a mixture plays its share of the episodes, in every environment, and who plays one is a function of its seed.
func TestAMixtureKeepsItsShares(t *testing.T) {
	o := CollectOptions{Envs: []string{"a", "b"}, Agents: []string{"explorer", "loop", "sticky"}, Weights: []float64{2, 1, 1}, Seed: 5}
	const episodes = 20000
	shares := map[string]map[string]float64{"a": {}, "b": {}}
	for i := range episodes {
		agent := o.agent(i)
		if agent != o.agent(i) {
			t.Fatalf("episode %d is played by two", i)
		}
		shares[o.Envs[i%2]][agent] += 2.0 / episodes
	}
	for _, share := range shares {
		for i, agent := range o.Agents {
			if want := o.Weights[i] / 4; math.Abs(share[agent]-want) > 0.02 {
				t.Errorf("%s plays %.3f of the episodes, want %g", agent, share[agent], want)
			}
		}
	}
	other, same := o, 0
	other.Seed++
	for i := range 1000 {
		if o.agent(i) == other.agent(i) {
			same++
		}
	}
	if same > 450 {
		t.Errorf("of 1000 episodes of two jobs, %d are played by the same; want 375", same)
	}
}

func TestAMixtureIsCollectedAndResumed(t *testing.T) {
	mixed := func(episodes int) CollectOptions {
		o := dotOptions(t.TempDir(), episodes)
		o.Weights = []float64{1, 3}
		return o
	}
	whole, halted := mixed(12), mixed(12)
	if _, err := Collect(context.Background(), whole, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Collect(ctx, halted, func(p CollectProgress) {
		if p.Episodes == 5 {
			cancel()
		}
	}); err == nil {
		t.Fatal("a cancelled job says that it is done")
	}
	if _, err := Collect(context.Background(), halted, nil); err != nil {
		t.Fatal(err)
	}
	want, got := folder(t, whole.Dir), folder(t, halted.Dir)
	for file, data := range want {
		if !bytes.Equal(data, got[file]) {
			t.Errorf("%s differs after a halt", file)
		}
	}
	d := open(t, whole.Dir)
	for i := range d.Len() {
		if m := d.Meta(i); m.Agent != whole.agent(m.Number) {
			t.Errorf("episode %d was played by %s", m.Number, m.Agent)
		}
	}
	whole.Weights = []float64{1, 2}
	if _, err := Collect(context.Background(), whole, nil); err == nil || !strings.Contains(err.Error(), "weights was [1 3], is [1 2]") {
		t.Errorf("other weights: %v", err)
	}
}

func TestBadWeightsAreRefused(t *testing.T) {
	for says, weights := range map[string][]float64{
		"1 weights for 2 agents": {1}, "is 0, but": {1, 0}, "is -1, but": {-1, 1}, "is NaN, but": {math.NaN(), 1}, "add up to no number": {1, math.Inf(1)},
	} {
		o := dotOptions(t.TempDir(), 1)
		o.Weights = weights
		if _, err := Collect(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v", weights, err)
		}
	}
}
