package loop_test

import (
	"math"
	"testing"

	"somnium/agents/loop"
	"somnium/env"
	_ "somnium/sim/all"
)

// pose is where an agent stands and looks.
type pose struct{ x, z, yaw float64 }

// walkabout returns the poses of an episode.
func walkabout(t *testing.T, id string, seed uint64, steps int) []pose {
	t.Helper()
	e, err := env.Make(id)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	agent, err := loop.New(e)
	if err != nil {
		t.Fatal(err)
	}
	obs, err := e.Reset(env.Seeded(seed))
	if err != nil {
		t.Fatal(err)
	}
	agent.Reset(seed)
	prober, _ := env.As[env.Prober](e)
	var poses []pose
	for range steps {
		step, err := e.Step(agent.Act(obs))
		if err != nil {
			t.Fatal(err)
		}
		v := prober.State().Values
		poses = append(poses, pose{v["x"], v["z"], v["yaw"]})
		if obs = step.Obs; step.Done() {
			break
		}
	}
	return poses
}

// returns counts how often it stands within a block and looks within 8 degrees of a pose of before: on the spot, having turned
// half around in between, or having been at least four blocks off.
func returns(poses []pose) (turns, walks int) {
	for begin := 0; begin < len(poses); begin++ {
		a, turned, walked := poses[begin], false, false
		for i := begin + 1; i < min(len(poses), begin+500); i++ {
			b := poses[i]
			distance, off := math.Hypot(b.x-a.x, b.z-a.z), math.Abs(math.Remainder(b.yaw-a.yaw, 360))
			turned, walked = turned || off > 150, walked || distance > 4
			if !turned && !walked || distance >= 1 || off >= 8 {
				continue
			}
			if begin = i; walked {
				walks++
			} else {
				turns++
			}
			break
		}
	}
	return turns, walks
}

// The loop walker comes back to where it was and looks as it did, both by turning and by walking. The one that goes out and
// nowhere back, or stands and looks, does not.
func TestTheLoopWalkerComesBack(t *testing.T) {
	for _, id := range []string{"VoxelSurvive-v0?height=16&width=16&creatures=0", "VoxelSurvive-v0?height=16&width=16&creatures=0&flat=1"} {
		turns, walks := 0, 0
		const episodes = 4
		for seed := range uint64(episodes) {
			turned, walked := returns(walkabout(t, id, seed, 500))
			turns, walks = turns+turned, walks+walked
		}
		if turns < episodes/2 || walks < episodes {
			t.Errorf("%s: it comes back %d times by turning and %d times by walking in %d episodes", id, turns, walks, episodes)
		}
	}
}
