package metrics

import "math"

// Errors is a sum of squared differences of values 0..255. The zero value is empty.
type Errors struct {
	// Squares is the sum over Values values; a pixel has three.
	Squares float64
	Values  int64
}

// Of returns the errors of one frame, or several in a row, against the truth. It panics where the sizes differ.
func Of(got, truth []uint8) Errors {
	if len(got) != len(truth) {
		panic("metrics: the frames differ in size")
	}
	var sum int64
	for i, g := range got {
		d := int64(g) - int64(truth[i])
		sum += d * d
	}
	return Errors{float64(sum), int64(len(got))}
}

// OfMasked returns the errors on the pixels where mask, [H, W], is set.
func OfMasked(got, truth []uint8, mask []bool) Errors {
	if len(got) != len(truth) || len(mask)*3 != len(got) {
		panic("metrics: the frames or the mask differ in size")
	}
	var sum, count int64
	for i, set := range mask {
		if !set {
			continue
		}
		for k := 3 * i; k < 3*i+3; k++ {
			d := int64(got[k]) - int64(truth[k])
			sum += d * d
		}
		count += 3
	}
	return Errors{float64(sum), count}
}

// Add pools further errors into e.
func (e *Errors) Add(other Errors) {
	e.Squares += other.Squares
	e.Values += other.Values
}

// PSNR returns the peak signal-to-noise ratio in decibels, 10 log10(255^2 / mean square): +Inf where nothing differs, NaN
// where there was nothing to compare.
func (e Errors) PSNR() float64 {
	if e.Values == 0 {
		return math.NaN()
	}
	return 10 * math.Log10(255*255*float64(e.Values)/e.Squares)
}

// ChangedBy is how much one channel of a pixel must differ, of 255, for the pixel to have changed.
const ChangedBy = 8

// Changed sets mask, [H, W], where a channel of the frame differs by more than ChangedBy from the frame before it, and
// returns the number of such pixels.
func Changed(mask []bool, frame, before []uint8) int {
	if len(frame) != len(before) || len(mask)*3 != len(frame) {
		panic("metrics: the frames or the mask differ in size")
	}
	count := 0
	for i := range mask {
		f, b := frame[3*i:3*i+3], before[3*i:3*i+3]
		mask[i] = apart(f[0], b[0]) > ChangedBy || apart(f[1], b[1]) > ChangedBy || apart(f[2], b[2]) > ChangedBy
		if mask[i] {
			count++
		}
	}
	return count
}

// apart is |a - b|.
func apart(a, b uint8) int {
	if a > b {
		return int(a - b)
	}
	return int(b - a)
}
