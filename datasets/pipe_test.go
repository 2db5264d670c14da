//go:build unix

package datasets_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"somnium/datasets"
)

// A pipe by the name of a data set is an error at once, and is not waited for.
func TestAPipeIsNoDataSet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe.shard")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := datasets.Open(path); err == nil || !strings.Contains(err.Error(), "neither a folder nor a file") {
		t.Errorf("a pipe gives %v", err)
	}
}
