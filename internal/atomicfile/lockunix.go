//go:build unix

package atomicfile

import (
	"fmt"
	"os"
	"syscall"
)

// LockFolder makes the caller the folder's one writer until release or its end, a SIGKILL included. The lock is on the
// folder itself and leaves no file behind. Where another holds it, that is an error at once.
func LockFolder(path string) (release func(), err error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("atomicfile: opening the folder: %w", err)
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		folder.Close()
		return nil, fmt.Errorf("atomicfile: %s is being written by another program (%w); wait for it or choose another folder", path, err)
	}
	return func() { folder.Close() }, nil
}
