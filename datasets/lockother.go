//go:build !unix

package datasets

// lockFolder does nothing where the system has no advisory locks on folders.
func lockFolder(string) (release func(), err error) { return func() {}, nil }
