package hands

import (
	"errors"
	"math/bits"

	"somnium/env"
)

var (
	errSpace = errors.New("hands: the actions of this environment have no code; replays are of choices alone")
	errCode  = errors.New("hands: the replay holds an action that this environment does not have; take a link of the same environment")
)

// radices returns how many values each choice of the space has.
func radices(space env.Space) ([]int, error) {
	var list []int
	switch s := space.(type) {
	case env.Discrete:
		list = []int{s.N}
	case env.MultiDiscrete:
		list = s.Nvec
	default:
		return nil, errSpace
	}
	all := uint64(1)
	for _, n := range list {
		over, product := bits.Mul64(all, uint64(n))
		if over > 0 || product > 1<<62 {
			return nil, errSpace
		}
		all = product
	}
	return list, nil
}

// Code returns the number of an action: its choices as the digits of a number, the last the lowest.
func Code(space env.Space, action env.Value) (uint64, error) {
	list, err := radices(space)
	if err != nil {
		return 0, err
	}
	if err := space.Contains(action); err != nil {
		return 0, err
	}
	code := uint64(0)
	for i, n := range list {
		code = code*uint64(n) + uint64(action.Int[i])
	}
	return code, nil
}

// Action returns the action of a number.
func Action(space env.Space, code uint64) (env.Value, error) {
	list, err := radices(space)
	if err != nil {
		return env.Value{}, err
	}
	action := space.New()
	for i := len(list) - 1; i >= 0; i-- {
		action.Int[i] = int(code % uint64(list[i]))
		code /= uint64(list[i])
	}
	if code > 0 {
		return env.Value{}, errCode
	}
	return action, nil
}
