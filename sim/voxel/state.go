package voxel

import (
	"math"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
)

// IDs of the bodies that are no creatures.
const (
	playerID = 0
	markID   = 1 << 30
)

// State implements env.Prober. Lengths are in blocks. The bodies are the player ("player"), the beacon or the place that
// the task is about ("mark") where it has one, and the creatures by age ("cow", "sheep", "zombie", "skeleton", "arrow").
// A body's Angle is the yaw; Hidden is the fraction of it that blocks cover, of what lies in the frame. Values holds the
// episode's parameters and
//
//	x, y, z, yaw, pitch           the player's eye, in blocks and degrees
//	health, food, drink, energy   0..20; breath 0..1; sleeping 0 or 1
//	time                          the hour of day; sunlight 0..1
//	crosshair                     the kind of block within reach under the crosshair, by its number in package block, 0 for
//	                              none; crosshair_x, _y, _z its place, crosshair_distance how far off
//	crosshair_creature            the ID of the creature under the crosshair within reach, 0 for none
//	stage, count, need            how far the task has come
//	inventory_NAME                what the player carries, where it is not 0
//	hotbar_NAME                   the slot of the hotbar that holds it, 0..8, where one does; selected the one in the hand
//	achievement_NAME              1 for what is achieved
//	view_NAME                     the fraction of the picture that shows a kind of block, sky being air, where it is not 0
//
// Before the first Reset and after Close the state is empty.
func (e *environment) State() env.State {
	if !e.hasEpisode() {
		return env.State{}
	}
	state := env.State{Step: e.world.Tick, Values: map[string]float64{}}
	for i, p := range e.settings.list {
		state.Values[p.Name] = e.settings.values[i]
	}
	e.probePlayer(state.Values)
	e.probeView(state.Values)
	lens := e.lens()
	state.Bodies = append(state.Bodies, e.playerBody())
	if e.goal.Target != (game.Cell{}) {
		mark := game.Body{Pos: e.goal.Target.Middle(), Half: fixed.One / 2, Tall: fixed.One}
		state.Bodies = append(state.Bodies, e.probe(&lens, markID, "mark", &mark, block.Mark.Info().Side))
		state.Bodies[1].Static = true
	}
	for i := range e.world.Creatures {
		c := &e.world.Creatures[i]
		b := e.probe(&lens, c.ID, c.Kind.String(), &c.Body, c.Kind.Info().Color)
		b.Angle = radians(c.Yaw)
		state.Bodies = append(state.Bodies, b)
	}
	return state
}

// blocks converts a length, degrees and radians an angle.
func blocks(x int) float64         { return float64(x) / fixed.One }
func degrees(angle int) float64    { return float64(angle) / fixed.Degree }
func radians(angle int) float64    { return float64(angle) * (2 * math.Pi / fixed.Turn) }
func triple(v game.Vec) [3]float64 { return [3]float64{blocks(v.X), blocks(v.Y), blocks(v.Z)} }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (e *environment) probePlayer(values map[string]float64) {
	w, p := e.world, &e.world.Player
	eye := p.Eye()
	values["x"], values["y"], values["z"] = blocks(eye.X), blocks(eye.Y), blocks(eye.Z)
	values["yaw"], values["pitch"] = degrees(p.Yaw), degrees(p.Pitch)
	values["health"], values["food"], values["drink"], values["energy"] = float64(p.Health), float64(p.Food), float64(p.Drink), float64(p.Energy)
	values["breath"], values["sleeping"] = float64(p.Breath)/300, truth(p.Sleeping)
	values["time"], values["sunlight"] = hourOf(w.Clock), float64(w.Sunlight())/fixed.One
	hit := w.Pick()
	values["crosshair"], values["crosshair_distance"] = float64(hit.Kind), blocks(hit.Distance)
	values["crosshair_x"], values["crosshair_y"], values["crosshair_z"] = float64(hit.Cell.X), float64(hit.Cell.Y), float64(hit.Cell.Z)
	values["crosshair_creature"] = 0
	if aimed := w.Aimed(); aimed != nil {
		values["crosshair_creature"] = float64(aimed.ID)
	}
	values["stage"], values["count"], values["need"] = float64(e.goal.Stage), float64(e.goal.Count), float64(e.goal.Need)
	values["selected"] = float64(p.Inventory.Selected)
	for k, n := range p.Inventory.Counts {
		if n > 0 {
			values["inventory_"+item.Kind(k).String()] = float64(n)
		}
	}
	for slot, k := range p.Inventory.Hotbar {
		if k != item.None {
			values["hotbar_"+k.String()] = float64(slot)
		}
	}
	for a := range game.Achievement(game.AchievementCount) {
		values["achievement_"+a.String()] = truth(w.Achieved.Has(a))
	}
}

// hourOf returns the hour of day, 0 to 24.
func hourOf(clock int) float64 { return float64(clock) * 24 / game.DayTicks }

func (e *environment) playerBody() env.Body {
	p := &e.world.Player
	return env.Body{
		ID: playerID, Kind: "player", Position: middle(&p.Body), Velocity: perSecond(p.Vel), Angle: radians(p.Yaw), Size: size(&p.Body),
	}
}

