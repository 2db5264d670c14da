//go:build !amd64 || noasm

package kernel

// avx2 and avx512 are false: there is no assembly for this architecture.
var avx2, avx512 = false, false

// hasAVX2 is false as well.
func hasAVX2() bool { return false }

// hasAVX512 is false as well.
func hasAVX512() bool { return false }
