package world

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"

	"somnium/env"
	"somnium/world/dit"
)

// A snapshot holds the latents that can still have an influence, as the network was shown them, and not the cache of keys and
// values: that is far larger, and showing the frames again fills it to the same bits. Where a memory lets every frame have some
// influence it holds the cache with the memory's states instead, and the latents that the next frame sees directly. So its size
// and the time of a restore do not grow with the length of the dream. All numbers are little endian:
//
//	header, id, caption, random streams of dream and noise, picture, {known, action vectors, latent} of each latent, cache, CRC-32
//
// Where the model guesses frames, a latent has whether there was a guess and the guess's latent besides, and behind the cache is the
// picture before the newest, of which the first byte says whether it is there.
type snapshotHeader struct {
	Magic   [8]byte
	Version uint32
	// Height, Width and Steps are the session's, Latent, Actions (the numbers that lead into a latent), Reach and Window the model's.
	// Reach is 0 with a memory.
	Height, Width, Steps, Latent, Actions, Reach, Window uint32
	// Position is the number of the newest latent.
	Position uint64
	// ID, Caption, Stream and Noise are the lengths of what follows.
	ID, Caption, Stream, Noise uint32
}

const snapshotVersion = 1

var snapshotMagic = [8]byte{'s', 'o', 'm', 'd', 'r', 'e', 'a', 'm'}

var errSnapshot = errors.New("world: these bytes are not a snapshot of a dream, or they are cut short or damaged")

// shown is a latent as context shows it, noised, and the vectors of the actions into it.
type shown struct {
	latent, actions, guess []float32
	known, foretold        bool // whether the actions are known, and a guess was there
}

func (f *shown) set(latent, actions, guess []float32) {
	copy(f.latent, latent)
	copy(f.actions, actions)
	copy(f.guess, guess)
	f.known, f.foretold = actions != nil, guess != nil
}

// guessed returns the guess, nil where there was none.
func (f *shown) guessed() []float32 {
	if !f.foretold {
		return nil
	}
	return f.guess
}

// vectors returns those of the actions, nil where they are not known.
func (f *shown) vectors() []float32 {
	if !f.known {
		return nil
	}
	return f.actions
}

// oldestShown returns the number of the first latent that a snapshot holds where position is that of the newest. It is a
// multiple of the window, so that every latent comes to the same place in the cache's ring again: sums keep their order.
func (s *Session) oldestShown(position int) int {
	c := s.model.Dynamics.Config
	if c.Memory {
		return max(0, position+1-dit.History)
	}
	return max(0, position+1-c.Reach()) / c.Window * c.Window
}

// held returns how many numbers of the cache a snapshot holds where position is that of the newest latent.
func (s *Session) held(position int) int {
	if !s.model.Dynamics.Config.Memory {
		return 0
	}
	return s.stepper.Held(position + 1)
}

func (d *Dream) snapshotHeader() snapshotHeader {
	o, c := d.session.options, d.model.Dynamics.Config
	return snapshotHeader{
		Magic: snapshotMagic, Version: snapshotVersion, Height: uint32(o.Height), Width: uint32(o.Width), Steps: uint32(o.Steps),
		Latent: uint32(c.Latent), Actions: uint32(c.ActionSize()), Reach: uint32(c.Reach()), Window: uint32(c.Window), ID: uint32(len(d.spec.ID)),
	}
}

// Snapshot implements env.Snapshotter.
func (d *Dream) Snapshot() ([]byte, error) {
	s := d.session
	switch {
	case d.closed:
		return nil, env.ErrClosed
	case s.position[0] < 0:
		return nil, env.ErrNotReset
	}
	stream, err := d.stream.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	noise, err := s.rng.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	header := d.snapshotHeader()
	header.Position = uint64(s.position[0])
	header.Caption, header.Stream, header.Noise = uint32(len(d.caption)), uint32(len(stream)), uint32(len(noise))
	var b bytes.Buffer
	parts := []any{header, []byte(d.spec.ID), []byte(d.caption), stream, noise, s.frame}
	for i := s.oldestShown(s.position[0]); i <= s.position[0]; i++ {
		f := &s.shown[i%len(s.shown)]
		parts = append(parts, f.known, f.actions, f.latent)
		if s.sight.foreteller != nil {
			parts = append(parts, f.foretold, f.guess)
		}
	}
	if c := s.model.Dynamics.Config; c.Memory {
		parts = append(parts, s.stepper.Append(nil, s.dream))
	}
	if s.sight.foreteller != nil {
		parts = append(parts, s.sight.count > 1, s.sight.pictures[1])
	}
	for _, part := range parts {
		binary.Write(&b, binary.LittleEndian, part) // a buffer takes whatever is of fixed size
	}
	return binary.LittleEndian.AppendUint32(b.Bytes(), crc32.ChecksumIEEE(b.Bytes())), nil
}

