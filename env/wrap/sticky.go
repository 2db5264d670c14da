package wrap

import (
	"errors"
	"fmt"

	"somnium/env"
)

// sticky is the wrapper that now and then takes the last action in place of the new one.
type sticky struct {
	env.Env
	space       env.Space
	probability float64
	stream      env.Stream
	// last is the action that was taken last; stick says that it is to be taken again. The latter is drawn beforehand, so
	// that a step that is refused draws nothing.
	last  env.Value
	stick bool
	begun bool // there is a last action
}

// Sticky wraps e so that with the given probability, 0 to 1, a step takes the action of the step before in place of its own:
// the sticky actions of Machado et al. (2018, section 5.2), who take 0.25. The first step of an episode takes its own. The
// seed of a reset seeds these draws, too. A probability out of range is an error.
func Sticky(e env.Env, probability float64) (env.Wrapper, error) {
	if !(probability >= 0 && probability <= 1) {
		return nil, fmt.Errorf("wrap: actions stick with a probability of %g; it is 0 to 1", probability)
	}
	space := e.Spec().Action
	return env.KeepCapabilities(&sticky{Env: e, space: space, probability: probability, last: space.New()}), nil
}

// Unwrap returns the environment inside.
func (s *sticky) Unwrap() env.Env { return s.Env }

// streamMark sets the stream apart from that of the environment inside, which starts from the same seed.
const streamMark = 0x737469636b79

// Reset implements [env.Env].
func (s *sticky) Reset(opts env.ResetOptions) (env.Value, error) {
	obs, err := s.Env.Reset(opts)
	if err != nil {
		return obs, err
	}
	if opts.Seed != nil {
		seed := *opts.Seed ^ streamMark
		s.stream.Reseed(&seed)
	}
	s.Began()
	return obs, nil
}

// Step implements [env.Env].
func (s *sticky) Step(action env.Value) (env.Step, error) {
	if err := s.space.Contains(action); err != nil {
		return env.Step{}, err
	}
	taken := action
	if s.stick && s.begun {
		taken = s.last
	}
	step, err := s.Env.Step(taken)
	if err != nil {
		return step, err
	}
	env.Copy(s.last, taken)
	s.begun, s.stick = true, s.stream.Rand().Float64() < s.probability
	return step, nil
}

// Began implements [env.Stateful].
func (s *sticky) Began() { s.begun, s.stick = false, false }

// SaveState implements [env.Stateful]: a byte whose lowest bits say whether there is a last action and whether it sticks,
// that action, and the stream.
func (s *sticky) SaveState() ([]byte, error) {
	stream, err := s.stream.MarshalBinary()
	if err != nil {
		return nil, err
	}
	flags := byte(0)
	if s.begun {
		flags |= 1
	}
	if s.stick {
		flags |= 2
	}
	return append(appendValue([]byte{flags}, s.last), stream...), nil
}

// ReadState implements [env.Stateful].
func (s *sticky) ReadState(state []byte) (apply func(), err error) {
	bad := errors.New("wrap: the snapshot is not one of an environment with sticky actions")
	if len(state) == 0 || state[0] > 3 {
		return nil, bad
	}
	last, stream, err := decodeValue(s.space, state[1:])
	if err != nil {
		return nil, bad
	}
	// Tried on another stream, so that nothing changes where it fails.
	if err := new(env.Stream).UnmarshalBinary(stream); err != nil {
		return nil, bad
	}
	flags := state[0]
	return func() {
		env.Copy(s.last, last)
		s.begun, s.stick = flags&1 != 0, flags&2 != 0
		s.stream.UnmarshalBinary(stream)
	}, nil
}