func middle(b *game.Body) [3]float64 { return triple(b.Pos.Add(game.Vec{Y: b.Tall / 2})) }

func size(b *game.Body) [3]float64 {
	return [3]float64{blocks(2 * b.Half), blocks(b.Tall), blocks(2 * b.Half)}
}

func perSecond(v game.Vec) [3]float64 {
	t := triple(v)
	for i := range t {
		t[i] *= game.TicksPerSecond
	}
	return t
}

// probe returns the truth about a body.
func (e *environment) probe(l *lens, id int, kind string, b *game.Body, color block.RGB) env.Body {
	truth := env.Body{ID: id, Kind: kind, Position: middle(b), Velocity: perSecond(b.Vel), Size: size(b), Color: color}
	inside, hidden := 0, 0
	for _, point := range b.Points() {
		if !l.holds(point) {
			continue
		}
		inside++
		if !e.sees(b, point) {
			hidden++
		}
	}
	if inside > 0 {
		truth.InFrame, truth.Hidden = true, float64(hidden)/float64(inside)
	}
	return truth
}

// sees says whether a point of a body is seen: no opaque block outside of the body covers it.
func (e *environment) sees(b *game.Body, point game.Vec) bool {
	eye := e.world.Player.Eye()
	away := point.Sub(eye)
	length := max(away.Length(), 1)
	along := game.Vec{X: away.X * fixed.Unit / length, Y: away.Y * fixed.Unit / length, Z: away.Z * fixed.Unit / length}
	hit := game.Cast(e.world.Grid, eye, along, length, block.Kind.Opaque)
	return hit.Kind == block.Air || b.Overlaps(hit.Cell)
}

// lens is the player's camera: what lies in the frame.
type lens struct {
	eye                game.Vec
	forward, right, up game.Vec
	// wide and high are the tangents of half the angles of view, in 1/65536; far is how far one sees.
	wide, high, far int
}

func (e *environment) lens() lens {
	p := &e.world.Player
	l := lens{eye: p.Eye(), forward: p.Look(), far: e.pictures.distance * fixed.One}
	l.right.X, l.right.Y, l.right.Z = fixed.Look(p.Yaw+fixed.Turn/4, 0)
	l.up.X, l.up.Y, l.up.Z = fixed.Look(p.Yaw, p.Pitch-fixed.Turn/4)
	half := e.pictures.fov * fixed.Degree / 2
	l.high = fixed.Sin(half) * fixed.One / fixed.Cos(half)
	l.wide = l.high * e.pictures.width / e.pictures.height
	return l
}

// holds says whether a point lies in the frame and within sight, hidden or not.
func (l *lens) holds(point game.Vec) bool {
	d := point.Sub(l.eye)
	along := dot(d, l.forward)
	if along <= 0 || d.Length() > l.far {
		return false
	}
	across, upward := dot(d, l.right), dot(d, l.up)
	return max(across, -across) <= along*l.wide>>16 && max(upward, -upward) <= along*l.high>>16
}

// dot returns the product of a vector and a unit vector in 1/2^30.
func dot(v, unit game.Vec) int {
	return fixed.Mul(v.X, unit.X) + fixed.Mul(v.Y, unit.Y) + fixed.Mul(v.Z, unit.Z)
}

// The grid of rays by which the view is judged.
const (
	viewRows    = 18
	viewColumns = 24
)

// glance casts the grid of rays, and calls see with each one's row, column and what it meets: the first block that is not
// air.
func (e *environment) glance(see func(row, column int, hit game.Hit)) {
	l := e.lens()
	for row := range viewRows {
		for column := range viewColumns {
			a := (2*column + 1 - viewColumns) * l.wide / viewColumns
			b := (viewRows - 1 - 2*row) * l.high / viewRows
			ray := game.Vec{X: turned(&l, a, b, 0), Y: turned(&l, a, b, 1), Z: turned(&l, a, b, 2)}
			length := fixed.Root(fixed.One*fixed.One + a*a + b*b)
			along := game.Vec{X: ray.X * fixed.One / length, Y: ray.Y * fixed.One / length, Z: ray.Z * fixed.One / length}
			see(row, column, game.Cast(e.world.Grid, l.eye, along, l.far, func(k block.Kind) bool { return k != block.Air }))
		}
	}
}

// turned returns a component of forward + a right + b up, a and b in 1/65536.
func turned(l *lens, a, b, component int) int {
	pick := func(v game.Vec) int { return [3]int{v.X, v.Y, v.Z}[component] }
	return pick(l.forward) + (pick(l.right)*a+pick(l.up)*b)>>16
}

func (e *environment) probeView(values map[string]float64) {
	var seen [block.Count]int
	e.glance(func(_, _ int, hit game.Hit) { seen[hit.Kind]++ })
	for k, n := range seen {
		if n > 0 {
			values["view_"+block.Kind(k).String()] = float64(n) / (viewRows * viewColumns)
		}
	}
}
