//go:build unix

package datasets

import (
	"fmt"
	"os"
	"syscall"
)

// lockFolder makes the caller the folder's one writer until release or its end, a SIGKILL included. The lock is on the
// folder itself and leaves no file behind.
func lockFolder(path string) (release func(), err error) {
	folder, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("datasets: opening the folder: %w", err)
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		folder.Close()
		return nil, fmt.Errorf("datasets: %s is being written by another program (%w); wait for it or choose another folder", path, err)
	}
	return func() { folder.Close() }, nil
}
