package expert

import (
	"math"

	"somnium/agents/avatar"
)

// brisk is the most degrees turned in a step, ahead where to look while walking, in degrees below the horizon.
const (
	brisk = 10
	ahead = 12
)

// turn returns the turn towards a yaw and a pitch.
func turn(s *avatar.Sight, yaw, pitch float64) avatar.Controls {
	bound := func(x float64) float64 { return min(max(x, -brisk), brisk) }
	return avatar.Controls{Yaw: bound(avatar.Apart(s.Yaw, yaw)), Pitch: bound(pitch - s.Pitch)}
}

// steer adds to the controls the keys that bring the avatar to a place along the ground, and to a halt there. It says how far off
// it will be, in blocks, where no key is pressed any more.
func steer(c *avatar.Controls, s *avatar.Sight, x, z, tolerance float64) (off float64) {
	// What is left of the speed after a tick, in sum.
	const coast = 2.2 / 20
	v := s.Truth.Bodies[0].Velocity
	px, _, pz := feet(s)
	dx, dz := x-px-coast*v[0], z-pz-coast*v[2]
	sin, cos := math.Sincos((s.Yaw + c.Yaw) * math.Pi / 180)
	forward, right := -sin*dx+cos*dz, -cos*dx-sin*dz
	sign := func(x float64) int {
		switch {
		case x > tolerance:
			return 1
		case x < -tolerance:
			return -1
		}
		return 0
	}
	c.Forward, c.Strafe = sign(forward), sign(right)
	off = math.Hypot(dx, dz)
	c.Sneak = off < 0.3 && !s.Airborne
	return off
}

// follow goes along a way of [routes.find], cell by cell, and clears what is to be passed. It gives up where it does not get on.
func (m *mind) follow(way []cell) avatar.Move {
	f := &follower{mind: m, way: way}
	return f.step
}

type follower struct {
	mind *mind
	way  []cell
	last cell
	// begun says that last is known; waited counts the steps spent on the present cell.
	begun  bool
	waited int
	dig    *digging
}

// patience is how many steps a cell may take, without the digging.
const patience = 50

func (f *follower) step(s *avatar.Sight) (avatar.Controls, bool) {
	m := f.mind
	if !f.begun {
		f.last, f.begun = m.land.stands(s), true
	}
	for len(f.way) > 0 && f.arrived(s) {
		f.last, f.way, f.waited = f.way[0], f.way[1:], 0
	}
	if len(f.way) == 0 {
		return avatar.Controls{}, true
	}
	next := f.way[0]
	if f.dig != nil {
		c, done := f.dig.step(s)
		if !done {
			return c, false
		}
		if f.dig.failed {
			return m.fail()
		}
		f.dig = nil
	}
	if f.waited++; f.waited > patience || f.lost(s) {
		return m.fail()
	}
	for _, c := range f.passed() {
		if k := m.land.now(c); k.solid() {
			if traits[k].hardness == never {
				return m.fail()
			}
			f.dig = m.dig(c)
			f.dig.stay = &f.last
			return f.dig.first(s)
		}
		if m.land.now(c) == lava {
			return m.fail()
		}
	}
	if next.x == f.last.x && next.z == f.last.z {
		return f.upright(s, next), false
	}
	return f.along(s, next), false
}

// passed lists the cells that the next step leads through, from above.
func (f *follower) passed() []cell {
	n, c := f.way[0], f.last
	switch {
	case n.x == c.x && n.z == c.z && n.y > c.y:
		return []cell{n.up()}
	case n.x == c.x && n.z == c.z:
		return []cell{c.down()}
	case n.y > c.y:
		return []cell{c.up().up(), n.up(), n}
	}
	level := cell{n.x, c.y, n.z}
	return []cell{level.up(), level}
}

// arrived says whether the avatar is in the next cell, and where it must be for the step after that.
func (f *follower) arrived(s *avatar.Sight) bool {
	x, y, z := feet(s)
	n := f.way[0]
	near := 0.45
	if len(f.way) > 1 && f.way[1].x == n.x && f.way[1].z == n.z {
		near = 0.18 // it goes straight up or down from here
	}
	if math.Abs(x-float64(n.x)-0.5) > near || math.Abs(z-float64(n.z)-0.5) > near {
		return false
	}
	if f.mind.land.now(n).watery() {
		return math.Abs(y-float64(n.y)) < 1.1
	}
	return !s.Airborne && math.Abs(y-float64(n.y)) < 0.3
}

// lost says whether the avatar is neither where it was nor where it goes to.
func (f *follower) lost(s *avatar.Sight) bool {
	x, y, z := feet(s)
	off := func(c cell) float64 { return max(math.Abs(x-float64(c.x)-0.5), math.Abs(z-float64(c.z)-0.5)) }
	low, top := min(f.last.y, f.way[0].y), max(f.last.y, f.way[0].y)
	return min(off(f.last), off(f.way[0])) > 1.5 || y < float64(low)-1.2 || y > float64(top)+2.5
}

// upright goes straight up or down.
func (f *follower) upright(s *avatar.Sight, next cell) avatar.Controls {
	c := turn(s, s.Yaw, 90)
	off := steer(&c, s, float64(next.x)+0.5, float64(next.z)+0.5, 0.1)
	_, y, _ := feet(s)
	switch {
	case next.y < f.last.y || off > 0.25:
	case f.mind.land.now(f.last).watery():
		c.Jump = true
	case s.Pitch < 75:
	case y < float64(next.y)-0.05:
		c.Jump = !s.Airborne
	default:
		c.Place = stock(s)
	}
	return c
}

// along goes to a cell beside the last one.
func (f *follower) along(s *avatar.Sight, next cell) avatar.Controls {
	// Where the way goes straight on, look along it.
	look := next
	for i := 1; i < min(len(f.way), 4) && f.way[i].y == next.y; i++ {
		look = f.way[i]
	}
	yaw := s.Yaw
	x, z := float64(look.x)+0.5, float64(look.z)+0.5
	if s.DistanceTo(x, z) > 0.8 {
		yaw = s.YawTo(x, z)
	}
	c := turn(s, yaw, ahead)
	steer(&c, s, float64(next.x)+0.5, float64(next.z)+0.5, 0.1)
	if len(f.way) > 1 {
		c.Sneak = false
	}
	_, y, _ := feet(s)
	wet := f.mind.land.now(f.mind.land.stands(s)).watery()
	switch {
	case wet:
		c.Jump = true
	case next.y > f.last.y:
		c.Jump = y < float64(next.y) && !s.Airborne
	}
	if next.y != f.last.y {
		c.Sneak = false // who sneaks stays off edges
	}
	return c
}

// stock returns the name of a block to put underfoot, or none.
func stock(s *avatar.Sight) string {
	for _, name := range [...]string{"dirt", "cobblestone", "sand"} {
		if s.Carries(name) > 0 {
			return name
		}
	}
	return ""
}
