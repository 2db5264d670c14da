//go:build !noasm

package kernel

// avx2 and avx512 choose the assembly; avx512 never without avx2. Only tests change them.
var (
	avx2   = !forced("avx2") && hasAVX2()
	avx512 = !forced("avx512") && hasAVX512()
)

// What cpuid and xgetbv tell (Intel, Architecture Instruction Set Extensions Reference, 2.2).
const (
	cpuFMA, cpuOSXSAVE, cpuAVX = 1 << 12, 1 << 27, 1 << 28 // leaf 1, ecx
	cpuAVX2, cpuAVX512F        = 1 << 5, 1 << 16           // leaf 7, ebx
	stateAVX                   = 1<<1 | 1<<2               // xgetbv: XMM and YMM
	stateAVX512                = stateAVX | 7<<5           // and masks, ZMM and its upper sixteen
)

// hasAVX2 asks for AVX2 and FMA, and for an operating system that keeps their registers.
func hasAVX2() bool { return has(cpuAVX2, stateAVX) }

// hasAVX512 asks for what hasAVX2 does, and for the foundation of AVX-512.
func hasAVX512() bool { return has(cpuAVX2|cpuAVX512F, stateAVX512) }

// has asks for FMA, features of leaf 7, and the state that the operating system keeps.
func has(features, state uint32) bool {
	if leaves, _, _, _ := cpuid(0, 0); leaves < 7 {
		return false
	}
	const first = cpuFMA | cpuOSXSAVE | cpuAVX
	if _, _, ecx, _ := cpuid(1, 0); ecx&first != first {
		return false
	}
	if eax, _ := xgetbv(); eax&state != state {
		return false
	}
	_, ebx, _, _ := cpuid(7, 0)
	return ebx&features == features
}
