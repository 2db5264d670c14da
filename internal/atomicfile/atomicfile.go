// Package atomicfile writes files that are either wholly there or not there at all: the bytes go to a temporary file in
// the same folder, are forced to disk, and take the final name in one rename. A program killed at any moment leaves the
// old file, or the new one, and at worst a stray temporary file, which [Sweep] removes. [LockFolder] keeps two programs from
// writing to one folder at a time.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// marker is in the name of every temporary file.
const marker = ".tmp-"

// Write replaces the file at path by what write sends to its writer, which is buffered. The folder must exist. If write
// or the disk fails, the old file stays, the temporary file is removed and the error names path and, where the disk is the
// cause, what to do.
func Write(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+marker+"*")
	if err != nil {
		return fmt.Errorf("atomicfile: writing %s: %w%s", path, err, remedy(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("atomicfile: writing %s: %w%s", path, err, remedy(err))
			file.Close()
			os.Remove(file.Name())
		}
	}()
	buffer := bufio.NewWriterSize(file, 1<<16)
	if err := write(buffer); err != nil {
		return err
	}
	if err := finish(file, buffer); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// remedy is the end of an error: what to do about its cause, or nothing where that is not known here.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "; make room and run the same again"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EROFS):
		return "; name a folder that exists and can be written to"
	}
	return ""
}

// WriteBytes is [Write] of bytes at hand.
func WriteBytes(path string, data []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// finish forces what was written to disk and closes the file. CreateTemp makes files private; a written file is an
// ordinary one.
func finish(file *os.File, buffer *bufio.Writer) error {
	if err := buffer.Flush(); err != nil {
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return file.Close()
}

// syncFolder makes the rename itself survive a power cut. Not every file system can sync a folder, and the rename has
// happened all the same, so a failure is not an error.
func syncFolder(path string) {
	folder, err := os.Open(path)
	if err != nil {
		return
	}
	defer folder.Close()
	folder.Sync()
}

// Sweep removes the temporary files that killed programs left in folder more than age ago.
func Sweep(folder string, age time.Duration) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("atomicfile: sweeping: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasPrefix(name, ".") || !strings.Contains(name, marker) {
			continue
		}
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < age {
			continue
		}
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("atomicfile: sweeping: %w", err)
		}
	}
	return nil
}
