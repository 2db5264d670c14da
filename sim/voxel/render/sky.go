package render

import (
	"math"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
)

// A color is an RGB colour as 0xrrggbb.
type color = uint32

func colorOf(c block.RGB) color { return color(c[0])<<16 | color(c[1])<<8 | color(c[2]) }

// blend returns a where f is 0, b where it is 256, and what lies between.
func blend(a, b color, f uint32) color {
	const outer, inner = 0xff00ff, 0x00ff00
	g := 256 - f
	return (a&outer*g+b&outer*f)>>8&outer | (a&inner*g+b&inner*f)>>8&inner
}

// scale multiplies the components of a color by 1/256 of r, g and b, each at most 256.
func scale(c color, r, g, b uint32) color {
	return c>>16*r>>8<<16 | c>>8&255*g>>8<<8 | c&255*b>>8
}

// The colours of the sky at its foot and overhead.
const (
	dayHorizon, dayZenith     color = 0xbcd8f8, 0x6fa4ee
	nightHorizon, nightZenith color = 0x1a2036, 0x0a0c1a
	duskHorizon, duskZenith   color = 0xf09a5e, 0x5a5f9e
	sunColor, moonColor       color = 0xfff4c0, 0xdfe4ee
	starColor                 color = 0xc8ccdc
)

// skyBands is the number of steps from the horizon to the zenith.
const skyBands = 6

// brightest is the level of full daylight, darkest that of night.
const (
	brightest = 31
	darkest   = 7
)

// sky is the light of an hour.
type sky struct {
	// hour is what the rest was worked out for, in 1/256 of a day, one more than that so that 0 is none.
	hour int
	// bands are the colours from the horizon up; the first is that of fog.
	bands [skyBands + 1]color
	// daylight is the level of what lies under the open sky.
	daylight int
	// sin and cos are those of the sun's way, which rises in the east and passes the zenith.
	sin, cos int
}

// setHour works out the light of a time, in steps of 1/256 of a day.
func (s *sky) setHour(time int) {
	time &= fixed.One - 1
	angle := time*fixed.Turn/fixed.One - fixed.Turn/4
	s.sin, s.cos = fixed.Sin(angle), fixed.Cos(angle)
	hour := time>>8 + 1
	if hour == s.hour {
		return
	}
	s.hour = hour
	height := fixed.Sin((hour-1)*fixed.Turn/256 - fixed.Turn/4)
	const unit = fixed.Unit
	day := uint32(min(max((height+unit/8)*256/(unit*3/8), 0), 256))
	dusk := uint32(max(256-max(height, -height)*256/(unit/4), 0)) * 3 / 4
	s.daylight = darkest + int(day)*(brightest-darkest)>>8
	horizon := blend(blend(nightHorizon, dayHorizon, day), duskHorizon, dusk)
	zenith := blend(blend(nightZenith, dayZenith, day), duskZenith, dusk*2/3)
	for i := range s.bands {
		s.bands[i] = blend(horizon, zenith, uint32(i*256/skyBands))
	}
}

// rowSky returns the sky's colour along a row: that of the band where the middle of the row looks.
func (t *tracer) rowSky(s *sky, row int) color {
	b := int64(t.height - 1 - 2*row)
	x, y, z := float64(t.forward[0]+b*t.up[0]), float64(t.forward[1]+b*t.up[1]), float64(t.forward[2]+b*t.up[2])
	elevation := y / math.Sqrt(float64(x*x)+float64(y*y)+float64(z*z))
	return s.bands[min(max(int(float64(elevation*1.4*skyBands)), 0), skyBands)]
}

// Half the edges of the sun and of a star, as tangents in 1/2^20.
const (
	sunSize  = 84000
	moonSize = 62000
)

// drawLights draws sun and moon where the sky shows, and at night the stars.
func (r *Renderer) drawLights(rgb []uint8) {
	s := &r.sky
	sun := [3]int64{int64(s.cos) >> 10, int64(s.sin) >> 10, 0}
	r.drawLight(rgb, sun, sunSize, sunColor)
	r.drawLight(rgb, [3]int64{-sun[0], -sun[1], 0}, moonSize, moonColor)
	if s.daylight > darkest+6 {
		return
	}
	for _, star := range r.stars {
		x, y, z := star[0], star[1], star[2]
		// The stars turn with the sun, about the axis from north to south.
		at := [3]int64{(x*sun[0] - y*sun[1]) >> 20, (x*sun[1] + y*sun[0]) >> 20, z}
		if row, column, ahead := r.tracer.project(at); ahead && uint(row) < uint(r.tracer.height) && uint(column) < uint(r.tracer.width) {
			if p := row*r.tracer.width + column; r.tracer.hits[p] == 0 && at[1] > 1<<17 {
				put(rgb[3*p:], starColor)
			}
		}
	}
}

const stars = 90

// placeStars returns the directions of the stars, in 1/2^20, from an equidistribution on the sphere.
func placeStars() (all [stars][3]int64) {
	for i := range uint32(stars) {
		turn := int(i * 2654435769 >> 16 * fixed.Turn >> 16) // the golden ratio
		z := int64(2*i+1)<<20/stars - 1<<20
		ring := int64(fixed.Root(int(1<<40 - z*z)))
		all[i] = [3]int64{ring * int64(fixed.Cos(turn)) >> 30, ring * int64(fixed.Sin(turn)) >> 30, z}
	}
	return all
}

// project returns the pixel that shows a direction, and whether it lies ahead. The direction is in 1/2^20.
func (t *tracer) project(d [3]int64) (row, column int, ahead bool) {
	dot := func(v [3]int64) int64 { return v[0]*d[0] + v[1]*d[1] + v[2]*d[2] }
	depth := dot(t.forward)
	if depth <= 0 {
		return 0, 0, false
	}
	// forward + a right + b up is along d where a = (d.right / right^2) / (d.forward / forward^2), and b likewise.
	square := float64(norm(t.forward)) / float64(norm(t.up))
	a := float64(square*float64(dot(t.right))) / float64(depth)
	b := float64(square*float64(dot(t.up))) / float64(depth)
	if math.Abs(a) > 4096 || math.Abs(b) > 4096 {
		return 0, 0, false
	}
	return (t.height - 1 - int(math.Floor(b))) >> 1, (t.width - 1 + int(math.Floor(a))) >> 1, true
}

func norm(v [3]int64) int64 { return v[0]*v[0] + v[1]*v[1] + v[2]*v[2] }

// drawLight draws a square of the sky about a direction in the plane of x and y, in 1/2^20.
func (r *Renderer) drawLight(rgb []uint8, at [3]int64, size int64, c color) {
	t := &r.tracer
	row, column, ahead := t.project(at)
	if !ahead || at[1] < -1<<17 {
		return
	}
	reach := t.height*int(size)>>18 + 2
	for i := max(row-reach, 0); i <= min(row+reach, t.height-1); i++ {
		for j := max(column-reach, 0); j <= min(column+reach, t.width-1); j++ {
			if p := i*t.width + j; t.hits[p] == 0 {
				dx, dy, dz := t.ray(i, j)
				depth := (dx*at[0] + dy*at[1]) >> 20
				across := (dy*at[0] - dx*at[1]) >> 20
				if limit := depth * size >> 20; depth > 0 && abs(dz) < limit && abs(across) < limit {
					put(rgb[3*p:], c)
				}
			}
		}
	}
}

// put writes a colour as three bytes.
func put(dst []uint8, c color) {
	_ = dst[2]
	dst[0], dst[1], dst[2] = uint8(c>>16), uint8(c>>8), uint8(c)
}
