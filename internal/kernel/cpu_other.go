//go:build !amd64 || noasm

package kernel

// avx2 is false: there is no assembly for this architecture.
var avx2 = false

// hasAVX2 is false as well.
func hasAVX2() bool { return false }
