//go:build !unix

package atomicfile

// LockFolder does nothing where the system has no advisory locks on folders.
func LockFolder(string) (release func(), err error) { return func() {}, nil }
