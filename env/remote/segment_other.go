//go:build !linux

package remote

import "errors"

// segment is shared memory, which this system does not have in the form that the protocol speaks of: observations go through
// the socket.
type segment struct {
	path  string
	nonce []byte
}

func newSegment(int) (*segment, error) {
	return nil, errors.New("remote: shared memory in /dev/shm is a thing of Linux")
}

func (s *segment) slots() []byte { return nil }
func (s *segment) unlink() error { return nil }
func (s *segment) free() error   { return nil }

func sweepSegments() {}
