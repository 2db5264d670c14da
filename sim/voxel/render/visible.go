package render

import (
	"math"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// Visible tells what the last picture shows.
type Visible struct {
	// Pixels is how many pixels the picture has, Sky how many of them show the sky.
	Pixels, Sky int
	// Kinds is how many pixels show every kind of block, as in [Buffers.Segmentation].
	Kinds [block.Count]int
	// Entities are the scene's, in its order.
	Entities []EntityView
}

// EntityView is how much of an entity shows.
type EntityView struct {
	Instance uint16
	// Visible is how many pixels show it, Covered how many would if nothing were before it. Both are 0 for what is out of the
	// picture, or farther than the view.
	Visible, Covered int
}

// Hidden returns which share of an entity in the picture is behind something, 0..1; 1 if it is not in the picture.
func (v EntityView) Hidden() float64 {
	if v.Covered == 0 {
		return 1
	}
	return 1 - float64(v.Visible)/float64(v.Covered)
}

// Visible counts what the last picture shows. It reuses the memory of dst.
func (r *Renderer) Visible(dst *Visible) {
	*dst = Visible{Pixels: len(r.tracer.hits), Entities: dst.Entities[:0]}
	for i := range r.seen {
		dst.Entities = append(dst.Entities, EntityView{Instance: r.seen[i].Instance, Covered: r.seen[i].covered})
	}
	for _, h := range r.tracer.hits {
		if h&hitEntity != 0 {
			dst.Entities[h>>8&(maxEntities-1)].Visible++
		}
		switch segment := r.segment(h); {
		case h == 0:
			dst.Sky++
		case int(segment) < block.Count:
			dst.Kinds[segment]++
		}
	}
}

// Pick is the block under the crosshair.
type Pick struct {
	// Hit says whether there is one. What the eye lies in, and liquids, do not count.
	Hit     bool
	X, Y, Z int
	Kind    block.Kind
	// FaceX, FaceY and FaceZ point out of the face that is under the crosshair.
	FaceX, FaceY, FaceZ int
	// Distance is from the eye, in blocks.
	Distance float64
}

// Pick returns the block at which a camera looks, at most reach blocks away (0: the view distance).
func (r *Renderer) Pick(g *grid.Grid, c Camera, reach float64) Pick {
	r.look(g, c)
	return r.pick(reach)
}

func (r *Renderer) pick(reach float64) Pick {
	t := &r.tracer
	if reach <= 0 {
		reach = float64(t.distance)
	}
	length := math.Sqrt(float64(norm(t.forward))) / cell
	w := t.walk(t.forward)
	for w.next() && length*w.when <= reach {
		if uint(w.at[1]) >= grid.Height {
			continue
		}
		x, y, z := w.at[0], w.at[1], w.at[2]
		k := r.region.kind(x, y, z)
		class := t.classes[k]
		if class == classClear || k.Liquid() || class == classShape && t.touch(x, y, z, w.d[0], w.d[1], w.d[2]) == 0 {
			continue
		}
		p := Pick{Hit: true, X: x + r.region.x, Y: y, Z: z + r.region.z, Kind: k, Distance: length * w.when}
		out := 1
		if w.d[w.axis] > 0 {
			out = -1
		}
		*[3]*int{&p.FaceX, &p.FaceY, &p.FaceZ}[w.axis] = out
		return p
	}
	return Pick{}
}

// walker goes along a ray from cell to cell.
type walker struct {
	t  *tracer
	d  [3]int64
	at [3]int
	// axis is that of the face last crossed, when after how many times d that was.
	axis int
	when float64
}

// walk begins in the eye's cell.
func (t *tracer) walk(d [3]int64) walker {
	return walker{t: t, d: d, at: [3]int{t.eyeLayer[axisX], t.eyeLayer[axisY], t.eyeLayer[axisZ]}}
}

// next goes on to the next cell; it says whether that is in the region, and not below the world.
func (w *walker) next() bool {
	best, d := 0, [3]int64{abs(w.d[0]), abs(w.d[1]), abs(w.d[2])}
	for _, i := range [2]int{2, 1} {
		if ahead(w.at[i], w.t.origin[i], w.d[i])*d[best] < ahead(w.at[best], w.t.origin[best], w.d[best])*d[i] {
			best = i
		}
	}
	w.axis, w.when = best, float64(ahead(w.at[best], w.t.origin[best], w.d[best]))/float64(d[best])
	w.at[best] += 1
	if w.d[best] < 0 {
		w.at[best] -= 2
	}
	side := uint(w.t.region.side)
	return uint(w.at[0]-1) < side && uint(w.at[2]-1) < side && w.at[1] >= 0 && w.at[1] < 1<<9
}
