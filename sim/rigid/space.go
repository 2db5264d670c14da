package rigid

import (
	"slices"
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
	// shapeTable is the size of cp's shape tables from the start, and crowdTable that of crowded scenes: primes, of those that
	// cp grows through (5, 13, 23, 47, ...).
	shapeTable = 13
	crowdTable = 47
)

// space is a cp.Space that can be emptied and used again as if it were new.
//
// Making a cp.Space costs about a megabyte and half a millisecond, more than the episode that is to be played on it. But
// cp walks its shapes in the order of their numbers modulo the size of its tables, that order decides in which order
// contacts are solved, and so a used space would not give the bits of a new one. Hence clear moves the numbering on to
// where it stood modulo the size of the table. That holds for as long as the tables do not grow, so they have their size
// from the start, and no more shapes than they take may be there at once.
type space struct {
	*cp.Space
	table    int
	bodies   []*cp.Body
	shapes   []*cp.Shape
	numbered int // shapes that cp has given numbers to
	filler   *cp.Shape
	// meet, where not nil, hears of every contact of a brittle shape in every substep, and says whether it is to be solved.
	meet  func(*cp.Arbiter) bool
	hears bool // cp knows of brittle shapes
}

// newSpace returns a space for fewer shapes than table, which is shapeTable or crowdTable.
func newSpace(table int) *space {
	s := &space{table: table}
	construction.Lock()
	s.Space = cp.NewSpace()
	carrier := cp.NewKinematicBody()
	construction.Unlock()
	s.SetCollisionSlop(slop)
	s.filler = cp.NewCircle(s.StaticBody, 0.1, cp.Vector{})
	s.AddBody(carrier)
	s.bodies = append(s.bodies, carrier)
	// A table has 5 places at first, grows to 13 when it holds five shapes, from 13 to 23, and so on.
	for range map[int]int{shapeTable: 5, crowdTable: 23}[table] {
		s.shapes = append(s.shapes, s.AddShape(cp.NewCircle(s.StaticBody, 0.1, cp.Vector{})), s.AddShape(cp.NewCircle(carrier, 0.1, cp.Vector{})))
		s.numbered += 2
	}
	s.clear()
	return s
}

// clear takes everything out and leaves the space as a new one would be.
func (s *space) clear() {
	for _, shape := range s.shapes {
		s.RemoveShape(shape)
	}
	for _, body := range s.bodies {
		s.RemoveBody(body)
	}
	s.bodies, s.shapes = s.bodies[:0], s.shapes[:0]
	for s.numbered%s.table != 0 {
		s.AddShape(s.filler)
		s.RemoveShape(s.filler)
		s.numbered++
	}
	s.SetGravity(cp.Vector{})
	s.SetDamping(1)
	s.meet = nil
}

// add puts a shape, whose body is in the space, into it.
func (s *space) add(shape *cp.Shape) *cp.Shape {
	if len(s.shapes) == s.table-1 {
		panic("rigid: a scene with that many shapes must say that it is crowded, or have fewer")
	}
	s.AddShape(shape)
	s.shapes = append(s.shapes, shape)
	s.numbered++
	return shape
}

// remove takes a body and its shape out of the space.
func (s *space) remove(body *cp.Body, shape *cp.Shape) {
	s.RemoveShape(shape)
	s.shapes = slices.DeleteFunc(s.shapes, func(other *cp.Shape) bool { return other == shape })
	if body != s.StaticBody {
		s.RemoveBody(body)
		s.bodies = slices.DeleteFunc(s.bodies, func(other *cp.Body) bool { return other == body })
	}
}

// brittle is cp's collision type of the shapes whose contacts meet hears of. All others have the type 0.
const brittle cp.CollisionType = 1

// listen makes meet hear of the contacts of the shape with any that is not brittle itself.
func (s *space) listen(shape *cp.Shape, meet func(*cp.Arbiter) bool) {
	shape.SetCollisionType(brittle)
	s.meet = meet
	if s.hears {
		return
	}
	s.hears = true
	s.NewCollisionHandler(brittle, 0).PreSolveFunc = func(contact *cp.Arbiter, _ *cp.Space, _ any) bool {
		return s.meet == nil || s.meet(contact)
	}
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
func (s *space) wall(a, b cp.Vector) *cp.Shape {
	const thickness = 2.0
	out := b.Sub(a).Normalize().ReversePerp().Mult(thickness)
	return s.add(cp.NewSegment(s.StaticBody, a.Add(out), b.Add(out), thickness))
}
