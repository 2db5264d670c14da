package datasets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"somnium/env"
)

// collect records a data set of dots and returns its folder.
func collect(t testing.TB, episodes int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := Collect(context.Background(), dotOptions(dir, episodes), nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, paths ...string) *Dataset {
	t.Helper()
	d, err := Open(paths...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// play records episode number of dotOptions' job without Collect.
func play(t testing.TB, o CollectOptions, number int) *Episode {
	t.Helper()
	name := o.Envs[number%len(o.Envs)]
	e, err := makeDot(name)
	if err != nil {
		t.Fatal(err)
	}
	agent, _ := makeChance("", e)
	seed, agentSeed := EpisodeSeeds(o.Seed, number)
	episode, err := Record(context.Background(), e, agent, RecordOptions{Seed: seed, AgentSeed: agentSeed})
	if err != nil {
		t.Fatal(err)
	}
	episode.Env, episode.Number, episode.Agent = name, number, o.Agents[number/len(o.Envs)%len(o.Agents)]
	return episode
}

func TestWhatIsReadIsWhatWasPlayed(t *testing.T) {
	dir := collect(t, 12)
	d := open(t, dir)
	if d.Len() != 12 || len(d.Problems()) != 0 {
		t.Fatalf("%d episodes, problems %v", d.Len(), d.Problems())
	}
	for i := range d.Len() {
		got, err := d.Episode(i)
		if err != nil {
			t.Fatal(err)
		}
		want := play(t, dotOptions("", 12), i)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("episode %d differs:\n got %+v\nwant %+v", i, got, want)
		}
		if got.Meta() != d.Meta(i) {
			t.Fatalf("meta %+v of an episode %+v", d.Meta(i), got.Meta())
		}
		if len(got.Captions) < 2 && got.Len() > 20 {
			t.Errorf("episode %d of %d steps has %d captions; the dot changes sides", i, got.Len(), len(got.Captions))
		}
	}
}

// TestEveryKindOfValue writes by hand what the dot does not do.
func TestEveryKindOfValue(t *testing.T) {
	values := []env.Value{
		{}, env.Int(3), env.Int(-70000), {Int: []int{1, 2, 3}}, {Int: []int{}}, {U8: []byte{1, 2}}, {F32: []float32{0.5, -1}},
		{F32: []float32{}}, {Dict: map[string]env.Value{"a": env.Int(1), "b": {Dict: map[string]env.Value{}}}},
		{Int: []int{4}, U8: []byte{1}},
	}
	n := len(values)
	e := &Episode{
		Env: "Hand-v0", Height: 2, Width: 3, Frames: make([]byte, (n+1)*18), Actions: values, Rewards: make([]float32, n),
		Terminated: make([]bool, n), Truncated: make([]bool, n), Spec: env.Spec{ID: "Hand-v0", Action: env.Discrete{N: 9}},
	}
	for i := range e.Frames {
		e.Frames[i] = byte(i * i)
	}
	dir := t.TempDir()
	w, err := NewWriter(dir, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(e); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, dir).Episode(0)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, e) {
		t.Fatalf("got  %+v\nwant %+v", got, e)
	}
}

func TestWriterRefusesWhatDoesNotFitTogether(t *testing.T) {
	whole := play(t, dotOptions("", 1), 0)
	for name, spoil := range map[string]func(*Episode){
		"frames":   func(e *Episode) { e.Frames = e.Frames[1:] },
		"rewards":  func(e *Episode) { e.Rewards = nil },
		"states":   func(e *Episode) { e.States = e.States[1:] },
		"captions": func(e *Episode) { e.Captions = []Caption{{Step: 3}, {Step: 3}} },
		"size":     func(e *Episode) { e.Height = 0 },
		"length":   func(e *Episode) { e.Height, e.Width = maxSide, maxSide },
		"space":    func(e *Episode) { e.Spec.Action = oddSpace{} },
	} {
		spoilt := *whole
		spoil(&spoilt)
		w, err := NewWriter(t.TempDir(), WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(&spoilt); err == nil || !strings.Contains(err.Error(), "episode 0 of Dot-v0") {
			t.Errorf("%s: got %v", name, err)
		}
		w.Close()
	}
}

type oddSpace struct{ env.Discrete }

func TestFilterSpecsAndInfo(t *testing.T) {
	dir := collect(t, 18)
	d := open(t, dir)
	dots := d.Filter(OfEnv("Dot-v0"))
	small := d.Filter(OfEnv("Dot-v0?height=20&width=16"))
	if dots.Len() != 12 || small.Len() != 6 || small.Meta(2).Number != 8 {
		t.Fatalf("%d of Dot, %d small, the third is number %d", dots.Len(), small.Len(), small.Meta(2).Number)
	}
	specs, err := d.Specs()
	if err != nil {
		t.Fatal(err)
	}
	e, _ := makeDot("Dash-v0?height=16&width=24")
	if got := specs["Dash-v0?height=16&width=24"]; len(specs) != 3 || !reflect.DeepEqual(got, e.Spec()) {
		t.Fatalf("specs %+v", specs)
	}
	info, err := Info(dir)
	if err != nil {
		t.Fatal(err)
	}
	var frames int64
	var total float64
	for i := range d.Len() {
		frames += int64(d.Meta(i).Frames())
		total += d.Meta(i).Return
	}
	var mean float64
	for _, g := range info.Envs {
		mean += g.MeanReturn * float64(g.Episodes)
	}
	if info.Episodes != 18 || info.Frames != frames || len(info.Envs) != 6 || mean-total > 1e-9 || total-mean > 1e-9 {
		t.Fatalf("%+v for %d frames of return %g", info, frames, total)
	}
	if info.BytesPerFrame <= 0 || info.Shards < 2 || !strings.Contains(info.String(), "18 episodes") {
		t.Fatalf("%+v\n%s", info, info)
	}
}

func TestOpenTellsWhatIsMissing(t *testing.T) {
	empty := t.TempDir()
	for _, path := range []string{empty, filepath.Join(empty, "nowhere")} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "somnium collect") {
			t.Errorf("%s: %v", path, err)
		}
	}
	foreign := filepath.Join(empty, "letter.txt")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("Dear reader, ", 50)), 0o644); err != nil {
		t.Fatal(err)
	}
	if d, err := Open(foreign); err == nil || !strings.Contains(err.Error(), foreign) {
		t.Fatalf("a letter opens as %v, %v", d, err)
	}
}

func TestNewerVersionIsNamedAndLeftAlone(t *testing.T) {
	dir := collect(t, 2)
	path := shardPath(dir, 0)
	data, _ := os.ReadFile(path)
	header := shardHeader()
	header[8] = 2
	sum := checksum(header[:12])
	copy(data, header[:12])
	copy(data[12:], []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)})
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	d := open(t, path)
	if err := d.Damage(); !errors.Is(err, errVersion) || !strings.Contains(err.Error(), "newer") {
		t.Fatalf("got %v", err)
	}
	if _, err := Repair(context.Background(), dir); !errors.Is(err, errVersion) {
		t.Fatalf("repair: %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(data) {
		t.Fatal("repair touched a shard of a newer version")
	}
}

func TestConcurrentReading(t *testing.T) {
	d := open(t, collect(t, 10))
	done := make(chan error)
	for g := range 8 {
		go func() {
			var err error
			for i := range d.Len() {
				var e *Episode
				if e, err = d.Episode((i + g) % d.Len()); err != nil {
					break
				}
				if e.Meta() != d.Meta((i+g)%d.Len()) {
					err = fmt.Errorf("another episode than asked for")
					break
				}
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}
