package rigid

import (
	"math"

	"github.com/jakecoffman/cp/v2"
)

// barThickness is the thickness of bars and sticks, in units: two pixels in a picture of 64.
const barThickness = 0.3

// anywhere is bounds along an axis that leave a body the whole picture.
var anywhere = [2]float64{0, math.Inf(1)}

// addBall adds a grey ball in the upper half.
func addBall(w *world) {
	radius := uniform(w.rng, 0.5, 1)
	ball := w.disc(movingGrey, radius, cp.Vector{}, cp.Vector{})
	w.settle(ball, anywhere, [2]float64{0.4 * w.height, 0.85 * w.height})
}

// addFixedBalls adds two to six small balls that nothing moves, each not far from the last.
func addFixedBalls(w *world) {
	const radius, attempts = 0.3, 60
	count := 2 + w.rng.IntN(5)
	at := cp.Vector{X: uniform(w.rng, 0.25, 0.75) * w.width, Y: uniform(w.rng, 0.3, 0.5) * w.height}
	angle, turn := uniform(w.rng, 0, 2*math.Pi), uniform(w.rng, 0, math.Pi/5)
	for range attempts {
		b := w.show(&body{kind: kindDisc, paint: fixedBlack, form: disc, half: [2]float64{radius, radius}, at: at})
		angle += turn
		at = at.Add(cp.ForAngle(angle).Mult(uniform(w.rng, 0.7, 1.4)))
		at = cp.Vector{X: min(max(at.X, radius), w.width-radius), Y: min(max(at.Y, radius), 0.55*w.height)}
		if w.meets(b) {
			w.bodies, w.nextID = w.bodies[:len(w.bodies)-1], b.id
			continue
		}
		b.shape = w.surface(w.space.add(cp.NewCircle(w.space.StaticBody, radius, b.at)))
		if count--; count == 0 {
			return
		}
	}
}

// addBar adds a grey bar at any angle.
func addBar(w *world) {
	length, angle := uniform(w.rng, 1.8, 4.5), uniform(w.rng, -math.Pi/2, math.Pi/2)
	b := w.box(movingGrey, length, barThickness, cp.Vector{}, angle)
	b.kind = kindBar
	w.settle(b, anywhere, [2]float64{0.2 * w.height, 0.8 * w.height})
}

// addStandingBars adds one to four bars that stand on the floor, each higher than the last.
func addStandingBars(w *world) {
	const gap = 1.4
	count, side := 1+w.rng.IntN(4), float64(2*w.rng.IntN(2)-1)
	x := w.width/2 + side*uniform(w.rng, -0.5, 0.5) - side*gap*float64(count-1)/2
	for i := range count {
		height := 1.8 + 0.45*float64(i)
		at := cp.Vector{X: x + side*gap*float64(i), Y: (height - slop) / 2}
		w.box(movingGrey, barThickness, height, at, 0).kind = kindBar
	}
}

// addFixedBar adds a black bar that nothing moves.
func addFixedBar(w *world) {
	length, angle := uniform(w.rng, 2, 4.5), uniform(w.rng, -math.Pi/3, math.Pi/3)
	// The shape is made where the bar has found its place.
	b := w.show(&body{kind: kindBar, paint: fixedBlack, form: box, half: [2]float64{length / 2, barThickness / 2}, tilt: angle})
	w.settle(b, anywhere, [2]float64{0.15 * w.height, 0.55 * w.height})
	b.shape = w.touchable(w.space.StaticBody, turned(rectangle(length, barThickness), angle, b.at))
}

// addJar adds an open jar, one in three standing on the floor, else in the air at an angle.
func addJar(w *world) {
	height := uniform(w.rng, 1.2, 2.6)
	width, foot := height/1.2, height/1.2*0.8
	wall := []cp.Vector{{X: foot / 2}, {X: width / 2, Y: height}, {X: width/2 - barThickness, Y: height}, {X: foot/2 - barThickness}}
	other := []cp.Vector{{X: -foot / 2}, {X: barThickness - foot/2}, {X: barThickness - width/2, Y: height}, {X: -width / 2, Y: height}}
	bottom := []cp.Vector{{X: -foot / 2}, {X: foot / 2}, {X: foot / 2, Y: barThickness}, {X: -foot / 2, Y: barThickness}}
	parts := centred([][]cp.Vector{bottom, wall, other})
	stands, angle := w.rng.IntN(3) == 0, uniform(w.rng, -math.Pi/4, math.Pi/4)
	low := [2]float64{0.2 * w.height, 0.8 * w.height}
	if stands {
		angle, low = 0, [2]float64{-parts[0][0].Y - slop/2, 0}
	}
	jar := w.solid(kindJar, movingGrey, parts, cp.Vector{}, angle)
	w.settleOn(jar, low, stands)
}

// addSticks adds two sticks that cross in the middle as one body, one in three upright on the floor.
func addSticks(w *world) {
	const spread = 12.5 * math.Pi / 180 // of each stick from the middle line
	length := uniform(w.rng, 2, 4)
	stick := rectangle(barThickness, length)
	parts := centred([][]cp.Vector{turned(stick, spread, cp.Vector{}), turned(stick, -spread, cp.Vector{})})
	stands, angle := w.rng.IntN(3) == 0, uniform(w.rng, -math.Pi/2, math.Pi/2)
	low := [2]float64{0.2 * w.height, 0.8 * w.height}
	if stands {
		angle, low = 0, [2]float64{extent(parts)[1] - slop/2, 0}
	}
	w.settleOn(w.solid(kindSticks, movingGrey, parts, cp.Vector{}, angle), low, stands)
}

// settleOn settles a body at any height between the bounds or, where it stands, at the lower one exactly.
func (w *world) settleOn(b *body, y [2]float64, stands bool) {
	if !stands {
		w.settle(b, anywhere, y)
		return
	}
	const attempts = 200
	reach, _ := b.reach()
	for range attempts {
		w.place(b, cp.Vector{X: uniform(w.rng, reach, max(reach, w.width-reach)), Y: y[0]})
		if !w.meets(b) {
			return
		}
	}
}

// turned returns the outline turned by an angle and then moved to a place.
func turned(outline []cp.Vector, angle float64, at cp.Vector) []cp.Vector {
	direction := cp.ForAngle(angle)
	corners := make([]cp.Vector, len(outline))
	for i, v := range outline {
		corners[i] = at.Add(v.Rotate(direction))
	}
	return corners
}

// centred returns the outlines with their common centre of mass at the origin; where two overlap, that counts twice.
func centred(parts [][]cp.Vector) [][]cp.Vector {
	mass, sum := 0.0, cp.Vector{}
	for _, part := range parts {
		m := area(part)
		mass += m
		sum = sum.Add(centreOfMass(part).Mult(m))
	}
	return moved(parts, sum.Mult(1/mass))
}
