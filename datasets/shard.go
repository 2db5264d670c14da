package datasets

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
)

// entry is one record of a shard whose header and meta are good.
type entry struct {
	offset int64
	header recordHeader
	meta   Meta
}

// shard is what is known of one file.
type shard struct {
	path    string
	size    int64
	entries []entry
	// end is where the next record goes: behind the last whole one.
	end int64
	// indexed is how much of the file its index covered, 0 where there is none.
	indexed  int64
	problems []*Problem
}

// readShard finds the records of a shard, by its index as far as that goes and by walking the rest.
func readShard(path string) (*shard, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	s := &shard{path: path, size: info.Size()}
	if s.readHeader(file) {
		s.readIndex(file)
		s.walk(file)
	}
	return s, nil
}

// report notes a problem.
func (s *shard) report(record int, offset int64, harmless bool, err error) {
	s.problems = append(s.problems, &Problem{File: s.path, Record: record, Offset: offset, Harmless: harmless, Err: err})
}

// readHeader checks the file header and reports what is wrong with it. It says whether records may follow: damage to
// the header alone does not cost them.
func (s *shard) readHeader(file io.ReaderAt) bool {
	header := make([]byte, min(s.size, shardHeaderBytes))
	err := readFull(file, header, 0)
	if err == nil {
		err = checkShardHeader(header)
	}
	if err != nil {
		s.report(-1, 0, errors.Is(err, errTorn), err)
	}
	if errors.Is(err, errTorn) || errors.Is(err, errVersion) {
		return false
	}
	s.end = shardHeaderBytes
	return true
}

// walk reads the records from s.end to the end of the file, bodies included, so that what an index does not vouch for is
// checked. It goes past a damaged record to the next whole one.
func (s *shard) walk(file io.ReaderAt) {
	for offset := s.end; offset < s.size; {
		header, err := s.readRecordHeader(file, offset)
		if err != nil {
			next := s.nextRecord(file, offset+1)
			s.report(-1, offset, next < 0, err)
			if next < 0 {
				return
			}
			offset = next
			continue
		}
		found, whole, err := s.readEntry(file, offset, header)
		offset += header.size()
		if err != nil {
			s.report(int(header.number), found.offset, offset == s.size, err)
			if offset == s.size {
				return
			}
		}
		if whole {
			s.entries = append(s.entries, found)
		}
		s.end = offset
	}
}

// readEntry reads and checks the record at offset. It tells whether the meta is whole: then the record has its place
// among the entries, and reading the episode tells what is wrong with the body.
func (s *shard) readEntry(file io.ReaderAt, offset int64, header recordHeader) (e entry, whole bool, err error) {
	e = entry{offset: offset, header: header}
	rest := make([]byte, header.size()-recordBytes)
	if err := readFull(file, rest, offset+recordBytes); err != nil {
		return e, false, err
	}
	packed, body := rest[:header.metaBytes], rest[header.metaBytes:]
	if checksum(packed) != header.metaSum {
		return e, false, errChecksum
	}
	if e.meta, err = unpackMeta(packed); err != nil {
		return e, false, err
	}
	if checksum(body) != header.bodySum {
		return e, true, errChecksum
	}
	return e, true, nil
}

// readRecordHeader reads the header at offset and checks that the record ends within the file, so that no length is
// believed beyond it.
func (s *shard) readRecordHeader(file io.ReaderAt, offset int64) (recordHeader, error) {
	var packed [recordBytes]byte
	if s.size-offset < recordBytes {
		return recordHeader{}, errTorn
	}
	if err := readFull(file, packed[:], offset); err != nil {
		return recordHeader{}, err
	}
	header, err := unpackHeader(packed[:])
	if err == nil && header.size() > s.size-offset {
		err = errTorn
	}
	return header, err
}

// nextRecord returns the offset, at or after from, of the next record with a good header, or -1. It reads in pieces that
// grow, as the next record is most often near.
func (s *shard) nextRecord(file io.ReaderAt, from int64) int64 {
	var buffer []byte
	for piece := int64(4 << 10); from < s.size; piece = min(2*piece, 1<<20) {
		length := min(piece, s.size-from)
		buffer = slices.Grow(buffer[:0], int(length))[:length]
		if err := readFull(file, buffer, from); err != nil {
			return -1
		}
		if at := s.findHeader(file, buffer, from); at >= 0 {
			return at
		}
		// The last bytes may be the first of a record.
		from += max(length-int64(len(recordMagic))+1, 1)
	}
	return -1
}

// findHeader returns the offset of the first good header that starts in data, which stands at offset from, or -1.
func (s *shard) findHeader(file io.ReaderAt, data []byte, from int64) int64 {
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], []byte(recordMagic))
		if i < 0 {
			return -1
		}
		at += i
		if _, err := s.readRecordHeader(file, from+int64(at)); err == nil {
			return from + int64(at)
		}
	}
}
