package expert

import (
	"math"
	"math/rand/v2"

	"somnium/agents/avatar"
)

// ripens is after how many steps a sapling has grown to a bush.
const ripens = 1210

// works lists what there is to do, the first that is possible first.
func (m *mind) works(rng *rand.Rand, s *avatar.Sight) []func() []avatar.Move {
	open := func(achievement string, work func() []avatar.Move) func() []avatar.Move {
		return func() []avatar.Move {
			if achieved(s, achievement) {
				return nil
			}
			return work()
		}
	}
	return []func() []avatar.Move{
		func() []avatar.Move { return m.needs(s) },
		open("make_wood_sword", func() []avatar.Move { return m.tools(s, 2) }),
		open("collect_sapling", func() []avatar.Move { return m.seek(s, 25) }),
		open("place_plant", func() []avatar.Move { return m.plant(s) }),
		open("eat_cow", func() []avatar.Move { return m.hunt(s, 24, "cow", "sheep") }),
		open("collect_drink", func() []avatar.Move { return m.drink(s, 300) }),
		open("make_iron_sword", func() []avatar.Move { return m.tools(s, len(tools)) }),
		open("place_stone", func() []avatar.Move { return m.wall(s) }),
		open("collect_diamond", func() []avatar.Move { return m.fetch(s, diamondOre) }),
		func() []avatar.Move { return m.hunt(s, 40, m.foes(s)...) },
		open("eat_plant", func() []avatar.Move { return m.harvest(s) }),
		open("collect_drink", func() []avatar.Move { return m.drink(s, blocked) }),
		open("eat_cow", func() []avatar.Move { return m.hunt(s, 40, "cow", "sheep") }),
		open("collect_sapling", func() []avatar.Move { return m.seek(s, 200) }),
		func() []avatar.Move { return m.explore(rng, s) },
	}
}

// needs sleeps, eats and drinks where it must, or where it never did.
func (m *mind) needs(s *avatar.Sight) []avatar.Move {
	v := s.Truth.Values
	switch {
	case v["energy"] < 20 && (!achieved(s, "wake_up") || v["energy"] < 5) && !m.monsters(s, 14):
		return []avatar.Move{sleep}
	case has(s, "meat") && (v["food"] < 20 && !achieved(s, "eat_cow") || v["food"] < 14):
		return []avatar.Move{eat()}
	case v["drink"] < 5:
		return m.drink(s, blocked)
	case v["food"] < 5:
		return m.hunt(s, 40, "cow", "sheep")
	}
	return nil
}

// sleep sleeps until it wakes.
func sleep(s *avatar.Sight) (avatar.Controls, bool) {
	return avatar.Controls{Sleep: true}, s.Truth.Values["energy"] == 20
}

// eat eats meat until it is full.
func eat() avatar.Move {
	steps := 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		steps++
		return avatar.Controls{Hotbar: take(s, "meat"), Use: true}, s.Truth.Values["food"] == 20 || !has(s, "meat") || steps > 60
	}
}

// fetch goes to the block of a kind that is the cheapest to get, and digs it.
func (m *mind) fetch(s *avatar.Sight, kinds ...kind) []avatar.Move {
	at := m.land.stands(s)
	way, g, ok := m.routes.find(at, m.routes.aimAt(m.land.nearest(at, m.left, kinds...), false).look)
	if !ok {
		return nil
	}
	m.target = g.target
	return []avatar.Move{m.follow(way), m.mine(g.target)}
}

// wall puts up a stone.
func (m *mind) wall(s *avatar.Sight) []avatar.Move {
	if s.Carries("cobblestone") == 0 {
		return m.fetch(s, stone, cobblestone)
	}
	return m.put(s, "cobblestone")
}

// drink goes to water, if that costs no more than so many steps, and drinks.
func (m *mind) drink(s *avatar.Sight, most int32) []avatar.Move {
	if s.Truth.Values["drink"] > 19 {
		return nil
	}
	at := m.land.stands(s)
	aims := m.routes.aimAt(m.land.nearest(at, m.left, water), true)
	way, g, ok := m.routes.find(at, aims.look)
	if !ok || m.routes.cost[m.land.index(last(at, way))] > most {
		return nil
	}
	m.target = g.target
	return []avatar.Move{m.follow(way), m.use(g.target, func(s *avatar.Sight) bool { return s.Truth.Values["drink"] == 20 })}
}