// Restore implements env.Snapshotter. It takes the time of showing the network as many latents as have an influence, without
// denoising; with a memory, that of a copy.
func (d *Dream) Restore(snapshot []byte) (env.Value, error) {
	if d.closed {
		return env.Value{}, env.ErrClosed
	}
	header, rest, err := d.readSnapshotHeader(snapshot)
	if err != nil {
		return env.Value{}, err
	}
	s := d.session
	position := int(header.Position)
	oldest := s.oldestShown(position)
	caption, streamState, noiseState := make([]byte, header.Caption), make([]byte, header.Stream), make([]byte, header.Noise)
	picture := make([]byte, len(s.frame))
	parts := []any{make([]byte, header.ID), caption, streamState, noiseState, picture}
	frames := make([]shown, position-oldest+1)
	for i := range frames {
		f := &frames[i]
		f.latent, f.actions = make([]float32, len(s.latent)), make([]float32, len(s.actions))
		parts = append(parts, &f.known, f.actions, f.latent)
		if s.sight.foreteller != nil {
			f.guess = make([]float32, len(s.latent))
			parts = append(parts, &f.foretold, f.guess)
		}
	}
	held := make([]float32, s.held(position))
	parts = append(parts, held)
	two, before := false, make([]byte, len(s.sight.pictures[1]))
	if s.sight.foreteller != nil {
		parts = append(parts, &two, before)
	}
	in := bytes.NewReader(rest)
	for _, part := range parts {
		if err := binary.Read(in, binary.LittleEndian, part); err != nil {
			return env.Value{}, errSnapshot
		}
	}
	var noise rand.PCG
	var stream env.Stream
	if in.Len() > 0 || noise.UnmarshalBinary(noiseState) != nil || stream.UnmarshalBinary(streamState) != nil {
		return env.Value{}, errSnapshot
	}
	if err := d.stream.UnmarshalBinary(streamState); err != nil {
		return env.Value{}, errSnapshot
	}
	d.caption = string(caption)
	s.restore(d.caption, oldest, frames, held)
	*s.rng = noise
	copy(s.frame, picture)
	if two {
		s.sight.see(before, nil)
	}
	s.sight.see(picture, s.shown[s.position[0]%len(s.shown)].vectors())
	return env.Value{U8: s.frame}, nil
}

// readSnapshotHeader checks the header, the checksum and the lengths, and returns what follows the header without the
// checksum.
func (d *Dream) readSnapshotHeader(snapshot []byte) (header snapshotHeader, rest []byte, err error) {
	n, err := binary.Decode(snapshot, binary.LittleEndian, &header)
	if err != nil || header.Magic != snapshotMagic || len(snapshot) < n+4 {
		return header, nil, errSnapshot
	}
	if header.Version != snapshotVersion {
		return header, nil, fmt.Errorf("world: the snapshot has version %d, this program reads version %d", header.Version, snapshotVersion)
	}
	end := len(snapshot) - 4
	if binary.LittleEndian.Uint32(snapshot[end:]) != crc32.ChecksumIEEE(snapshot[:end]) || header.Position > 1<<48 {
		return header, nil, errSnapshot
	}
	rest = snapshot[n:end]
	want := d.snapshotHeader()
	want.Position, want.Caption, want.Stream, want.Noise = header.Position, header.Caption, header.Stream, header.Noise
	if header != want || uint64(len(rest)) < uint64(header.ID) || string(rest[:header.ID]) != d.spec.ID {
		return header, nil, fmt.Errorf("world: the snapshot is of another dream than %s at %dx%d in %d steps a frame, or of a model of other sizes", d.spec.ID, want.Height, want.Width, want.Steps)
	}
	s := d.session
	shown := header.Position + 1 - uint64(s.oldestShown(int(header.Position)))
	guesses, each := uint64(0), uint64(1)
	if s.sight.foreteller != nil {
		guesses, each = 1+uint64(len(s.frame)), 2+4*uint64(len(s.latent))
	}
	size := guesses + uint64(header.ID) + uint64(header.Caption) + uint64(header.Stream) + uint64(header.Noise) + uint64(len(s.frame))
	if size+shown*(each+4*uint64(len(s.actions)+len(s.latent)))+4*uint64(s.held(int(header.Position))) != uint64(len(rest)) {
		return header, nil, errSnapshot
	}
	return header, rest, nil
}

// restore shows the network latents again, the first of which has the number oldest; those of a model with a memory have been
// seen, and what is held of them comes back as it was.
func (s *Session) restore(caption string, oldest int, frames []shown, held []float32) {
	s.begin(caption, 0)
	s.position[0] = oldest - 1
	memory := s.model.Dynamics.Config.Memory
	for i := range frames {
		copy(s.noised, frames[i].latent)
		if s.sight.guessed = frames[i].foretold; s.sight.guessed {
			copy(s.sight.latent, frames[i].guess)
		}
		if memory {
			s.remember(frames[i].vectors())
		} else {
			s.show(frames[i].vectors())
		}
	}
	if memory {
		s.stepper.Restore(s.dream, held, s.position[0]+1)
	}
}
