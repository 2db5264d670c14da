package rigid

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/jakecoffman/cp/v2"
)

// How the glass of RigidGlass-v0 is struck.
const (
	glassFalls = iota
	glassIsHit
)

var shatter = scene{
	id:      "RigidGlass-v0",
	doc:     "Glass that falls, or that a disc hits, shatters above an impact energy and bounces below it.",
	actions: 1,
	steps:   60,
	crowded: true,
	params: []param{
		counting(random("way", "what happens: 0 the glass falls to the floor, 1 a disc hits a standing pane", 0, glassFalls, glassIsHit)),
		random("impact", "energy of the impact as a multiple of the toughness, as far as the picture has room for it", 1, 0.05, 8),
		fixed("toughness", "energy above which the glass shatters and which that takes, mass (area) times units squared per second squared", 20, 1, 200),
		counting(random("pattern", "how it breaks: 0 shards, 1 wedges, 2 web, 3 slabs", 0, 0, float64(len(fracturePatterns)-1))),
		counting(random("pieces", "number of pieces, about", 8, 3, 16)),
		fixed("gravity", "downward acceleration, units per second squared", 6, 1, 15),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		way := w.params.drawWhole(w.rng, "way", glassFalls, glassIsHit)
		impact := w.params.propose("impact", math.Exp(uniform(w.rng, -1.2, 1.2)))
		pattern := w.params.drawWhole(w.rng, "pattern", 0, len(fracturePatterns)-1)
		pieces := w.params.drawWhole(w.rng, "pieces", 6, 10)
		w.fall(w.params.get("gravity"))
		w.rub(0.4)
		w.bounce(0.35)
		w.walls(true, true, false, true)
		g := &pane{world: w, pattern: pattern, pieces: pieces, toughness: w.params.get("toughness")}
		// The pieces are drawn from a stream of their own, so that nothing else depends on whether there are any.
		g.cracks = rand.New(rand.NewPCG(w.rng.Uint64(), 0))
		if way == glassFalls {
			g.drop(impact * g.toughness)
		} else {
			g.stand(impact * g.toughness)
		}
		w.space.listen(g.glass.shape, g.meet)
		return script{watch: g.watch, caption: g.caption}
	},
}

// pane is the glass of RigidGlass-v0, whole and in pieces.
type pane struct {
	world           *world
	glass           *body
	disc            *body // that hits it, or nil
	outline         []cp.Vector
	pattern, pieces int
	toughness       float64
	cracks          *rand.Rand
	// blow is the impact that breaks the glass, in the substep that it does.
	blow *blow
	// struck is the energy of the hardest impact so far.
	struck float64
	broken []*body
}

// blow is an impact: its place, the normal of the contact, away from the glass, and the speed at which the centres of mass
// approach along it. mass is the reduced mass of the two.
type blow struct {
	other         *cp.Body
	place, normal cp.Vector
	speed, mass   float64
}

func (b blow) energy() float64 { return b.mass * b.speed * b.speed / 2 }

// drop lets a piece of glass fall from the height that gives the energy, as far as the picture has room.
func (g *pane) drop(energy float64) {
	w := g.world
	corners, size, tilt := 4+w.rng.IntN(3), uniform(w.rng, 1.1, 1.5), uniform(w.rng, -0.25, 0.25)
	g.outline = make([]cp.Vector, corners)
	for i := range corners {
		g.outline[i] = cp.ForAngle(2 * math.Pi * (float64(i) + 0.5) / float64(corners)).Mult(size)
	}
	half := extent([][]cp.Vector{g.outline})
	height := energy / (area(g.outline) * w.gravity)
	lowest := 0.0
	for _, v := range g.outline {
		lowest = max(lowest, -(math.Sin(tilt)*v.X + math.Cos(tilt)*v.Y))
	}
	at := cp.Vector{X: uniform(w.rng, 0.3, 0.7) * w.width, Y: lowest + min(height, w.height-lowest-half[1])}
	g.glass = w.solid(kindGlass, glass, [][]cp.Vector{g.outline}, at, tilt)
}

