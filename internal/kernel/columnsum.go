package kernel

// sumRowsPerItem is how many rows one work item adds up.
const sumRowsPerItem = 256

// ColumnSum adds up the rows of a matrix, which is the gradient of a bias that
// was added to every row:
//
//	dst[j] = sum_n x[n, j]     x: [N, D]   dst: [D]
//
// The order of the sum depends on the shape alone. It keeps scratch between
// calls: give each node of a graph its own.
type ColumnSum struct {
	x       []float32
	partial []float32 // [items, D]
	rows, d int
}

type columnSum ColumnSum

// Sum overwrites dst [D] with the sum of the rows of x [N, D].
func (s *ColumnSum) Sum(dst, x []float32) {
	require(len(dst) > 0 && len(x)%len(dst) == 0, "kernel: column sum: x is not [N, D]")
	s.x, s.d, s.rows = x, len(dst), len(x)/len(dst)
	items := ceilDiv(s.rows, sumRowsPerItem)
	s.partial = resize(s.partial, items*s.d)
	Parallel(items, (*columnSum)(s))
	clear(dst)
	for item := range items {
		Add(dst, dst, s.partial[item*s.d:(item+1)*s.d])
	}
}

// Run adds up one item's rows.
func (s *columnSum) Run(item int, _ *Workspace) {
	sum := s.partial[item*s.d : (item+1)*s.d]
	clear(sum)
	for n := item * sumRowsPerItem; n < min(s.rows, (item+1)*sumRowsPerItem); n++ {
		Add(sum, sum, s.x[n*s.d:(n+1)*s.d])
	}
}
