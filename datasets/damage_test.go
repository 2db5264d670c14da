package datasets

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"somnium/env"
)

// oneShard writes episodes 0 to n-1 into one shard and returns its path, bytes and entries.
func oneShard(t testing.TB, n int) (path string, data []byte, entries []entry) {
	t.Helper()
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := w.Append(play(t, dotOptions("", n), i)); err != nil {
			t.Fatal(err)
		}
	}
	entries = w.entries
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path = shardPath(dir, 0)
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, data, entries
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryCut ends a shard at every byte, with its index and without: the whole episodes are there, the cut is told,
// and the next writer goes on as if it had never been.
func TestEveryCut(t *testing.T) {
	path, data, entries := oneShard(t, 3)
	index, err := os.ReadFile(indexPath(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, indexed := range []bool{true, false} {
		for cut := 0; cut < len(data); cut += 1 + cut/64 {
			write(t, path, data[:cut])
			os.Remove(indexPath(path))
			if indexed {
				write(t, indexPath(path), index)
			}
			whole := 0
			for _, e := range entries {
				if e.offset+e.header.size() <= int64(cut) {
					whole++
				}
			}
			atBoundary := cut == shardHeaderBytes || whole > 0 && entries[whole-1].offset+entries[whole-1].header.size() == int64(cut)
			checkCut(t, path, cut, whole, indexed, atBoundary)
		}
	}
}

func checkCut(t *testing.T, path string, cut, whole int, indexed, atBoundary bool) {
	t.Helper()
	d := open(t, path)
	if d.Len() != whole {
		t.Fatalf("cut at %d (indexed %v): %d episodes of %d", cut, indexed, d.Len(), whole)
	}
	for i := range whole {
		if _, err := d.Episode(i); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	told := len(d.Problems()) > 0
	if told == (atBoundary && !indexed) {
		t.Fatalf("cut at %d (indexed %v): problems %v", cut, indexed, d.Problems())
	}
	if cut < shardHeaderBytes {
		return
	}
	// The index vouches for episodes that are gone: that is a loss. Without it, it is a killed writer's unfinished end.
	if (d.Damage() != nil) != indexed {
		t.Fatalf("cut at %d (indexed %v): damage %v", cut, indexed, d.Damage())
	}
}

func TestWriterGoesOnAfterACut(t *testing.T) {
	_, whole, _ := oneShard(t, 3)
	path, data, entries := oneShard(t, 3)
	for _, cut := range []int64{0, 5, shardHeaderBytes, 20, entries[1].offset, entries[1].offset + 7, entries[2].offset - 1, int64(len(data)) - 1} {
		write(t, path, data[:cut])
		os.Remove(indexPath(path))
		w, err := NewWriter(filepath.Dir(path), WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := len(w.entries); i < 3; i++ {
			if err := w.Append(play(t, dotOptions("", 3), i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, whole) {
			t.Fatalf("after a cut at %d the shard is not what it would have been", cut)
		}
	}
}

// TestEveryFlippedBit flips bits all over a shard: with an index or without, whatever is not hit reads as it was, and
// what is hit is an error that names place and remedy, never another episode.
func TestEveryFlippedBit(t *testing.T) {
	path, data, entries := oneShard(t, 3)
	index, _ := os.ReadFile(indexPath(path))
	var want []*Episode
	clean := open(t, path)
	for i := range clean.Len() {
		e, err := clean.Episode(i)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	spoilt := bytes.Clone(data)
	for _, indexed := range []bool{true, false} {
		os.Remove(indexPath(path))
		if indexed {
			write(t, indexPath(path), index)
		}
		for bit := 0; bit < 8*len(data); bit += 151 {
			spoilt[bit/8] ^= 1 << (bit % 8)
			write(t, path, spoilt)
			spoilt[bit/8] ^= 1 << (bit % 8)
			hit := -1 // the file header
			for i, e := range entries {
				if int64(bit/8) >= e.offset {
					hit = i
				}
			}
			checkFlip(t, path, bit, hit, indexed, want)
		}
	}
}

func checkFlip(t *testing.T, path string, bit, hit int, indexed bool, want []*Episode) {
	t.Helper()
	d := open(t, path)
	good := 0
	complaints := []error{}
	for _, p := range d.Problems() {
		complaints = append(complaints, p)
	}
	for i := range d.Len() {
		e, err := d.Episode(i)
		if err != nil {
			complaints = append(complaints, err)
			continue
		}
		if e.Number == hit || !reflect.DeepEqual(e, want[e.Number]) {
			t.Fatalf("bit %d (indexed %v) in record %d passes unseen", bit, indexed, hit)
		}
		good++
	}
	expected := len(want)
	if hit >= 0 {
		expected--
	}
	if good != expected || len(complaints) == 0 {
		t.Fatalf("bit %d (indexed %v) in record %d: %d of %d episodes read, complaints %v", bit, indexed, hit, good, expected, complaints)
	}
	last := hit == len(want)-1 // without an index it cannot be told from an unfinished end
	for _, c := range complaints {
		if text := c.Error(); !strings.Contains(text, path) || !strings.Contains(text, "at byte") || !strings.Contains(text, "somnium data verify") && (indexed || !last) {
			t.Fatalf("bit %d: %q names no place or remedy", bit, text)
		}
	}
}

func TestVerifyAndRepair(t *testing.T) {
	dir := collect(t, 12)
	before := open(t, dir)
	victim := before.refs[4]
	data, _ := os.ReadFile(victim.path)
	data[victim.entry.offset+victim.entry.header.size()-9] ^= 4
	write(t, victim.path, data)
	report, err := Verify(context.Background(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) != 1 || report.Problems[0].Offset != victim.entry.offset || report.Problems[0].File != victim.path ||
		report.Problems[0].Record != int(victim.entry.header.number) || report.Damage() == nil || report.Episodes != 12 {
		t.Fatalf("verify found %+v", report)
	}
	if _, err := Repair(context.Background(), dir); err != nil {
		t.Fatal(err)
	}
	after := open(t, dir)
	if after.Len() != 11 || len(after.Problems()) != 0 {
		t.Fatalf("%d episodes after the repair, problems %v", after.Len(), after.Problems())
	}
	for i := range after.Len() {
		if e, err := after.Episode(i); err != nil || e.Number == 4 {
			t.Fatalf("episode %d: %v", i, err)
		}
	}
	if aside, _ := os.ReadFile(victim.path + ".damaged"); !bytes.Equal(aside, data) {
		t.Fatal("the damaged shard was not kept aside")
	}
	if _, err := Collect(context.Background(), dotOptions(dir, 12), nil); err != nil {
		t.Fatal(err)
	}
	sameEpisodes(t, open(t, dir), before)
}

// A shard whose first bytes changed keeps its records; what an earlier repair kept aside stays.
func TestRepairOfTheFileHeaderKeepsEverything(t *testing.T) {
	dir := collect(t, 5)
	before, path := open(t, dir), shardPath(dir, 0)
	for round, aside := range []string{path + ".damaged", path + ".damaged-2"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[2] ^= 1
		write(t, path, data)
		if _, err := Repair(context.Background(), dir); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if kept, _ := os.ReadFile(aside); !bytes.Equal(kept, data) {
			t.Fatalf("round %d: %s is not the damaged shard", round, aside)
		}
		if after := open(t, dir); after.Len() != 5 || len(after.Problems()) != 0 {
			t.Fatalf("round %d: %d episodes, problems %v", round, after.Len(), after.Problems())
		}
		sameEpisodes(t, open(t, dir), before)
	}
}

// What is no shard is told apart from a damaged one, and no repair touches it.
func TestForeignFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "shard-00000.shard")
	text := []byte("notes on something else altogether, and long enough for a header")
	write(t, path, text)
	for _, name := range []string{path, dir} {
		if _, err := Open(name); err == nil || !strings.Contains(err.Error(), "is not a shard") || !strings.Contains(err.Error(), path) {
			t.Errorf("Open(%s): %v", name, err)
		}
		if _, err := Repair(context.Background(), name); err == nil || !strings.Contains(err.Error(), "move it out") {
			t.Errorf("Repair(%s): %v", name, err)
		}
	}
	if kept, _ := os.ReadFile(path); !bytes.Equal(kept, text) {
		t.Errorf("the file became %q", kept)
	}
	other := collect(t, 2)
	d := open(t, other, dir)
	if d.Len() != 2 || d.Damage() == nil {
		t.Errorf("beside a whole data set there are %d episodes, and the damage is %v", d.Len(), d.Damage())
	}
}

// No space of a record makes a reader of it panic.
func TestSpacesThatHoldNothingAreRefused(t *testing.T) {
	for _, space := range []env.Space{
		env.Discrete{}, env.Discrete{N: -3}, env.MultiDiscrete{Nvec: []int{2, 0}}, env.Dict{Spaces: map[string]env.Space{"a": nil}},
		env.Box{Shape: []int{-1}, High: 1}, env.Box{Shape: []int{1 << 30, 1 << 30}, High: 1}, env.Box{Shape: []int{1}, Low: 1},
		env.Box{Shape: []int{1}, Type: env.Float32, Low: math.NaN(), High: 1},
	} {
		e := goldenEpisodes()[1]
		e.Spec.Action = space
		body, err := packBody(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpackBody(e.Meta(), body, true); err == nil {
			t.Errorf("%#v was read", space)
		}
	}
}

// sameEpisodes compares two data sets as sets of numbered episodes.
func sameEpisodes(t *testing.T, got, want *Dataset) {
	t.Helper()
	read := func(d *Dataset) map[int]*Episode {
		all := map[int]*Episode{}
		for i := range d.Len() {
			e, err := d.Episode(i)
			if errors.As(err, new(*Problem)) {
				continue
			}
			all[e.Number] = e
		}
		return all
	}
	a, b := read(got), read(want)
	if len(a) != got.Len() {
		t.Fatalf("%d readable episodes with different numbers of %d", len(a), got.Len())
	}
	for number, e := range b {
		if !reflect.DeepEqual(a[number], e) {
			t.Fatalf("episode %d differs", number)
		}
	}
}

func TestBrokenOrForeignIndexIsPassedOver(t *testing.T) {
	path, _, _ := oneShard(t, 3)
	good, _ := os.ReadFile(indexPath(path))
	other, _, _ := oneShard(t, 2)
	foreign, _ := os.ReadFile(indexPath(other))
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(play(t, dotOptions("", 9), 5)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	stranger, _ := os.ReadFile(indexPath(shardPath(dir, 0)))
	for name, data := range map[string][]byte{
		"flipped": append(bytes.Clone(good[:40]), append([]byte{good[40] ^ 1}, good[41:]...)...), "short": good[:len(good)-3],
		"empty": {}, "of fewer records": foreign, "of another shard": stranger,
	} {
		write(t, indexPath(path), data)
		d := open(t, path)
		if d.Len() != 3 || d.Damage() != nil {
			t.Errorf("%s: %d episodes, %v", name, d.Len(), d.Damage())
		}
		if told := len(d.Problems()) == 1; told == (name == "of fewer records") {
			t.Errorf("%s: problems %v", name, d.Problems())
		}
	}
}

// fullDisk is a shard on a disk with so much room left.
type fullDisk struct {
	*os.File
	room *int64
}

func (f fullDisk) WriteAt(data []byte, offset int64) (int, error) {
	if int64(len(data)) > *f.room {
		n, _ := f.File.WriteAt(data[:*f.room], offset)
		*f.room = 0
		return n, &os.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC}
	}
	*f.room -= int64(len(data))
	return f.File.WriteAt(data, offset)
}

func TestFullDiskLosesNothing(t *testing.T) {
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{ShardBytes: 6 << 10})
	if err != nil {
		t.Fatal(err)
	}
	room := int64(10 << 10)
	w.create = func(path string) (shardFile, error) {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		return fullDisk{file, &room}, err
	}
	written, failures := 0, 0
	for written < 12 {
		err := w.Append(play(t, dotOptions("", 12), written))
		if err == nil {
			written++
			continue
		}
		failures++
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got %v", err)
		}
		if d := open(t, dir); d.Len() != written || len(d.Problems()) != 0 {
			t.Fatalf("%d episodes of %d, problems %v", d.Len(), written, d.Problems())
		}
		room = 5 << 10
	}
	if err := w.Close(); err != nil || failures < 2 {
		t.Fatalf("%d failures, close: %v", failures, err)
	}
	d := open(t, dir)
	for i := range d.Len() {
		if e, err := d.Episode(i); err != nil || e.Number != i {
			t.Fatalf("episode %d: %v", i, err)
		}
	}
	if d.Len() != 12 || len(d.Problems()) != 0 {
		t.Fatalf("%d episodes, %v", d.Len(), d.Problems())
	}
}