// stand puts a pane onto the floor, fixed at its foot, and throws a disc at it with the energy, sideways.
func (g *pane) stand(energy float64) {
	w := g.world
	width, height := uniform(w.rng, 0.6, 0.9), uniform(w.rng, 4, 5.5)
	g.outline = rectangle(width, height)
	side := float64(2*w.rng.IntN(2) - 1)
	x := w.width/2 + side*uniform(w.rng, 0, 0.15)*w.width
	g.glass = w.fixed(kindGlass, glass, g.outline, cp.Vector{X: x, Y: height / 2}, 0)
	radius := uniform(w.rng, smallest, 0.9)
	speed := math.Sqrt(2 * energy / (math.Pi * radius * radius))
	start := w.width/2 - side*(w.width/2-radius-uniform(w.rng, 0, 0.3))
	// It meets the pane at the height of aim, having fallen there.
	aim := uniform(w.rng, 0.35, 0.8) * height
	flight := (math.Abs(x-start) - radius - width/2) / speed
	y := min(aim+w.gravity*flight*flight/2, w.height-radius)
	// What has no time to get there before it is down is thrown up a little.
	up := max(0, (aim-y)/flight+w.gravity*flight/2)
	paints := shuffled(w.rng)
	g.disc = w.disc(paints[0], radius, cp.Vector{X: start, Y: y}, cp.Vector{X: side * speed, Y: up})
}

// meet hears of every contact of the whole glass, and leaves that which breaks it to watch.
func (g *pane) meet(contact *cp.Arbiter) bool {
	b := g.measure(contact)
	g.struck = max(g.struck, b.energy())
	if b.energy() <= g.toughness {
		return true
	}
	if g.blow == nil || b.energy() > g.blow.energy() {
		g.blow = &b
	}
	return false
}

// measure takes a contact of the glass apart.
func (g *pane) measure(contact *cp.Arbiter) blow {
	own, other := contact.Bodies()
	set := contact.ContactPointSet()
	b := blow{other: other, normal: set.Normal}
	if own != g.glass.shape.Body() {
		own, other = other, own
		b.other, b.normal = other, set.Normal.Neg()
	}
	b.place = set.Points[0].PointA
	b.speed = b.approach(own)
	b.mass = 1 / (inverseMass(own) + inverseMass(other))
	return b
}

// approach returns the speed at which the glass and the other now approach, 0 where they part.
func (b blow) approach(glass *cp.Body) float64 {
	return max(glass.Velocity().Sub(b.other.Velocity()).Dot(b.normal), 0)
}

func inverseMass(b *cp.Body) float64 {
	if b.GetType() != cp.BODY_DYNAMIC {
		return 0
	}
	return 1 / b.Mass()
}

// watch breaks the glass where the substep brought a blow that it does not stand.
func (g *pane) watch() {
	if g.blow == nil {
		return
	}
	b := *g.blow
	g.blow = nil
	g.world.space.meet = nil
	g.shatter(b)
}

// caption says what is there and what has happened.
func (g *pane) caption() (short, detailed string) {
	short, first := g.happens()
	list := []string{first}
	if g.disc != nil {
		list = append(list, fmt.Sprintf("%s is %s and %s", describe(g.disc), g.world.whereabouts(g.disc), motion(g.disc)))
	}
	return short, sentences(append(list, "there is "+gravityWord(g.world.gravity))...)
}

// happens says what the glass goes through, in a few words and in a clause.
func (g *pane) happens() (short, clause string) {
	w := g.world
	thing, whole := "a piece of glass", g.broken == nil
	if g.disc != nil {
		thing = "a glass pane"
	}
	var does [3]string // before, after a blow that it stood, after one that it did not
	if g.disc != nil {
		disc := article(g.disc.paint.name) + " disc"
		does = [3]string{disc + " flies at " + thing, disc + " bounces off " + thing, disc + " shatters " + thing}
	} else {
		does = [3]string{thing + " falls", thing + " bounces and stays whole", thing + " shatters on the floor"}
	}
	switch {
	case !whole:
		return does[2], fmt.Sprintf("%s, %s, has broken into %s %s before a %s background",
			thing, glass.name, number(len(g.broken)), fracturePatterns[g.pattern].name, w.ground.name)
	case g.struck > g.toughness/20:
		short, clause = does[1], "; it was struck too weakly to break"
	default:
		short = does[0]
	}
	return short, fmt.Sprintf("%s, %s and whole, is %s before a %s background and %s%s",
		thing, glass.name, w.whereabouts(g.glass), w.ground.name, motion(g.glass), clause)
}

