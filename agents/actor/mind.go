package actor

import (
	"fmt"
	"math"
	"math/rand/v2"

	"somnium/env"
	"somnium/internal/kernel"
	"somnium/internal/nn"
)

// Mind runs a network for N episodes side by side, without a graph. It is not safe for concurrent use; any number of them may
// share a network, whose weights they read at every Run.
type Mind struct {
	// Input is [N, P*K], what the last See of each episode made; Output is [N, A+1], logits and value, after Run.
	Input, Output []float32

	network  *Network
	n        int
	runner   *nn.Runner
	memories []memory
	logs     []float64
	seeing   seeing
}

// NewMind returns a mind for n episodes.
func NewMind(network *Network, n int) (*Mind, error) {
	if n < 1 {
		return nil, fmt.Errorf("actor: a mind for %d episodes; it takes at least one", n)
	}
	runner, err := nn.NewRunner(network.chain(), n*network.eye.patches, network.eye.depth)
	if err != nil {
		return nil, fmt.Errorf("actor: %w", err)
	}
	m := &Mind{network: network, n: n, runner: runner, Input: make([]float32, n*network.InputSize()), logs: make([]float64, network.Config.logits())}
	for range n {
		m.memories = append(m.memories, network.eye.newMemory())
	}
	return m, nil
}

// Begin forgets episode i.
func (m *Mind) Begin(i int) { m.memories[i].begun = false }

// See takes in an observation of episode i.
func (m *Mind) See(i int, obs env.Value) {
	size := m.network.InputSize()
	m.network.eye.see(m.Input[i*size:(i+1)*size], &m.memories[i], obs)
}

// SeeAll takes in an observation of every episode.
func (m *Mind) SeeAll(obs []env.Value) {
	m.seeing = seeing{mind: m, obs: obs}
	kernel.Parallel(m.n, &m.seeing)
	m.seeing = seeing{}
}

// seeing is SeeAll as a task.
type seeing struct {
	mind *Mind
	obs  []env.Value
}

// Run implements kernel.Task.
func (s *seeing) Run(i int, _ *kernel.Workspace) { s.mind.See(i, s.obs[i]) }

// Run thinks about what was seen.
func (m *Mind) Run() { m.Output = m.runner.Run(m.Input) }

func (m *Mind) row(i int) []float32 {
	width := len(m.logs) + 1
	return m.Output[i*width : (i+1)*width]
}

// Value returns the return that is to be expected in episode i.
func (m *Mind) Value(i int) float64 { return float64(m.row(i)[len(m.logs)]) }

// Draw draws the choices of episode i into choice, one for each part of the action, and returns their log-probability.
func (m *Mind) Draw(i int, rng *rand.Rand, choice []int) float64 {
	row, choices, at := m.row(i), m.network.Config.Choices, 0
	for part, n := range choices {
		logSoftmax(m.logs[at:at+n], row[at:at+n])
		u := rng.Float64()
		choice[part] = n - 1
		for j, l := range m.logs[at : at+n] {
			if u -= math.Exp(l); u < 0 {
				choice[part] = j
				break
			}
		}
		at += n
	}
	return logProbability(m.logs, row, choices, choice)
}

// Best writes the likeliest choices of episode i.
func (m *Mind) Best(i int, choice []int) {
	row, at := m.row(i), 0
	for part, n := range m.network.Config.Choices {
		best := 0
		for j, l := range row[at : at+n] {
			if l > row[at+best] {
				best = j
			}
		}
		choice[part] = best
		at += n
	}
}
