// Package expert is the agent that plays VoxelSurvive well: it fells trees, makes tools of wood, stone and iron, and meets the
// other achievements on its way. In VoxelBuild it builds what is shown. It goes by the true state: a survey of the blocks around
// it tells where the ores are, and the cheapest way there, over land and through rock, is searched for.
package expert

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"somnium/agents"
	"somnium/agents/avatar"
	"somnium/env"
)

// New returns an expert in the voxel world e, or an error where e is none, does not tell its blocks, or has the flat actions, which
// cannot say what to craft and to place.
func New(e env.Env) (agents.Agent, error) {
	agent, err := avatar.NewAgent("expert", e, func() avatar.Plan {
		surveyor, _ := env.As[env.Surveyor](e)
		m := newMind(surveyor)
		m.builds = strings.HasPrefix(e.Spec().ID, "VoxelBuild-")
		return m.plan
	})
	if err != nil {
		return nil, err
	}
	if _, ok := env.As[env.Surveyor](e); !ok {
		return nil, fmt.Errorf("expert: %s does not tell its blocks, by which the agent finds ores; take the agent explorer", e.Spec().ID)
	}
	if _, flat := e.Spec().Action.(env.Discrete); flat {
		return nil, fmt.Errorf("expert: %s has the flat actions, and the agent needs the full ones; leave flat=1 away", e.Spec().ID)
	}
	return agent, nil
}

// mind is what the expert knows in an episode.
type mind struct {
	land   land
	routes routes
	// target is the block that it is after, failed that it could not get it; left holds those given up, and since which step.
	target cell
	failed bool
	left   map[cell]int
	// passed holds the creatures that it let pass, and until which step.
	passed map[int]int
	// heading is the yaw along which it explores, in degrees.
	heading float64
	lost    bool
	// planted is where its sapling is, since the step plantedAt, 0 for none.
	planted   cell
	plantedAt int
	// leaves counts the leaves and grass that it looked through for a sapling.
	leaves int
	// builds says that there is something to build, task what, once it has been looked at.
	builds bool
	task   *building
}

func newMind(surveyor env.Surveyor) *mind {
	m := &mind{left: map[cell]int{}, passed: map[int]int{}, lost: true}
	m.land.surveyor = surveyor
	m.routes.land, m.routes.least, m.routes.keep = &m.land, 8, map[cell]bool{}
	return m
}

// fail ends a sequence of moves.
func (m *mind) fail() (avatar.Controls, bool) {
	m.failed = true
	return avatar.Controls{}, true
}

// forgetting is after how many steps a target that was given up is tried again.
const forgetting = 1500

// plan is what is most pressing.
func (m *mind) plan(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	if m.failed {
		m.failed = false
		m.left[m.target] = max(s.Truth.Step, 1)
		if m.task != nil {
			m.task.tried[m.task.at] = true
		}
	}
	for c, since := range m.left {
		if s.Truth.Step > since+forgetting {
			delete(m.left, c)
		}
	}
	if t := m.threat(s); t != nil {
		return []avatar.Move{m.sequence(false, m.fight(t.ID))}
	}
	at := m.land.stands(s)
	if m.land.now(at.up()).watery() {
		return []avatar.Move{avatar.Hold(avatar.Controls{Jump: true}, 4)}
	}
	if s.Airborne && !m.land.now(at).watery() {
		return []avatar.Move{avatar.Hold(avatar.Controls{}, 1)}
	}
	m.land.look(at)
	m.routes.tier, m.routes.stock = tier(s), s.Carries("dirt")+s.Carries("cobblestone")
	if m.builds {
		if moves := m.build(s); len(moves) > 0 {
			return []avatar.Move{m.sequence(false, moves...)}
		}
	}
	for _, work := range m.works(rng, s) {
		if moves := work(); len(moves) > 0 {
			return []avatar.Move{m.sequence(true, moves...)}
		}
	}
	return []avatar.Move{avatar.Hold(avatar.Controls{Yaw: brisk}, 9)}
}

// sequence makes one move of several, which ends where one fails or, to one who is wary, where a monster comes.
func (m *mind) sequence(wary bool, moves ...avatar.Move) avatar.Move {
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		for len(moves) > 0 {
			if wary && m.threat(s) != nil {
				return avatar.Controls{}, true
			}
			c, done := moves[0](s)
			if !done {
				return c, false
			}
			if m.failed {
				break
			}
			moves = moves[1:]
		}
		return avatar.Controls{}, true
	}
}

// tier returns that of the best pickaxe in the hotbar.
func tier(s *avatar.Sight) int {
	switch {
	case has(s, "iron_pickaxe"):
		return 3
	case has(s, "stone_pickaxe"):
		return 2
	case has(s, "wooden_pickaxe"):
		return 1
	}
	return 0
}

// achieved says whether something has been achieved.
func achieved(s *avatar.Sight, name string) bool { return s.Truth.Values["achievement_"+name] == 1 }
