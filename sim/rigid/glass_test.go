package rigid

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/jakecoffman/cp/v2"
)

// polygonOf returns a convex outline around the origin.
func polygonOf(rng *rand.Rand) []cp.Vector {
	corners := make([]cp.Vector, 3+rng.IntN(5))
	for i := range corners {
		corners[i] = cp.ForAngle(2 * math.Pi * (float64(i) + 0.4*rng.Float64()) / float64(len(corners))).Mult(1.5)
	}
	return corners
}

// Whatever the pattern, pieces tile the glass: their areas and their first moments add up, and no place lies in two.
func TestFracturesTile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for pattern := range fracturePatterns {
		for range 40 {
			outline := polygonOf(rng)
			count := 3 + rng.IntN(14)
			cells := fracture(rng, pattern, count, outline, cp.Vector{X: 0.4, Y: -0.9})
			if len(cells) < 2 || len(cells) > count {
				t.Fatalf("%s: %d pieces of %d", fracturePatterns[pattern].name, len(cells), count)
			}
			sum, moment := 0.0, cp.Vector{}
			for _, cell := range cells {
				if area(cell) <= 0 || len(cell) < 3 {
					t.Fatalf("%s: a piece of area %v", fracturePatterns[pattern].name, area(cell))
				}
				sum += area(cell)
				moment = moment.Add(centreOfMass(cell).Mult(area(cell)))
			}
			if math.Abs(sum/area(outline)-1) > 1e-12 || moment.Distance(centreOfMass(outline).Mult(area(outline))) > 1e-10 {
				t.Fatalf("%s: the pieces have the area %v of %v", fracturePatterns[pattern].name, sum, area(outline))
			}
			for range 200 {
				place := cp.Vector{X: uniform(rng, -1.5, 1.5), Y: uniform(rng, -1.5, 1.5)}
				inside := 0
				for _, cell := range cells {
					if encloses(cell, place) {
						inside++
					}
				}
				if encloses(outline, place) && inside != 1 || !encloses(outline, place) && inside != 0 {
					t.Fatalf("%s: %v lies in %d pieces", fracturePatterns[pattern].name, place, inside)
				}
			}
		}
	}
}

// broken says whether there are pieces, of which the glass is gone, or the glass, of which there are none.
func broken(t *testing.T, e *environment) bool {
	t.Helper()
	whole, pieces := len(find(e, kindGlass)), len(find(e, kindPiece))
	if whole+min(pieces, 1) != 1 {
		t.Fatalf("there are %d whole panes and %d pieces", whole, pieces)
	}
	return pieces > 0
}

// The threshold, from both sides: a disc's energy is exact, that of a fall is known to a substep's fall.
func TestGlassBreaksAboveItsToughness(t *testing.T) {
	for _, test := range []struct {
		way, below, above float64
	}{{glassFalls, 0.9, 1.1}, {glassIsHit, 0.999, 1.001}} {
		for seed := range uint64(10) {
			for _, impact := range []float64{test.below, test.above} {
				e := open(t, &shatter, 64, 64, map[string]float64{"way": test.way, "impact": impact, "toughness": 12})
				reset(t, e, seed)
				colour := find(e, kindGlass)[0].Color
				play(t, e, func(int) {})
				if got := broken(t, e); got != (impact > 1) {
					t.Errorf("way %v, seed %d: at %v of the toughness, broken is %v", test.way, seed, impact, got)
				}
				for _, piece := range find(e, kindPiece) {
					if piece.Color != colour {
						t.Errorf("a piece of %v glass is %v", colour, piece.Color)
					}
				}
			}
		}
	}
}

// Glass that does not break gives the disc back, and its own fall.
func TestGlassBouncesBelow(t *testing.T) {
	e := open(t, &shatter, 64, 64, map[string]float64{"way": glassIsHit, "impact": 0.8})
	for seed := range uint64(10) {
		reset(t, e, seed)
		before := find(e, kindDisc)[0].Velocity[0]
		play(t, e, func(int) {})
		if after := e.world.script; after.caption == nil || broken(t, e) {
			t.Fatal("it broke")
		}
		turned := false
		reset(t, e, seed)
		play(t, e, func(int) {
			v := find(e, kindDisc)[0].Velocity[0]
			turned = turned || v*before < 0 && math.Abs(v/before+0.35) < 0.02
		})
		if !turned {
			t.Errorf("seed %d: a disc that came at %v was not given back 0.35 of that", seed, before)
		}
	}
	e = open(t, &shatter, 64, 64, map[string]float64{"way": glassFalls, "impact": 0.8, "toughness": 30})
	up := 0
	for seed := range uint64(10) {
		reset(t, e, seed)
		rose := false
		play(t, e, func(int) { rose = rose || find(e, kindGlass)[0].Velocity[1] > 0.3 })
		if rose {
			up++
		}
	}
	if up < 8 {
		t.Errorf("in %d of 10 falls the glass bounced", up)
	}
}

