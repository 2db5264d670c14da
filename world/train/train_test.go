package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	"somnium/internal/ckpt"
	_ "somnium/sim/all"
	"somnium/world"
	"somnium/world/dit"
)

// record collects a few short episodes of an environment, by the random agent or by those named, and returns their folder.
func record(t *testing.T, name string, agents ...string) string {
	t.Helper()
	dir := t.TempDir()
	_, err := datasets.Collect(context.Background(), datasets.CollectOptions{
		Dir: dir, Envs: []string{name}, Agents: agents, Episodes: 3, Seed: 1, MaxSteps: 24, NoStates: true, Workers: 1,
		MakeAgent: func(name string, e env.Env) (datasets.Agent, error) { return all.New(name, e) },
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// tiny are the options of a run of 20 updates in a folder of its own, of which the last 5 show the model frames of its own.
func tiny(t *testing.T, data ...string) Options {
	t.Helper()
	return Options{
		Data: data, Dir: t.TempDir(), Preset: "tiny", Seed: 3, TokenizerSteps: 8, DynamicsSteps: 12, Clips: 2, Frames: 7,
		SelfRollout: 0.4, Save: time.Hour, Rate: 4,
	}
}

// key names an update.
type key struct {
	stage string
	step  int
}

// train runs and puts the losses into seen; where an update has one already, it must be the same.
func train(t *testing.T, ctx context.Context, options Options, seen map[key]Loss) (*world.Model, error) {
	t.Helper()
	report := options.Report
	options.Report = func(l Loss) {
		k := key{l.Stage, l.Step}
		if before, ok := seen[k]; ok && before != l {
			t.Errorf("update %d of the %s had the loss %+v and has %+v", l.Step, l.Stage, before, l)
		}
		seen[k] = l
		if report != nil {
			report(l)
		}
	}
	return Run(ctx, options)
}

// complete runs to the end.
func complete(t *testing.T, options Options) (*world.Model, map[key]Loss) {
	t.Helper()
	seen := map[key]Loss{}
	m, err := train(t, context.Background(), options, seen)
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != options.TokenizerSteps+options.FlowSteps+options.DynamicsSteps {
		t.Fatalf("%d updates were reported", len(seen))
	}
	return m, seen
}

// sameRun compares what two runs have left: their checkpoints, in which everything is, and their weights.
func sameRun(t *testing.T, got, want string) {
	t.Helper()
	for _, name := range []string{"checkpoint.safetensors", "weights.safetensors"} {
		a, err := os.ReadFile(filepath.Join(got, name))
		b, err2 := os.ReadFile(filepath.Join(want, name))
		if err != nil || err2 != nil {
			t.Fatal(errors.Join(err, err2))
		}
		if bytes.Equal(a, b) {
			continue
		}
		x, err := ckpt.DecodeBytes(a)
		y, err2 := ckpt.DecodeBytes(b)
		if err != nil || err2 != nil || len(x.Tensors) != len(y.Tensors) {
			t.Fatal(name, err, err2)
		}
		for i := range x.Tensors {
			if !slices.Equal(x.Tensors[i].F32, y.Tensors[i].F32) {
				t.Errorf("%s: %s differs", name, x.Tensors[i].Name)
			}
		}
		t.Errorf("%s differs; its metadata are %v and %v", name, x.Metadata, y.Metadata)
	}
}

// A run that is stopped at any update and gone on with makes the same updates, to the bit, and leaves the same checkpoint as
// one that nobody stopped; also where it is stopped again and again, and where the stages meet.
func TestStoppedRunsGoOnToTheSameLosses(t *testing.T) { stoppedRuns(t, 0) }

func TestStoppedRunsWithGuessesGoOnToTheSameLosses(t *testing.T) { stoppedRuns(t, 6) }

func stoppedRuns(t *testing.T, flowSteps int) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	whole := tiny(t, data)
	whole.FlowSteps = flowSteps
	_, want := complete(t, whole)
	total := whole.TokenizerSteps + flowSteps + whole.DynamicsSteps
	rng := rand.New(rand.NewPCG(1, 2))
	for _, stops := range [][]int{{1 + rng.IntN(7)}, {9 + rng.IntN(10)}, {8}, {2, 7, 9, 15}, {total - 1}} {
		t.Run(fmt.Sprint(stops), func(t *testing.T) {
			options := tiny(t, data)
			options.FlowSteps = flowSteps
			for k, stop := range append(stops, total) {
				ctx, cancel := context.WithCancel(context.Background())
				options.Report = func(l Loss) {
					done := l.Step + 1
					switch l.Stage {
					case "flow":
						done += whole.TokenizerSteps
					case "dynamics":
						done += whole.TokenizerSteps + flowSteps
					}
					if done >= stop && done < total {
						cancel()
					}
				}
				_, err := train(t, ctx, options, want)
				cancel()
				if k < len(stops) && stop < total-1 && !errors.Is(err, context.Canceled) || k == len(stops) && err != nil {
					t.Fatalf("run %d: %v", k, err)
				}
			}
			sameRun(t, options.Dir, whole.Dir)
		})
	}
	if len(want) != total {
		t.Errorf("the resumed runs made updates of their own: %d, want %d", len(want), total)
	}
}

// A run that is complete is left as it is when it is run again, and goes on where more updates are asked for.
func TestCompleteRunsAreLeftAndGoneOnWith(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	first, again := tiny(t, data), tiny(t, data)
	complete(t, first)
	complete(t, again)
	seen := map[key]Loss{}
	if _, err := train(t, context.Background(), again, seen); err != nil || len(seen) != 0 {
		t.Errorf("a complete run made %d more updates: %v", len(seen), err)
	}
	sameRun(t, again.Dir, first.Dir)
	again.DynamicsSteps += 3
	m, err := train(t, context.Background(), again, seen)
	if err != nil || len(seen) != 3 || m.Info.DynamicsSteps != 15 || m.Info.TokenizerSteps != 8 || m.Info.DynamicsClips != 30 {
		t.Errorf("three updates more were %d: %v, %+v", len(seen), err, m.Info)
	}
}

// What Run returns and what it writes are the averaged weights: the model of the file makes the same as the one returned, but
// for bf16. A warm start from it takes them over, and its latents are normalised.
func TestWarmStart(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24", "random", "sticky")
	options := tiny(t, data)
	m, _ := complete(t, options)
	if m.Info.TokenizerSteps != 8 || m.Info.TokenizerFrames != 8*16 || m.Info.DynamicsSteps != 12 || m.Info.DynamicsClips != 24 ||
		!slices.Equal(m.Info.Environments, []string{"RigidCatch-v0?height=16&width=24"}) || len(m.Info.Unknown("a ball towards the paddle")) > 0 ||
		!slices.Equal(m.Info.Unknown("a zeppelin"), []string{"zeppelin"}) {
		t.Errorf("the model says of itself %+v", m.Info)
	}
	path := filepath.Join(options.Dir, "weights.safetensors")
	saved, err := world.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Dynamics.Params.All() {
		for j, v := range p.Data {
			if got := saved.Dynamics.Params.All()[i].Data[j]; got != ckpt.FromBF16(ckpt.ToBF16(v)) {
				t.Fatalf("%s[%d] was saved as %g, and is %g", p.Name, j, got, v)
			}
		}
	}
	for _, p := range m.Tokenizer.Stats.All() {
		if p.Name == "deviation" && slices.Contains(p.Data, 1) {
			t.Errorf("the latents' deviations were not measured: %v", p.Data)
		}
	}
	warm := tiny(t, data)
	warm.From, warm.TokenizerSteps, warm.DynamicsSteps, warm.Rate = path, 0, 1, 1e-9
	next, losses := complete(t, warm)
	if next.Info.DynamicsSteps != 13 || next.Info.TokenizerSteps != 8 {
		t.Errorf("after a warm start the model says of itself %+v", next.Info)
	}
	if l := losses[key{"dynamics", 0}]; math.IsNaN(l.Total) || l.GradNorm <= 0 {
		t.Errorf("the first loss is %+v", l)
	}
	for i, p := range next.Dynamics.Params.All() {
		for j, v := range p.Data {
			if d := math.Abs(float64(v - saved.Dynamics.Params.All()[i].Data[j])); d > 1e-6 {
				t.Fatalf("%s[%d] moved by %g under a rate of nothing", p.Name, j, d)
			}
		}
	}
}

// cutShort returns a copy of the data whose shard has lost its end.
func cutShort(t *testing.T, data string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"shard-00000.shard", "shard-00000.shard.index"} {
		bytes, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".shard") {
			bytes = bytes[:len(bytes)-10]
		}
		if err := os.WriteFile(filepath.Join(dir, name), bytes, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// With the latents kept, only the decoder learns.
func TestKeptLatents(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	first := tiny(t, data)
	before, _ := complete(t, first)
	second := tiny(t, data)
	second.From, second.DynamicsSteps, second.KeepLatents = filepath.Join(first.Dir, "weights.safetensors"), 0, true
	complete(t, second)
	from, to := weightsOf(t, first), weightsOf(t, second)
	changed := 0
	for name, old := range from {
		switch same := slices.Equal(old, to[name]); {
		case strings.HasPrefix(name, "tokenizer/params/decoder/") && !same:
			changed++
		case !same:
			t.Errorf("%s has changed", name)
		}
	}
	if decoder := len(before.Tokenizer.Decoder().All()); changed < decoder/2 {
		t.Errorf("%d of the decoder's %d parameters have changed", changed, decoder)
	}
}

// weightsOf returns the numbers of what a run has written, by name.
func weightsOf(t *testing.T, o Options) map[string][]float32 {
	t.Helper()
	file, err := ckpt.Load(filepath.Join(o.Dir, "weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float32{}
	for _, tensor := range file.Tensors {
		all[tensor.Name] = tensor.F32
	}
	return all
}

// Mistakes are told before anything is written or lost.
func TestMistakes(t *testing.T) {
	data := record(t, "RigidCatch-v0?height=16&width=24")
	done := tiny(t, data)
	done.TokenizerSteps, done.DynamicsSteps = 1, 1
	complete(t, done)
	checkpoint := filepath.Join(done.Dir, "checkpoint.safetensors")
	good, err := os.ReadFile(checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(done.Dir, "weights.safetensors")
	for name, c := range map[string]struct {
		spoil func(o *Options)
		want  string
	}{
		"another preset":        {func(o *Options) { o.Dir, o.Preset = done.Dir, "small" }, `preset "tiny", not "small"`},
		"no preset":             {func(o *Options) { o.Preset = "huge" }, "huge"},
		"from another preset":   {func(o *Options) { o.Preset, o.From = "small", weights }, "its tokenizer is of sizes"},
		"other sizes":           {func(o *Options) { o.Dir, o.Dynamics = done.Dir, &dit.Config{} }, "choose another folder or those sizes"},
		"sizes that do not fit": {func(o *Options) { o.Dynamics = &dit.Config{} }, "sizes"},
		"from nothing":          {func(o *Options) { o.From = "nowhere" }, "nowhere"},
		"no data":               {func(o *Options) { o.Data = nil }, "folders"},
		"no folder":             {func(o *Options) { o.Dir = "" }, "folder"},
		"data that are not":     {func(o *Options) { o.Data = []string{t.TempDir()} }, "datasets"},
		"clips too long":        {func(o *Options) { o.TokenizerSteps, o.Frames = 1, 500 }, "500"},
		"no tokenizer":          {func(o *Options) { o.TokenizerSteps = 0 }, "never trained"},
		"damaged data":          {func(o *Options) { o.Data = []string{cutShort(t, data)} }, "cut short"},
		"negative clips":        {func(o *Options) { o.Clips = -1 }, "clips"},
		"negative frames":       {func(o *Options) { o.Frames = -16 }, "frames"},
		"negative steps":        {func(o *Options) { o.DynamicsSteps = -1 }, "negative"},
		"a rate of NaN":         {func(o *Options) { o.Rate = math.NaN() }, "rate"},
		"a share above one":     {func(o *Options) { o.SelfRollout = 1.5 }, "share"},
		"a folder that is none": {func(o *Options) { o.Dir = filepath.Join(checkpoint, "run") }, "folder"},
	} {
		options := tiny(t, data)
		c.spoil(&options)
		if _, err := Run(context.Background(), options); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "train: ") {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.want)
		}
	}
	plain, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	for name, bytes := range map[string][]byte{"cut short": good[:len(good)/2], "empty": {}, "without a state": plain} {
		if err := os.WriteFile(checkpoint, bytes, 0o644); err != nil {
			t.Fatal(err)
		}
		options := done
		options.DynamicsSteps = 5
		if _, err := Run(context.Background(), options); err == nil || !strings.Contains(err.Error(), checkpoint) {
			t.Errorf("a checkpoint that is %s: %v", name, err)
		}
		if after, err := os.ReadFile(checkpoint); err != nil || !slices.Equal(after, bytes) {
			t.Errorf("a checkpoint that is %s was written over: %v", name, err)
		}
	}
}

// An environment whose episodes are all shorter than a clip would be passed over: that is told before anything is learned, unless it
// is left out on purpose.
func TestEpisodesThatAreTooShort(t *testing.T) {
	options := tiny(t, record(t, "RigidPush-v0?height=16&width=24"), record(t, "RigidPush-v0?height=24&width=16&max_episode_steps=4"))
	options.TokenizerSteps, options.DynamicsSteps = 1, 1
	_, err := Run(context.Background(), options)
	if err == nil || !strings.Contains(err.Error(), "no episode of RigidPush-v0?height=24&width=16&max_episode_steps=4 has the 7 frames") {
		t.Errorf("episodes of 5 frames and clips of 7: %v", err)
	}
	options.Weights = map[string]float64{"RigidPush-v0?height=24&width=16&max_episode_steps=4": 0}
	complete(t, options)
}

// Who cancels a run at an update finds it stopped at that one, though the next batch is ready.
func TestRunsStopWhereTheyAreStopped(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"))
	options.TokenizerSteps = 1
	for stop := 1; stop <= 8; stop++ {
		ctx, cancel := context.WithCancel(context.Background())
		options.Report = func(l Loss) {
			if l.Stage == "dynamics" && l.Step+1 == stop {
				cancel()
			}
		}
		m, err := Run(ctx, options)
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if m.Info.DynamicsSteps != stop {
			t.Errorf("a run that was stopped at %d updates has made %d", stop, m.Info.DynamicsSteps)
		}
	}
}

// Each of the options that vary the training changes it, and says so in the weights where the model is another.
func TestVariants(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"))
	options.TokenizerSteps, options.DynamicsSteps = 2, 0
	complete(t, options)
	options.From, options.TokenizerSteps, options.DynamicsSteps = filepath.Join(options.Dir, "weights.safetensors"), 0, 3
	fresh := dit.Tiny(8)
	taller, noisier := fresh, fresh
	taller.Layers, noisier.ContextNoise = 3, 0.1
	losses := func(sizes dit.Config, adamw bool) []float64 {
		o := options
		o.Dir, o.Dynamics, o.AdamW = t.TempDir(), &sizes, adamw
		m, seen := complete(t, o)
		if m.Info.Dynamics != sizes || m.Dynamics.Config != sizes || m.Info.TokenizerSteps != 2 || m.Info.DynamicsSteps != 3 {
			t.Errorf("of sizes %+v the model says %+v", sizes, m.Info)
		}
		return []float64{seen[key{"dynamics", 0}].Total, seen[key{"dynamics", 2}].Total}
	}
	want := losses(fresh, false)
	if again := losses(fresh, false); !slices.Equal(again, want) {
		t.Errorf("the same run twice has the losses %v and %v", want, again)
	}
	if got := losses(fresh, true); got[0] != want[0] || got[1] == want[1] {
		t.Errorf("with AdamW the losses are %v, with Muon %v; want the same before any update alone", got, want)
	}
	if got := losses(taller, false); got[1] == want[1] {
		t.Errorf("with a layer more the losses are %v as well", got)
	}
	if got := losses(noisier, false); got[0] <= want[0] {
		t.Errorf("before any update the loss is %g with 10%% context noise and %g with 3%%; want more with more", got[0], want[0])
	}
}

// A second run in the folder of one that goes on is refused, and does it no harm.
func TestTwoRunsInOneFolder(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"))
	options.TokenizerSteps, options.DynamicsSteps = 2, 0
	refused := 0
	options.Report = func(Loss) {
		second := options
		second.Report = nil
		if _, err := Run(context.Background(), second); err != nil && strings.Contains(err.Error(), "choose another folder") {
			refused++
		}
	}
	if _, err := Run(context.Background(), options); err != nil || refused != 2 {
		t.Errorf("%d of 2 runs were refused: %v", refused, err)
	}
}

// A loss that is not finite ends the run: the error names the update, the parameter and the checkpoint to go on from, which
// is whole.
func TestLossThatIsNotFinite(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"))
	options.TokenizerSteps, options.DynamicsSteps = 2, 0
	complete(t, options)
	options.TokenizerSteps, options.Rate, options.Save = 50, 1e25, time.Nanosecond
	_, err := Run(context.Background(), options)
	path := filepath.Join(options.Dir, "checkpoint.safetensors")
	if err == nil || !regexp.MustCompile(`the tokenizer: .* gradient of \S+ is not finite at step \d+; .*the last good checkpoint, of \d+ updates, is `).MatchString(err.Error()) || !strings.HasSuffix(err.Error(), path) {
		t.Fatalf("the error is: %v", err)
	}
	if _, _, err := loadCheckpoint(path); err != nil {
		t.Error(err)
	}
}

// A run's folder has the losses as a table and as a picture.
func TestLossesAreShown(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"))
	options.TokenizerSteps, options.DynamicsSteps = 25, 2
	_, seen := complete(t, options)
	var h history
	if err := h.load(filepath.Join(options.Dir, "losses.csv")); err != nil {
		t.Fatal(err)
	}
	if len(h.points) != 3 || h.points[0].count != 20 || h.points[1].count != 5 || h.points[2].stage != "dynamics" {
		t.Fatalf("the table has the points %+v", h.points)
	}
	sum := 0.0
	for step := range 20 {
		sum += seen[key{"tokenizer", step}].Total
	}
	if got := h.points[0].total; math.Abs(got-sum) > 1e-4*sum {
		t.Errorf("the first point's losses sum to %g, want %g", got, sum)
	}
	picture, err := os.ReadFile(filepath.Join(options.Dir, "losses.png"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Error(err)
	}
}

// Data of several sizes and action spaces train one model.
func TestSeveralSizesAndSpaces(t *testing.T) {
	options := tiny(t, record(t, "RigidCatch-v0?height=16&width=24"), record(t, "RigidPush-v0?height=24&width=16"))
	_, seen := complete(t, options)
	for k, l := range seen {
		if math.IsNaN(l.Total) || math.IsInf(l.Total, 0) {
			t.Errorf("%v has the loss %g", k, l.Total)
		}
	}
}

func TestScheduleRisesAndFalls(t *testing.T) {
	const steps = 1000
	last := 0.0
	for step := range steps {
		now := schedule(step, steps)
		if now <= 0 || now > 1 || step > 0 && step < 90 && now <= last || step > 100 && now > last {
			t.Fatalf("at update %d the factor is %g, after %g", step, now, last)
		}
		last = now
	}
	if schedule(0, steps) > 0.02 || last > 0.1 {
		t.Errorf("it begins at %g and ends at %g", schedule(0, steps), last)
	}
}

func TestDepthOfSelfRollout(t *testing.T) {
	stage := func(preset string, share float64, frames int) *dynamicsStage {
		model, err := world.New(preset, 1)
		if err != nil {
			t.Fatal(err)
		}
		return &dynamicsStage{model: model, options: Options{DynamicsSteps: 100, SelfRollout: share, Frames: frames}}
	}
	var got []int
	s := stage("tiny", 0.3, 16)
	for _, number := range []int{0, 69, 70, 79, 81, 89, 91, 99} {
		got = append(got, s.depth(number))
	}
	if want := []int{0, 0, 2, 2, 5, 5, 11, 11}; !slices.Equal(got, want) {
		t.Errorf("the depths are %v, want %v", got, want)
	}
	if d := stage("tiny", 0, 16).depth(99); d != 0 {
		t.Errorf("without self-rollout the depth is %d", d)
	}
	for frames, want := range map[int]int{1: 0, 5: 0, 6: 1, 7: 2, 9: 4, 11: 6, 16: 11, 20: 11} {
		if d := stage("tiny", 1, frames).depth(99); d != want {
			t.Errorf("in clips of %d frames the depth is %d, want %d", frames, d, want)
		}
	}
	// In latents of four frames, of which the first two show five.
	for frames, want := range map[int]int{1: 0, 12: 0, 13: 1, 17: 2, 20: 2, 53: 11, 61: 11} {
		if d := stage("tiny-stride4", 1, frames).depth(99); d != want {
			t.Errorf("in clips of %d frames, four a latent, the depth is %d, want %d", frames, d, want)
		}
	}
}
