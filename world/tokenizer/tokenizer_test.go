package tokenizer

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"somnium/internal/ckpt"
	"somnium/internal/nn"
)

func newTiny(t *testing.T) *Model {
	t.Helper()
	m, err := New(Tiny(), 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newCodec returns a codec of so many clips of one latent each.
func newCodec(t *testing.T, m *Model, clips, height, width int) *Codec {
	t.Helper()
	c, err := NewCodec(m, clips, 1, height, width)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pictures draws clips of a bright box that moves over a ground of the clip's own colour, [clips, frames, H, W, 3].
func pictures(seed uint64, clips, frames, height, width int) []uint8 {
	rng := rand.New(rand.NewPCG(seed, 0))
	var out []uint8
	for range clips {
		ground := [3]uint8{uint8(rng.IntN(120)), uint8(rng.IntN(120)), uint8(rng.IntN(120))}
		top, left := rng.IntN(height-8), rng.IntN(width-12)
		for f := range frames {
			for y := range height {
				for x := range width {
					if y >= top && y < top+6 && x >= left+2*f && x < left+2*f+7 {
						out = append(out, 230, 200, 40)
					} else {
						out = append(out, ground[:]...)
					}
				}
			}
		}
	}
	return out
}

// sizes are those of frames in the tests; 8 does not divide the sides of the last.
var sizes = [][2]int{{64, 64}, {48, 80}, {80, 48}, {32, 32}, {30, 46}}

func TestRoundTripOfEverySize(t *testing.T) {
	m := newTiny(t)
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			height, width := size[0], size[1]
			c := newCodec(t, m, 2, height, width)
			h, w := Grid(height, width)
			if h != (height+7)/8 || w != (width+7)/8 || c.LatentSize() != h*w*m.Config.Latent || c.FrameSize() != height*width*3 {
				t.Fatalf("the grid is %dx%d, latents have %d numbers, frames %d", h, w, c.LatentSize(), c.FrameSize())
			}
			frames := pictures(1, 2, 1, height, width)
			latents := make([]float32, 2*c.LatentSize())
			c.Encode(latents, frames)
			for i, v := range latents {
				if !(v > -1 && v < 1) {
					t.Fatalf("latent %d is %g, outside (-1, 1)", i, v)
				}
			}
			first, second := make([]uint8, len(frames)), make([]uint8, len(frames))
			c.Decode(first, latents)
			c.Decode(second, latents)
			if !bytes.Equal(first, second) || bytes.Equal(first, make([]uint8, len(first))) {
				t.Error("decoding twice gives two pictures, or blackness")
			}
			// A frame's code does not depend on the frames beside it.
			one := newCodec(t, m, 1, height, width)
			alone := make([]float32, one.LatentSize())
			one.Encode(alone, frames[one.FrameSize():])
			if !slices.Equal(alone, latents[one.LatentSize():]) {
				t.Error("a frame's latent changes with its neighbour in the batch")
			}
		})
	}
}

// A frame of 30x46 is coded as the frame of 32x48 whose last rows and columns repeat its border, and decoded as its part.
func TestSizesThatEightDoesNotDivideArePadded(t *testing.T) {
	const height, width, fullHeight, fullWidth = 30, 46, 32, 48
	m := newTiny(t)
	frame := make([]uint8, height*width*3)
	rng := rand.New(rand.NewPCG(2, 0))
	for i := range frame {
		frame[i] = uint8(rng.IntN(256))
	}
	full := make([]uint8, fullHeight*fullWidth*3)
	for y := range fullHeight {
		for x := range fullWidth {
			copy(full[(y*fullWidth+x)*3:][:3], frame[(min(y, height-1)*width+min(x, width-1))*3:])
		}
	}
	c, whole := newCodec(t, m, 1, height, width), newCodec(t, m, 1, fullHeight, fullWidth)
	got, want := make([]float32, c.LatentSize()), make([]float32, whole.LatentSize())
	c.Encode(got, frame)
	whole.Encode(want, full)
	if !slices.Equal(got, want) {
		t.Error("the padded frame has another latent")
	}
	c.Decode(frame, got)
	whole.Decode(full, want)
	for y := range height {
		if !bytes.Equal(frame[y*width*3:(y+1)*width*3], full[y*fullWidth*3:][:width*3]) {
			t.Errorf("row %d is not that of the padded frame", y)
		}
	}
}

func TestCodecDoesNotAllocate(t *testing.T) {
	c := newCodec(t, newTiny(t), 1, 30, 46)
	frame, latent := make([]uint8, c.FrameSize()), make([]float32, c.LatentSize())
	if n := testing.AllocsPerRun(20, func() {
		c.Encode(latent, frame)
		c.Decode(frame, latent)
	}); n > 0 {
		t.Errorf("coding a frame allocates %v times", n)
	}
}

// zeros is a source of randomness under which the noise of training is none.
type zeros struct{}