// mechanics returns the mass, momentum and kinetic energy of what moves.
func mechanics(w *world) (mass float64, momentum cp.Vector, energy float64) {
	for _, b := range w.bodies {
		if b.rigid == nil {
			continue
		}
		m, v, spin := b.rigid.Mass(), b.rigid.Velocity(), b.rigid.AngularVelocity()
		mass += m
		momentum = momentum.Add(v.Mult(m))
		energy += m*v.LengthSq()/2 + b.rigid.Moment()*spin*spin/2
	}
	return mass, momentum, energy
}

// At the moment of breaking, the pieces have the area of the glass, breaking takes the toughness from the energy, and the
// momentum changes by what floor or foot give: along the normal of the contact, and never by more than they would to turn
// the glass round.
func TestShatterKeepsTheBooks(t *testing.T) {
	for way := range 2 {
		for pattern := range fracturePatterns {
			given := map[string]float64{"way": float64(way), "impact": 2.5, "pattern": float64(pattern), "toughness": 12}
			e := open(t, &shatter, 64, 64, given)
			for seed := range uint64(8) {
				reset(t, e, seed)
				w := e.world
				whole := area(w.bodies[0].parts[0])
				inner := w.script.watch
				checked := false
				w.script.watch = func() {
					mass, before, energy := mechanics(w)
					had := len(w.bodies)
					inner()
					if len(w.bodies) == had {
						return
					}
					checked = true
					massAfter, after, left := mechanics(w)
					sum, pieces := 0.0, cp.Vector{}
					for _, b := range w.bodies {
						if b.kind == kindPiece {
							sum += area(b.parts[0])
							pieces = pieces.Add(b.rigid.Velocity().Mult(b.rigid.Mass()))
						}
					}
					if math.Abs(sum-whole) > 1e-9 || way == glassFalls && math.Abs(massAfter-mass) > 1e-9 {
						t.Fatalf("way %d, seed %d: the area %v became %v", way, seed, whole, sum)
					}
					if math.Abs(energy-left-12) > 1e-6 {
						t.Errorf("way %d, seed %d: breaking took the energy %v, want 12", way, seed, energy-left)
					}
					change := after.Sub(before)
					if way == glassIsHit {
						// The foot of the pane took what the disc lost: the pieces have none in all.
						if pieces.Length() > 1e-9 || math.Abs(change.Y) > 1e-9 || change.X*before.X > 0 || math.Abs(change.X) > math.Abs(before.X) {
							t.Errorf("seed %d: the momentum of the pieces is %v, that of all changed by %v from %v", seed, pieces, change, before)
						}
						return
					}
					if math.Abs(change.X) > 1e-9 || change.Y < 0 || change.Y > -before.Y {
						t.Errorf("seed %d: the momentum changed by %v from %v", seed, change, before)
					}
				}
				play(t, e, func(int) {})
				if !checked {
					t.Errorf("way %d, pattern %d, seed %d: it did not break", way, pattern, seed)
				}
			}
		}
	}
}

// Pieces come to rest on the floor, none lost through it, and still have the area of the glass.
func TestPiecesStayInTheBox(t *testing.T) {
	e := open(t, &shatter, 64, 64, map[string]float64{"impact": 3})
	for seed := range uint64(10) {
		reset(t, e, seed)
		play(t, e, func(frame int) {
			for _, b := range find(e, kindPiece) {
				if p := b.Position; p[0] < -0.1 || p[0] > 10.1 || p[1] < -0.1 || p[1] > 14 {
					t.Fatalf("seed %d, frame %d: a piece is at %v", seed, frame, p)
				}
			}
		})
	}
}

// The pattern is the seed's: two of one seed break alike, two of others do not.
func TestPatternsAreSeeded(t *testing.T) {
	places := func(seed uint64) (all [][3]float64) {
		e := open(t, &shatter, 64, 64, map[string]float64{"impact": 3, "way": glassIsHit, "pattern": 0, "pieces": 8})
		reset(t, e, seed)
		play(t, e, func(int) {})
		for _, b := range find(e, kindPiece) {
			all = append(all, b.Size)
		}
		return all
	}
	first, again, other := places(1), places(1), places(2)
	if len(first) < 5 || len(first) != len(again) || first[0] != again[0] || first[0] == other[0] {
		t.Errorf("the pieces of seed 1 are %v and %v, those of seed 2 %v", first, again, other)
	}
}
