package rigid

import (
	"math/rand/v2"

	"somnium/sim/rigid/raster"
)

// paint is a colour with its name in captions.
type paint struct {
	name string
	rgb  raster.Color
}

// The colours of PhyWorld, which its parser is made for.
var (
	white    = paint{"white", raster.Color{255, 255, 255}}
	pureRed  = paint{"red", raster.Color{255, 0, 0}}
	pureBlue = paint{"blue", raster.Color{0, 0, 255}}
)

// bodyPaints are the colours of bodies, wallPaints those of what hides them, groundPaints those of backgrounds. Any three
// of the lists can be told apart.
var (
	bodyPaints = [...]paint{
		{"red", raster.Color{214, 48, 49}},
		{"orange", raster.Color{236, 137, 30}},
		{"yellow", raster.Color{232, 198, 46}},
		{"green", raster.Color{46, 160, 80}},
		{"blue", raster.Color{52, 110, 224}},
		{"purple", raster.Color{146, 76, 186}},
	}
	wallPaints = [...]paint{
		{"grey", raster.Color{124, 128, 134}},
		{"brown", raster.Color{118, 86, 62}},
	}
	// glass is the colour of what breaks.
	glass        = paint{"pale green", raster.Color{112, 196, 178}}
	groundPaints = [...]paint{
		{"white", raster.Color{246, 245, 241}},
		{"pale blue", raster.Color{206, 220, 232}},
		{"dark blue", raster.Color{26, 32, 56}},
		{"black", raster.Color{24, 24, 26}},
	}
)

// ground draws a background.
func ground(rng *rand.Rand) paint { return groundPaints[rng.IntN(len(groundPaints))] }

// shuffled returns the body colours in random order: a body each, no two alike.
func shuffled(rng *rand.Rand) [len(bodyPaints)]paint {
	paints := bodyPaints
	rng.Shuffle(len(paints), func(i, j int) { paints[i], paints[j] = paints[j], paints[i] })
	return paints
}
