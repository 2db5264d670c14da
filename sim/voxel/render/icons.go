package render

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
)

// An icon is a picture of 8 x 8: # in the colour of the item, o darker, + lighter, | in that of a handle.
type icon [8]string

var (
	pickaxeIcon = icon{"  ####  ", "     ## ", "    | ##", "   |   #", "  |    #", " |     #", "|       ", "        "}
	axeIcon     = icon{"    ##  ", "   #### ", "   ###| ", "    #|  ", "    |   ", "   |    ", "  |     ", " |      "}
	shovelIcon  = icon{"     ###", "     ###", "     ###", "    |   ", "   |    ", "  |     ", " |      ", "|       "}
	swordIcon   = icon{"      ##", "     ## ", "    ##  ", "o  ##   ", "oo##    ", " oo     ", "| oo    ", "        "}
	stickIcon   = icon{"      ##", "     ## ", "    ##  ", "   ##   ", "  ##    ", " ##     ", "##      ", "        "}
	lumpIcon    = icon{"        ", "  +##   ", " +##### ", " ###### ", " #####o ", " ####oo ", "  #oo   ", "        "}
	ingotIcon   = icon{"        ", "        ", "   +++++", "  +####o", " +####o ", "ooooo   ", "        ", "        "}
	gemIcon     = icon{"        ", "  ++##  ", " +####o ", " #####o ", "  ###o  ", "   #o   ", "   oo   ", "        "}
	meatIcon    = icon{"        ", "  ####  ", " +##### ", " +##### ", "  ####o ", "   ##o| ", "      ||", "        "}
	berryIcon   = icon{"    |   ", "   |    ", " ## ##  ", "+##+### ", "### ### ", " o ###  ", "   ###  ", "    o   "}
	torchIcon   = icon{"   ++   ", "   ##   ", "   ||   ", "   ||   ", "   ||   ", "   ||   ", "   ||   ", "        "}
	plantIcon   = icon{"  # #   ", "  ### # ", "# ### # ", "## # ## ", " ## ##  ", "  ###   ", "   ##   ", "   ##   "}
)

// iconOf returns the icon of an item that is not drawn as a cube.
func iconOf(k item.Kind) *icon {
	switch tool, _ := k.Tool(); tool {
	case block.Pickaxe:
		return &pickaxeIcon
	case block.Axe:
		return &axeIcon
	case block.Shovel:
		return &shovelIcon
	case block.Sword:
		return &swordIcon
	}
	switch k {
	case item.Stick:
		return &stickIcon
	case item.IronIngot:
		return &ingotIcon
	case item.Diamond:
		return &gemIcon
	case item.Meat, item.CookedMeat:
		return &meatIcon
	case item.Berries:
		return &berryIcon
	case item.Of(block.Torch):
		return &torchIcon
	}
	if k.Block() != block.Air {
		return &plantIcon
	}
	return &lumpIcon
}

// handle is the colour of handles.
var handle = block.RGB{120, 86, 48}

// drawIcon draws an item in a square of so many pixels whose upper left pixel is in row i and column j.
func (r *Renderer) drawIcon(rgb []uint8, k item.Kind, i, j, size, level int) {
	if b := k.Block(); b != block.Air && !flatItem(b) {
		edge := max(size*3/8, 1)
		r.fillRect(rgb, i, j, i+edge, j+size, shine(colorOf(b.Info().Top), sideTop, level))
		r.fillRect(rgb, i+edge, j, i+size, j+size, shine(colorOf(b.Info().Side), sideZ, level))
		return
	}
	picture, c := iconOf(k), colorOf(k.Info().Color)
	for v := range size {
		for u := range size {
			dot := c
			switch picture[v*8/size][u*8/size] {
			case ' ':
				continue
			case 'o':
				dot = blend(c, 0, 80)
			case '+':
				dot = blend(c, 0xffffff, 80)
			case '|':
				dot = colorOf(handle)
			}
			r.fillRect(rgb, i+v, j+u, i+v+1, j+u+1, shine(dot, sideTop, level))
		}
	}
}
