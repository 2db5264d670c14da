package kernel

// require panics with message unless ok. It is for the programmer's mistakes.
func require(ok bool, message string) {
	if !ok {
		panic(message)
	}
}

// ceilDiv returns n/size rounded up.
func ceilDiv(n, size int) int { return (n + size - 1) / size }

// resize returns s with length n, in new memory only where it lacks room. The
// contents are of no meaning.
func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}
