package rigid

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/jakecoffman/cp/v2"

	"somnium/sim/rigid/raster"
)

// The combinatorial scenes of PhyWorld (arXiv 2411.02385, section 4), which it builds in PHYRE (Bakhtin et al., arXiv
// 1908.05656): a red ball and four of eight kinds of objects, which makes 70 templates, 60 of them for training.

// ingredients are the eight kinds of objects, as bits of a template.
var ingredients = [...]struct {
	name string
	add  func(w *world)
}{
	{"a grey ball", addBall},
	{"another grey ball", addBall},
	{"fixed black balls", addFixedBalls},
	{"a grey bar", addBar},
	{"grey bars that stand on the floor", addStandingBars},
	{"a fixed black bar", addFixedBar},
	{"a grey jar", addJar},
	{"two crossed grey sticks", addSticks},
}

// placing is the order in which they find their places: what can stand in few places goes first.
var placing = [...]int{4, 2, 5, 6, 7, 3, 0, 1}

// templates are the 70 choices of four, in the order of PhyWorld's task files, so that its numbers hold here: 0 to 59 are for
// training and 60 to 69 held out, and its smallest training set is of 3, 5, 16, 23, 24 and 53.
var templates = [...]uint8{
	210, 232, 105, 240, 86, 60, 153, 198, 46, 54, 180, 226, 89, 169, 92, 85, 204, 58, 154, 102, 101, 78, 178, 15,
	51, 166, 39, 139, 113, 75, 172, 29, 177, 197, 149, 27, 184, 156, 228, 83, 99, 170, 90, 150, 120, 216, 45, 43,
	212, 77, 165, 225, 209, 195, 71, 106, 114, 141, 108, 30, 57, 23, 135, 147, 53, 116, 202, 163, 142, 201,
}

// heldOut is the first template that training sets leave out.
const heldOut = 60

// The colours of PHYRE.
var (
	movingGrey = paint{"grey", raster.Color{160, 178, 188}}
	fixedBlack = paint{"black", raster.Color{16, 16, 18}}
	ballRed    = paint{"red", raster.Color{243, 79, 70}}
)

var combination = scene{
	id:      "RigidTemplate-v0",
	doc:     "A red ball falls among four of eight kinds of objects (PhyWorld's combinations).",
	actions: 1,
	steps:   60,
	crowded: true,
	params: []param{
		counting(random("template", "which four of the eight kinds, as PhyWorld numbers them", 3, 0, float64(len(templates)-1))),
		counting(fixed("ood", "where the template is drawn from: 0 the 60 for training, 1 the 10 that are held out", 0, 0, 1)),
		fixed("gravity", "downward acceleration, units per second squared", 5, 0, 10),
	},
	build: func(w *world) script {
		low, high := 0, heldOut-1
		if w.params.get("ood") == 1 {
			low, high = heldOut, len(templates)-1
		}
		kinds := templates[w.params.drawWhole(w.rng, "template", low, high)]
		w.fall(w.params.get("gravity"))
		w.rub(0.5)
		w.bounce(0.2)
		w.walls(true, true, true, true)
		for _, i := range placing {
			if kinds&(1<<i) != 0 {
				ingredients[i].add(w)
			}
		}
		radius := uniform(w.rng, 0.5, 1)
		ball := w.disc(ballRed, radius, cp.Vector{}, cp.Vector{})
		w.settle(ball, [2]float64{radius, w.width - radius}, [2]float64{0.7 * w.height, w.height - radius})
		return script{caption: func() (string, string) { return captionTemplate(w, kinds, ball) }}
	},
}

// settle draws a place for a body's centre, between the bounds along both axes, where its box along the axes meets no other
// body's and lies in the picture. Where no draw of many does, the last stands.
func (w *world) settle(b *body, x, y [2]float64) {
	const attempts = 200
	reachX, reachY := b.reach()
	x = [2]float64{max(x[0], reachX), min(x[1], w.width-reachX)}
	y = [2]float64{max(y[0], reachY), min(y[1], w.height-reachY)}
	for range attempts {
		at := cp.Vector{X: uniform(w.rng, x[0], max(x[0], x[1])), Y: uniform(w.rng, y[0], max(y[0], y[1]))}
		w.place(b, at)
		if !w.meets(b) {
			return
		}
	}
}

// place moves a body that stands still.
func (w *world) place(b *body, at cp.Vector) {
	if b.rigid == nil {
		b.at = at
		return
	}
	b.rigid.SetPosition(at)
}

// meets says whether the body's box along the axes overlaps that of another.
func (w *world) meets(b *body) bool {
	const gap = 0.05
	p := b.position()
	reachX, reachY := b.reach()
	for _, other := range w.bodies {
		if other == b {
			continue
		}
		q := other.position()
		otherX, otherY := other.reach()
		if math.Abs(p.X-q.X) < reachX+otherX+gap && math.Abs(p.Y-q.Y) < reachY+otherY+gap {
			return true
		}
	}
	return false
}

func captionTemplate(w *world, kinds uint8, ball *body) (short, detailed string) {
	names := make([]string, 0, bits.OnesCount8(kinds))
	for i := range ingredients {
		if kinds&(1<<i) != 0 {
			names = append(names, ingredients[i].name)
		}
	}
	if names[0] == ingredients[1].name {
		names[0] = ingredients[0].name
	}
	list := []string{
		fmt.Sprintf("%s is %s and %s", describe(ball), w.whereabouts(ball), motion(ball)),
		fmt.Sprintf("with it on a white background are %s", enumerate(names)),
	}
	moving := 0
	for _, b := range w.bodies {
		if b != ball && b.rigid != nil && b.velocity().Length() >= 0.1 {
			moving++
		}
	}
	if moving == 0 {
		list = append(list, "all else is at rest")
	} else {
		list = append(list, fmt.Sprintf("%s of the grey things move", number(moving)))
	}
	return "a red disc falls among other things", sentences(append(list, "there is "+gravityWord(w.gravity))...)
}
