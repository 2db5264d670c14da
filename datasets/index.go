package datasets

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"

	"somnium/internal/atomicfile"
)

const (
	indexMagic       = "SOMINDX\n"
	indexHeaderBytes = 24
	// maxIndexBytes bounds an index: a shard of the default size has a few hundred kilobytes of it.
	maxIndexBytes = 1 << 30
)

var (
	errIndex = errors.New("the index is damaged; the shard was read without it")
	errStale = errors.New("the index is of another shard; the shard was read without it")
	errShort = errors.New("the shard is cut short: its index knows of further records, which are lost")
)

// indexPath returns the path of the side file of a shard.
func indexPath(shard string) string { return shard + ".index" }

// writeIndex renames in the side file of a shard.
func writeIndex(path string, entries []entry, end int64) error {
	out := append([]byte(indexMagic), make([]byte, 16)...)
	binary.LittleEndian.PutUint32(out[8:], version)
	binary.LittleEndian.PutUint32(out[12:], uint32(len(entries)))
	binary.LittleEndian.PutUint64(out[16:], uint64(end))
	for _, e := range entries {
		header := e.header.pack()
		meta, err := packMeta(e.meta)
		if err != nil {
			return err
		}
		out = binary.LittleEndian.AppendUint64(out, uint64(e.offset))
		out = append(out, header[:]...)
		out = append(out, meta...)
	}
	out = binary.LittleEndian.AppendUint32(out, checksum(out))
	return atomicfile.WriteBytes(indexPath(path), out)
}

// readIndex takes over the entries of the shard's index, if it has one that fits the file.
func (s *shard) readIndex(file io.ReaderAt) {
	data, err := readBounded(indexPath(s.path), maxIndexBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	entries, end, parseErr := unpackIndex(data)
	switch {
	case err != nil:
		s.reportIndex(err)
	case parseErr != nil:
		s.reportIndex(parseErr)
	case !s.fits(file, entries):
		s.reportIndex(errStale)
	default:
		s.takeIndex(entries, end)
	}
}

// reportIndex notes that the index is of no use. Nothing is lost by that, and the next writer of the shard mends it.
func (s *shard) reportIndex(err error) {
	s.problems = append(s.problems, &Problem{File: indexPath(s.path), Record: -1, Harmless: true, Err: err})
}

// takeIndex keeps the entries that lie within the file, and reports those that a cut has lost.
func (s *shard) takeIndex(entries []entry, end int64) {
	for _, e := range entries {
		if e.offset+e.header.size() > s.size {
			s.report(int(e.header.number), e.offset, false, errShort)
			s.indexed = s.end
			s.size = s.end
			return
		}
		s.entries = append(s.entries, e)
		s.end = e.offset + e.header.size()
	}
	s.end = max(s.end, min(end, s.size))
	s.indexed = s.end
}

// fits says whether the first and last records that the index tells of, and the file still holds, stand there.
func (s *shard) fits(file io.ReaderAt, entries []entry) bool {
	last := len(entries) - 1
	for last >= 0 && entries[last].offset+recordBytes > s.size {
		last--
	}
	if last < 0 {
		return true
	}
	for _, e := range []entry{entries[0], entries[last]} {
		var packed [recordBytes]byte
		if readFull(file, packed[:], e.offset) != nil {
			return false
		}
		if h, err := unpackHeader(packed[:]); err == nil && h != e.header {
			return false
		}
	}
	return true
}

// unpackIndex reads an index and checks it.
func unpackIndex(data []byte) ([]entry, int64, error) {
	if len(data) < indexHeaderBytes+4 || string(data[:8]) != indexMagic {
		return nil, 0, errIndex
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	if checksum(body) != sum || binary.LittleEndian.Uint32(body[8:]) != version {
		return nil, 0, errIndex
	}
	count, end := binary.LittleEndian.Uint32(body[12:]), int64(binary.LittleEndian.Uint64(body[16:]))
	rest := body[indexHeaderBytes:]
	if int64(count) > int64(len(rest))/(8+recordBytes) {
		return nil, 0, errIndex
	}
	entries := make([]entry, 0, count)
	before := int64(shardHeaderBytes)
	for range count {
		e, used, err := unpackEntry(rest)
		if err != nil || e.offset < before || e.offset+e.header.size() > end {
			return nil, 0, errIndex
		}
		before = e.offset + e.header.size()
		entries, rest = append(entries, e), rest[used:]
	}
	if end < before || len(rest) != 0 {
		return nil, 0, errIndex
	}
	return entries, end, nil
}

// unpackEntry reads one entry and tells its length.
func unpackEntry(data []byte) (entry, int, error) {
	if len(data) < 8+recordBytes {
		return entry{}, 0, errIndex
	}
	header, err := unpackHeader(data[8:])
	if err != nil {
		return entry{}, 0, err
	}
	used := 8 + recordBytes + int(header.metaBytes)
	if len(data) < used {
		return entry{}, 0, errIndex
	}
	packed := data[8+recordBytes : used]
	if checksum(packed) != header.metaSum {
		return entry{}, 0, errChecksum
	}
	meta, err := unpackMeta(packed)
	offset := binary.LittleEndian.Uint64(data)
	if offset > 1<<62 {
		return entry{}, 0, errIndex
	}
	return entry{offset: int64(offset), header: header, meta: meta}, used, err
}

// readBounded reads a file of at most limit bytes.
func readBounded(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, errIndex
	}
	return os.ReadFile(path)
}
