package datasets

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"

	"somnium/internal/atomicfile"
)

// VerifyReport says what [Verify] found.
type VerifyReport struct {
	// Shards and Episodes count what was read; Bytes is their length.
	Shards   int   `json:"shards"`
	Episodes int   `json:"episodes"`
	Bytes    int64 `json:"bytes"`
	// Problems lists every place that cannot be read, in order.
	Problems []*Problem `json:"-"`
}

// Damage returns the problems that are not harmless as one error, nil where there are none.
func (r VerifyReport) Damage() error {
	var all []error
	for _, p := range r.Problems {
		if !p.Harmless {
			all = append(all, p)
		}
	}
	return errors.Join(all...)
}

// Verify reads everything at path, a folder of shards or one shard: every checksum, every length, every episode. The error
// is of ctx or of a path that cannot be read at all; damage is in the report. progress, which may be nil, is called at the
// start and after every shard.
func Verify(ctx context.Context, path string, progress func(done, shards int)) (VerifyReport, error) {
	var report VerifyReport
	paths, err := shardsAt(path)
	if err != nil {
		return report, err
	}
	if progress == nil {
		progress = func(done, shards int) {}
	}
	progress(0, len(paths))
	for i, file := range paths {
		if err := verifyShard(ctx, file, &report); err != nil {
			return report, err
		}
		progress(i+1, len(paths))
	}
	return report, nil
}

// verifyShard reads one shard: as Open does, and then every episode of it.
func verifyShard(ctx context.Context, path string, report *VerifyReport) error {
	d, err := openShards(path)
	if err != nil {
		return err
	}
	report.Shards++
	known := map[int64]bool{}
	for _, p := range d.problems {
		known[p.Offset] = true
		report.Problems = append(report.Problems, p)
	}
	for i := range d.refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		report.Episodes++
		report.Bytes += d.refs[i].entry.header.size()
		if p := d.verifyEpisode(i); p != nil && !known[p.Offset] {
			report.Problems = append(report.Problems, p)
		}
	}
	return nil
}

// verifyEpisode reads an episode and compares it with its meta.
func (d *Dataset) verifyEpisode(i int) *Problem {
	e, err := d.load(i, true)
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if !sameMeta(e.Meta(), d.Meta(i)) {
		r := d.refs[i]
		return &Problem{File: r.path, Record: int(r.entry.header.number), Offset: r.entry.offset, Err: errMeta}
	}
	return nil
}

// sameMeta is ==, but a return that is no number equals another one.
func sameMeta(a, b Meta) bool {
	if math.IsNaN(a.Return) && math.IsNaN(b.Return) {
		a.Return, b.Return = 0, 0
	}
	return a == b
}

var errMeta = errors.New("the meta does not agree with the episode")

// Repair rewrites the damaged shards of a folder, or one damaged shard, without the records that cannot be read, and
// returns how many episodes are left and what was dropped. What is whole stays to the byte; the damaged file stays beside
// it under the name shard-00000.shard.damaged, or one with a number behind it where that is taken. A data set that Collect
// made can then be collected again, which fills in the missing episodes. Shards of another version, and files in which
// there is nothing of a shard, are left alone: they are an error.
func Repair(ctx context.Context, path string) (VerifyReport, error) {
	report, err := Verify(ctx, path, nil)
	if err != nil {
		return report, err
	}
	damaged := map[string]bool{}
	for _, p := range report.Problems {
		if err := repairable(p); err != nil {
			return report, err
		}
		if !p.Harmless {
			damaged[p.File] = true
		}
	}
	for _, file := range slices.Sorted(maps.Keys(damaged)) {
		if err := repairShard(ctx, file); err != nil {
			return report, err
		}
	}
	return report, nil
}

// repairable returns an error where a problem's file is none that Repair could make better.
func repairable(p *Problem) error {
	switch {
	case errors.Is(p, errVersion):
		return fmt.Errorf("datasets: %s is left alone: %w", p.File, p.Err)
	case errors.Is(p, errShardHead):
		d, err := openShards(p.File)
		if err != nil {
			return err
		}
		if d.Len() == 0 {
			return fmt.Errorf("datasets: %s is left alone: %w, and no record is found in it; move it out of the data set", p.File, p.Err)
		}
	}
	return nil
}

// repairShard copies the whole records of a shard beside it and changes the two names over.
func repairShard(ctx context.Context, path string) error {
	kept, err := wholeRecords(ctx, path)
	if err != nil {
		return err
	}
	if err := keepAside(path); err != nil {
		return err
	}
	// Without its index the shard is walked, so the moments between these steps show no false picture.
	if err := os.Remove(indexPath(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("datasets: removing the index: %w", err)
	}
	entries := []entry{}
	end := int64(shardHeaderBytes)
	err = atomicfile.Write(path, func(w io.Writer) error {
		if _, err := w.Write(shardHeader()); err != nil {
			return err
		}
		for _, r := range kept {
			moved, err := copyRecord(w, r, len(entries), end)
			if err != nil {
				return err
			}
			entries = append(entries, moved)
			end += moved.header.size()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return writeIndex(path, entries, end)
}

// keepAside gives the damaged shard a further name, one that no other file has: what an earlier repair kept stays too. A
// repair that was stopped has given the shard such a name already.
func keepAside(path string) error {
	aside := path + ".damaged"
	for n := 2; ; n++ {
		err := os.Link(path, aside)
		if err == nil || errors.Is(err, os.ErrExist) && sameFile(path, aside) {
			return nil
		}
		if !errors.Is(err, os.ErrExist) {
			return fmt.Errorf("datasets: keeping the damaged shard as %s: %w; copy the data set to a disk that has room and links, and repair it there", aside, err)
		}
		aside = fmt.Sprintf("%s.damaged-%d", path, n)
	}
}

// sameFile says whether two names are of one file.
func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(first, second)
}

// wholeRecords lists the records of a shard that can be read.
func wholeRecords(ctx context.Context, path string) ([]ref, error) {
	d, err := openShards(path)
	if err != nil {
		return nil, err
	}
	var whole []ref
	for i, r := range d.refs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if d.verifyEpisode(i) == nil {
			whole = append(whole, r)
		}
	}
	return whole, nil
}

// copyRecord writes a record under a new number, and returns its entry at the new offset.
func copyRecord(w io.Writer, r ref, number int, offset int64) (entry, error) {
	file, err := os.Open(r.path)
	if err != nil {
		return entry{}, err
	}
	defer file.Close()
	moved := r.entry
	moved.offset, moved.header.number = offset, uint32(number)
	header := moved.header.pack()
	if _, err := w.Write(header[:]); err != nil {
		return entry{}, err
	}
	rest := io.NewSectionReader(file, r.entry.offset+recordBytes, r.entry.header.size()-recordBytes)
	_, err = io.Copy(w, rest)
	return moved, err
}
