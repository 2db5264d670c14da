package datasets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"somnium/env"
)

// folder reads all files of a folder.
func folder(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = data
	}
	return files
}

// sameFolders compares all files of two folders.
func sameFolders(t testing.TB, got, want string) {
	t.Helper()
	a, b := folder(t, got), folder(t, want)
	if len(a) != len(b) {
		t.Fatalf("%d files and %d", len(a), len(b))
	}
	for name := range b {
		if !bytes.Equal(a[name], b[name]) {
			t.Fatalf("%s: %d and %d bytes that differ", name, len(a[name]), len(b[name]))
		}
	}
}

func TestCollectDoesNotDependOnWorkers(t *testing.T) {
	want := collect(t, 30)
	if shards, _ := shardPaths(want); len(shards) < 3 {
		t.Fatalf("only %d shards: the test does not reach rotation", len(shards))
	}
	for _, workers := range []int{1, 2, 7} {
		dir := t.TempDir()
		o := dotOptions(dir, 30)
		o.Workers = workers
		if _, err := Collect(context.Background(), o, nil); err != nil {
			t.Fatal(err)
		}
		sameFolders(t, dir, want)
	}
}

func TestCollectGoesOnAfterCancel(t *testing.T) {
	want, dir := collect(t, 30), t.TempDir()
	o := dotOptions(dir, 30)
	total := 0
	for run := 0; total < 30; run++ {
		ctx, cancel := context.WithCancel(context.Background())
		start := -1
		done, err := Collect(ctx, o, func(p CollectProgress) {
			if start < 0 {
				start = p.Episodes
			}
			if p.Episodes >= start+1+run*3 {
				cancel()
			}
		})
		cancel()
		if done.Episodes < total || done.Resumed != total || done.Episodes < 30 && !errors.Is(err, context.Canceled) {
			t.Fatalf("run %d: %+v after %d, %v", run, done, total, err)
		}
		total = done.Episodes
		if d := open(t, dir); d.Len() != total || len(d.Problems()) != 0 {
			t.Fatalf("%d episodes of %d, problems %v", d.Len(), total, d.Problems())
		}
	}
	done, err := Collect(context.Background(), o, nil)
	if err != nil || done.Resumed != 30 || done.Bytes != 0 {
		t.Fatalf("a complete job did something: %+v, %v", done, err)
	}
	sameFolders(t, dir, want)
}

func TestCollectBySteps(t *testing.T) {
	o := dotOptions(t.TempDir(), 0)
	o.Steps = 200
	done, err := Collect(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := open(t, o.Dir)
	last := d.Meta(d.Len() - 1)
	if done.Steps < 200 || done.Steps-int64(last.Steps) >= 200 || done.Episodes != d.Len() {
		t.Fatalf("%+v with a last episode of %d steps", done, last.Steps)
	}
	again, err := Collect(context.Background(), o, nil)
	if err != nil || again.Episodes != done.Episodes || again.Bytes != 0 {
		t.Fatalf("again: %+v, %v", again, err)
	}
}

func TestCollectRefusesOtherOptions(t *testing.T) {
	dir := collect(t, 6)
	before := folder(t, dir)
	for name, change := range map[string]func(*CollectOptions){
		"seed":              func(o *CollectOptions) { o.Seed++ },
		"episodes":          func(o *CollectOptions) { o.Episodes++ },
		"environments":      func(o *CollectOptions) { o.Envs = o.Envs[:1] },
		"agents":            func(o *CollectOptions) { o.Agents = nil },
		"steps an episode":  func(o *CollectOptions) { o.MaxSteps = 3 },
		"leaving out state": func(o *CollectOptions) { o.NoStates = true },
	} {
		o := dotOptions(dir, 6)
		change(&o)
		if _, err := Collect(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign, _, _ := oneShard(t, 1)
	if _, err := Collect(context.Background(), dotOptions(filepath.Dir(foreign), 6), nil); err == nil || !strings.Contains(err.Error(), "another folder") {
		t.Errorf("a folder of another writer: %v", err)
	}
	for file, data := range folder(t, dir) {
		if !bytes.Equal(before[file], data) {
			t.Errorf("%s changed", file)
		}
	}
}

func TestCollectTellsWrongNamesBeforeItWrites(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	o := dotOptions(dir, 3)
	o.Envs = append(o.Envs, "Nothing-v0")
	if _, err := Collect(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "Nothing-v0") {
		t.Errorf("got %v", err)
	}
	o = dotOptions(dir, 3)
	o.MakeAgent = func(name string, _ env.Env) (Agent, error) { return nil, fmt.Errorf("no agent %s", name) }
	if _, err := Collect(context.Background(), o, nil); err == nil || !strings.Contains(err.Error(), "no agent random") {
		t.Errorf("got %v", err)
	}
	o = dotOptions(dir, 3)
	o.Steps = 5
	if _, err := Collect(context.Background(), o, nil); err == nil {
		t.Error("episodes and steps at once")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

// wrong is an agent whose third action of an episode is outside the space.
type wrong struct {
	Agent
	acts int
}

func (w *wrong) Reset(seed uint64) { w.acts = 0; w.Agent.Reset(seed) }

func (w *wrong) Act(obs env.Value) env.Value {
	w.acts++
	if w.acts == 3 {
		return env.Int(99)
	}
	return w.Agent.Act(obs)
}

func TestCollectNamesTheEpisodeThatFails(t *testing.T) {
	o := dotOptions(t.TempDir(), 20)
	o.MakeAgent = func(name string, e env.Env) (Agent, error) {
		agent, err := makeChance(name, e)
		if name == "other" {
			agent = &wrong{Agent: agent}
		}
		return agent, err
	}
	done, err := Collect(context.Background(), o, nil)
	if err == nil || !strings.Contains(err.Error(), "episode 3, Dot-v0?height=16&width=24 played by other") {
		t.Fatalf("got %v", err)
	}
	if d := open(t, o.Dir); d.Len() != 3 || done.Episodes != 3 {
		t.Fatalf("%d episodes kept of %+v", d.Len(), done)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewWriter(dir, WriterOptions{}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("two writers: %v", err)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	again, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}

func TestMaxStepsTruncates(t *testing.T) {
	o := dotOptions(t.TempDir(), 6)
	o.MaxSteps, o.NoStates = 4, true
	if _, err := Collect(context.Background(), o, nil); err != nil {
		t.Fatal(err)
	}
	d := open(t, o.Dir)
	for i := range d.Len() {
		e, err := d.Episode(i)
		if err != nil || e.Len() != 4 || !e.Truncated[3] || e.Terminated[3] || e.Truncated[2] || e.States != nil {
			t.Fatalf("episode %d: %d steps, %v %v, %v", i, e.Len(), e.Truncated, e.Terminated, err)
		}
	}
}

func TestVersioned(t *testing.T) {
	for _, c := range [][3]string{
		{"Dot", "Dot-v2", "Dot-v2"},
		{"Dot?height=32&speed=2", "Dot-v2", "Dot-v2?height=32&speed=2"},
		{"dream:x@Dot-v2", "dream:x@Dot-v2", "dream:x@Dot-v2"},
		{"dream:x@Dot-v2?height=32", "dream:x@Dot-v2?height=32", "dream:x@Dot-v2?height=32"},
		{"dream:x", "dream:x@Dot-v2?height=32", "dream:x@Dot-v2?height=32"},
	} {
		if got := versioned(c[0], c[1]); got != c[2] {
			t.Errorf("%s, which is of %s, is recorded as %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
