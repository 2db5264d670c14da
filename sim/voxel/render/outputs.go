package render

import (
	"math"

	"somnium/sim/voxel/block"
)

// depthUnit is a block in DepthFixed.
const depthUnit = 512

// check panics where a buffer is not that of a picture of so many pixels.
func (b *Buffers) check(pixels int) {
	for _, size := range [...]int{len(b.RGB), 3 * len(b.Depth), 3 * len(b.DepthFixed), 3 * len(b.Segmentation), 3 * len(b.Instances)} {
		if size != 0 && size != 3*pixels {
			panic("render: a buffer must have the size of the picture")
		}
	}
}

// measure fills the buffers other than the colours.
func (r *Renderer) measure(dst *Buffers) {
	if dst.Depth != nil || dst.DepthFixed != nil {
		r.measureDepth(dst)
	}
	if dst.Segmentation == nil && dst.Instances == nil {
		return
	}
	for i, h := range r.tracer.hits {
		if dst.Segmentation != nil {
			dst.Segmentation[i] = r.segment(h)
		}
		if dst.Instances != nil {
			dst.Instances[i] = r.instance(h)
		}
	}
}

func (r *Renderer) measureDepth(dst *Buffers) {
	t := &r.tracer
	// A ray's direction has the length of forward along the camera's axis.
	length := math.Sqrt(float64(norm(t.forward))) / cell
	for p, h := range t.hits {
		depth := float64(t.distance)
		if h != 0 {
			dx, dy, dz := t.ray(p/t.width, p%t.width)
			depth = float64(length * r.when(h, dx, dy, dz))
		}
		if dst.Depth != nil {
			dst.Depth[p] = float32(depth)
		}
		if dst.DepthFixed != nil {
			dst.DepthFixed[p] = uint16(depth * depthUnit)
		}
	}
}

// segment returns the segment of a hit.
func (r *Renderer) segment(h hit) uint8 {
	switch {
	case h == 0:
		return uint8(block.Air)
	case h&throughGlass != 0:
		return uint8(block.Glass)
	case h&throughWater&^r.tracer.from != 0:
		return uint8(block.Water)
	case h&hitEntity != 0:
		return SegmentEntity
	}
	return uint8(r.region.kind(int(h&255), int(h>>16&63), int(h>>8&255)))
}

// instance returns the instance of a hit.
func (r *Renderer) instance(h hit) uint16 {
	if h&hitEntity == 0 {
		return 0
	}
	return r.seen[h>>8&(maxEntities-1)].Instance
}
