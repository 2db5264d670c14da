package expert

import (
	"math"

	"somnium/agents/avatar"
)

// white is the floor of the plot in VoxelBuild; the pattern stands as far to the left of the middle, which is at x = 0.5, as
// the plot to the right.
const white kind = 35

// building is what is to be built, and where.
type building struct {
	// wants holds what is to be in the cells of the plot, air included.
	wants map[cell]kind
	// low is the plot's lowest corner, top the height of what is built; final is the block that is left for the end.
	low, final cell
	top        int
	// at is the place that it tries, tried holds those that were tried in vain.
	at    place
	tried map[place]bool
}

// place is a block to put and where to stand for it.
type place struct{ target, from cell }

// pattern reads it off the land: the plot is at the mark.
func (m *mind) pattern(s *avatar.Sight) *building {
	mark := s.Truth.Bodies[1].Position
	b := &building{wants: map[cell]kind{}, tried: map[place]bool{}, low: cell{floor(mark[0]), floor(mark[1]), floor(mark[2])}}
	l := &m.land
	across := -1 - b.low.x
	shift := 2 - b.low.x
	for z := b.low.z; l.at(cell{b.low.x, b.low.y - 1, z}) == white; z++ {
		for x := b.low.x; x < b.low.x+across; x++ {
			for y := b.low.y; y < b.low.y+16; y++ {
				k := l.at(cell{x + shift, y, z})
				b.wants[cell{x, y, z}] = k
				if k != air {
					b.top = max(b.top, y-b.low.y+1)
				}
			}
		}
	}
	// A block of the front at the height of the eyes is reached when all else stands, and from where all is seen.
	b.final = b.low
	for x := range across {
		if c := (cell{b.low.x + x, b.low.y + min(1, b.top-1), b.low.z}); b.wants[c] != air && 2*x <= across {
			b.final = c
		}
	}
	for c := range b.wants {
		m.routes.keep[c], m.routes.keep[c.add(cell{shift, 0, 0})] = true, true
	}
	return b
}

// build is the plan for VoxelBuild: layer by layer, from towers of dirt where need be, which are taken away before the last
// block is put.
func (m *mind) build(s *avatar.Sight) []avatar.Move {
	if m.task == nil {
		m.task = m.pattern(s)
	}
	m.routes.stock, m.routes.least = s.Carries("dirt"), 1
	if wrong := m.wrong(); len(wrong) > 0 {
		return m.take(s, wrong)
	}
	for layer := range m.task.top {
		if moves := m.assemble(s, m.missing(layer)); moves != nil {
			return moves
		}
	}
	if s.Carries("dirt") < m.task.top && m.unfinished() {
		return m.fetch(s, grass, dirt)
	}
	if dirt := m.scaffold(); len(dirt) > 0 {
		return m.take(s, dirt)
	}
	return m.assemble(s, []cell{m.task.final})
}

// each calls visit for the cells of the plot, from below, row by row.
func (b *building) each(visit func(c cell, want kind)) {
	for y := range b.top {
		for z := b.low.z; ; z++ {
			if _, ok := b.wants[cell{b.low.x, b.low.y, z}]; !ok {
				break
			}
			for x := b.low.x; x < -1; x++ {
				c := cell{x, b.low.y + y, z}
				visit(c, b.wants[c])
			}
		}
	}
}

// wrong lists the blocks on the plot that should not be there.
func (m *mind) wrong() []cell {
	var all []cell
	m.task.each(func(c cell, want kind) {
		if k := m.land.at(c); k != air && k != want {
			all = append(all, c)
		}
	})
	return all
}

// missing lists the blocks of a layer that are not there, the final one apart.
func (m *mind) missing(layer int) []cell {
	var all []cell
	m.task.each(func(c cell, want kind) {
		if m.land.at(c) != want && c != m.task.final && c.y == m.task.low.y+layer {
			all = append(all, c)
		}
	})
	return all
}

// unfinished says whether more than the final block is missing.
func (m *mind) unfinished() bool {
	for layer := range m.task.top {
		if len(m.missing(layer)) > 0 {
			return true
		}
	}
	return false
}

