package actor

import "somnium/env"

const (
	pool      = 2 // pixels, in each direction, that are averaged
	patchSide = 4 // averaged pixels along a patch
	block     = pool * patchSide * 2
)

// eye turns observations into what a network is fed: the newest, and its difference to the one before. A picture whose sides
// do not make whole blocks of 2x2 patches is continued in nothing.
type eye struct {
	height, width int // of a picture, 0 where observations are numbers
	down, across  int // blocks
	patches       int // P
	depth         int // K
}

func newEye(c Config) eye {
	if c.Features > 0 {
		return eye{patches: 1, depth: 2 * c.Features}
	}
	e := eye{height: c.Height, width: c.Width, down: (c.Height + block - 1) / block, across: (c.Width + block - 1) / block}
	e.patches, e.depth = 4*e.down*e.across, patchSide*patchSide*6
	return e
}

func (e *eye) size() int { return e.patches * e.depth }

// memory is what an eye remembers of an episode.
type memory struct {
	newest, last []float32
	// begun says whether there was an observation in this episode.
	begun bool
}

func (e *eye) newMemory() memory {
	n := e.size() / 2
	return memory{newest: make([]float32, n), last: make([]float32, n)}
}

// see writes the observation and its difference to the one before into dst [P, K], and remembers it.
func (e *eye) see(dst []float32, m *memory, obs env.Value) {
	m.newest, m.last = m.last, m.newest
	if e.height > 0 {
		e.cut(m.newest, obs.Pixels())
	} else {
		copy(m.newest, obs.F32)
	}
	if !m.begun {
		copy(m.last, m.newest)
		m.begun = true
	}
	half := e.depth / 2
	for p := range e.patches {
		newest, last := m.newest[p*half:(p+1)*half], m.last[p*half:(p+1)*half]
		row := dst[p*e.depth : (p+1)*e.depth]
		copy(row, newest)
		change := row[half:]
		for i, x := range newest {
			change[i] = x - last[i]
		}
	}
}

// cut averages a picture over 2x2 pixels, to -1..1, and writes its patches, those of a block of 2x2 behind each other.
func (e *eye) cut(dst []float32, frame []uint8) {
	const scale = 1.0 / (127.5 * pool * pool)
	i := 0
	for by := range e.down {
		for bx := range e.across {
			for quarter := range 4 {
				top, left := by*block+quarter/2*block/2, bx*block+quarter%2*block/2
				for y := top; y < top+block/2; y += pool {
					for x := left; x < left+block/2; x += pool {
						if y+1 >= e.height || x+1 >= e.width {
							dst[i], dst[i+1], dst[i+2] = 0, 0, 0
							i += 3
							continue
						}
						a := frame[(y*e.width+x)*3:][:6]
						b := frame[((y+1)*e.width+x)*3:][:6]
						for c := range 3 {
							sum := int(a[c]) + int(a[c+3]) + int(b[c]) + int(b[c+3])
							dst[i] = float32(sum)*scale - 1
							i++
						}
					}
				}
			}
		}
	}
}
