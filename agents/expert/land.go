package expert

import (
	"math"

	"somnium/agents/avatar"
	"somnium/env"
)

// cell is the place of a block.
type cell struct{ x, y, z int }

func (c cell) add(o cell) cell { return cell{c.x + o.x, c.y + o.y, c.z + o.z} }
func (c cell) up() cell        { return cell{c.x, c.y + 1, c.z} }
func (c cell) down() cell      { return cell{c.x, c.y - 1, c.z} }

// middle returns the middle of the cell, in blocks.
func (c cell) middle() (x, y, z float64) {
	return float64(c.x) + 0.5, float64(c.y) + 0.5, float64(c.z) + 0.5
}

// sides are the four ways along the ground.
var sides = [...]cell{{1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}}

// The land that is surveyed: so many blocks to either side, from the world's floor to its top.
const (
	surveyed = 40
	across   = 2*surveyed + 1
	high     = 64
	volume   = across * across * high
)

// land is a survey.
type land struct {
	surveyor env.Surveyor
	low      cell
	kinds    []uint8
}

// look surveys the land around a place.
func (l *land) look(at cell) {
	if l.kinds == nil {
		l.kinds = make([]uint8, volume)
	}
	l.low = cell{at.x - surveyed, 0, at.z - surveyed}
	l.surveyor.Survey(l.kinds, [3]int{l.low.x, l.low.y, l.low.z}, [3]int{across, high, across})
}

// index returns the place of a cell in the survey, or -1 where it lies beyond.
func (l *land) index(c cell) int {
	x, z := c.x-l.low.x, c.z-l.low.z
	if uint(x) >= across || uint(z) >= across || uint(c.y) >= high {
		return -1
	}
	return (c.y*across+z)*across + x
}

// cell returns the cell of an index.
func (l *land) cell(i int) cell {
	return cell{l.low.x + i%across, i / (across * across), l.low.z + i/across%across}
}

// at returns what the survey tells of a cell: bedrock beyond it, but air above the world.
func (l *land) at(c cell) kind {
	if i := l.index(c); i >= 0 {
		return kind(l.kinds[i])
	}
	if c.y >= high {
		return air
	}
	return bedrock
}

// now returns what is in a cell at this moment.
func (l *land) now(c cell) kind {
	var one [1]uint8
	l.surveyor.Survey(one[:], [3]int{c.x, c.y, c.z}, [3]int{1, 1, 1})
	return kind(one[0])
}

// underSky says whether nothing is above a cell.
func (l *land) underSky(c cell) bool {
	for c.y++; c.y < high; c.y++ {
		if l.at(c) != air {
			return false
		}
	}
	return true
}

// feet returns where the avatar stands: the middle of its body's floor.
func feet(s *avatar.Sight) (x, y, z float64) {
	b := &s.Truth.Bodies[0]
	return b.Position[0], b.Position[1] - b.Size[1]/2, b.Position[2]
}

// stands returns the cell that the avatar's feet are in. One who stands on the edge of a block stands on that.
func (l *land) stands(s *avatar.Sight) cell {
	x, y, z := feet(s)
	c := cell{int(math.Floor(x)), int(math.Floor(y + 0.01)), int(math.Floor(z))}
	if s.Airborne || l.now(c.down()).solid() || l.now(c).watery() {
		return c
	}
	const half = 0.3
	for _, d := range [...][2]float64{{half, 0}, {-half, 0}, {0, half}, {0, -half}, {half, half}, {half, -half}, {-half, half}, {-half, -half}} {
		n := cell{int(math.Floor(x + d[0])), c.y, int(math.Floor(z + d[1]))}
		if l.now(n.down()).solid() && !l.now(n).solid() {
			return n
		}
	}
	return c
}

// ray calls visit for the cells on the line from a place to another, ends included, until it says no.
func ray(fx, fy, fz, tx, ty, tz float64, visit func(c cell) bool) {
	at := cell{int(math.Floor(fx)), int(math.Floor(fy)), int(math.Floor(fz))}
	x, y, z := newWall(fx, tx), newWall(fy, ty), newWall(fz, tz)
	for visit(at) {
		switch least := min(x.next, y.next, z.next); {
		case least > 1:
			return
		case x.next == least:
			at.x, x.next = at.x+x.step, x.next+x.each
		case y.next == least:
			at.y, y.next = at.y+y.step, y.next+y.each
		default:
			at.z, z.next = at.z+z.step, z.next+z.each
		}
	}
}

// wall is where a ray goes through the walls between cells along one axis, as fractions of its length.
type wall struct {
	step       int
	next, each float64
}

func newWall(from, to float64) wall {
	switch d := to - from; {
	case d > 0:
		return wall{1, (math.Floor(from) + 1 - from) / d, 1 / d}
	case d < 0:
		return wall{-1, (math.Floor(from) - from) / d, -1 / d}
	}
	return wall{0, math.Inf(1), math.Inf(1)}
}
