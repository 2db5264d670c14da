package expert

import (
	"math"

	"somnium/agents/avatar"
)

// digging is the digging of one block, of what is in the way to it as well.
type digging struct {
	mind   *mind
	target cell
	kind   kind
	// stay is the cell to stand in meanwhile, where that matters.
	stay   *cell
	steps  int
	failed bool
}

// dig returns the digging of a block.
func (m *mind) dig(target cell) *digging {
	return &digging{mind: m, target: target, kind: m.land.now(target)}
}

// mine is digging as a move.
func (m *mind) mine(target cell) avatar.Move {
	d := m.dig(target)
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		c, done := d.step(s)
		if done && d.failed {
			return m.fail()
		}
		return c, done
	}
}

// digPatience is how many steps a digging may take.
const digPatience = 220

func (d *digging) first(s *avatar.Sight) (avatar.Controls, bool) {
	c, _ := d.step(s)
	return c, false
}

func (d *digging) step(s *avatar.Sight) (avatar.Controls, bool) {
	if d.mind.land.now(d.target) != d.kind {
		return avatar.Controls{}, true
	}
	if d.steps++; d.steps > digPatience {
		d.failed = true
		return avatar.Controls{}, true
	}
	x, y, z := d.target.middle()
	c := avatar.Controls{}
	at, seen := crosshair(s)
	yaw, pitch := s.YawTo(x, z), s.PitchTo(x, y, z)
	aimed := s.DistanceTo(x, z) < 0.3 && math.Abs(pitch-s.Pitch) < 2 || math.Abs(avatar.Apart(s.Yaw, yaw)) < 2 && math.Abs(pitch-s.Pitch) < 2
	switch {
	case seen && at == d.target:
		c.Attack = true
	case aimed && !seen:
		d.failed = true // out of reach
		return avatar.Controls{}, true
	default:
		c = turn(s, yaw, pitch)
		// What stands in the line is dug, too, but for what one has put up.
		in := d.mind.land.now(at)
		c.Attack = aimed && traits[in].hardness != never && in != table && in != furnace
		d.failed = aimed && !c.Attack && d.steps > 60
	}
	c.Hotbar = tool(s, d.mind.land.now(at), seen)
	if d.stay != nil {
		steer(&c, s, float64(d.stay.x)+0.5, float64(d.stay.z)+0.5, 0.12)
	}
	if wet := d.mind.land.now(d.mind.land.stands(s)).watery(); wet {
		c.Jump = true
	}
	return c, d.failed
}

// crosshair returns the block under the crosshair, and whether there is one.
func crosshair(s *avatar.Sight) (at cell, seen bool) {
	v := s.Truth.Values
	return cell{int(v["crosshair_x"]), int(v["crosshair_y"]), int(v["crosshair_z"])}, s.Crosshair != 0
}

// tool returns the slot to select for digging a kind, or 0 where it is in the hand or makes no difference.
func tool(s *avatar.Sight, k kind, seen bool) int {
	if !seen || !traits[k].pickaxe {
		return 0
	}
	return take(s, "iron_pickaxe", "stone_pickaxe", "wooden_pickaxe")
}

// take returns the slot, 1 to 9, to select for the first of the items that is in the hotbar, or 0 where it is in the hand or none is.
func take(s *avatar.Sight, items ...string) int {
	for _, name := range items {
		if slot, ok := s.Truth.Values["hotbar_"+name]; ok {
			if slot == s.Truth.Values["selected"] {
				return 0
			}
			return int(slot) + 1
		}
	}
	return 0
}

// has says whether one of the items is in the hotbar.
func has(s *avatar.Sight, items ...string) bool {
	for _, name := range items {
		if _, ok := s.Truth.Values["hotbar_"+name]; ok {
			return true
		}
	}
	return false
}

// put places a block beside the feet, on the floor there. It digs where there is no room, and gives up where there is no floor.
func (m *mind) put(s *avatar.Sight, name string, floors ...kind) []avatar.Move {
	from := m.land.stands(s)
	best, least := cell{}, int32(blocked)
	for _, d := range sides {
		at := from.add(d)
		floor, there := m.land.at(at.down()), m.land.at(at)
		cost := m.routes.clearing(at)
		if there.touchable() && !there.solid() {
			cost = costAim
		}
		if !floor.solid() || len(floors) > 0 && !contains(floors, floor) || there.watery() {
			continue
		}
		if cost < least {
			best, least = at, cost
		}
	}
	if least == blocked {
		return nil
	}
	var moves []avatar.Move
	moves = append(moves, center(from))
	if m.land.at(best).touchable() {
		moves = append(moves, m.mine(best))
	}
	return append(moves, m.lay(name, from, best))
}

func contains(all []kind, k kind) bool {
	for _, other := range all {
		if other == k {
			return true
		}
	}
	return false
}

// center goes to the middle of a cell.
func center(at cell) avatar.Move {
	steps := 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		steps++
		var c avatar.Controls
		off := steer(&c, s, float64(at.x)+0.5, float64(at.z)+0.5, 0.08)
		return c, off < 0.13 && !s.Airborne || steps > 30
	}
}

// lay looks at the floor of a cell beside that where it stands, and places a block there.
func (m *mind) lay(name string, from, at cell) avatar.Move {
	// Near the edge, so that the line passes over nothing.
	x := float64(at.x) + 0.5 - 0.2*float64(at.x-from.x)
	z := float64(at.z) + 0.5 - 0.2*float64(at.z-from.z)
	steps := 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if k := m.land.now(at); k.touchable() && k != tallGrass {
			return avatar.Controls{}, true
		}
		if steps++; steps > 40 {
			return m.fail()
		}
		c := turn(s, s.YawTo(x, z), s.PitchTo(x, float64(at.y), z))
		steer(&c, s, float64(from.x)+0.5, float64(from.z)+0.5, 0.08)
		switch seen, ok := crosshair(s); {
		case !ok || math.Abs(c.Yaw)+math.Abs(c.Pitch) > 3:
		case seen == at.down() || seen == at:
			c.Place = name
		default:
			c.Attack = !m.land.now(seen).solid() // a plant in the way
		}
		return c, false
	}
}