// scaffold lists the dirt that was put up around the plot.
func (m *mind) scaffold() []cell {
	var all []cell
	const around = 6
	for y := range m.task.top + 2 {
		for dz := -around; dz <= 16+around; dz++ {
			for dx := -16 - around; dx <= around; dx++ {
				if c := (cell{dx, m.task.low.y + y, m.task.low.z + dz}); m.land.at(c) == dirt {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// take digs the cheapest of the blocks.
func (m *mind) take(s *avatar.Sight, targets []cell) []avatar.Move {
	keep := m.routes.keep
	m.routes.keep = nil
	aims := m.routes.aimAt(targets, false)
	m.routes.keep = keep
	way, g, ok := m.routes.find(m.land.stands(s), aims.look)
	if !ok {
		return nil
	}
	m.target = g.target
	return []avatar.Move{m.follow(way), m.mine(g.target)}
}

// spot is a block to put and the one to put it against.
type spot struct{ target, against cell }

// assemble goes to where one of the blocks can be put, and puts it.
func (m *mind) assemble(s *avatar.Sight, missing []cell) []avatar.Move {
	if len(missing) == 0 {
		return nil
	}
	spots := map[int32]spot{}
	for _, t := range missing {
		m.spots(t, spots)
	}
	at := m.land.stands(s)
	way, g, ok := m.routes.find(at, func(i int32, c cell) (goal, bool) {
		p, is := spots[i]
		// The final block is best put from afar.
		near := max(0, c.z-m.task.low.z+4)
		if p.target != m.task.final {
			near = 0
		}
		return goal{target: p.target, cost: int32(20 * near)}, is
	})
	if !ok {
		return nil
	}
	from := last(at, way)
	m.task.at = place{g.target, from}
	p := spots[int32(m.land.index(from))]
	return []avatar.Move{m.follow(way), center(from), m.attach(p, from)}
}

// sixSides are the ways to the neighbours of a block, the one below first: what is put on top of something is the easiest.
var sixSides = [...]cell{{0, -1, 0}, {1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}, {0, 1, 0}}

// spots adds from where a block can be put, and against what.
func (m *mind) spots(t cell, dst map[int32]spot) {
	for _, d := range sixSides {
		against := t.add(d)
		if !m.land.at(against).solid() {
			continue
		}
		x, y, z := face(t, against)
		for dy := -5; dy <= 3; dy++ {
			for dz := -4; dz <= 4; dz++ {
				for dx := -4; dx <= 4; dx++ {
					from := t.add(cell{dx, dy, dz})
					i := m.land.index(from)
					if _, had := dst[int32(i)]; had || i < 0 || from == t || from.up() == t || m.task.tried[place{t, from}] {
						continue
					}
					if m.reaches(from, x, y, z, t, against) {
						dst[int32(i)] = spot{t, against}
					}
				}
			}
		}
	}
}

// face returns the middle of the face between a block and its neighbour, a little within the neighbour.
func face(t, against cell) (x, y, z float64) {
	const share = 0.51
	x, y, z = t.middle()
	return x + share*float64(against.x-t.x), y + share*float64(against.y-t.y), z + share*float64(against.z-t.z)
}

// reaches says whether one who stands in a cell sees the face of against that is towards t.
func (m *mind) reaches(from cell, x, y, z float64, t, against cell) bool {
	ex, ey, ez := float64(from.x)+0.5, float64(from.y)+eyeHeight, float64(from.z)+0.5
	if math.Sqrt((ex-x)*(ex-x)+(ey-y)*(ey-y)+(ez-z)*(ez-z)) > reach+0.2 {
		return false
	}
	before, meets := cell{}, false
	ray(ex, ey, ez, x, y, z, func(c cell) bool {
		if c == against {
			meets = before == t
			return false
		}
		before = c
		return !m.land.at(c).touchable()
	})
	return meets
}

// attach looks at the face and puts the block there.
func (m *mind) attach(p spot, from cell) avatar.Move {
	x, y, z := face(p.target, p.against)
	want := m.task.wants[p.target]
	name := buildable[want]
	steps := 0
	return func(s *avatar.Sight) (avatar.Controls, bool) {
		if m.land.now(p.target) == want {
			return avatar.Controls{}, true
		}
		if steps++; steps > 40 || name == "" {
			return m.fail()
		}
		c := turn(s, s.YawTo(x, z), s.PitchTo(x, y, z))
		steer(&c, s, float64(from.x)+0.5, float64(from.z)+0.5, 0.08)
		c.Hotbar = take(s, name)
		switch seen, ok := crosshair(s); {
		case !ok || math.Abs(c.Yaw)+math.Abs(c.Pitch) > 1.5:
		case seen == p.against:
			c.Use = c.Hotbar == 0
		default:
			c.Attack = !m.land.now(seen).solid() // a plant in the way
		}
		return c, false
	}
}

// buildable names the kinds that structures are of, as they are carried.
var buildable = map[kind]string{
	1: "grass", 2: "dirt", 3: "stone", 4: "cobblestone", 6: "sandstone", 16: "oak_log", 18: "spruce_log", 24: "glass", 25: "planks",
	34: "bricks", 35: "white", 36: "red", 37: "yellow", 38: "green", 39: "blue", 40: "black",
}
