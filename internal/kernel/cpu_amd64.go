//go:build !noasm

package kernel

// avx2 chooses the assembly. Only tests change it.
var avx2 = !forced() && hasAVX2()

// hasAVX2 asks for AVX2 and FMA, and for an operating system that keeps their
// registers (Intel, Architecture Instruction Set Extensions Reference, 2.2).
func hasAVX2() bool {
	const (
		fma, osxsave, avx = 1 << 12, 1 << 27, 1 << 28 // leaf 1, ecx
		vectors           = 1 << 5                    // leaf 7, ebx: AVX2
		state             = 1<<1 | 1<<2               // xgetbv: XMM and YMM
	)
	if leaves, _, _, _ := cpuid(0, 0); leaves < 7 {
		return false
	}
	if _, _, ecx, _ := cpuid(1, 0); ecx&(fma|osxsave|avx) != fma|osxsave|avx {
		return false
	}
	if eax, _ := xgetbv(); eax&state != state {
		return false
	}
	_, ebx, _, _ := cpuid(7, 0)
	return ebx&vectors != 0
}
