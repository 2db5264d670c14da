package datasets

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"
)

const (
	version          = 1
	shardMagic       = "SOMNIUM\n"
	shardHeaderBytes = 16
	recordMagic      = "SOMR"
	recordBytes      = 32
	// maxBodyBytes bounds the compressed body: what does not compress grows by less than this allows.
	maxBodyBytes = maxRawBytes + maxRawBytes/16
	// maxRatio is more than zstd can unpack a byte into: a block of 128 KiB takes at least four bytes.
	maxRatio = 1 << 16
)

var (
	errChecksum  = errors.New("the checksum does not match: the bytes changed after they were written")
	errTorn      = errors.New("the end is an unfinished record")
	errNoRecord  = errors.New("no record starts here")
	errShardHead = errors.New("it does not start like a shard")
	errVersion   = errors.New("it is of another version of the shard format")
)

// checksum is CRC-32C, which processors compute at memory speed.
func checksum(data []byte) uint32 { return crc32.Checksum(data, castagnoli) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// shardHeader returns the first bytes of a shard.
func shardHeader() []byte {
	header := append([]byte(shardMagic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(header[8:], version)
	return binary.LittleEndian.AppendUint32(header, checksum(header))
}

// checkShardHeader returns an error unless a shard of this version starts so.
func checkShardHeader(header []byte) error {
	if len(header) < shardHeaderBytes {
		return errTorn
	}
	if string(header[:8]) != shardMagic {
		return errShardHead
	}
	if binary.LittleEndian.Uint32(header[12:]) != checksum(header[:12]) {
		return errChecksum
	}
	if v := binary.LittleEndian.Uint32(header[8:]); v != version {
		return fmt.Errorf("%w: %d, and this program reads %d: use a newer one", errVersion, v, version)
	}
	return nil
}

// recordHeader is the fixed start of a record; doc.go shows its layout.
type recordHeader struct {
	number                         uint32
	metaBytes, bodyBytes, rawBytes uint32
	metaSum, bodySum               uint32
}

// size is the length of the whole record in bytes.
func (h recordHeader) size() int64 { return recordBytes + int64(h.metaBytes) + int64(h.bodyBytes) }

func (h recordHeader) pack() [recordBytes]byte {
	var out [recordBytes]byte
	copy(out[:], recordMagic)
	for i, word := range []uint32{h.number, h.metaBytes, h.bodyBytes, h.rawBytes, h.metaSum, h.bodySum} {
		binary.LittleEndian.PutUint32(out[4+4*i:], word)
	}
	binary.LittleEndian.PutUint32(out[28:], checksum(out[:28]))
	return out
}

// unpackHeader reads a record's header and checks it and the bounds of its lengths.
func unpackHeader(data []byte) (recordHeader, error) {
	if string(data[:4]) != recordMagic {
		return recordHeader{}, errNoRecord
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(data[4*i:]) }
	if word(7) != checksum(data[:28]) {
		return recordHeader{}, errChecksum
	}
	h := recordHeader{
		number: word(1), metaBytes: word(2), bodyBytes: word(3), rawBytes: word(4), metaSum: word(5), bodySum: word(6),
	}
	if h.metaBytes > maxMetaBytes || h.bodyBytes > maxBodyBytes || h.rawBytes > maxRawBytes ||
		uint64(h.rawBytes) > maxRatio*uint64(h.bodyBytes) {
		return recordHeader{}, fmt.Errorf("lengths of %d, %d and %d bytes are beyond the bounds of the format",
			h.metaBytes, h.bodyBytes, h.rawBytes)
	}
	return h, nil
}

// record is an episode ready to be appended to a shard.
type record struct {
	header recordHeader
	meta   Meta
	packed []byte // packed meta
	body   []byte // compressed body
}

// newEncoder returns the compressor of bodies. Its EncodeAll is safe for concurrent use and a function of its input
// alone. The record has a checksum of its own.
func newEncoder(concurrency int) (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false),
		zstd.WithEncoderConcurrency(max(1, concurrency)))
}

// newDecoder returns the decompressor of bodies, whose DecodeAll is safe for concurrent use.
func newDecoder() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRawBytes), zstd.WithDecoderConcurrency(0))
}

// packRecord checks and packs an episode.
func packRecord(e *Episode, encoder *zstd.Encoder) (*record, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	meta, err := packMeta(e.Meta())
	if err != nil {
		return nil, err
	}
	raw, err := packBody(e)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxRawBytes || len(meta) > maxMetaBytes {
		return nil, fmt.Errorf("it takes %d and %d bytes, more than the %d and %d of a record: record shorter episodes",
			len(meta), len(raw), maxMetaBytes, maxRawBytes)
	}
	body := encoder.EncodeAll(raw, make([]byte, 0, len(raw)/8))
	return &record{
		header: recordHeader{
			metaBytes: uint32(len(meta)), bodyBytes: uint32(len(body)), rawBytes: uint32(len(raw)),
			metaSum: checksum(meta), bodySum: checksum(body),
		},
		meta: e.Meta(), packed: meta, body: body,
	}, nil
}

// bytes returns the whole record as the given one of its shard.
func (r *record) bytes(number int) []byte {
	r.header.number = uint32(number)
	header := r.header.pack()
	return slices.Concat(header[:], r.packed, r.body)
}

// check checks the bytes of the whole record, and returns its compressed body.
func (h recordHeader) check(data []byte) (body []byte, err error) {
	packed := h.pack()
	meta, body := data[recordBytes:recordBytes+h.metaBytes], data[recordBytes+h.metaBytes:]
	if string(data[:recordBytes]) != string(packed[:]) || checksum(meta) != h.metaSum || checksum(body) != h.bodySum {
		return nil, errChecksum
	}
	return body, nil
}

// decompress unpacks a body.
func (h recordHeader) decompress(body []byte, decoder *zstd.Decoder) ([]byte, error) {
	raw, err := decoder.DecodeAll(body, make([]byte, 0, h.rawBytes))
	if err != nil {
		return nil, fmt.Errorf("decompressing: %w", err)
	}
	if len(raw) != int(h.rawBytes) {
		return nil, fmt.Errorf("it decompresses to %d bytes in place of %d", len(raw), h.rawBytes)
	}
	return raw, nil
}

// readFull fills data from offset; a file that ends before is torn.
func readFull(file io.ReaderAt, data []byte, offset int64) error {
	n, err := file.ReadAt(data, offset)
	if n == len(data) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errTorn
	}
	return err
}