func (zeros) Uint64() uint64 { return 0 }

// The loss of the training graph is the loss, written out, of what the codec decodes: the two forwards are one network. The
// sizes include one that is padded, where the rim must not count.
func TestGraphAgreesWithCodec(t *testing.T) {
	for _, size := range [][3]int{{16, 24, 0}, {14, 21, 0}, {14, 21, 4}} {
		const clips, frames = 2, 3
		height, width := size[0], size[1]
		config := Tiny()
		config.TimeStride = size[2]
		m, err := New(config, 1)
		if err != nil {
			t.Fatal(err)
		}
		g, err := NewGraph(m, clips, frames, height, width)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Step.Close()
		batch := pictures(3, clips, frames, height, width)
		got, err := g.Run(rand.New(zeros{}), batch)
		if err != nil {
			t.Fatal(err)
		}
		if want := lossByHand(t, m, batch, clips, frames, height, width); math.Abs(got-want) > 1e-5*want {
			t.Errorf("%dx%d: the graph's loss is %.8f, that of the codec %.8f", height, width, got, want)
		}
	}
}

// lossByHand is the loss of the batch through the codec: see gop.FrameLoss for the formula.
func lossByHand(t *testing.T, m *Model, batch []uint8, clips, frames, height, width int) float64 {
	t.Helper()
	latentsOf := m.Config.Latents(frames)
	c, err := NewCodec(m, clips, latentsOf, height, width)
	if err != nil {
		t.Fatal(err)
	}
	latents := make([]float32, clips*latentsOf*c.LatentSize())
	c.Encode(latents, batch)
	targets := slices.Clone(c.pixels)
	c.Decode(make([]uint8, len(batch)), latents)
	slots := latentsOf * m.Config.Span()
	row, size := c.w*Stride*3, c.h*c.w*Stride*Stride*3
	changed := func(a, b, y, x int) bool {
		for ch := range 3 {
			i := (y*width+x)*3 + ch
			if math.Abs(float64(batch[a*height*width*3+i])-float64(batch[b*height*width*3+i])) > changedBy {
				return true
			}
		}
		return false
	}
	sum, weights := 0.0, 0.0
	for f := range clips * slots {
		inClip := max(0, f%slots-(slots-frames))
		at := f/slots*frames + inClip
		for y := range height {
			for x := range width {
				weight := 1.0
				if inClip > 0 && changed(at, at-1, y, x) || inClip < frames-1 && changed(at, at+1, y, x) {
					weight = changedWeight
				}
				weights += weight
				for ch := range 3 {
					i := f*size + y*row + x*3 + ch
					d := func(i int) float64 { return float64(c.pixels[i]) - float64(targets[i]) }
					step := func(i, j int) float64 {
						got, want := float64(c.pixels[i])-float64(c.pixels[j]), float64(targets[i])-float64(targets[j])
						return edges*math.Pow(got-want, 2) + energy*math.Pow(got*got-want*want, 2)
					}
					sum += weight * d(i) * d(i)
					if x > 0 {
						sum += weight * step(i, i-3)
					}
					if y > 0 {
						sum += weight * step(i, i-row)
					}
				}
			}
		}
	}
	return sum / (3 * weights)
}

func TestTrainingLowersTheLoss(t *testing.T) {
	const clips, frames, height, width = 2, 2, 32, 32
	m := newTiny(t)
	g, err := NewGraph(m, clips, frames, height, width)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Step.Close()
	o := nn.NewOptimizer(m.Params)
	o.Rate, o.MuonRate, o.Clip = 2e-3, 1e-2, 1
	batch, rng := pictures(4, clips, frames, height, width), rand.New(rand.NewPCG(1, 1))
	var first, last float64
	for step := range 60 {
		loss, err := g.Run(rng, batch)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Update(g.Step, 1); err != nil {
			t.Fatal(err)
		}
		if step == 0 {
			first = loss
		}
		last = loss
	}
	if last > first/10 {
		t.Errorf("60 updates on one batch took the loss from %.4f to %.4f, want a tenth", first, last)
	}
}

func TestFitNormalisesLatents(t *testing.T) {
	m := newTiny(t)
	c := newCodec(t, m, 4, 32, 32)
	batches := [][]uint8{pictures(5, 4, 1, 32, 32), pictures(6, 4, 1, 32, 32)}
	fit := func() {
		m.Fit(func(yield func(*Codec, []uint8) bool) {
			for _, b := range batches {
				if !yield(c, b) {
					return
				}
			}
		})
	}
	fit()
	fit() // the second must not see the statistics of the first
	sum, squares := make([]float64, m.Config.Latent), make([]float64, m.Config.Latent)
	latents := make([]float32, 4*c.LatentSize())
	for _, b := range batches {
		c.Encode(latents, b)
		for i, v := range latents {
			sum[i%len(sum)] += float64(v)
			squares[i%len(sum)] += float64(v) * float64(v)
		}
	}
	n := float64(len(batches) * len(latents) / len(sum))
	for ch := range sum {
		if mean, deviation := sum[ch]/n, math.Sqrt(squares[ch]/n); math.Abs(mean) > 1e-3 || math.Abs(deviation-1) > 2e-2 {
			t.Errorf("channel %d has mean %.4f and deviation %.4f", ch, mean, deviation)
		}
	}
}

