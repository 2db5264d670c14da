// Package envtest tests that an environment keeps the contract of package env. Every environment of the project passes it:
//
//	func TestCatch(t *testing.T) {
//		envtest.TestEnv(t, func() (env.Env, error) { return env.Make("RigidCatch-v0") })
//	}
package envtest

import (
	"errors"
	"fmt"
	"testing"

	"somnium/env"
)

// Options say what to expect of an environment and how long to look. The zero value works.
type Options struct {
	// SeedIgnored says that every episode starts alike, whatever the seed. Default: different seeds must differ.
	SeedIgnored bool
	// Steps is the length of the runs that are compared to the bit. Default: 48.
	Steps int
	// EpisodeSteps is how long to wait for an episode to end before the checks of its end are given up; the time limit
	// of the spec is waited for if it is no longer than this. Default: 2000.
	EpisodeSteps int
}

// TestEnv tests the environments that newEnv makes against the contract, under the default options. Optional
// capabilities are tested where the environment has them.
func TestEnv(t testing.TB, newEnv func() (env.Env, error)) {
	t.Helper()
	Options{}.TestEnv(t, newEnv)
}

// TestEnv tests the environments that newEnv makes against the contract. Every broken promise is an Errorf of its own.
func (o Options) TestEnv(t testing.TB, newEnv func() (env.Env, error)) {
	t.Helper()
	if o.Steps <= 0 {
		o.Steps = 48
	}
	if o.EpisodeSteps <= 0 {
		o.EpisodeSteps = 2000
	}
	f := fixture{Options: o, newEnv: newEnv}
	for _, check := range checks {
		if err := check.run(f); err != nil {
			t.Errorf("envtest: %s: %v", check.name, err)
		}
	}
}

// checks is the table of promises, each tested on environments of its own.
var checks = []struct {
	name string
	run  func(f fixture) error
}{
	{"the spec is complete and stable", checkSpec},
	{"values lie in their spaces", checkSpaces},
	{"calls out of order are errors", checkLifeCycle},
	{"the episode ends once", checkEnd},
	{"a closed environment stays closed", checkClose},
	{"the seed determines the episode", checkSeed},
	{"environments share nothing", checkIndependence},
	{"the number of processors changes nothing", checkProcessors},
	{"different seeds differ", checkSeedsDiffer},
	{"a reset without a seed continues the stream", checkStreamContinues},
	{"a bad action is an error and changes nothing", checkBadActions},
	{"parameters of a reset are checked", checkParams},
	{"a snapshot replays", checkSnapshot},
	{"a snapshot restores elsewhere", checkSnapshotElsewhere},
	{"a bad snapshot is an error and changes nothing", checkBadSnapshot},
	{"priming begins an episode", checkPrime},
	{"the true state is sane", checkState},
	{"captions say something", checkCaptions},
}

// fixture is what a check works with.
type fixture struct {
	Options
	newEnv func() (env.Env, error)
}

// with runs a check on a new environment and closes it.
func (f fixture) with(check func(e env.Env) error) error {
	e, err := f.newEnv()
	if err != nil {
		return fmt.Errorf("making the environment: %w", err)
	}
	return errors.Join(check(e), e.Close())
}

// record makes an environment, resets it with the seed and returns the run of Steps steps.
func (f fixture) record(seed uint64) (run, error) {
	var r run
	err := f.with(func(e env.Env) (err error) {
		r, err = recordFrom(e, seed, f.Steps)
		return err
	})
	return r, err
}
