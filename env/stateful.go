package env

import (
	"encoding/binary"
	"errors"
)

// Stateful is a wrapper with a state of its own, which must travel with snapshots and begin anew with a primed episode.
// It implements neither [Snapshotter] nor [Primer] itself: [KeepCapabilities] does so for it where the inner
// environment has them, so that [As] never finds what is not there.
type Stateful interface {
	Wrapper
	// Began says that Prime began an episode on the inner environment.
	Began()
	// SaveState returns the wrapper's own state, without that of the inner environment.
	SaveState() ([]byte, error)
	// ReadState decodes such a state and returns the function that brings it back; nothing changes before that is called.
	ReadState(state []byte) (apply func(), err error)
}

// Observer is a Stateful that changes observations, and so those of Restore and Prime as well.
type Observer interface {
	Stateful
	// Observed returns what the wrapper shows of the inner environment's observation, after a state has been brought back
	// or Began was called.
	Observed(inner Value) Value
}

// KeepCapabilities returns w with the capabilities of the environment that it wraps: Snapshot and Restore carry w's state
// along with the inner one's, and Prime begins an episode for both. As finds w itself below the returned wrapper. What w
// hides as a [Veil] stays hidden.
func KeepCapabilities(w Stateful) Wrapper {
	inner, layered := w.Unwrap(), w
	veil, veiled := w.(Veil)
	if snapshotter, ok := As[Snapshotter](inner); ok && !(veiled && veil.Veils((*Snapshotter)(nil))) {
		layered = snapshotLayer{layered, snapshotter, w}
	}
	if primer, ok := As[Primer](inner); ok && !(veiled && veil.Veils((*Primer)(nil))) {
		layered = primeLayer{layered, primer, w}
	}
	return layered
}

// observed returns what the wrapper shows of the inner environment's observation.
func observed(w Stateful, inner Value) Value {
	if observer, ok := w.(Observer); ok {
		return observer.Observed(inner)
	}
	return inner
}

// snapshotLayer makes a Snapshotter of a Stateful. A snapshot is the length of the wrapper's state (uint32, little
// endian), that state, and the inner snapshot.
type snapshotLayer struct {
	Stateful
	inner   Snapshotter
	wrapper Stateful
}

func (l snapshotLayer) Unwrap() Env { return l.Stateful }

func (l snapshotLayer) Snapshot() ([]byte, error) {
	own, err := l.SaveState()
	if err != nil {
		return nil, err
	}
	inner, err := l.inner.Snapshot()
	if err != nil {
		return nil, err
	}
	snapshot := make([]byte, 0, 4+len(own)+len(inner))
	snapshot = binary.LittleEndian.AppendUint32(snapshot, uint32(len(own)))
	return append(append(snapshot, own...), inner...), nil
}

func (l snapshotLayer) Restore(snapshot []byte) (Value, error) {
	if len(snapshot) < 4 || uint64(len(snapshot)-4) < uint64(binary.LittleEndian.Uint32(snapshot)) {
		return Value{}, errors.New("env: the snapshot is cut short or not one of this environment")
	}
	size := binary.LittleEndian.Uint32(snapshot)
	own, inner := snapshot[4:4+size], snapshot[4+size:]
	apply, err := l.ReadState(own)
	if err != nil {
		return Value{}, err
	}
	obs, err := l.inner.Restore(inner)
	if err != nil {
		return obs, err
	}
	apply()
	return observed(l.wrapper, obs), nil
}

// primeLayer makes a Primer of a Stateful.
type primeLayer struct {
	Stateful
	inner   Primer
	wrapper Stateful
}

func (l primeLayer) Unwrap() Env { return l.Stateful }

func (l primeLayer) Prime(context Context) (Value, error) {
	obs, err := l.inner.Prime(context)
	if err != nil {
		return obs, err
	}
	l.Began()
	return observed(l.wrapper, obs), nil
}
