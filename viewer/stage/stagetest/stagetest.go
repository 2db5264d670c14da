// Package stagetest furnishes stages for tests and benchmarks: real simulators, and in the place of a world model a stub that
// takes no time.
package stagetest

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"somnium/agents/all"
	"somnium/env"
	_ "somnium/sim/all" // the worlds
	"somnium/viewer/stage"
	"somnium/viewer/wire"
)

// House returns a house whose rigid worlds have stub dreams and whose voxel worlds have none.
func House() stage.House {
	return stage.House{
		Truth: func(name string) (stage.Truth, error) {
			e, err := env.Make(name)
			return stage.Truth{Env: e}, err
		},
		Dream: func(name string, spec env.Spec) (env.Env, string, error) {
			if strings.HasPrefix(name, "Voxel") {
				return nil, "", errors.New("the stub does not dream of this world: the truth is shown alone")
			}
			return NewDream(spec), "", nil
		},
		Agent:  func(name string, e env.Env) (stage.Agent, error) { return all.New(name, e) },
		Agents: []string{"scripted", "sticky", "explorer", "noop"},
		Worlds: []wire.SceneCard{
			{Name: "RigidCatch-v0", Title: "Rigid catch", Dreamt: true}, {Name: "RigidOccluder-v0", Title: "Rigid occluder", Dreamt: true},
			{Name: "RigidGlass-v0", Title: "Rigid glass"}, {Name: "VoxelNavigate-v0", Title: "Voxel navigate"},
		},
	}
}

// Dream is a stub of a dream: it shows the last frame that it was given, moved by one column at every step, to the right or, under
// an odd action, to the left.
type Dream struct {
	spec   env.Spec
	frame  []byte
	steps  int
	Primed int // how often
}

// NewDream returns a stub in the place of a simulator.
func NewDream(spec env.Spec) *Dream { return &Dream{spec: spec} }

// Spec implements env.Env.
func (d *Dream) Spec() env.Spec { return d.spec }

// Reset implements env.Env.
func (d *Dream) Reset(env.ResetOptions) (env.Value, error) {
	h, w, _ := env.FrameSize(d.spec.Observation)
	d.frame, d.steps = make([]byte, h*w*3), 0
	return env.Value{U8: d.frame}, nil
}

// Prime implements env.Primer.
func (d *Dream) Prime(c env.Context) (env.Value, error) {
	size := c.Height * c.Width * 3
	d.frame = slices.Clone(c.Frames[len(c.Frames)-size:])
	d.Primed++
	return env.Value{U8: d.frame}, nil
}

// Step implements env.Env.
func (d *Dream) Step(action env.Value) (env.Step, error) {
	_, w, _ := env.FrameSize(d.spec.Observation)
	moved := make([]byte, len(d.frame))
	by := 3
	if action.Int[0]%2 == 1 {
		by = 3*w - 3
	}
	for row := 0; row < len(d.frame); row += 3 * w {
		for i := range 3 * w {
			moved[row+(i+by)%(3*w)] = d.frame[row+i]
		}
	}
	d.frame = moved
	d.steps++
	return env.Step{Obs: env.Value{U8: d.frame}}, nil
}

// Snapshot implements env.Snapshotter.
func (d *Dream) Snapshot() ([]byte, error) {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(d.steps)), d.frame...), nil
}

// Restore implements env.Snapshotter.
func (d *Dream) Restore(snapshot []byte) (env.Value, error) {
	d.steps, d.frame = int(binary.LittleEndian.Uint32(snapshot)), slices.Clone(snapshot[4:])
	return env.Value{U8: d.frame}, nil
}

// Close implements env.Env.
func (d *Dream) Close() error { return nil }
