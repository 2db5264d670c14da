package expert

import (
	"math"
	"slices"

	"somnium/agents/avatar"
	"somnium/env"
)

func floor(x float64) int { return int(math.Floor(x)) }

// bodyOf returns the body of an ID, or nil.
func bodyOf(s *avatar.Sight, id int) *env.Body {
	for i := range s.Truth.Bodies {
		if s.Truth.Bodies[i].ID == id {
			return &s.Truth.Bodies[i]
		}
	}
	return nil
}

// far returns how far a body is from the avatar's eye, in blocks.
func far(s *avatar.Sight, b *env.Body) float64 {
	return math.Hypot(s.DistanceTo(b.Position[0], b.Position[2]), s.Y-b.Position[1])
}

// sees says whether no solid block is between the avatar's eye and the middle of a body.
func (m *mind) sees(s *avatar.Sight, b *env.Body) bool {
	free := true
	ray(s.X, s.Y, s.Z, b.Position[0], b.Position[1], b.Position[2], func(c cell) bool {
		free = !m.land.now(c).solid()
		return free
	})
	return free
}

// From how far off, in blocks, monsters are fought.
const (
	zombieNear   = 6
	skeletonNear = 11
)

// threat returns the nearest monster that is near and in sight, or nil.
func (m *mind) threat(s *avatar.Sight) *env.Body {
	var nearest *env.Body
	for i := range s.Truth.Bodies {
		b := &s.Truth.Bodies[i]
		limit := map[string]float64{"zombie": zombieNear, "skeleton": skeletonNear}[b.Kind]
		if m.passed[b.ID] > s.Truth.Step {
			limit = 2.5
		}
		if d := far(s, b); d < limit && (nearest == nil || d < far(s, nearest)) && m.sees(s, b) {
			nearest = b
		}
	}
	return nearest
}

// monsters says whether a monster is so near.
func (m *mind) monsters(s *avatar.Sight, within float64) bool {
	return slices.ContainsFunc(s.Truth.Bodies, func(b env.Body) bool {
		return (b.Kind == "zombie" || b.Kind == "skeleton") && far(s, &b) < within
	})
}

// foes lists the monsters of which it has not yet defeated one.
func (m *mind) foes(s *avatar.Sight) []string {
	var kinds []string
	if !achieved(s, "defeat_zombie") {
		kinds = append(kinds, "zombie")
	}
	if !achieved(s, "defeat_skeleton") {
		kinds = append(kinds, "skeleton")
	}
	return kinds
}

// hunt goes to the nearest creature of the kinds, seen or not, within so many blocks, and kills it.
func (m *mind) hunt(s *avatar.Sight, within float64, kinds ...string) []avatar.Move {
	prey := map[cell]int{}
	for i := range s.Truth.Bodies {
		b := &s.Truth.Bodies[i]
		c := cell{floor(b.Position[0]), floor(b.Position[1] - b.Size[1]/2 + 0.1), floor(b.Position[2])}
		if slices.Contains(kinds, b.Kind) && far(s, b) < within && m.left[c] == 0 && m.passed[b.ID] <= s.Truth.Step {
			prey[c] = b.ID
		}
	}
	if len(prey) == 0 {
		return nil
	}
	way, g, ok := m.routes.find(m.land.stands(s), func(_ int32, c cell) (goal, bool) {
		for _, d := range [...]cell{{}, {1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}, {0, 1, 0}, {0, -1, 0}} {
			if _, is := prey[c.add(d)]; is {
				return goal{target: c.add(d)}, true
			}
		}
		return goal{}, false
	})
	if !ok {
		return nil
	}
	m.target = g.target
	id := prey[g.target]
	// Prey walks: the way is gone for a while, and sought anew where it has gone off.
	way = way[:min(len(way), 12)]
	return []avatar.Move{until(m.follow(way), func(s *avatar.Sight) bool {
		b := bodyOf(s, id)
		return b == nil || far(s, b) < 2.8 && m.sees(s, b)
	}), m.fight(id)}
}

// until ends a move where something has come about.
func until(move avatar.Move, over func(s *avatar.Sight) bool) avatar.Move {
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if over(s) {
			return avatar.Controls{}, true
		}
		return move(s)
	}
}

// For so many steps a creature is fought without a blow at it, and then let pass.
const (
	fightPatience = 60
	passFor       = 200
)

// fight goes at a creature and strikes it, until it is dead, out of sight, or cannot be got at.
func (m *mind) fight(id int) avatar.Move {
	idle, unseen, stuck := 0, 0, 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		b := bodyOf(s, id)
		if b == nil || unseen > 10 || far(s, b) > 14 {
			return avatar.Controls{}, true
		}
		if idle++; idle > fightPatience {
			m.passed[id] = s.Truth.Step + passFor
			return avatar.Controls{}, true
		}
		if unseen++; m.sees(s, b) {
			unseen = 0
		}
		x, y, z := b.Position[0], b.Position[1], b.Position[2]
		c := turn(s, s.YawTo(x, z), s.PitchTo(x, y, z))
		c.Hotbar = take(s, "iron_sword", "stone_sword", "wooden_sword", "iron_pickaxe", "stone_pickaxe", "wooden_pickaxe")
		if c.Attack = int(s.Truth.Values["crosshair_creature"]) == id; c.Attack {
			idle = 0
		}
		distance := s.DistanceTo(x, z)
		v := s.Truth.Bodies[0].Velocity
		switch {
		case distance > 2.4 && m.safe(s, x, z):
			c.Forward = 1
			if stuck++; math.Hypot(v[0], v[2]) > 1 {
				stuck = 0
			}
			c.Jump = stuck > 3 || m.land.now(m.land.stands(s)).watery()
		case distance < 1.5 && b.Kind == "zombie" && m.safe(s, 2*s.X-x, 2*s.Z-z):
			c.Forward = -1
		}
		return c, false
	}
}

// safe says whether a step towards a place leads neither down far nor into lava.
func (m *mind) safe(s *avatar.Sight, x, z float64) bool {
	d := max(s.DistanceTo(x, z), 0.01)
	_, y, _ := feet(s)
	c := cell{floor(s.X + (x-s.X)/d), floor(y + 0.1), floor(s.Z + (z-s.Z)/d)}
	for range 4 {
		switch k := m.land.now(c); {
		case k == lava:
			return false
		case k.solid() || k.watery():
			return true
		}
		c = c.down()
	}
	return false
}
