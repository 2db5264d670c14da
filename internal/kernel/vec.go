package kernel

// Axpy adds a multiple of x:
//
//	for i: dst[i] += a * x[i]
func Axpy(dst, x []float32, a float32) {
	checkPair(dst, x)
	axpy(dst, x, a)
}

// MulAdd adds an elementwise product:
//
//	for i: dst[i] += x[i] * y[i]
func MulAdd(dst, x, y []float32) {
	checkTriple(dst, x, y)
	mulAdd(dst, x, y)
}

// Add sums; dst may be x or y:
//
//	for i: dst[i] = x[i] + y[i]
func Add(dst, x, y []float32) {
	checkTriple(dst, x, y)
	add(dst, x, y)
}

// Mul multiplies; dst may be x or y:
//
//	for i: dst[i] = x[i] * y[i]
func Mul(dst, x, y []float32) {
	checkTriple(dst, x, y)
	mul(dst, x, y)
}

// Scale multiplies by a number; dst may be x:
//
//	for i: dst[i] = a * x[i]
func Scale(dst, x []float32, a float32) {
	checkPair(dst, x)
	scale(dst, x, a)
}

// Lerp moves dst a part of the way to x, as a moving average does:
//
//	for i: dst[i] += a * (x[i] - dst[i])
func Lerp(dst, x []float32, a float32) {
	checkPair(dst, x)
	lerp(dst, x, a)
}

// Dot returns the inner product:
//
//	for i: sum += x[i] * y[i]
func Dot(x, y []float32) float32 {
	checkPair(x, y)
	return dot(x, y)
}

// SumSquares returns the squared length:
//
//	for i: sum += x[i] * x[i]
func SumSquares(x []float32) float32 { return sumSquares(x) }

// Sum returns the sum:
//
//	for i: sum += x[i]
func Sum(x []float32) float32 { return sum(x) }

// Max returns the largest element of x, which must not be empty and holds no NaN:
//
//	for i: largest = max(largest, x[i])
func Max(x []float32) float32 {
	if len(x) == 0 {
		panic("kernel: Max of an empty vector")
	}
	return maximum(x)
}

func checkPair(x, y []float32) {
	if len(x) != len(y) {
		panic("kernel: vectors of different lengths")
	}
}

func checkTriple(x, y, z []float32) {
	if len(x) != len(y) || len(x) != len(z) {
		panic("kernel: vectors of different lengths")
	}
}
