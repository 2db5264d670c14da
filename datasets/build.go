package datasets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"somnium/internal/atomicfile"
)

// Build makes a folder that is there as a whole or not at all: fill gets an empty folder beside it, which takes the name of
// dir once fill has returned nil, and is removed where it fails. What a killed program left of an earlier try is removed
// first. It is an error if dir exists and is not empty, or if another program builds it at the moment.
func Build(dir string, fill func(folder string) error) error {
	if dir == "" {
		return errors.New("datasets: no folder is named to write to")
	}
	dir = filepath.Clean(dir)
	found, err := os.ReadDir(dir)
	if err == nil && len(found) > 0 {
		return fmt.Errorf("datasets: the folder %s holds %s; name one that does not exist or is empty", dir, found[0].Name())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("datasets: looking at %s: %w; name a folder that does not exist or is empty", dir, err)
	}
	part := filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+".part")
	if err := os.MkdirAll(part, 0o755); err != nil {
		return fmt.Errorf("datasets: making %s: %w; name a place that can be written to", part, err)
	}
	release, err := atomicfile.LockFolder(part)
	if err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	defer release()
	return errors.Join(complete(dir, filepath.Join(part, filepath.Base(dir)), fill), os.RemoveAll(part))
}

// complete fills the part and gives it its name.
func complete(dir, part string, fill func(folder string) error) error {
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("datasets: clearing what an earlier try left: %w", err)
	}
	if err := os.Mkdir(part, 0o755); err != nil {
		return fmt.Errorf("datasets: %w", err)
	}
	if err := fill(part); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("datasets: %w", err)
	}
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("datasets: naming what is ready: %w", err)
	}
	return nil
}

// WriteAll builds a data set in dir, as a whole or not at all, of what fill appends.
func WriteAll(dir string, options WriterOptions, fill func(w *Writer) error) error {
	return Build(dir, func(folder string) error {
		w, err := NewWriter(folder, options)
		if err != nil {
			return err
		}
		return errors.Join(fill(w), w.Close())
	})
}
