package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/klauspost/compress/zstd"

	"somnium/env"
)

// Dataset reads recorded episodes. Its methods are safe for concurrent use. It holds no open files, so there is nothing
// to close, and it shows the episodes that were finished when it was opened.
type Dataset struct {
	refs     []ref
	problems []*Problem
	decoder  *zstd.Decoder
}

// ref is an episode's place.
type ref struct {
	path  string
	entry entry
}

// Open reads what one or more data sets hold: each path is a folder of shards or a single shard. Episodes are numbered in
// the order of the paths, the shards' names and the records. What cannot be read is left out and told by Problems; it is
// an error if a path does not exist or has no shard, or if all that it names is a file that is none.
func Open(paths ...string) (*Dataset, error) {
	var files []string
	for _, path := range paths {
		found, err := shardsAt(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	d, err := openShards(files...)
	if err != nil {
		return nil, err
	}
	if len(files) == 1 && d.Len() == 0 && errors.Is(d.Damage(), errShardHead) {
		return nil, fmt.Errorf("datasets: %s is not a shard of recorded episodes; name the folder of a data set, or a shard in it", files[0])
	}
	return d, nil
}

// openShards reads what the shards hold.
func openShards(files ...string) (*Dataset, error) {
	decoder, err := newDecoder()
	if err != nil {
		return nil, fmt.Errorf("datasets: %w", err)
	}
	d := &Dataset{decoder: decoder}
	for _, file := range files {
		s, err := readShard(file)
		if err != nil {
			return nil, fmt.Errorf("datasets: opening %s: %w", file, err)
		}
		d.add(s)
	}
	d.share()
	return d, nil
}

// add takes over the entries of a shard.
func (d *Dataset) add(s *shard) {
	for _, e := range s.entries {
		d.refs = append(d.refs, ref{path: s.path, entry: e})
	}
	d.problems = append(d.problems, s.problems...)
}

// share lets episodes of one environment share the memory of its name, which every entry repeats.
func (d *Dataset) share() {
	seen := map[string]string{}
	intern := func(s *string) {
		if known, ok := seen[*s]; ok {
			*s = known
			return
		}
		seen[*s] = *s
	}
	for i := range d.refs {
		intern(&d.refs[i].entry.meta.Env)
		intern(&d.refs[i].entry.meta.Agent)
	}
}

// shardsAt returns the shards of a folder, or the path itself where it is a file.
func shardsAt(path string) ([]string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("datasets: there is no data set at %s; `somnium collect` records one (%w)", path, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("datasets: opening %s: %w", path, err)
	}
	if info.Mode().IsRegular() {
		return []string{path}, nil
	}
	if !info.IsDir() { // a pipe would never end
		return nil, fmt.Errorf("datasets: %s is neither a folder nor a file; name the folder of a data set, or a shard in it", path)
	}
	paths, err := shardPaths(path)
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("datasets: the folder %s holds no shards; `somnium collect` records some", path)
	}
	return paths, err
}

// shardPaths lists the shards of a folder in order.
func shardPaths(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("datasets: listing %s: %w", dir, err)
	}
	var paths []string
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) == ".shard" {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	// Shorter names first: past shard-99999 the numbers have more digits.
	slices.SortStableFunc(paths, func(a, b string) int { return len(a) - len(b) })
	return paths, nil
}

// Len returns the number of episodes.
func (d *Dataset) Len() int { return len(d.refs) }

// Meta returns what is known of episode i without reading it.
func (d *Dataset) Meta(i int) Meta { return d.refs[i].entry.meta }

// Episode reads episode i, states included. If it is damaged the error is a [*Problem].
func (d *Dataset) Episode(i int) (*Episode, error) { return d.load(i, true) }

// Problems tells what could not be read when the data set was opened.
func (d *Dataset) Problems() []*Problem { return slices.Clone(d.problems) }

// Damage returns the problems that are not harmless as one error, nil where there are none.
func (d *Dataset) Damage() error {
	var all []error
	for _, p := range d.problems {
		if !p.Harmless {
			all = append(all, p)
		}
	}
	return errors.Join(all...)
}

// Filter returns the data set of those episodes that keep accepts, numbered anew.
func (d *Dataset) Filter(keep func(Meta) bool) *Dataset {
	kept := &Dataset{problems: d.problems, decoder: d.decoder}
	for _, r := range d.refs {
		if keep(r.entry.meta) {
			kept.refs = append(kept.refs, r)
		}
	}
	return kept
}

// OfEnv returns a filter that accepts episodes of the environments given by id or by full name; none given accepts all.
func OfEnv(names ...string) func(Meta) bool {
	return func(m Meta) bool {
		return len(names) == 0 || slices.Contains(names, m.ID()) || slices.Contains(names, m.Env)
	}
}

// Specs returns the spec of every environment by the name it is recorded under, read from its first episode.
func (d *Dataset) Specs() (map[string]env.Spec, error) {
	specs := map[string]env.Spec{}
	for i, r := range d.refs {
		if _, known := specs[r.entry.meta.Env]; known {
			continue
		}
		e, err := d.load(i, false)
		if err != nil {
			return nil, err
		}
		specs[e.Env] = e.Spec
	}
	return specs, nil
}

// load reads an episode, with its states or without.
func (d *Dataset) load(i int, states bool) (*Episode, error) {
	r := d.refs[i]
	e, err := r.read(d.decoder, states)
	if err != nil {
		return nil, &Problem{File: r.path, Record: int(r.entry.header.number), Offset: r.entry.offset, Err: err}
	}
	return e, nil
}

func (r ref) read(decoder *zstd.Decoder, states bool) (*Episode, error) {
	file, err := os.Open(r.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return r.entry.read(file, decoder, states)
}

// read reads the whole record at once, checks it and unpacks it.
func (e entry) read(file io.ReaderAt, decoder *zstd.Decoder, states bool) (*Episode, error) {
	data := make([]byte, e.header.size())
	if err := readFull(file, data, e.offset); err != nil {
		return nil, err
	}
	body, err := e.header.check(data)
	if err != nil {
		return nil, err
	}
	raw, err := e.header.decompress(body, decoder)
	if err != nil {
		return nil, err
	}
	return unpackBody(e.meta, raw, states)
}
