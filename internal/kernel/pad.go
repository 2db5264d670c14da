package kernel

// Pad writes a picture of bytes [height, width, 3] into a larger one, [paddedHeight, paddedWidth, 3], whose right and lower rim repeat
// its border.
func Pad(dst, picture []uint8, height, width, paddedHeight, paddedWidth int) {
	require(0 < height && height <= paddedHeight && 0 < width && width <= paddedWidth, "kernel: pad: the padded picture is smaller, or one is empty")
	require(len(picture) == height*width*3 && len(dst) == paddedHeight*paddedWidth*3, "kernel: pad: a length does not match")
	for y := range paddedHeight {
		src := picture[min(y, height-1)*width*3:][:width*3]
		row := dst[y*paddedWidth*3 : (y+1)*paddedWidth*3]
		copy(row, src)
		for x := width; x < paddedWidth; x++ {
			copy(row[x*3:], src[width*3-3:])
		}
	}
}

// Crop writes the upper left part, [height, width, 3], of a padded picture of rows paddedWidth long.
func Crop(dst, padded []uint8, height, width, paddedWidth int) {
	require(width <= paddedWidth && len(dst) == height*width*3 && len(padded) >= height*paddedWidth*3, "kernel: crop: a length does not match")
	for y := range height {
		copy(dst[y*width*3:(y+1)*width*3], padded[y*paddedWidth*3:])
	}
}
