package datasets

import (
	"bytes"
	"os"
	"reflect"
	"testing"
)

// FuzzShard reads any bytes as a shard: it does not panic, does not ask for more memory than the bytes can hold, and
// whatever episode it returns can be written and read again.
func FuzzShard(f *testing.F) {
	golden, err := os.ReadFile(goldenPath)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	f.Add(golden[:len(golden)/2])
	f.Add(append(bytes.Clone(golden[:100]), golden[60:]...))
	decoder, err := newDecoder()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &shard{path: "fuzz", size: int64(len(data))}
		file := bytes.NewReader(data)
		if s.readHeader(file) {
			s.walk(file)
		}
		if s.end > s.size {
			t.Fatalf("the end %d is beyond %d", s.end, s.size)
		}
		before := int64(0)
		for _, e := range s.entries {
			if e.offset < before || e.offset+e.header.size() > s.size {
				t.Fatalf("records overlap or go beyond the end: %+v", s.entries)
			}
			before = e.offset + e.header.size()
			if e.header.rawBytes > 1<<24 {
				continue // allowed, and too slow to try thousands of times
			}
			if episode, err := e.read(file, decoder, true); err == nil && episode.check() != nil {
				t.Fatalf("an episode that does not fit together: %v", episode.check())
			}
		}
	})
}

// FuzzBody goes past the checksums, which keep a fuzzer out: any meta and body either fail or give an episode that is
// the same once packed and unpacked again.
func FuzzBody(f *testing.F) {
	for _, e := range goldenEpisodes() {
		meta, _ := packMeta(e.Meta())
		body, _ := packBody(e)
		f.Add(meta, body)
	}
	f.Fuzz(func(t *testing.T, packed, body []byte) {
		meta, err := unpackMeta(packed)
		if err != nil {
			return
		}
		e, err := unpackBody(meta, bytes.Clone(body), true)
		if err != nil {
			return
		}
		first, err := packBody(e)
		if err != nil {
			t.Fatalf("an episode was read that cannot be written: %v", err)
		}
		again, err := unpackBody(meta, bytes.Clone(first), true)
		if err != nil {
			t.Fatal(err)
		}
		second, err := packBody(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("packed twice, it differs: %v\n%+v\n%+v", err, e, again)
		}
	})
}

// FuzzIndex reads any bytes as an index.
func FuzzIndex(f *testing.F) {
	path := writeEpisodes(f, goldenEpisodes())
	data, err := os.ReadFile(indexPath(path))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	want, _, err := unpackIndex(data)
	if err != nil || len(want) != 2 {
		f.Fatalf("%d entries, %v", len(want), err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The checksum is made to fit, so that what lies behind it is reached.
		if len(data) >= 4 {
			sum := checksum(data[:len(data)-4])
			data = append(bytes.Clone(data[:len(data)-4]), byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
		}
		entries, end, err := unpackIndex(data)
		before := int64(shardHeaderBytes)
		for _, e := range entries {
			if e.offset < before || e.offset+e.header.size() > end {
				t.Fatalf("records overlap or go beyond the end: %+v", entries)
			}
			before = e.offset + e.header.size()
		}
		if err == nil && len(data) > indexHeaderBytes+4 && reflect.DeepEqual(entries, want) && end < before {
			t.Fatal("an end before the last record")
		}
	})
}