func TestClamp(t *testing.T) {
	m := newTiny(t)
	for ch := range m.mean.Data {
		m.mean.Data[ch], m.deviation.Data[ch] = 0.1*float32(ch), 0.5
	}
	c := newCodec(t, m, 1, 16, 16)
	latent := make([]float32, c.LatentSize())
	c.Encode(latent, pictures(7, 1, 1, 16, 16))
	clamped := slices.Clone(latent)
	if m.Clamp(clamped); !slices.Equal(clamped, latent) {
		t.Error("what the encoder makes is clamped")
	}
	rng := rand.New(rand.NewPCG(8, 0))
	for i := range latent {
		latent[i] = float32(5 * rng.NormFloat64())
	}
	copy(clamped, latent)
	m.Clamp(clamped)
	for i, v := range clamped {
		raw := v*0.5 + 0.1*float32(i%m.Config.Latent)
		if raw < -1.00001 || raw > 1.00001 || v != latent[i] && math.Abs(float64(raw)) < 0.9999 {
			t.Errorf("%g became %g, which is %g before the norm", latent[i], v, raw)
		}
	}
	a, b := make([]uint8, c.FrameSize()), make([]uint8, c.FrameSize())
	c.Decode(a, latent)
	c.Decode(b, clamped)
	for i := range a {
		if d := int(a[i]) - int(b[i]); d < -1 || d > 1 {
			t.Fatalf("byte %d decodes as %d, and as %d when clamped first", i, a[i], b[i])
		}
	}
}

func TestConfigCheck(t *testing.T) {
	for _, good := range []Config{Tiny(), TinyStride4(), Small()} {
		if err := good.Check(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
		m, err := New(good, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Params.Count(); got != good.Weights() {
			t.Errorf("%+v is said to have %d weights and has %d", good, good.Weights(), got)
		}
	}
	for want, spoil := range map[string]func(*Config){
		"latent":         func(c *Config) { c.Latent = 0 },
		"fine":           func(c *Config) { c.Fine = -1 },
		"coarse":         func(c *Config) { c.Coarse = 1 << 30 },
		"encoder_blocks": func(c *Config) { c.EncoderBlocks = 1 << 20 },
		"decoder_blocks": func(c *Config) { c.DecoderBlocks = 0 },
		"coarse_blocks":  func(c *Config) { c.CoarseBlocks = math.MinInt },
		"time_stride":    func(c *Config) { c.TimeStride = -1 },
		"weights":        func(c *Config) { c.Fine, c.Coarse = 1<<12, 1<<12 },
	} {
		c := Tiny()
		spoil(&c)
		if _, err := New(c, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: the error is %v, want one that names %s", c, err, want)
		}
	}
}

func TestNewCodecChecksItsSizes(t *testing.T) {
	m := newTiny(t)
	for _, size := range [][4]int{{0, 1, 8, 8}, {1, 0, 8, 8}, {1, 1, 0, 8}, {1, 1, 8, -8}} {
		if _, err := NewCodec(m, size[0], size[1], size[2], size[3]); err == nil {
			t.Errorf("a codec of %v was made", size)
		}
	}
}

// Weights and statistics travel through a checkpoint; one of other sizes changes nothing and is an error that names a tensor.
func TestLoad(t *testing.T) {
	m := newTiny(t)
	m.mean.Data[1], m.deviation.Data[2] = 0.25, 3
	file := &ckpt.File{Tensors: m.Tensors("t/")}
	file.Sort()
	other, err := New(Tiny(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Load(file, "t/"); err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Params.All() {
		if !slices.Equal(p.Data, other.Params.All()[i].Data) {
			t.Errorf("%s did not come back", p.Name)
		}
	}
	if other.mean.Data[1] != 0.25 || other.deviation.Data[2] != 3 {
		t.Error("the statistics did not come back")
	}
	config := Tiny()
	config.Coarse *= 2
	wide, err := New(config, 3)
	if err != nil {
		t.Fatal(err)
	}
	before := wide.Params.Copy()
	if err := wide.Load(file, "t/"); err == nil || !strings.Contains(err.Error(), "t/params/encoder/") {
		t.Errorf("weights of another size: %v", err)
	}
	for i, p := range wide.Params.All() {
		if !slices.Equal(p.Data, before[i]) {
			t.Errorf("%s changed in a Load that failed", p.Name)
		}
	}
}
