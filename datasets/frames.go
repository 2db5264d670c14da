package datasets

import "crypto/subtle"

// The codings of frames in a record's body.
const (
	codingRaw = "raw"
	codingXor = "xor"
)

// differences writes into dst every frame's exclusive or with the one before; the first frame stays as it is. Where
// little moves nearly all bytes become zero, which zstd packs and unpacks several times faster than the matches that it
// would find instead. dst and frames [N, size] are of one length and do not overlap.
func differences(dst, frames []byte, size int) {
	copy(dst[:size], frames)
	subtle.XORBytes(dst[size:], frames[size:], frames[:len(frames)-size])
}

// undoDifferences is the inverse of [differences], in place.
func undoDifferences(frames []byte, size int) {
	for at := size; at < len(frames); at += size {
		subtle.XORBytes(frames[at:at+size], frames[at:at+size], frames[at-size:at])
	}
}
