package rigid

import (
	"fmt"

	"github.com/jakecoffman/cp/v2"
)

// Sizes of the paddle, in units.
const (
	paddleWidth  = 2.4
	paddleHeight = 0.5
	paddleLevel  = 0.6
)

var catch = scene{
	id:      "RigidCatch-v0",
	doc:     "Catch falling balls with a paddle: 0 stay, 1 left, 2 right.",
	actions: 3,
	steps:   1000,
	params: []param{
		random("gravity", "downward acceleration, units per second squared", 3.5, 1, 10),
		fixed("paddle_speed", "speed of the paddle while an action moves it, units per second", 5, 1, 10),
	},
	build: func(w *world) script {
		w.ground = ground(w.rng)
		w.fall(w.params.draw(w.rng, "gravity", 2.5, 5))
		w.walls(false, true, false, true)
		paints := shuffled(w.rng)
		g := &catchGame{world: w}
		w.bounce(0.1) // off the paddle
		g.paddle = w.paddle(paints[0], paddleWidth, paddleHeight,
			cp.Vector{X: uniform(w.rng, paddleWidth/2, w.width-paddleWidth/2), Y: paddleLevel})
		w.bounce(1) // off the sides
		g.ball = w.disc(paints[1], uniform(w.rng, smallest, 0.8), cp.Vector{}, cp.Vector{})
		g.serve()
		return script{act: g.act, drive: g.drive, watch: g.watch, judge: g.judge, caption: g.caption}
	},
}

// catchGame is a game of RigidCatch-v0. A ball that is caught or missed stays for the frame that shows so, and the next
// frame begins with another in its stead: there is always one.
type catchGame struct {
	world        *world
	paddle, ball *body
	heading      float64 // of the paddle: -1, 0 or 1
	caught, lost bool
}

// serve puts the ball near the top, at a random place and with a random sideways velocity.
func (g *catchGame) serve() {
	w := g.world
	r := g.ball.radius()
	at := cp.Vector{X: uniform(w.rng, r, w.width-r), Y: w.height - r - uniform(w.rng, 0.1, 0.8)}
	g.ball.rigid.SetPosition(at)
	g.ball.rigid.SetVelocity(uniform(w.rng, -3, 3), 0)
	g.caught, g.lost = false, false
}

func (g *catchGame) act(action int) {
	if g.caught || g.lost {
		g.serve()
		// It is another ball, though it looks the same.
		g.ball.id = g.world.nextID
		g.world.nextID++
	}
	g.heading = [...]float64{0, -1, 1}[action]
}

// drive sets the paddle's velocity so that it stops at the sides.
func (g *catchGame) drive() {
	x, half := g.paddle.position().X, g.paddle.half[0]
	velocity := g.heading * g.world.params.get("paddle_speed")
	next := min(max(x+velocity*timestep, half), g.world.width-half)
	g.paddle.rigid.SetVelocity((next-x)/timestep, 0)
}

// watch looks whether the ball meets the paddle from above or the ground.
func (g *catchGame) watch() {
	if g.caught || g.lost {
		return
	}
	p, b, r := g.paddle.position(), g.ball.position(), g.ball.radius()
	top := p.Y + g.paddle.half[1]
	nearest := min(max(b.X, p.X-g.paddle.half[0]), p.X+g.paddle.half[0])
	dx, dy := b.X-nearest, b.Y-top
	switch {
	case dy >= 0 && dx*dx+dy*dy <= r*r:
		g.caught = true
	case b.Y <= r:
		g.lost = true
	}
}

func (g *catchGame) judge() (reward float64, terminated bool) {
	switch {
	case g.caught:
		return 1, false
	case g.lost:
		return -1, false
	}
	return 0, false
}

func (g *catchGame) caption() (short, detailed string) {
	w := g.world
	short = fmt.Sprintf("%s ball falls towards %s paddle", article(g.ball.paint.name), article(g.paddle.paint.name))
	moves := "rests"
	if g.heading != 0 && g.paddle.velocity().X != 0 {
		moves = motion(g.paddle)
	}
	return short, sentences(
		fmt.Sprintf("the agent moves a flat %s paddle left and right along the lower edge of a %s background to catch falling balls", g.paddle.paint.name, w.ground.name),
		fmt.Sprintf("a %s %s ball is %s and %s under %s", sizeWord(g.ball.radius()), g.ball.paint.name, w.whereabouts(g.ball), motion(g.ball), gravityWord(w.gravity)),
		fmt.Sprintf("the paddle is %s and %s", w.whereabouts(g.paddle), moves))
}