func last(start cell, way []cell) cell {
	if len(way) == 0 {
		return start
	}
	return way[len(way)-1]
}

// use uses the hand on a block until something is done.
func (m *mind) use(target cell, done func(s *avatar.Sight) bool) avatar.Move {
	steps := 0
	x, y, z := target.middle()
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if done(s) {
			return avatar.Controls{}, true
		}
		if steps++; steps > 160 {
			return m.fail()
		}
		c := turn(s, s.YawTo(x, z), s.PitchTo(x, y, z))
		c.Use = math.Abs(c.Yaw)+math.Abs(c.Pitch) < 6
		c.Jump = m.land.now(m.land.stands(s)).watery()
		return c, false
	}
}

// seek looks for a sapling among leaves and grass, at most so many times.
func (m *mind) seek(s *avatar.Sight, most int) []avatar.Move {
	if m.leaves >= most {
		return nil
	}
	m.leaves++
	return m.fetch(s, oakLeaves, spruceLeaves, tallGrass)
}

// soil says whether a sapling grows on the kind.
func soil(k kind) bool { return k == grass || k == dirt || k == snow }

// plant goes to where there is soil, and puts the sapling there.
func (m *mind) plant(s *avatar.Sight) []avatar.Move {
	if s.Carries("sapling") == 0 {
		return nil
	}
	l := &m.land
	beside := func(c cell) (cell, bool) {
		for _, d := range sides {
			n := c.add(d)
			if k := l.at(n); (k == air || k == tallGrass) && soil(l.at(n.down())) && l.underSky(n) {
				return n, true
			}
		}
		return cell{}, false
	}
	at := l.stands(s)
	way, g, ok := m.routes.find(at, func(_ int32, c cell) (goal, bool) {
		if l.at(c).watery() {
			return goal{}, false
		}
		n, is := beside(c)
		return goal{target: n}, is
	})
	if !ok {
		return nil
	}
	from := last(at, way)
	m.target, m.planted, m.plantedAt = g.target, g.target, s.Truth.Step
	return []avatar.Move{m.follow(way), center(from), m.lay("sapling", from, g.target)}
}

// harvest goes back to the sapling when it has grown to a bush, and eats of it.
func (m *mind) harvest(s *avatar.Sight) []avatar.Move {
	if !achieved(s, "place_plant") || s.Truth.Step < m.plantedAt+ripens {
		return nil
	}
	if m.land.index(m.planted) < 0 {
		return m.toward(s, m.planted)
	}
	if m.land.at(m.planted) != bush {
		return nil
	}
	at := m.land.stands(s)
	way, _, ok := m.routes.find(at, m.routes.aimAt([]cell{m.planted}, true).look)
	if !ok {
		return nil
	}
	m.target = m.planted
	return []avatar.Move{m.follow(way), m.use(m.planted, func(s *avatar.Sight) bool { return achieved(s, "eat_plant") })}
}

// stride is how far, in blocks, one goes at once in unknown land.
const stride = 24

// toward goes over land towards a place far off.
func (m *mind) toward(s *avatar.Sight, to cell) []avatar.Move {
	yaw := s.YawTo(float64(to.x), float64(to.z))
	return m.march(s, yaw)
}

// explore goes on along the heading, or along another one where that leads nowhere.
func (m *mind) explore(rng *rand.Rand, s *avatar.Sight) []avatar.Move {
	if m.lost {
		m.heading, m.lost = 360*rng.Float64(), false
	}
	moves := m.march(s, m.heading)
	m.lost = moves == nil
	return moves
}

// march goes over land along a yaw, and up to the land first from below.
func (m *mind) march(s *avatar.Sight, yaw float64) []avatar.Move {
	at := m.land.stands(s)
	sin, cos := math.Sincos(yaw * math.Pi / 180)
	far := float64(stride)
	if !m.land.underSky(at.up()) {
		far = -stride
	}
	way, _, ok := m.routes.find(at, func(_ int32, c cell) (goal, bool) {
		gone := -sin*float64(c.x-at.x) + cos*float64(c.z-at.z)
		return goal{target: c}, gone >= far && m.land.underSky(c.up())
	})
	if !ok {
		return nil
	}
	return []avatar.Move{m.follow(way)}
}
