package block

// all returns a cube that is solid, opaque and of one colour.
func all(name string, c RGB, tool Tool, tier uint8, hardness uint16) Info {
	return Info{
		Name: name, Top: c, Side: c, Bottom: c, Shape: Cube, Solid: true, Opaque: true,
		Tool: tool, Tier: tier, Hardness: hardness,
	}
}

// faces gives a block other colours at its top and bottom.
func faces(b Info, top, bottom RGB) Info {
	b.Top, b.Bottom = top, bottom
	return b
}

// plant returns a plant, which breaks at once.
func plant(name string, c RGB) Info {
	return Info{Name: name, Top: c, Side: c, Bottom: c, Shape: Cross, NeedsFloor: true}
}

// liquid returns a liquid.
func liquid(name string, c RGB, light uint8) Info {
	return Info{Name: name, Top: c, Side: c, Bottom: c, Shape: Cube, Liquid: true, Light: light, Hardness: Never}
}

// falling makes a block fall.
func falling(b Info) Info {
	b.Falls = true
	return b
}

// clear lets sight through a block.
func clear(b Info) Info {
	b.Opaque = false
	return b
}

// lit makes a block shine.
func lit(b Info, light uint8) Info {
	b.Light = light
	return b
}

var (
	earth = RGB{134, 96, 67}
	water = RGB{64, 106, 190}
)

var table = [Count]Info{
	Air:         {Name: "air", Hardness: Never},
	Grass:       faces(all("grass", RGB{118, 140, 72}, Shovel, 0, 16), RGB{112, 168, 74}, earth),
	Dirt:        all("dirt", earth, Shovel, 0, 14),
	Stone:       all("stone", RGB{128, 128, 130}, Pickaxe, 1, 48),
	Cobblestone: all("cobblestone", RGB{108, 106, 104}, Pickaxe, 1, 56),
	Sand:        falling(all("sand", RGB{219, 207, 158}, Shovel, 0, 14)),
	Sandstone:   all("sandstone", RGB{204, 188, 134}, Pickaxe, 1, 36),
	Snow:        faces(all("snow", RGB{214, 220, 226}, Shovel, 0, 14), RGB{240, 246, 250}, earth),
	Ice:         all("ice", RGB{158, 190, 232}, Pickaxe, 0, 16),
	Gravel:      falling(all("gravel", RGB{140, 132, 128}, Shovel, 0, 16)),
	Bedrock:     all("bedrock", RGB{62, 62, 66}, Hand, 0, Never),
	Water:       liquid("water", water, 0),
	Flow3:       liquid("flow_3", water, 0),
	Flow2:       liquid("flow_2", water, 0),
	Flow1:       liquid("flow_1", water, 0),
	Lava:        liquid("lava", RGB{230, 104, 32}, 12),

	OakLog:       faces(all("oak_log", RGB{104, 82, 50}, Axe, 0, 40), RGB{176, 144, 90}, RGB{176, 144, 90}),
	OakLeaves:    all("oak_leaves", RGB{66, 122, 50}, Hand, 0, 6),
	SpruceLog:    faces(all("spruce_log", RGB{66, 46, 30}, Axe, 0, 40), RGB{140, 106, 66}, RGB{140, 106, 66}),
	SpruceLeaves: all("spruce_leaves", RGB{48, 88, 62}, Hand, 0, 6),
	Cactus:       faces(all("cactus", RGB{72, 122, 58}, Hand, 0, 10), RGB{98, 148, 74}, RGB{98, 148, 74}),

	CoalOre:    all("coal_ore", RGB{84, 84, 88}, Pickaxe, 1, 64),
	IronOre:    all("iron_ore", RGB{186, 152, 130}, Pickaxe, 2, 64),
	DiamondOre: all("diamond_ore", RGB{116, 206, 204}, Pickaxe, 3, 64),

	Glass:   clear(all("glass", RGB{198, 222, 228}, Hand, 0, 6)),
	Planks:  all("planks", RGB{178, 144, 88}, Axe, 0, 40),
	Table:   faces(all("table", RGB{148, 108, 62}, Axe, 0, 40), RGB{196, 150, 96}, RGB{178, 144, 88}),
	Furnace: faces(all("furnace", RGB{92, 90, 90}, Pickaxe, 1, 60), RGB{122, 122, 122}, RGB{122, 122, 122}),
	Torch:   lit(Info{Name: "torch", Top: RGB{255, 216, 120}, Side: RGB{238, 178, 84}, Bottom: RGB{112, 84, 50}, Shape: Post, NeedsFloor: true}, 12),

	TallGrass:    plant("tall_grass", RGB{104, 158, 70}),
	RedFlower:    plant("red_flower", RGB{202, 60, 56}),
	YellowFlower: plant("yellow_flower", RGB{238, 208, 70}),
	Sapling:      plant("sapling", RGB{88, 142, 56}),
	Bush:         plant("bush", RGB{196, 84, 120}),

	Bricks: all("bricks", RGB{152, 90, 76}, Pickaxe, 1, 56),
	White:  all("white", RGB{234, 234, 234}, Hand, 0, 16),
	Red:    all("red", RGB{178, 52, 48}, Hand, 0, 16),
	Yellow: all("yellow", RGB{240, 196, 56}, Hand, 0, 16),
	Green:  all("green", RGB{86, 128, 38}, Hand, 0, 16),
	Blue:   all("blue", RGB{56, 76, 168}, Hand, 0, 16),
	Black:  all("black", RGB{34, 34, 38}, Hand, 0, 16),
	Mark:   lit(all("mark", RGB{224, 64, 196}, Hand, 0, Never), 15),
}
