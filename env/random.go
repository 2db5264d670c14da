package env

import (
	cryptorand "crypto/rand"
	"encoding/binary"
	"errors"
	"math/rand/v2"
)

// Stream is the random stream that an environment embeds. It restarts where a reset gives a seed and continues where
// none is given, so that a seeded run of many episodes is reproducible; never seeded, it starts from the system's
// entropy. The zero value is ready. A Stream must not be copied after first use.
type Stream struct {
	source rand.PCG
	rng    *rand.Rand
}

// Reseed restarts the stream from the seed, or continues it where seed is nil.
func (s *Stream) Reseed(seed *uint64) {
	if seed != nil {
		s.seed(*seed)
	}
}

// Rand returns the generator, which stays the same over the life of the stream.
func (s *Stream) Rand() *rand.Rand {
	if s.rng == nil {
		var entropy [8]byte
		cryptorand.Read(entropy[:])
		s.seed(binary.LittleEndian.Uint64(entropy[:]))
	}
	return s.rng
}

func (s *Stream) seed(seed uint64) {
	// Seeds are small neighbouring numbers as a rule: spread them over the whole state.
	s.source.Seed(splitmix(seed), splitmix(seed+splitmixGamma))
	s.attach()
}

func (s *Stream) attach() {
	if s.rng == nil {
		s.rng = rand.New(&s.source)
	}
}

// splitmixGamma is the step of SplitMix64, the odd number nearest to 2^64 divided by the golden ratio.
const splitmixGamma = 0x9e3779b97f4a7c15

// splitmix is the output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a bijection that mixes every bit.
func splitmix(x uint64) uint64 {
	x += splitmixGamma
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// MarshalBinary returns the state of the stream.
func (s *Stream) MarshalBinary() ([]byte, error) {
	s.Rand()
	return s.source.MarshalBinary()
}

// UnmarshalBinary brings back a state that MarshalBinary returned. An error changes nothing.
func (s *Stream) UnmarshalBinary(data []byte) error {
	var source rand.PCG
	if err := source.UnmarshalBinary(data); err != nil {
		return errors.New("env: these bytes are not the state of a random stream")
	}
	s.source = source
	s.attach()
	return nil
}
