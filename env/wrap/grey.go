package wrap

import (
	"fmt"

	"somnium/env"
)

// Weights of red, green and blue in a grey, of 256: those of ITU-R BT.709, which Gymnasium takes, too.
const (
	redWeight   = 54
	greenWeight = 183
	blueWeight  = 19
)

// Grey wraps e so that its pictures, uint8 [H, W, 3], become shades of grey, uint8 [H, W]. Observations that are no coloured
// pictures are an error.
func Grey(e env.Env) (env.Wrapper, error) {
	box, err := pictureSpace("Grey", e)
	if err != nil {
		return nil, err
	}
	if len(box.Shape) != 3 || box.Shape[2] != 3 {
		return nil, fmt.Errorf("wrap: Grey takes pictures in colour, [H, W, 3], and those of %s are %v", e.Spec().ID, box)
	}
	grey := env.Box{Shape: []int{box.Shape[0], box.Shape[1]}, Type: env.Uint8, High: 255}
	return newPixels(e, grey, func(dst, src []uint8) {
		for i := range dst {
			rgb := src[3*i : 3*i+3]
			dst[i] = uint8((redWeight*int(rgb[0]) + greenWeight*int(rgb[1]) + blueWeight*int(rgb[2]) + 128) >> 8)
		}
	}), nil
}
