// Package render draws the voxel world in the first person, exactly and quickly, on one core.
//
//	r, err := render.New(render.Options{Height: 64, Width: 64})
//	...
//	r.Frame(&render.Buffers{RGB: picture}, &render.Scene{Grid: land, Camera: eye, Time: noon})
//
// # Geometry
//
// The axes are those of package fixed: x east, y up, z south, lengths in 1/65536 of a block, yaw 0 south and growing to the
// right, pitch growing downward. The camera is a pinhole; the field of view is the vertical one, and pixels are square. The eye is
// rounded to 1/4096 of a block, and the ray of the pixel in row i and column j runs along
//
//	forward + (2j + 1 - width) right + (height - 1 - 2i) up
//
// in whole numbers. A pixel shows the first block that its ray comes into that is neither air nor past the view distance, the
// eye's own cell aside: the order of the faces that a ray crosses is decided by products of whole numbers, of faces crossed at
// once x comes first, then z, then y. Water and glass are seen through, and leave a tint. Plants are two upright squares
// that cross, torches thin posts; a ray may go past them. Of what is farther than the view distance, by the middle of the block,
// nothing is seen but the sky.
//
// So a picture is a function of the scene alone: the same bits on every processor, and for any number of threads.
//
// # How it is quick
//
// The surroundings are kept as columns of 64 bits, one for each x and z, which a chunk's version tells to bring up to date.
// Beams of pixels go through them from layer to layer, along the axis that they mostly follow, while the bits of all cells
// that any of their rays may touch are clear. A beam that comes to a single plane is solved by a division; others are split,
// and at last every ray goes on alone, all cells of a layer at a time. Only where rounding leaves a doubt does the exact
// trace decide.
//
// # Light
//
// Flat pictures give every face of a block one colour: that of the kind, by the side that the face looks to, the light that falls
// into the cell before it, and fog by the distance of the block. Daylight falls into what has no roof within two blocks
// sideways, and fades below roofs; torches light the cells around them, around corners too.
package render
