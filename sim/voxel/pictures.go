package voxel

import (
	"somnium/env"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/render"
)

// Names of the parts of a Dict observation.
const (
	keyPixels       = "pixels"
	keyDepth        = "depth"
	keySegmentation = "segmentation"
	keyInstances    = "instances"
	keyInventory    = "inventory"
)

// inventorySize is the length of the inventory's observation: a count of each kind of item, and four needs.
const inventorySize = item.Count + 4

// pictures makes the observations, in memory of its own.
type pictures struct {
	height, width, distance, fov int
	space                        env.Space
	value                        env.Value
	inventory                    []float32
	instances                    []uint8

	renderer *render.Renderer
	buffers  render.Buffers
	scene    render.Scene
	entities []render.Entity
	shapes   [game.Arrow + 1]shape
	// hand and hud are drawn where shown is set.
	shown bool
	hand  render.Hand
	hud   render.Hud
}

func newPictures(height, width int, form *settings) (*pictures, error) {
	p := &pictures{
		height: height, width: width, distance: form.whole("distance"), fov: form.whole("fov"),
		shapes: shapes(), shown: form.whole("hud") == 1,
	}
	var err error
	p.renderer, err = render.New(render.Options{
		Height: height, Width: width, Distance: p.distance, FieldOfView: p.fov, Textured: form.whole("textured") == 1,
	})
	if err != nil {
		return nil, err
	}
	p.space = p.spaceOf(form)
	p.value = p.space.New()
	parts := p.value.Dict
	p.inventory, p.instances = parts[keyInventory].F32, parts[keyInstances].U8
	p.buffers = render.Buffers{RGB: p.value.Pixels(), Depth: parts[keyDepth].F32, Segmentation: parts[keySegmentation].U8}
	if p.instances != nil {
		p.buffers.Instances = make([]uint16, len(p.instances))
	}
	return p, nil
}

// spaceOf returns the space of what is observed.
func (p *pictures) spaceOf(form *settings) env.Space {
	shape := []int{p.height, p.width}
	parts := map[string]env.Space{}
	for key, space := range map[string]env.Space{
		keyDepth:        env.Box{Shape: shape, Type: env.Float32, High: float64(p.distance)},
		keySegmentation: env.Box{Shape: shape, Type: env.Uint8, High: 255},
		keyInstances:    env.Box{Shape: shape, Type: env.Uint8, High: 255},
		keyInventory:    env.Box{Shape: []int{inventorySize}, Type: env.Float32, High: game.MaxCount},
	} {
		if form.whole(key) == 1 {
			parts[key] = space
		}
	}
	frame := env.Frame(p.height, p.width)
	if len(parts) == 0 {
		return frame
	}
	parts[keyPixels] = frame
	return env.Dict{Spaces: parts}
}

// draw makes the observation of a world.
func (p *pictures) draw(w *game.World) env.Value {
	p.look(w)
	p.renderer.Frame(&p.buffers, &p.scene)
	for i, instance := range p.buffers.Instances {
		p.instances[i] = uint8(instance)
	}
	// Creatures at the edge of sight reach a little beyond it.
	for i, depth := range p.buffers.Depth {
		p.buffers.Depth[i] = min(depth, float32(p.distance))
	}
	if w.Player.Sleeping {
		dim(p.buffers.RGB)
	}
	if p.inventory != nil {
		p.count(&w.Player)
	}
	return p.value
}

// look sets the scene.
func (p *pictures) look(w *game.World) {
	player := &w.Player
	eye := player.Eye()
	p.scene.Grid = w.Grid
	p.scene.Camera = render.Camera{X: eye.X, Y: eye.Y, Z: eye.Z, Yaw: player.Yaw, Pitch: player.Pitch}
	p.scene.Time = w.Clock * 65536 / game.DayTicks
	p.entities = p.entities[:0]
	for i := range w.Creatures {
		c := &w.Creatures[i]
		p.entities = append(p.entities, render.Entity{
			Instance: uint16(instanceOf(c.ID)), X: c.Pos.X, Y: c.Pos.Y, Z: c.Pos.Z, Yaw: c.Yaw,
			Boxes: p.shapes[c.Kind][pose(c, w.Tick)], Hurt: c.Hurt > 0,
		})
	}
	p.scene.Entities = p.entities
	p.scene.Dig = digOf(w)
	if p.shown {
		p.dress(player)
	}
}

// instanceOf returns a creature's number in the mask: 1..255.
func instanceOf(id int) uint8 { return uint8(1 + (id-1)%255) }

// digOf returns what is to be seen of the digging.
func digOf(w *game.World) render.Dig {
	dig := w.Player.Dig
	if dig.Done == 0 {
		return render.Dig{}
	}
	hardness := int(w.Grid.At(dig.Cell.X, dig.Cell.Y, dig.Cell.Z).Info().Hardness)
	return render.Dig{X: dig.Cell.X, Y: dig.Cell.Y, Z: dig.Cell.Z, Stage: min(10*dig.Done/max(hardness, 1), 10)}
}

// dress fills in hand and hotbar.
func (p *pictures) dress(player *game.Player) {
	v := &player.Inventory
	p.hand = render.Hand{Item: v.Held(), Swing: min(player.Swing*7/10, 7)}
	p.hud = render.Hud{Crosshair: true, Hotbar: true, Selected: v.Selected, Health: player.Health, Food: player.Food}
	for i, k := range v.Hotbar {
		p.hud.Slots[i] = render.Slot{Item: k, Count: int(v.Counts[k])}
	}
	p.scene.Hand, p.scene.Hud, p.scene.Outline = &p.hand, &p.hud, true
}

// dim darkens a picture, as eyes that are shut do.
func dim(rgb []uint8) {
	for i := range rgb {
		rgb[i] >>= 2
	}
}

// count writes the observation of what the player carries and needs.
func (p *pictures) count(player *game.Player) {
	for k, n := range player.Inventory.Counts {
		p.inventory[k] = float32(n)
	}
	needs := p.inventory[item.Count:]
	needs[0], needs[1], needs[2], needs[3] = float32(player.Health), float32(player.Food), float32(player.Drink), float32(player.Energy)
}
