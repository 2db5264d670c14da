package voxel

import (
	"fmt"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
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
	// The parts of value; those that are not observed are nil.
	pixels, segmentation, instances []uint8
	depth, inventory                []float32
}

func newPictures(height, width int, form *settings) (*pictures, error) {
	if height < 32 || width < 32 || height > 1024 || width > 1024 {
		return nil, fmt.Errorf("a picture of %dx%d", height, width)
	}
	p := &pictures{height: height, width: width, distance: form.whole("distance"), fov: form.whole("fov")}
	p.space = p.spaceOf(form)
	p.value = p.space.New()
	p.pixels = p.value.Pixels()
	p.depth, p.inventory = p.value.Dict[keyDepth].F32, p.value.Dict[keyInventory].F32
	p.segmentation, p.instances = p.value.Dict[keySegmentation].U8, p.value.Dict[keyInstances].U8
	return p, nil
}

// spaceOf returns the space of what is observed.
func (p *pictures) spaceOf(form *settings) env.Space {
	shape := []int{p.height, p.width}
	parts := map[string]env.Space{}
	for key, space := range map[string]env.Space{
		keyDepth:        env.Box{Shape: shape, Type: env.Float32, High: float64(p.distance)},
		keySegmentation: env.Box{Shape: shape, Type: env.Uint8, High: float64(block.Count - 1)},
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

// count writes the observation of what the player carries and needs.
func (p *pictures) count(player *game.Player) {
	if p.inventory == nil {
		return
	}
	for k, n := range player.Inventory.Counts {
		p.inventory[k] = float32(n)
	}
	needs := p.inventory[item.Count:]
	needs[0], needs[1], needs[2], needs[3] = float32(player.Health), float32(player.Food), float32(player.Drink), float32(player.Energy)
}

func (p *pictures) draw(w *game.World) env.Value {
	p.count(&w.Player)
	e := environment{world: w, pictures: p}
	l := e.lens()
	for row := range p.height {
		for column := range p.width {
			a := (2*column + 1 - p.width) * l.wide / p.width
			b := (p.height - 1 - 2*row) * l.high / p.height
			ray := game.Vec{X: turned(&l, a, b, 0), Y: turned(&l, a, b, 1), Z: turned(&l, a, b, 2)}
			length := fixed.Root(fixed.One*fixed.One + a*a + b*b)
			along := game.Vec{X: ray.X * fixed.One / length, Y: ray.Y * fixed.One / length, Z: ray.Z * fixed.One / length}
			hit := game.Cast(w.Grid, l.eye, along, l.far, func(k block.Kind) bool { return k != block.Air })
			c := block.RGB{160, 200, 250}
			if hit.Kind != block.Air {
				info := hit.Kind.Info()
				c = info.Side
				if hit.Face.Y > 0 {
					c = info.Top
				}
			}
			copy(p.pixels[(row*p.width+column)*3:], c[:])
		}
	}
	return p.value
}
