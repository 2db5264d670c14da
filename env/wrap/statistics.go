package wrap

import (
	"encoding/binary"
	"errors"
	"math"

	"somnium/env"
)

// Episode sums up one episode.
type Episode struct {
	// Return is the sum of its rewards; Length the number of its steps.
	Return float64
	Length int
}

// EpisodeStatistics is a wrapper that sums up episodes. Find it on a wrapped environment with env.As[*EpisodeStatistics].
type EpisodeStatistics struct {
	env.Env
	current, last Episode
	finished      int
}

// Statistics wraps e in an [EpisodeStatistics].
func Statistics(e env.Env) env.Wrapper {
	return env.KeepCapabilities(&EpisodeStatistics{Env: e})
}

// Current returns the sums of the running episode, or of the one that has just ended.
func (s *EpisodeStatistics) Current() Episode { return s.current }

// Last returns the sums of the episode that ended last, and the number of those that have ended.
func (s *EpisodeStatistics) Last() (last Episode, finished int) { return s.last, s.finished }

// Unwrap returns the environment inside.
func (s *EpisodeStatistics) Unwrap() env.Env { return s.Env }

// Reset implements [env.Env]. An episode that is cut off by it does not count as finished.
func (s *EpisodeStatistics) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := s.Env.Reset(opts)
	if err == nil {
		s.current = Episode{}
	}
	return obs, err
}

// Step implements [env.Env].
func (s *EpisodeStatistics) Step(action env.Value) (env.Step, error) {
	step, err := s.Env.Step(action)
	if err != nil {
		return step, err
	}
	s.current.Return += step.Reward
	s.current.Length++
	if step.Done() {
		s.last = s.current
		s.finished++
	}
	return step, nil
}

// Began implements [env.Stateful].
func (s *EpisodeStatistics) Began() { s.current = Episode{} }

// statisticsState is the number of words of a saved state.
const statisticsState = 5

// SaveState implements [env.Stateful]: five uint64, little endian.
func (s *EpisodeStatistics) SaveState() ([]byte, error) {
	words := [statisticsState]uint64{
		math.Float64bits(s.current.Return), uint64(s.current.Length),
		math.Float64bits(s.last.Return), uint64(s.last.Length), uint64(s.finished),
	}
	return binary.Append(nil, binary.LittleEndian, words)
}

// ReadState implements [env.Stateful].
func (s *EpisodeStatistics) ReadState(state []byte) (apply func(), err error) {
	var words [statisticsState]uint64
	if n, err := binary.Decode(state, binary.LittleEndian, &words); err != nil || n != len(state) {
		return nil, errors.New("wrap: the snapshot is not one of an environment with episode statistics")
	}
	return func() {
		s.current = Episode{Return: math.Float64frombits(words[0]), Length: int(words[1])}
		s.last = Episode{Return: math.Float64frombits(words[2]), Length: int(words[3])}
		s.finished = int(words[4])
	}, nil
}
