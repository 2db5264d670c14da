// Package parse reads things off frames: where a disc of a known colour is and how large, what stands out from the ground.
//
// A parser errs by itself, so every exam prints what it says of the true frames (its floor) beside what it says of dreamed
// ones. Places are in pixels, x from the left edge and y down from the upper one: pixel [i, j] has its centre at
// (j+1/2, i+1/2).
package parse

import "math"

// Color is an sRGB colour.
type Color [3]uint8

// Disc is a disc that a threshold finds.
type Disc struct {
	// X and Y are the mean place of its pixels, Radius is sqrt(pixels/pi), all in pixels.
	X, Y, Radius float64
	// Pixels is their number; 0 where there is no disc.
	Pixels int
}

// Found says whether there is a disc.
func (d Disc) Found() bool { return d.Pixels > 0 }

// Red returns PhyWorld's red ball, by the threshold of its published parser: R > 127 and G, B < 127 (arXiv 2411.02385).
func Red(frame []uint8, height, width int) Disc { return threshold(frame, height, width, 0) }

// Blue returns its blue ball: B > 127 and R, G < 127.
func Blue(frame []uint8, height, width int) Disc { return threshold(frame, height, width, 2) }

// threshold returns the disc whose pixels are above the middle in one channel and below it in the others.
func threshold(frame []uint8, height, width, channel int) Disc {
	if len(frame) != height*width*3 {
		panic("parse: the frame is not of the given size")
	}
	var d Disc
	a, b := (channel+1)%3, (channel+2)%3
	for i := range height {
		for j := range width {
			p := frame[3*(i*width+j):]
			if p[channel] > 127 && p[a] < 127 && p[b] < 127 {
				d.X += float64(j) + 0.5
				d.Y += float64(i) + 0.5
				d.Pixels++
			}
		}
	}
	if d.Pixels > 0 {
		n := float64(d.Pixels)
		d.X, d.Y, d.Radius = d.X/n, d.Y/n, math.Sqrt(n/math.Pi)
	}
	return d
}

// Ground returns the most frequent colour of a frame, to a sixteenth of each channel refined by the mean of its cell.
func Ground(frame []uint8) Color {
	var counts [4096]int
	var sums [4096][3]int
	best := 0
	for i := 0; i+2 < len(frame); i += 3 {
		cell := int(frame[i]>>4)<<8 | int(frame[i+1]>>4)<<4 | int(frame[i+2]>>4)
		counts[cell]++
		for k := range 3 {
			sums[cell][k] += int(frame[i+k])
		}
		if counts[cell] > counts[best] {
			best = cell
		}
	}
	var c Color
	if n := counts[best]; n > 0 {
		for k := range c {
			c[k] = uint8((sums[best][k] + n/2) / n)
		}
	}
	return c
}

// Palette returns the most frequent colours of a frame that are unlike the ground and unlike each other, the most frequent
// first; each fills at least so many pixels. What is rarer than half of a colour and blends it with the ground is its soft
// edge.
func Palette(frame []uint8, ground Color, colors, least int) (found []Color) {
	var counts [4096]int
	for i := 0; i+2 < len(frame); i += 3 {
		counts[int(frame[i]>>4)<<8|int(frame[i+1]>>4)<<4|int(frame[i+2]>>4)]++
	}
	var often []int
	for len(found) < colors {
		best := 0
		for cell, n := range counts {
			if n > counts[best] {
				best = cell
			}
		}
		pixels := counts[best]
		if pixels < least {
			break
		}
		counts[best] = 0
		c := Color{uint8(best>>8<<4 + 8), uint8(best>>4&15<<4 + 8), uint8(best&15<<4 + 8)}
		alike := Gap(c, ground) < 48
		for i, f := range found {
			alike = alike || Gap(c, f) < 64 || 2*pixels < often[i] && blends(c, ground, f)
		}
		if !alike {
			found, often = append(found, c), append(often, pixels)
		}
	}
	return found
}

// blends says whether c lies near the line between two colours.
func blends(c, a, b Color) bool {
	dot, length := 0.0, 0.0
	for k := range c {
		dot += (float64(c[k]) - float64(a[k])) * (float64(b[k]) - float64(a[k]))
		length += (float64(b[k]) - float64(a[k])) * (float64(b[k]) - float64(a[k]))
	}
	t := dot / max(length, 1)
	for k := range c {
		if math.Abs(float64(c[k])-float64(a[k])-t*(float64(b[k])-float64(a[k]))) > offLine {
			return false
		}
	}
	return t > 0 && t < 1
}

// Gap is the greatest difference of two colours over the channels.
func Gap(a, b Color) (gap int) {
	for k := range a {
		d := int(a[k]) - int(b[k])
		gap = max(gap, d, -d)
	}
	return gap
}
