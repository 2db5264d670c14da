package render

import (
	"fmt"
	"sync"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
)

// Options say how pictures are made.
type Options struct {
	// Height and Width are in pixels, 16..1024 each. Default: 64.
	Height, Width int
	// Distance is how far one sees, in blocks, 8..96. Default: 32.
	Distance int
	// FieldOfView is the vertical angle, in degrees, 30..110. Default: 70.
	FieldOfView int
	// Textured gives faces textures of 16 x 16 texels in place of one colour.
	Textured bool
	// Threads is the number of goroutines that share a picture; the bits are the same for any. Default: 1.
	Threads int
}

// Renderer makes pictures of one size. It keeps what it knows of the surroundings from one picture to the next, and is not safe
// for concurrent use.
type Renderer struct {
	options Options
	half    int // the tangent of half the field of view, in 1/2^30
	tracer  tracer
	region  region
	shader  shader
	caches  []cache
	sky     sky
	stars   [stars][3]int64
	seen    []seen
	// textures are those of Textured.
	textures *textures
	// coarser are the squares of the distances from which on textures are coarser by one.
	coarser [4]int64
}

// New returns a renderer, or an error that says which option is impossible.
func New(o Options) (*Renderer, error) {
	o = o.filled()
	if err := o.check(); err != nil {
		return nil, err
	}
	r := &Renderer{options: o, region: newRegion(o.Distance)}
	angle := o.FieldOfView * fixed.Degree / 2
	r.half = int(int64(fixed.Sin(angle)) << 30 / int64(fixed.Cos(angle)))
	r.tracer = newTracer(o, &r.region)
	r.shader.prepare()
	r.stars = placeStars()
	r.caches = make([]cache, o.Threads)
	if o.Textured {
		r.textures = newTextures()
		// A texel is as large as a pixel at this distance.
		fine := int64(o.Height) << (29 + placeBits) / 16 / int64(r.half)
		for i := range r.coarser {
			r.coarser[i] = fine * fine * 2 << (2 * i)
		}
	}
	return r, nil
}

func (o Options) filled() Options {
	for field, standard := range map[*int]int{&o.Height: 64, &o.Width: 64, &o.Distance: 32, &o.FieldOfView: 70, &o.Threads: 1} {
		if *field == 0 {
			*field = standard
		}
	}
	return o
}

func (o Options) check() error {
	for _, limit := range []struct {
		name            string
		value, low, top int
	}{
		{"height", o.Height, 16, 1024}, {"width", o.Width, 16, 1024}, {"view distance", o.Distance, 8, 96},
		{"field of view", o.FieldOfView, 30, 110}, {"number of threads", o.Threads, 1, 64},
	} {
		if limit.value < limit.low || limit.value > limit.top {
			return fmt.Errorf("render: the %s is %d; it must be from %d to %d", limit.name, limit.value, limit.low, limit.top)
		}
	}
	return nil
}

func newTracer(o Options, region *region) tracer {
	t := tracer{region: region, distance: o.Distance, tile: 8, hits: make([]hit, o.Height*o.Width)}
	t.width, t.height = o.Width, o.Height
	for t.tile*12 < min(o.Width, o.Height) {
		t.tile *= 2
	}
	t.plants = plantTable()
	t.reach = int64(o.Distance) * int64(o.Distance) << (2 * placeBits)
	for k := range block.Count {
		t.classes[k] = classOf(block.Kind(k))
	}
	return t
}

// Frame makes the picture of a scene, in all buffers that are there.
func (r *Renderer) Frame(dst *Buffers, scene *Scene) {
	if scene.Grid == nil {
		panic("render: a scene needs a grid")
	}
	dst.check(r.options.Height * r.options.Width)
	r.look(scene.Grid, scene.Camera)
	r.sky.setHour(scene.Time)
	r.shader.begin(&r.tracer, &r.sky)
	if r.options.Threads == 1 {
		r.tracer.castAll(0, r.options.Height)
	} else {
		r.share(func(_, top, bottom int) { r.tracer.castAll(top, bottom) })
	}
	r.drawEntities(scene.Entities)
	if dst.RGB != nil {
		r.paint(dst.RGB, scene)
	}
	r.measure(dst)
}

// paint makes the colours of a picture. rgb is uint8 [H, W, 3].
func (r *Renderer) paint(rgb []uint8, scene *Scene) {
	if r.options.Threads == 1 {
		r.shade(rgb, 0, 0, r.options.Height)
	} else {
		r.share(func(band, top, bottom int) { r.shade(rgb, band, top, bottom) })
	}
	r.drawLights(rgb)
	if scene.Dig.Stage > 0 {
		r.drawCracks(rgb, scene.Dig)
	}
	if scene.Outline {
		r.drawOutline(rgb)
	}
	if scene.Hand != nil {
		r.drawHand(rgb, scene.Hand)
	}
	if scene.Hud != nil {
		r.drawHud(rgb, scene.Hud)
	}
}

// shade colours the rows top <= i < bottom, which are a band of their own.
func (r *Renderer) shade(rgb []uint8, band, top, bottom int) {
	if r.options.Textured {
		r.shadeTextured(rgb, top, bottom)
	} else {
		r.shadeFlat(rgb, &r.caches[band], top, bottom)
	}
}

// share gives every thread a band of rows, cut between tiles.
func (r *Renderer) share(work func(band, top, bottom int)) {
	rows := (r.options.Height/r.options.Threads + r.tracer.tile) / r.tracer.tile * r.tracer.tile
	var all sync.WaitGroup
	for band := 0; band*rows < r.options.Height; band++ {
		all.Go(func() { work(band, band*rows, min((band+1)*rows, r.options.Height)) })
	}
	all.Wait()
}

// highest is the greatest height of the eye, in 1/65536 of a block: above all blocks, and far enough to see none.
const highest = 200 * fixed.One

// look points the rays and brings the region up to date.
func (r *Renderer) look(g *grid.Grid, c Camera) {
	r.region.follow(g, c.X, c.Z)
	t := &r.tracer
	t.aim(c.Yaw, c.Pitch, r.half)
	t.origin = [3]int64{
		int64(c.X-r.region.x*fixed.One)>>(16-placeBits) | 1, int64(min(max(c.Y, 0), highest))>>(16-placeBits) | 1,
		int64(c.Z-r.region.z*fixed.One)>>(16-placeBits) | 1,
	}
	t.eyeLayer = [4]int{int(t.origin[0] >> placeBits), int(t.origin[2] >> placeBits), int(t.origin[1] >> placeBits), 0}
	t.lanes = [2]lane{axisX: {1, r.region.stride, 1, r.region.fours}, axisZ: {r.region.stride, 1, r.region.fours, 1}}
	t.from = 0
	if y := t.eyeLayer[axisY]; y < grid.Height {
		if r.region.kind(t.eyeLayer[axisX], y, t.eyeLayer[axisZ]).Watery() {
			t.from = throughWater
		}
		r.region.blind(t.eyeLayer[axisX], y, t.eyeLayer[axisZ])
	}
}
