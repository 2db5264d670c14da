package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/item"
)

// Scene is what a picture is made of. The renderer reads it and keeps none of it.
type Scene struct {
	// Grid holds the blocks. It must keep (2 ceil(Distance/16) + 1) x (2 ceil(Distance/16) + 1) chunks at the least: 8 x 8 do for
	// 32 blocks of view.
	Grid   *grid.Grid
	Camera Camera
	// Time is that of the day, in 1/65536 of it from midnight; whole days do not matter.
	Time     int
	Entities []Entity
	// Dig is the block that is being dug.
	Dig Dig
	// Outline frames the block under the crosshair. Default: no.
	Outline bool
	// Hand and Hud are drawn over the picture where they are not nil. Default: nothing.
	Hand *Hand
	Hud  *Hud
}

// Camera is an eye that looks somewhere.
type Camera struct {
	// X, Y and Z are in 1/65536 of a block.
	X, Y, Z int
	// Yaw and Pitch are in hundredths of a degree, as in package fixed.
	Yaw, Pitch int
}

// Entity is a thing made of coloured boxes, at most 256: a creature or a dropped item. A scene shows its first 4096.
type Entity struct {
	// Instance is its number in masks and counts, not 0.
	Instance uint16
	// X, Y and Z are where it stands, in 1/65536 of a block. Yaw is where its boxes' z axis points, as a camera's.
	X, Y, Z, Yaw int
	Boxes        []Box
	// Hurt reddens it.
	Hurt bool
}

// Box is an upright box of one colour between two corners, in 1/65536 of a block from where the entity stands, y up, z ahead.
type Box struct {
	Low, High [3]int
	Color     block.RGB
}

// Dig is the state of digging.
type Dig struct {
	// X, Y and Z are the block's, where Stage is not 0.
	X, Y, Z int
	// Stage is how far it has come, 0..10.
	Stage int
}

// Hand is the player's right hand.
type Hand struct {
	// Item is what it holds.
	Item item.Kind
	// Swing is how far a blow has come, 0..7; 0 is at rest.
	Swing int
}

// HotbarSlots is the number of slots of the hotbar.
const HotbarSlots = 9

// Hud is what is drawn flat over the picture.
type Hud struct {
	// Crosshair marks the middle.
	Crosshair bool
	// Hotbar shows Slots, with Selected framed, and health and food above, 0..20 each.
	Hotbar       bool
	Slots        [HotbarSlots]Slot
	Selected     int
	Health, Food int
}

// Slot is a place of the hotbar.
type Slot struct {
	Item  item.Kind
	Count int
}

// Buffers take what a picture shows; those that are nil are left out. Rows go from top to bottom, pixels from left to right.
type Buffers struct {
	// RGB is uint8 [H, W, 3].
	RGB []uint8
	// Depth is float32 [H, W]: the distance along the camera's axis, in blocks; the view distance for the sky.
	Depth []float32
	// DepthFixed is uint16 [H, W]: Depth in 1/512 of a block.
	DepthFixed []uint16
	// Segmentation is uint8 [H, W]: the kind of block, Air for the sky and [SegmentEntity] for entities. What is seen through
	// water or glass counts as that.
	Segmentation []uint8
	// Instances is uint16 [H, W]: the Instance of entities, 0 elsewhere.
	Instances []uint16
}

// SegmentEntity is the segment of entities.
const SegmentEntity = 255
