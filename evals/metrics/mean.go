package metrics

// Mean is a sum with the number of its terms. The zero value is empty.
type Mean struct {
	Sum   float64
	Count int64
}

// Add pools further terms into m.
func (m *Mean) Add(other Mean) {
	m.Sum += other.Sum
	m.Count += other.Count
}

// Value returns the mean, NaN where there is no term.
func (m Mean) Value() float64 { return m.Sum / float64(m.Count) }

// Gradient returns the gradient energy of a frame: the squared differences between each pixel and its neighbours to the
// right and below, channel by channel. A blur lowers it and noise raises it.
func Gradient(frame []uint8, height, width int) Mean {
	if len(frame) != height*width*3 {
		panic("metrics: the frame is not of the given size")
	}
	stride := 3 * width
	var sum int64
	for y := range height {
		row := frame[y*stride : (y+1)*stride]
		sum += squares(row[3:], row[:stride-3])
		if y+1 < height {
			sum += squares(frame[(y+1)*stride:(y+2)*stride], row)
		}
	}
	return Mean{float64(sum), int64(3 * (height*(width-1) + (height-1)*width))}
}

func squares(a, b []uint8) (sum int64) {
	for i, v := range a {
		d := int64(v) - int64(b[i])
		sum += d * d
	}
	return sum
}

// Difference returns |a - b| over all values of two frames, on the scale 0..255. Of neighbouring frames of a video it is
// 0 where the video is frozen.
func Difference(a, b []uint8) Mean {
	if len(a) != len(b) {
		panic("metrics: the frames differ in size")
	}
	var sum int64
	for i, v := range a {
		sum += int64(apart(v, b[i]))
	}
	return Mean{float64(sum), int64(len(a))}
}
