package kernel

import "os"

// forced tells whether the environment asks for the generic kernels:
// SOMNIUM_KERNEL=generic. So does the build tag noasm, for good.
func forced() bool { return os.Getenv("SOMNIUM_KERNEL") == "generic" }

// Level names the kernels in use: "avx2" or "generic".
func Level() string {
	if avx2 {
		return "avx2"
	}
	return "generic"
}
