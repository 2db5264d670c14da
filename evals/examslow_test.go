//go:build slow

package evals

import (
	"testing"

	"somnium/env"
)

// The exams whose scenes take long to play, and sizes near those of the quick suite.
var slowly = []expected{
	{"fall", Size{Cases: 20}, map[string]string{"context": "gravity_error", "text": "gravity_error", "bounce": "restitution_error"}, false},
	{"occlusion", Size{Cases: 6}, map[string]string{" 8 frames": "exit_place", "16 frames": "exit_place", "stops behind": "place_missed"}, false},
	{"fracture", Size{Cases: 24}, map[string]string{"": "break_accuracy"}, false},
	{"drift", Size{Cases: 3, Frames: 256}, map[string]string{"random, frame 16": "gain"}, true},
	{"control", Size{Cases: 8}, map[string]string{"RigidPush-v0, 8 steps": "branch_accuracy", "VoxelLookAway-v0, 8 steps": "branch_accuracy", "VoxelRevisit-v0, dig at completion": "branch_accuracy", "VoxelRevisit-v0, place at completion": "branch_accuracy"}, false},
	{"inverse", Size{Cases: 16}, map[string]string{"RigidPush-v0": "macro_f1", "RigidCatch-v0": "macro_f1", "VoxelLookAway-v0": "macro_f1"}, false},
	{"loop", Size{Cases: 3, Frames: 150}, map[string]string{"turn of 360 degrees": "retrieval"}, false},
	{"memory", Size{Cases: 4, Frames: 64}, map[string]string{"  8 steps": "state_accuracy", " 64 steps": "state_accuracy"}, false},
	{"text", Size{Cases: 4}, map[string]string{"": "direction"}, false},
	{"physicsiq", Size{Cases: 3}, map[string]string{"": "physics_iq"}, false},
}

// At the sizes of a verdict the true simulator passes every exam as a whole, intervals and all; a frozen picture, its blur and an untrained
// network pass none.
func TestTheTruthPassesInFull(t *testing.T) {
	for _, e := range Exams() {
		t.Run(e.Name, func(t *testing.T) {
			for _, name := range []string{Oracle, CopyLast, BestBlur} {
				r := sitting(t, e.Name, NewBaseline(name, env.Make), e.Sizes[Full])
				switch {
				case name == Oracle && r.Skipped != "":
					t.Errorf("the true simulator skips the exam: %s", r.Skipped)
				case name == Oracle && !r.Pass:
					for _, s := range r.Scores {
						if s.Pass != nil && !*s.Pass {
							t.Errorf("the true simulator fails %s %s: %v (%v to %v), and the bar is %v", s.Split, s.Name, s.Value, s.Low, s.High, *s.Bar)
						}
					}
					t.Error("the true simulator does not pass")
				case name != Oracle && r.Pass:
					t.Errorf("%s passes", name)
				}
			}
			if r := sitting(t, e.Name, untrained(t), e.Sizes[Quick]); r.Pass {
				t.Error("an untrained network passes")
			}
		})
	}
}

func TestTheTruthPassesAndTheTrivialFailEverywhere(t *testing.T) {
	for _, x := range slowly {
		t.Run(x.exam, func(t *testing.T) { x.hold(t) })
	}
}
