package remote

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// sharedFolder is where shared memory has names.
const sharedFolder = "/dev/shm"

// segmentPrefix begins the name of every segment; the server's process and a random number follow.
const segmentPrefix = "somnium-"

// segment is memory that a client maps as well: a page with the nonce, then the slots of a ring. It has a name from its
// making until the client has mapped it, and none after, so that the memory goes when both are gone.
type segment struct {
	path   string
	nonce  []byte
	memory []byte
}

// newSegment makes shared memory for size bytes behind its head. Only the user whom the server runs as can open it, and for
// reading alone: a client cannot cut it short under the server's feet.
func newSegment(size int) (*segment, error) {
	nonce := make([]byte, 16)
	rand.Read(nonce)
	path := filepath.Join(sharedFolder, segmentPrefix+strconv.Itoa(os.Getpid())+"-"+hex.EncodeToString(nonce[:8]))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return nil, fmt.Errorf("remote: making shared memory: %w", err)
	}
	defer file.Close()
	size += segmentHead
	// Room is taken here and now: where it lacked later on, a write would end the process.
	if err := syscall.Fallocate(int(file.Fd()), 0, 0, int64(size)); err != nil {
		return nil, errors.Join(fmt.Errorf("remote: no room for %d bytes of shared memory in %s: %w", size, sharedFolder, err), os.Remove(path))
	}
	memory, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("remote: mapping shared memory: %w", err), os.Remove(path))
	}
	copy(memory, nonce)
	return &segment{path, nonce, memory}, nil
}

// slots returns the memory behind the head.
func (s *segment) slots() []byte { return s.memory[segmentHead:] }

// unlink takes the name away.
func (s *segment) unlink() error {
	if s.path == "" {
		return nil
	}
	path := s.path
	s.path = ""
	return os.Remove(path)
}

// free takes the name and the server's own mapping away; nobody may hold a slice of it.
func (s *segment) free() error {
	err := errors.Join(s.unlink(), syscall.Munmap(s.memory))
	s.memory = nil
	return err
}

// sweepSegments removes what servers left that were killed between making a segment and its being mapped.
func sweepSegments() {
	paths, _ := filepath.Glob(filepath.Join(sharedFolder, segmentPrefix+"*-*"))
	for _, path := range paths {
		digits, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), segmentPrefix), "-")
		pid, err := strconv.Atoi(digits)
		if err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			os.Remove(path)
		}
	}
}
