package datasets

import (
	"fmt"
	"math"
)

// checkWeights returns an error unless there are none, or one for each of n agents.
func checkWeights(weights []float64, n int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != n {
		return fmt.Errorf("datasets: there are %d weights for %d agents: give one for each, or none", len(weights), n)
	}
	sum := 0.0
	for i, w := range weights {
		if !(w > 0) {
			return fmt.Errorf("datasets: the weight of agent %d is %g, but it must be a number above 0", i, w)
		}
		sum += w
	}
	if math.IsInf(sum, 1) {
		return fmt.Errorf("datasets: the weights %v add up to no number; give smaller ones", weights)
	}
	return nil
}

// agent returns who plays the episode of a number: in turn, or drawn by its seed where there are weights.
func (o CollectOptions) agent(number int) string {
	if o.Weights == nil {
		return o.Agents[number/len(o.Envs)%len(o.Agents)]
	}
	sum := 0.0
	for _, w := range o.Weights {
		sum += w
	}
	// Stream 3 of the episode; 1 and 2 are the environment's and the agent's. 53 bits fill a float64 in 0..1.
	at := float64(mix(mix(o.Seed, uint64(number)), 3)>>11) / (1 << 53) * sum
	for i, w := range o.Weights {
		if at -= w; at < 0 {
			return o.Agents[i]
		}
	}
	return o.Agents[len(o.Agents)-1]
}
