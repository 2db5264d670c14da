package kernel

import "os"

// forced tells whether the environment asks for kernels below the given level:
// SOMNIUM_KERNEL=generic or SOMNIUM_KERNEL=avx2. So does the build tag noasm, for good.
func forced(level string) bool {
	switch os.Getenv("SOMNIUM_KERNEL") {
	case "generic":
		return true
	case "avx2":
		return level == "avx512"
	}
	return false
}

// Level names the kernels in use: "avx512", "avx2" or "generic".
func Level() string {
	switch {
	case avx512:
		return "avx512"
	case avx2:
		return "avx2"
	}
	return "generic"
}
