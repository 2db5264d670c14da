package rigid

import (
	"sync"

	"github.com/jakecoffman/cp/v2"
)

// construction guards the making of cp's spaces and bodies, which count themselves in one unguarded global. Everything
// else in cp belongs to one space, and so to one environment.
var construction sync.Mutex

// Constants of the space that hold for every scene.
const (
	// timestep is the length of a substep, in seconds.
	timestep = 0.01
	// substeps is the number of substeps in a frame.
	substeps = 10
	// fps is the number of frames in a second.
	fps = 10
	// slop is the overlap, in units, that resting contacts are left with so that they do not flicker.
	slop = 0.01
	// shapeTable is the size of cp's shape tables from the start: prime, one of those that cp grows through.
	shapeTable = 13
)

// space is a cp.Space that can be emptied and used again as if it were new.
//
// Making a cp.Space costs about a megabyte and half a millisecond, more than the episode that is to be played on it. But
// cp walks its shapes in the order of their numbers modulo the size of its tables, that order decides in which order
// contacts are solved, and so a used space would not give the bits of a new one. Hence clear moves the numbering on to
// where it stood modulo shapeTable. That holds for as long as the tables do not grow: a scene with shapeTable shapes or
// more is to renew the space before each episode.
type space struct {
	*cp.Space
	bodies   []*cp.Body
	shapes   []*cp.Shape
	numbered int // shapes that cp has given numbers to
	filler   *cp.Shape
	roomy    bool // the space is not for clear to use again, so that its tables may grow
}

func newSpace() *space {
	s := &space{}
	s.renew()
	return s
}

// renew starts from a cp.Space of its own, with tables grown to shapeTable.
func (s *space) renew() {
	construction.Lock()
	s.Space = cp.NewSpace()
	carrier := cp.NewKinematicBody()
	construction.Unlock()
	s.SetCollisionSlop(slop)
	s.bodies, s.shapes, s.numbered = s.bodies[:0], s.shapes[:0], 0
	s.filler = cp.NewCircle(s.StaticBody, 0.1, cp.Vector{})
	s.AddBody(carrier)
	s.bodies = append(s.bodies, carrier)
	// A table has 5 places and grows to 13 when it holds five shapes.
	for range 5 {
		s.add(cp.NewCircle(s.StaticBody, 0.1, cp.Vector{}))
		s.add(cp.NewCircle(carrier, 0.1, cp.Vector{}))
	}
	s.clear()
}

// clear takes everything out and leaves the space as a new one would be.
func (s *space) clear() {
	s.roomy = false
	for _, shape := range s.shapes {
		s.RemoveShape(shape)
	}
	for _, body := range s.bodies {
		s.RemoveBody(body)
	}
	s.bodies, s.shapes = s.bodies[:0], s.shapes[:0]
	for s.numbered%shapeTable != 0 {
		s.AddShape(s.filler)
		s.RemoveShape(s.filler)
		s.numbered++
	}
	s.SetGravity(cp.Vector{})
	s.SetDamping(1)
}

// add puts a shape, whose body is in the space, into it.
func (s *space) add(shape *cp.Shape) *cp.Shape {
	if len(s.shapes) == shapeTable-1 && !s.roomy {
		panic("rigid: a scene with that many shapes must say that it is crowded")
	}
	s.AddShape(shape)
	s.shapes = append(s.shapes, shape)
	s.numbered++
	return shape
}

// dynamic adds a body that forces move.
func (s *space) dynamic(mass, moment float64, at, velocity cp.Vector) *cp.Body {
	construction.Lock()
	body := cp.NewBody(mass, moment)
	construction.Unlock()
	return s.place(body, at, velocity)
}

// kinematic adds a body that moves at the velocity it is given, whatever it meets.
func (s *space) kinematic(at cp.Vector) *cp.Body {
	construction.Lock()
	body := cp.NewKinematicBody()
	construction.Unlock()
	return s.place(body, at, cp.Vector{})
}

func (s *space) place(body *cp.Body, at, velocity cp.Vector) *cp.Body {
	body.SetPosition(at)
	body.SetVelocityVector(velocity)
	s.AddBody(body)
	s.bodies = append(s.bodies, body)
	return body
}

// wall adds a thick immovable slab whose surface is the line from a to b; the slab lies to the right of the way from a
// to b, out of the picture.
func (s *space) wall(a, b cp.Vector, elasticity float64) {
	const thickness = 2.0
	out := b.Sub(a).Normalize().ReversePerp().Mult(thickness)
	shape := cp.NewSegment(s.StaticBody, a.Add(out), b.Add(out), thickness)
	shape.SetElasticity(elasticity)
	s.add(shape)
}
