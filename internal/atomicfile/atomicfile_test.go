package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func names(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func TestWriteReplaces(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.json")
	for _, text := range []string{"first, and longer", "second"} {
		if err := WriteBytes(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != text {
			t.Fatalf("read %q, %v; want %q", got, err, text)
		}
	}
	if list := names(t, folder); len(list) != 1 {
		t.Fatalf("left %v beside the file", list)
	}
}

func TestFailureKeepsTheOldFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.json")
	if err := WriteBytes(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no more paper")
	err := Write(path, func(w io.Writer) error {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), path) {
		t.Fatalf("error %v neither wraps the cause nor names the file", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Fatalf("the old file became %q", got)
	}
	if list := names(t, folder); len(list) != 1 {
		t.Fatalf("left %v", list)
	}
}

func TestMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "a.json")
	if err := WriteBytes(path, nil); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "name a folder") {
		t.Fatalf("got %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.json")
	err := Write(path, func(io.Writer) error { return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC} })
	if !errors.Is(err, syscall.ENOSPC) || !strings.HasSuffix(err.Error(), "make room and run the same again") {
		t.Fatalf("got %v", err)
	}
	if list := names(t, folder); len(list) != 0 {
		t.Fatalf("left %v", list)
	}
}

func TestSweepTakesOnlyOldTemporaries(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"kept.txt", ".a.json" + marker + "old", ".a.json" + marker + "new"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(folder, ".a.json"+marker+"old"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(folder, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(names(t, folder), " "); got != ".a.json"+marker+"new kept.txt" {
		t.Fatalf("left %q", got)
	}
}
