package evals

import (
	"bytes"
	"image/png"
	"testing"
)

// point is a model that was measured in both kinds of worlds.
func point(compute, gain float64) Trained {
	spread := func(f Figure) Figure {
		f.Low, f.High = number(float64(f.Value)-1), number(float64(f.Value)+2)
		return f
	}
	return Trained{compute, Measurement{Gates: []Result{{Gate: gateNext, Figures: []Figure{
		spread(atLeast("gain", "dB", 4).figure("RigidCatch-v0", gain)), spread(atLeast("gain", "dB", 4).figure(PooledOf("rigid"), gain)),
		spread(atLeast("gain", "dB", 2).figure(PooledOf("voxel"), gain/2)), plain("gain", "dB").figure(Pooled, gain),
	}}}}}
}

// The curve has a panel for each figure with a bar, and a line for each kind of worlds; models that were not trained are left out.
func TestPlotCompute(t *testing.T) {
	var b, same bytes.Buffer
	if err := PlotCompute(&b, []Trained{point(16, 6), point(1, 2), point(0, 9), point(4, 4)}); err != nil {
		t.Fatal(err)
	}
	if err := PlotCompute(&same, []Trained{point(1, 2), point(4, 4), point(16, 6)}); err != nil || !bytes.Equal(b.Bytes(), same.Bytes()) {
		t.Errorf("the curve depends on the order of models, or on one that was not trained: %v", err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	colors := map[[3]uint8]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colors[[3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}]++
		}
	}
	for _, c := range []struct {
		name  string
		color [3]uint8
		there bool
	}{{"rigid", [3]uint8{plotOrange.R, plotOrange.G, plotOrange.B}, true}, {"voxel", [3]uint8{plotGreen.R, plotGreen.G, plotGreen.B}, true},
		{"all, which has no bar", [3]uint8{plotBlue.R, plotBlue.G, plotBlue.B}, false}} {
		if (colors[c.color] > 20) != c.there {
			t.Errorf("%d pixels have the colour of %s", colors[c.color], c.name)
		}
	}
	for name, models := range map[string][]Trained{"one model": {point(1, 2), point(0, 1)}, "nothing measured": {{1, Measurement{}}, {2, Measurement{}}}} {
		if err := PlotCompute(&b, models); err == nil {
			t.Errorf("%s: there is a curve", name)
		}
	}
}
