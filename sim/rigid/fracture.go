package rigid

import (
	"math"
	"math/rand/v2"

	"github.com/jakecoffman/cp/v2"
)

// fracturePatterns are the ways in which glass breaks, by the places around which its pieces form.
var fracturePatterns = [...]struct {
	name string
	// seeds draws count places for glass that is struck at hit; the glass reaches from -1 to 1 along both axes.
	seeds func(rng *rand.Rand, count int, hit cp.Vector) []cp.Vector
}{
	{"shards", shards},
	{"wedges", wedges},
	{"web", web},
	{"slabs", slabs},
}

// shards lie anywhere.
func shards(rng *rand.Rand, count int, _ cp.Vector) []cp.Vector {
	places := make([]cp.Vector, count)
	for i := range places {
		places[i] = cp.Vector{X: uniform(rng, -1, 1), Y: uniform(rng, -1, 1)}
	}
	return places
}

// wedges stand around the place that is struck.
func wedges(rng *rand.Rand, count int, hit cp.Vector) []cp.Vector {
	return around(rng, count, hit.Mult(0.6), 0.15)
}

// web is wedges in two rings around the place that is struck.
func web(rng *rand.Rand, count int, hit cp.Vector) []cp.Vector {
	inner := count / 3
	return append(around(rng, inner, hit.Mult(0.5), 0.3), around(rng, count-inner, hit.Mult(0.3), 0.9)...)
}

// slabs lie side by side, across a line at random.
func slabs(rng *rand.Rand, count int, _ cp.Vector) []cp.Vector {
	direction := cp.ForAngle(rng.Float64() * math.Pi)
	places := make([]cp.Vector, count)
	for i := range places {
		along := 1.3 * (2*(float64(i)+uniform(rng, 0.2, 0.8))/float64(count) - 1)
		places[i] = direction.Mult(along).Add(direction.Perp().Mult(uniform(rng, -0.2, 0.2)))
	}
	return places
}

// around returns places at about equal angles on a circle.
func around(rng *rand.Rand, count int, centre cp.Vector, radius float64) []cp.Vector {
	places := make([]cp.Vector, count)
	turn := rng.Float64()
	for i := range places {
		angle := 2 * math.Pi * (float64(i) + turn + uniform(rng, -0.25, 0.25)) / float64(count)
		places[i] = centre.Add(cp.ForAngle(angle).Mult(radius * uniform(rng, 0.8, 1.2)))
	}
	return places
}

// partition cuts a convex outline into the cells of its places: to each what is nearer to it than to any other (Voronoi).
// Cells tile the outline; those that would be empty are left out.
func partition(outline []cp.Vector, places []cp.Vector) [][]cp.Vector {
	var cells [][]cp.Vector
	for i, p := range places {
		cell := outline
		for j, q := range places {
			if i != j && cell != nil {
				away := q.Sub(p)
				cell = clip(cell, away, away.Dot(p.Add(q).Mult(0.5)))
			}
		}
		if cell != nil {
			cells = append(cells, cell)
		}
	}
	return cells
}

// fracture cuts an outline around the origin, struck at hit, into count pieces or somewhat fewer. Of several draws that with
// the largest least piece stands, for slivers are neither seen nor good to the solver.
func fracture(rng *rand.Rand, pattern, count int, outline []cp.Vector, hit cp.Vector) [][]cp.Vector {
	const draws = 12
	half := extent([][]cp.Vector{outline})
	hit = cp.Vector{X: hit.X / half[0], Y: hit.Y / half[1]}
	var best [][]cp.Vector
	most := 0.0
	for range draws {
		places := fracturePatterns[pattern].seeds(rng, count, hit)
		for i, p := range places {
			places[i] = cp.Vector{X: p.X * half[0], Y: p.Y * half[1]}
		}
		cells := partition(outline, places)
		least := math.Inf(1)
		for _, cell := range cells {
			least = min(least, area(cell))
		}
		// A draw that loses pieces is worth less.
		if worth := least * float64(len(cells)) / float64(count); worth > most {
			best, most = cells, worth
		}
	}
	return best
}
