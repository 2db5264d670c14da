package datasets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/klauspost/compress/zstd"

	"somnium/internal/atomicfile"
)

// DefaultShardBytes is the size at which a writer goes on to the next shard.
const DefaultShardBytes = 64 << 20

// WriterOptions are the options of [NewWriter].
type WriterOptions struct {
	// ShardBytes is the size in bytes that a shard does not exceed, unless by its only episode. Default:
	// DefaultShardBytes.
	ShardBytes int64
}

// Writer appends episodes to the shards of a folder. It is not safe for concurrent use.
type Writer struct {
	dir     string
	limit   int64
	encoder *zstd.Encoder
	release func()

	file     shardFile
	path     string
	number   int // of the shard
	entries  []entry
	end      int64
	indexed  int64 // how much of the shard its index on disk covers
	episodes int
	bytes    int64
	err      error // after a failed append that could not be undone

	create func(path string) (shardFile, error) // tests put a failing disk here
}

// shardFile is what a writer needs of an open shard.
type shardFile interface {
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Sync() error
}

// NewWriter opens a folder, which it makes if need be, to append to the data set there. An unfinished record, which a
// killed writer left at the end, is cut off. Only one writer at a time may have a folder open. The caller calls Close.
func NewWriter(dir string, options WriterOptions) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("datasets: making the folder: %w; name one that can be written to", err)
	}
	release, err := atomicfile.LockFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	w := &Writer{dir: dir, limit: options.ShardBytes, release: release, create: createFile}
	if w.limit <= 0 {
		w.limit = DefaultShardBytes
	}
	if w.encoder, err = newEncoder(runtime.GOMAXPROCS(0)); err == nil {
		err = w.resume()
	}
	if err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

// createFile opens a shard for writing, an existing one to continue it.
func createFile(path string) (shardFile, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
}

// shardPath returns the path of a shard by its number.
func shardPath(dir string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("shard-%05d.shard", number))
}

// resume finds the shard to go on with.
func (w *Writer) resume() error {
	paths, err := shardPaths(w.dir)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return nil
	}
	last := paths[len(paths)-1]
	if _, err := fmt.Sscanf(filepath.Base(last), "shard-%d.shard", &w.number); err != nil {
		return fmt.Errorf("datasets: %s is not named like shard-00000.shard; move it out of the folder that is written to", last)
	}
	s, err := readShard(last)
	if err != nil {
		return fmt.Errorf("datasets: opening %s: %w", last, err)
	}
	if slices.ContainsFunc(s.problems, func(p *Problem) bool { return !p.Harmless }) {
		w.number++ // what is damaged stays as it is for `data verify`
		return nil
	}
	return w.continueShard(s)
}

// continueShard opens the last shard and cuts off its unfinished end.
func (w *Writer) continueShard(s *shard) error {
	file, err := w.create(s.path)
	if err != nil {
		return fmt.Errorf("datasets: opening %s to go on: %w", s.path, err)
	}
	w.file, w.path, w.entries, w.end, w.indexed = file, s.path, s.entries, s.end, s.indexed
	if w.end == 0 {
		w.end = shardHeaderBytes
		_, err = file.WriteAt(shardHeader(), 0)
	}
	if err == nil {
		err = file.Truncate(w.end)
	}
	if err != nil {
		file.Close()
		return fmt.Errorf("datasets: mending the end of %s: %w", s.path, err)
	}
	return nil
}

// Append writes an episode. When it returns nil, a program that is killed has the episode kept. When it fails (a full
// disk, say), the data set is as before, and the call may be repeated.
func (w *Writer) Append(e *Episode) error {
	r, err := packRecord(e, w.encoder)
	if err != nil {
		return fmt.Errorf("datasets: episode %d of %s: %w", e.Number, e.Env, err)
	}
	return w.append(r)
}

// append writes a packed episode.
func (w *Writer) append(r *record) error {
	if w.err != nil {
		return w.err
	}
	if w.file != nil && len(w.entries) > 0 && w.end+r.header.size() > w.limit {
		if err := w.finishShard(); err != nil {
			return err
		}
		w.number++
	}
	if w.file == nil {
		if err := w.startShard(); err != nil {
			return err
		}
	}
	if _, err := w.file.WriteAt(r.bytes(len(w.entries)), w.end); err != nil {
		return w.undo(r, err)
	}
	w.entries = append(w.entries, entry{offset: w.end, header: r.header, meta: r.meta})
	w.end += r.header.size()
	w.episodes++
	w.bytes += r.header.size()
	return nil
}

// undo takes back a write that failed part of the way.
func (w *Writer) undo(r *record, cause error) error {
	err := fmt.Errorf("datasets: writing episode %d to %s: %w; the episodes before it are kept: make room and run the same again",
		r.meta.Number, w.path, cause)
	if truncate := w.file.Truncate(w.end); truncate != nil {
		w.err = errors.Join(err, truncate)
	}
	return err
}

// startShard creates the next shard.
func (w *Writer) startShard() error {
	path := shardPath(w.dir, w.number)
	file, err := w.create(path)
	if err == nil {
		if _, err = file.WriteAt(shardHeader(), 0); err != nil {
			file.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("datasets: starting %s: %w; the episodes so far are kept: make room and run the same again", path, err)
	}
	w.file, w.path, w.entries, w.end, w.indexed = file, path, nil, shardHeaderBytes, 0
	return nil
}

// Flush forces what was appended to disk and brings the index of the last shard up to date.
func (w *Writer) Flush() error {
	if w.file == nil {
		return nil
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("datasets: forcing %s to disk: %w; see to the disk and run the same again", w.path, err)
	}
	if w.indexed == w.end {
		return nil
	}
	if err := writeIndex(w.path, w.entries, w.end); err != nil {
		return fmt.Errorf("datasets: the index of %s: %w", w.path, err)
	}
	w.indexed = w.end
	return nil
}

// finishShard flushes and closes the shard.
func (w *Writer) finishShard() error {
	if err := w.Flush(); err != nil {
		return err
	}
	err := w.file.Close()
	w.file = nil
	if err != nil {
		return fmt.Errorf("datasets: closing %s: %w", w.path, err)
	}
	return nil
}

// Close flushes and ends the writer. Closing twice is fine.
func (w *Writer) Close() error {
	if w.release == nil {
		return nil
	}
	var err error
	if w.file != nil {
		err = w.Flush()
		err = errors.Join(err, w.file.Close())
		w.file = nil
	}
	w.encoder.Close()
	w.release()
	w.release = nil
	return err
}