// shatter puts pieces into the place of the glass. Breaking takes the toughness from the energy of the approach, by an impulse
// along the normal that both sides feel alike, and of what is left a part throws the pieces apart.
func (g *pane) shatter(b blow) {
	const burst = 0.2 // of the energy left
	w := g.world
	whole := g.glass.shape.Body()
	b.speed = b.approach(whole) // which gravity has changed since by a substep's worth
	left := max(b.energy()-g.toughness, 0)
	impulse := b.normal.Mult(b.mass * b.speed * (1 - math.Sqrt((1-burst)*left/b.energy())))
	if whole.GetType() == cp.BODY_DYNAMIC {
		whole.SetVelocityVector(whole.Velocity().Sub(impulse.Mult(1 / whole.Mass())))
	}
	if b.other.GetType() == cp.BODY_DYNAMIC {
		b.other.SetVelocityVector(b.other.Velocity().Add(impulse.Mult(1 / b.other.Mass())))
	}
	at, angle := g.glass.position(), g.glass.angle()
	hit := b.place.Sub(at).Unrotate(cp.ForAngle(angle))
	spin, velocity := whole.AngularVelocity(), whole.Velocity()
	if whole.GetType() != cp.BODY_DYNAMIC {
		spin, velocity = 0, cp.Vector{}
	}
	w.bounce(0.2)
	for _, cell := range fracture(g.cracks, g.pattern, g.pieces, g.outline, hit) {
		middle := centreOfMass(cell)
		from := middle.Rotate(cp.ForAngle(angle))
		piece := w.solid(kindPiece, g.glass.paint, moved([][]cp.Vector{cell}, middle), at.Add(from), angle)
		piece.rigid.SetVelocityVector(velocity.Add(from.Perp().Mult(spin)))
		piece.rigid.SetAngularVelocity(spin)
		g.broken = append(g.broken, piece)
	}
	scatterPieces(g.broken, b.place, burst*left)
	g.replace()
}

// scatterPieces throws pieces away from a place with the energy, and with no momentum in all.
func scatterPieces(pieces []*body, from cp.Vector, energy float64) {
	kicks := make([]cp.Vector, len(pieces))
	mass, drift := 0.0, cp.Vector{}
	for i, p := range pieces {
		kicks[i] = p.position().Sub(from).Normalize()
		mass += p.rigid.Mass()
		drift = drift.Add(kicks[i].Mult(p.rigid.Mass()))
	}
	had, cross := 0.0, 0.0
	for i, p := range pieces {
		kicks[i] = kicks[i].Sub(drift.Mult(1 / mass))
		had += p.rigid.Mass() * kicks[i].LengthSq() / 2
		cross += p.rigid.Mass() * kicks[i].Dot(p.velocity())
	}
	if had == 0 {
		return
	}
	// Kicks of s times these add s cross + s^2 had.
	s := (math.Sqrt(cross*cross+4*had*energy) - cross) / (2 * had)
	for i, p := range pieces {
		p.rigid.SetVelocityVector(p.velocity().Add(kicks[i].Mult(s)))
	}
}

// replace takes the glass out of the world and puts the pieces, which stand last, where it was drawn.
func (g *pane) replace() {
	w := g.world
	w.space.remove(g.glass.shape.Body(), g.glass.shape)
	w.bodies = w.bodies[:len(w.bodies)-len(g.broken)]
	i := w.layer(g.glass)
	w.bodies = slices.Replace(w.bodies, i, i+1, g.broken...)
}
