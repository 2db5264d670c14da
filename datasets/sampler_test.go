package datasets

import (
	"context"
	"errors"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"somnium/env"
)

// batches takes n batches of a new sampler.
func batches(t testing.TB, d *Dataset, o SamplerOptions, n int) []*Batch {
	t.Helper()
	s, err := NewSampler(d, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var list []*Batch
	for range n {
		b, err := s.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	if got := s.State(); got != (SamplerState{Seed: o.Seed, Batch: o.Start + uint64(n)}) {
		t.Fatalf("state %+v after %d batches", got, n)
	}
	return list
}

func TestSamplerIsAFunctionOfSeedAndNumber(t *testing.T) {
	d := open(t, collect(t, 20))
	o := SamplerOptions{Frames: 5, Batch: 4, Seed: 3, Workers: 1}
	want := batches(t, d, o, 40)
	for _, workers := range []int{2, 5} {
		o.Workers, o.CacheBytes = workers, 40_000
		if !reflect.DeepEqual(batches(t, d, o, 40), want) {
			t.Fatalf("%d workers give other batches", workers)
		}
	}
	o.Start, o.CacheBytes = 25, -1
	if !reflect.DeepEqual(batches(t, d, o, 15), want[25:]) {
		t.Fatal("a sampler resumed at batch 25 gives others")
	}
	o.Start, o.Seed = 0, 4
	if reflect.DeepEqual(batches(t, d, o, 40), want) {
		t.Fatal("another seed gives the same batches")
	}
}

func TestClipsAreWindowsOfTheirEpisodes(t *testing.T) {
	d := open(t, collect(t, 20))
	const frames, clips = 6, 3
	firsts, ends := 0, 0
	for _, b := range batches(t, d, SamplerOptions{Frames: frames, Batch: clips, Seed: 5}, 60) {
		size := b.H * b.W * 3
		for i := range clips {
			e, err := d.Episode(b.Episode[i])
			if err != nil {
				t.Fatal(err)
			}
			if b.H != e.Height || b.W != e.Width || b.Env[i] != e.Env || b.Captions[i] != e.Caption(b.Start[i]) {
				t.Fatalf("clip of %s at %dx%d in a batch of %dx%d, caption %v", e.Env, e.Height, e.Width, b.H, b.W, b.Captions[i])
			}
			for f := range frames {
				at, into := i*frames+f, b.Start[i]+f-1
				if string(b.Frames[at*size:(at+1)*size]) != string(e.Frame(into+1)) {
					t.Fatalf("frame %d of the clip is not frame %d of the episode", f, into+1)
				}
				var action env.Value
				var reward, end float32
				if into >= 0 {
					action, reward = e.Actions[into], e.Rewards[into]
					if e.Terminated[into] {
						end, ends = 1, ends+1
					}
				} else {
					firsts++
				}
				if !reflect.DeepEqual(b.Actions[i][f], action) || b.Rewards[at] != reward || b.Ends[at] != end {
					t.Fatalf("the transition into frame %d is wrong", into+1)
				}
			}
		}
	}
	if firsts == 0 || ends == 0 {
		t.Fatalf("%d first frames and %d ends: the test saw too little", firsts, ends)
	}
}

func TestEveryWindowOnceAnEpoch(t *testing.T) {
	d := open(t, collect(t, 20)).Filter(OfEnv("Dash-v0"))
	o := SamplerOptions{Frames: 7, Batch: 1, Seed: 9}
	s, err := NewSampler(d, o)
	if err != nil {
		t.Fatal(err)
	}
	windows, short := s.Windows()
	s.Close()
	var want int64
	for i := range d.Len() {
		want += int64(max(0, d.Meta(i).Frames()-6))
	}
	if windows != want || short == d.Len() {
		t.Fatalf("%d windows for %d, %d episodes too short", windows, want, short)
	}
	seen := map[clip]int{}
	for k, b := range batches(t, d, o, 2*int(windows)) {
		seen[clip{b.Episode[0], b.Start[0]}]++
		if k+1 == int(windows) && len(seen) != k+1 {
			t.Fatalf("%d of %d windows in the first epoch", len(seen), windows)
		}
	}
	for c, n := range seen {
		if n != 2 {
			t.Fatalf("window %+v came %d times in two epochs", c, n)
		}
	}
}

func TestShares(t *testing.T) {
	d := open(t, collect(t, 60))
	frames := map[string]float64{}
	for i := range d.Len() {
		if m := d.Meta(i); m.Frames() >= 4 {
			frames[m.Env] += float64(m.Frames())
		}
	}
	for _, weights := range []map[string]float64{nil, {"Dash-v0": 3}, {"Dot-v0": 0.5, "Dot-v0?height=20&width=16": 0}} {
		strata, _, err := findStrata(d, SamplerOptions{Frames: 4, Weights: weights})
		if err != nil {
			t.Fatal(err)
		}
		p := newPlan(strata, SamplerOptions{Batch: 2, Seed: 1})
		const draws = 40_000
		for range draws / 2 {
			p.next()
		}
		var sum float64
		o := SamplerOptions{Weights: weights}
		for name, n := range frames {
			sum += n * o.weight(Meta{Env: name})
		}
		for i, s := range strata {
			want := frames[s.env] * o.weight(Meta{Env: s.env}) / sum
			if got := float64(p.given[i]) / draws; math.Abs(got-want) > 0.015 {
				t.Errorf("weights %v: %s has %.3f of the clips, not %.3f", weights, s.env, got, want)
			}
		}
		if zero := weights["Dot-v0?height=20&width=16"] == 0 && len(weights) == 2; zero && len(strata) != 2 {
			t.Errorf("weight 0 leaves %d strata", len(strata))
		}
	}
}

func TestPermuteIsAPermutation(t *testing.T) {
	for _, n := range []uint64{1, 2, 3, 4, 5, 63, 64, 65, 1000, 4097} {
		moved := false
		for key := range uint64(3) {
			seen := make([]bool, n)
			for x := range n {
				y := permute(x, n, key)
				if y >= n || seen[y] {
					t.Fatalf("n %d, key %d: %d goes to %d a second time or beyond", n, key, x, y)
				}
				seen[y] = true
				moved = moved || y != x
			}
		}
		if n > 3 && !moved {
			t.Errorf("n %d: the identity", n)
		}
	}
}

func TestSamplerTellsWhenNothingIsLeft(t *testing.T) {
	d := open(t, collect(t, 6))
	for want, o := range map[string]SamplerOptions{
		"shorter clips":     {Frames: 1000, Batch: 1},
		"passes the filter": {Frames: 2, Batch: 1, Envs: []string{"Nothing-v0"}},
		"is no share":       {Frames: 2, Batch: 1, Weights: map[string]float64{"Dot-v0": -1}},
	} {
		if _, err := NewSampler(d, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

func TestSamplerNamesADamagedEpisode(t *testing.T) {
	dir := collect(t, 6)
	d := open(t, dir)
	for _, r := range d.refs {
		data, _ := os.ReadFile(r.path)
		data[r.entry.offset+r.entry.header.size()-5] ^= 1
		write(t, r.path, data)
	}
	s, err := NewSampler(d, SamplerOptions{Frames: 2, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Next(context.Background())
	var p *Problem
	if !errors.As(err, &p) || !strings.Contains(err.Error(), "data verify") {
		t.Fatalf("got %v", err)
	}
	if _, again := s.Next(context.Background()); again != err {
		t.Fatalf("then %v", again)
	}
}

func TestCloseAndCancelReturn(t *testing.T) {
	d := open(t, collect(t, 6))
	for range 50 {
		s, err := NewSampler(d, SamplerOptions{Frames: 2, Batch: 2, Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		returned := make(chan error)
		go func() {
			for {
				if _, err := s.Next(context.Background()); err != nil {
					returned <- err
					return
				}
			}
		}()
		time.Sleep(time.Millisecond)
		s.Close()
		s.Close()
		if err := <-returned; !errors.Is(err, ErrSamplerClosed) {
			t.Fatalf("got %v", err)
		}
	}
	s, err := NewSampler(d, SamplerOptions{Frames: 2, Batch: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 20 {
		if _, err := s.Next(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
}

func TestCacheStaysWithinItsBytes(t *testing.T) {
	d := open(t, collect(t, 20))
	c := newCache(d, 60_000)
	for i := range 200 {
		number := i * 7 % d.Len()
		e, err := c.episode(number)
		if err != nil || e.Number != number {
			t.Fatalf("episode %d: %v", number, err)
		}
		var sum int64
		for _, s := range c.slots {
			sum += s.bytes
		}
		if c.used > 60_000 || sum != c.used || c.order.Len() != len(c.slots) || len(c.slots) == 0 {
			t.Fatalf("%d bytes counted, %d held in %d slots", c.used, sum, len(c.slots))
		}
	}
}
