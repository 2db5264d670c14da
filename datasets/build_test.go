package datasets

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"somnium/env"
)

func TestAFolderIsBuiltWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	dir, fault := filepath.Join(parent, "data"), errors.New("no more input")
	fill := func(err error) func(w *Writer) error {
		return func(w *Writer) error { return errors.Join(w.Append(play(t, dotOptions("", 1), 0)), err) }
	}
	if err := WriteAll(dir, WriterOptions{}, fill(fault)); !errors.Is(err, fault) {
		t.Fatalf("got %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Fatalf("after a failure %v is left", left)
	}
	if err := os.MkdirAll(filepath.Join(parent, ".data.part", "data", "junk"), 0o755); err != nil { // of a program that was killed
		t.Fatal(err)
	}
	err := Build(dir, func(string) error {
		if err := WriteAll(dir, WriterOptions{}, fill(nil)); err == nil || !strings.Contains(err.Error(), "another program") {
			t.Errorf("two build one folder: %v", err)
		}
		return fault
	})
	if !errors.Is(err, fault) {
		t.Fatal(err)
	}
	if err := WriteAll(dir, WriterOptions{}, fill(nil)); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 || open(t, dir).Len() != 1 {
		t.Fatalf("there is %v", left)
	}
	if err := WriteAll(dir, WriterOptions{}, fill(nil)); err == nil || !strings.Contains(err.Error(), "does not exist or is empty") {
		t.Errorf("a folder that is not empty: %v", err)
	}
}

// stream packs episodes as another program would.
func stream(t *testing.T, episodes ...*Episode) []byte {
	t.Helper()
	var out []byte
	for _, e := range episodes {
		meta, err := packMeta(e.Meta())
		if err != nil {
			t.Fatal(err)
		}
		body, err := packBody(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]byte{meta, body} {
			out = append(binary.LittleEndian.AppendUint32(out, uint32(len(part))), part...)
		}
	}
	return out
}

func TestEpisodesOfAStreamAreKept(t *testing.T) {
	dir, o := t.TempDir(), dotOptions("", 6)
	var began, kept []int
	receive := func(data []byte) error {
		return Receive(context.Background(), dir, bytes.NewReader(data), ReceiveOptions{
			Begin: func(numbers []int) error { began = numbers; return nil },
			Kept:  func(number int) error { kept = append(kept, number); return nil },
		})
	}
	first := stream(t, play(t, o, 0), play(t, o, 4))
	if err := receive(first[:len(first)-1]); err == nil || !strings.Contains(err.Error(), "record 1 of the stream") {
		t.Errorf("a stream that is cut off: %v", err)
	}
	if err := receive(stream(t, play(t, o, 2), play(t, o, 1))); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(began, []int{0}) || !reflect.DeepEqual(kept, []int{0, 2, 1}) {
		t.Errorf("began with %v, kept %v", began, kept)
	}
	d := open(t, dir)
	for i, number := range kept {
		if got, err := d.Episode(i); err != nil || !reflect.DeepEqual(got, play(t, o, number)) {
			t.Errorf("episode %d differs, or %v", number, err)
		}
	}
}

func TestAStreamIsNotBelieved(t *testing.T) {
	o := dotOptions("", 1)
	for name, spoil := range map[string]func(*Episode){
		"action 0": func(e *Episode) { e.Actions[0] = env.Int(1) },
		"size":     func(e *Episode) { e.Spec.Observation = env.Frame(3, 3) },
		"spec":     func(e *Episode) { e.Spec = env.Spec{ID: "Dot-v0"} },
		"picture":  func(e *Episode) { e.Spec.Observation = env.Discrete{N: 2} },
	} {
		episode := play(t, o, 0)
		spoil(episode)
		dir := t.TempDir()
		if err := Receive(context.Background(), dir, bytes.NewReader(stream(t, episode)), ReceiveOptions{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	long := binary.LittleEndian.AppendUint32(nil, 1<<31)
	if err := Receive(context.Background(), t.TempDir(), bytes.NewReader(long), ReceiveOptions{}); err == nil {
		t.Error("a length beyond the bounds: no error")
	}
}
