package metrics

// The constants of the structural similarity, from the paper: the stabilisers (0.01 * 255)^2 and (0.03 * 255)^2, and a
// Gaussian window of 11 x 11 with deviation 1.5.
const (
	ssimC1     = 0.01 * 255 * 0.01 * 255
	ssimC2     = 0.03 * 255 * 0.03 * 255
	ssimWindow = 11
	ssimSigma  = 1.5
)

// SSIM returns the mean structural similarity of the luma of two frames over all windows that lie inside the picture
// (Wang, Bovik, Sheikh and Simoncelli, Image Quality Assessment: From Error Visibility to Structural Similarity, 2004): 1
// for equal frames. Both sides must be 11 pixels at least.
func SSIM(a, b []uint8, height, width int) float64 {
	if len(a) != height*width*3 || len(b) != len(a) || min(height, width) < ssimWindow {
		panic("metrics: the frames are not of the given size or smaller than 11x11")
	}
	la, lb := luma(a), luma(b)
	rows, columns := height-ssimWindow+1, width-ssimWindow+1
	var mean [5][]float64 // of a, b, aa, bb, ab
	product := make([]float64, len(la))
	for i, pair := range [5][2][]float64{{la, nil}, {lb, nil}, {la, la}, {lb, lb}, {la, lb}} {
		for j := range product {
			product[j] = pair[0][j]
			if pair[1] != nil {
				product[j] *= pair[1][j]
			}
		}
		mean[i] = windows(product, height, width)
	}
	total := 0.0
	for i := range rows * columns {
		ma, mb := mean[0][i], mean[1][i]
		va, vb, cov := mean[2][i]-ma*ma, mean[3][i]-mb*mb, mean[4][i]-ma*mb
		total += (2*ma*mb + ssimC1) * (2*cov + ssimC2) / ((ma*ma + mb*mb + ssimC1) * (va + vb + ssimC2))
	}
	return total / float64(rows*columns)
}

// luma returns the brightness of every pixel (ITU-R BT.601), [H, W], 0..255.
func luma(frame []uint8) []float64 {
	y := make([]float64, len(frame)/3)
	for i := range y {
		y[i] = 0.299*float64(frame[3*i]) + 0.587*float64(frame[3*i+1]) + 0.114*float64(frame[3*i+2])
	}
	return y
}

// windows returns the weighted mean over every window inside the picture, [H-10, W-10].
func windows(values []float64, height, width int) []float64 {
	kernel := gaussian(ssimSigma)
	// gaussian reaches 3 deviations, 5 pixels: the eleven weights of the paper.
	rows, columns := height-ssimWindow+1, width-ssimWindow+1
	along := make([]float64, height*columns)
	for y := range height {
		for x := range columns {
			for k, w := range kernel {
				along[y*columns+x] += float64(w) * values[y*width+x+k]
			}
		}
	}
	out := make([]float64, rows*columns)
	for y := range rows {
		for x := range columns {
			for k, w := range kernel {
				out[y*columns+x] += float64(w) * along[(y+k)*columns+x]
			}
		}
	}
	return out
}
