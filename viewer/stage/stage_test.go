package stage_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/viewer/stage"
	"somnium/viewer/stage/stagetest"
	"somnium/viewer/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

func open(t *testing.T, place wire.Place) *stage.Stage {
	t.Helper()
	s := stage.New(stagetest.House())
	t.Cleanup(func() { s.Close() })
	if err := s.Open(place); err != nil {
		t.Fatal(err)
	}
	return s
}

func do(t *testing.T, s *stage.Stage, c wire.Command) {
	t.Helper()
	if err := s.Do(c); err != nil {
		t.Fatalf("%s: %v", c.Do, err)
	}
}

func advance(t *testing.T, s *stage.Stage, steps int) {
	t.Helper()
	for range steps {
		if err := s.Advance(); err != nil {
			t.Fatal(err)
		}
	}
}

func hold(intents ...string) wire.Command {
	return wire.Command{Do: wire.HandsOn, Hands: &wire.Hands{Held: intents}}
}

func ref[T any](x T) *T { return &x }

// digest is a view in few words, pictures as the start of their checksum.
func digest(v wire.View) string {
	sum := func(p []byte) string {
		if p == nil {
			return "-"
		}
		h := sha256.Sum256(p)
		return hex.EncodeToString(h[:4])
	}
	v.Turn = 0
	truth, dream := sum(v.Truth), sum(v.Dream)
	text, _ := json.Marshal(v)
	h := sha256.Sum256(text)
	return fmt.Sprintf("frame %d of %d, seed %d, %s, %q, truth %s, dream %s, %d shapes, %d forks, all %s", v.At, v.Len, v.Scene.Seed, v.Agent, v.Action,
		truth, dream, len(v.Shapes), len(v.Forks), hex.EncodeToString(h[:4]))
}

// TestGolden plays a whole visit, and compares every view with those that were recorded.
func TestGolden(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0", Seed: ref(uint64(7))})
	var log []string
	note := func(what string) { log = append(log, what+": "+digest(s.View(0))) }
	note("open")
	for i, c := range []struct {
		commands []wire.Command
		steps    int
	}{
		{nil, 12},
		{[]wire.Command{hold("left")}, 5},
		{[]wire.Command{hold(), {Do: wire.Pause}}, 3},
		{[]wire.Command{{Do: wire.Step, Count: -4}}, 0},
		{[]wire.Command{{Do: wire.Step, Count: 1}}, 0},
		{[]wire.Command{hold("right"), {Do: wire.Play}}, 6},
		{[]wire.Command{hold(), {Do: wire.Branch}}, 0},
		{[]wire.Command{{Do: wire.Wake}, {Do: wire.Play}}, 4},
		{[]wire.Command{{Do: wire.Agent, Text: "sticky"}}, 20},
		{[]wire.Command{{Do: wire.Seek, Count: 2}}, 0},
		{[]wire.Command{{Do: wire.Prompt, Text: "seed 9"}, {Do: wire.Play}}, 3},
		{[]wire.Command{{Do: wire.Open, Place: &wire.Place{Scene: "shatter"}}}, 40},
		{[]wire.Command{{Do: wire.Open, Place: &wire.Place{Scene: "look-away"}}}, 8},
	} {
		for _, command := range c.commands {
			do(t, s, command)
		}
		advance(t, s, c.steps)
		note(fmt.Sprint(i))
	}
	golden(t, "visit.txt", strings.Join(log, "\n")+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		os.MkdirAll("testdata", 0o755)
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at what changed, then run with -update:\ngot\n%s\nwant\n%s", path, got, want)
	}
}

// TestTheTruthIsTheEnvironment plays with hands and compares every true frame with the environment's own, from a reset.
func TestTheTruthIsTheEnvironment(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidPush-v0", Seed: ref(uint64(3))})
	for _, h := range []string{"left", "up", "right", "down", ""} {
		do(t, s, hold(strings.Fields(h)...))
		do(t, s, wire.Command{Do: wire.Agent})
		advance(t, s, 4)
	}
	take := s.Take(0, 1<<30)
	e, err := env.Make("RigidPush-v0")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	obs, _ := e.Reset(env.Seeded(3))
	for i, action := range take.Actions {
		if !bytes.Equal(obs.Pixels(), take.Truth[i]) {
			t.Fatalf("frame %d is not the environment's", i)
		}
		step, err := e.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		obs = step.Obs
	}
	if len(take.Actions) != 27 { // 7 of the context, and 5 times 4
		t.Errorf("%d actions", len(take.Actions))
	}
}

// TestBranches sets out anew from the past, comes back, and must find both futures as they were.
func TestBranches(t *testing.T) {
	for _, name := range []string{"RigidCatch-v0", "VoxelNavigate-v0"} {
		s := open(t, wire.Place{Scene: name, Seed: ref(uint64(1))})
		do(t, s, wire.Command{Do: wire.Agent})
		advance(t, s, 40)
		first := s.Take(0, 1<<30)
		do(t, s, wire.Command{Do: wire.Seek, Count: 21})
		do(t, s, wire.Command{Do: wire.Play})
		do(t, s, hold("right"))
		advance(t, s, 10)
		second := s.Take(0, 1<<30)
		if len(second.Truth) != 32 || len(s.View(0).Forks) != 1 || s.View(0).At != 31 {
			t.Fatalf("%s: the branch has %d frames, %d forks, shows %d", name, len(second.Truth), len(s.View(0).Forks), s.View(0).At)
		}
		if !bytes.Equal(second.Truth[21], first.Truth[21]) || bytes.Equal(second.Truth[31], first.Truth[31]) {
			t.Errorf("%s: the branch leaves the past as it was: %v; goes elsewhere: %v", name, bytes.Equal(second.Truth[21], first.Truth[21]), !bytes.Equal(second.Truth[31], first.Truth[31]))
		}
		do(t, s, hold())
		do(t, s, wire.Command{Do: wire.Branch})
		if again := s.Take(0, 1<<30); !slices.EqualFunc(again.Truth, first.Truth, bytes.Equal) || !slices.EqualFunc(again.Dream, first.Dream, bytes.Equal) {
			t.Errorf("%s: the first future is not what it was", name)
		}
		// Going on from there must be as if nothing had been in between.
		advance(t, s, 5)
		long := open(t, wire.Place{Scene: name, Seed: ref(uint64(1))})
		do(t, long, wire.Command{Do: wire.Agent})
		advance(t, long, 45)
		a, b := s.Take(0, 1<<30), long.Take(0, 1<<30)
		if !slices.EqualFunc(a.Truth, b.Truth, bytes.Equal) || !slices.EqualFunc(a.Dream, b.Dream, bytes.Equal) {
			t.Errorf("%s: after a branch and back the world is another one", name)
		}
		do(t, s, wire.Command{Do: wire.Branch})
		if again := s.Take(0, 1<<30); !slices.EqualFunc(again.Truth, second.Truth, bytes.Equal) {
			t.Errorf("%s: the second future is not what it was", name)
		}
		if s.Do(wire.Command{Do: wire.Branch, Count: 5}) == nil {
			t.Errorf("%s: there is a sixth branch", name)
		}
	}
}

// TestOldBranchesMakeRoom branches earlier and earlier, so that every branch lies on the one before: the timeline stays within its
// bounds, goes on while there are branches that can go, and stops when there are none.
func TestOldBranchesMakeRoom(t *testing.T) {
	const most = 4 << 20
	s := open(t, wire.Place{Scene: "RigidCatch-v0?max_episode_steps=0", Seed: ref(uint64(1))})
	s.Limit(most)
	do(t, s, wire.Command{Do: wire.Agent})
	branched := 0
	for at := 40; at > 10; at-- {
		advance(t, s, 50-at)
		do(t, s, wire.Command{Do: wire.Seek, Count: at})
		do(t, s, hold("right"))
		do(t, s, wire.Command{Do: wire.Step, Count: 1})
		do(t, s, hold())
		do(t, s, wire.Command{Do: wire.Play})
		if branched = max(branched, len(s.View(0).Forks)); s.Bytes() > most+most/8 {
			t.Fatalf("at frame %d the timeline holds %d bytes of %d", at, s.Bytes(), most)
		}
	}
	if branched == 0 {
		t.Error("there is no branch")
	}
	for range 200 {
		if err := s.Advance(); err != nil {
			if v := s.View(0); len(v.Forks) > 0 || v.Len < 60 || !v.Paused {
				t.Errorf("with %d frames and %d branches, paused: %v, it says %v", v.Len, len(v.Forks), v.Paused, err)
			}
			return
		}
	}
	t.Errorf("a timeline of %d bytes goes on for ever, with %d frames", most, s.View(0).Len)
}

// TestReplaysGoWhereTheyWereTaken replays the code of a visit with branches and an awakening.
func TestReplaysGoWhereTheyWereTaken(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0", Seed: ref(uint64(5))})
	advance(t, s, 20)
	do(t, s, wire.Command{Do: wire.Wake})
	advance(t, s, 10)
	do(t, s, wire.Command{Do: wire.Seek, Count: 25})
	do(t, s, wire.Command{Do: wire.Play})
	do(t, s, hold("left"))
	advance(t, s, 7)
	want := s.Take(0, 1<<30)
	again := open(t, wire.Place{Scene: "RigidCatch-v0", Seed: ref(uint64(5)), Replay: want.Replay, At: 12})
	if again.Interval() != 0 {
		t.Error("catching up takes its time")
	}
	for again.Moving() {
		advance(t, again, 1)
	}
	got := again.Take(0, 1<<30)
	if !slices.EqualFunc(got.Truth, want.Truth, bytes.Equal) || !slices.EqualFunc(got.Dream, want.Dream, bytes.Equal) || got.Replay != want.Replay {
		t.Errorf("the replay leads to %d frames and not to the %d of the visit", len(got.Truth), len(want.Truth))
	}
	if v := again.View(0); v.At != 12 || !v.Paused {
		t.Errorf("the replay stops at %d, paused: %v", v.At, v.Paused)
	}
	if err := again.Open(wire.Place{Scene: "RigidCatch-v0", Replay: "!"}); err == nil {
		t.Error("a damaged replay is taken")
	}
	do(t, again, wire.Command{Do: wire.Open, Place: &wire.Place{Scene: "RigidCatch-v0", Replay: wire.EncodeReplay([]uint64{99})}})
	if again.Advance() == nil {
		t.Error("an action that does not exist is taken")
	}
}

// hearer is a dream that keeps what it is told.
type hearer struct {
	*stagetest.Dream
	told *[]string
}

func (h hearer) Prime(c env.Context) (env.Value, error) {
	*h.told = append(*h.told, c.Caption)
	return h.Dream.Prime(c)
}

// TestADreamIsToldTheSameAgain goes by words, and then to the place that a link to there holds.
func TestADreamIsToldTheSameAgain(t *testing.T) {
	const words = "a blue disc moves across behind a box, I say"
	var told []string
	house := stagetest.House()
	house.Dream = func(_ string, spec env.Spec) (env.Env, string, error) {
		return hearer{stagetest.NewDream(spec), &told}, "", nil
	}
	s := stage.New(house)
	defer s.Close()
	do(t, s, wire.Command{Do: wire.Prompt, Text: words})
	v := s.View(0)
	do(t, s, wire.Command{Do: wire.Open, Place: &wire.Place{Scene: v.Scene.Name, Seed: &v.Scene.Seed, Words: v.Scene.Words}})
	do(t, s, wire.Command{Do: wire.Open, Place: &wire.Place{Scene: v.Scene.Name, Seed: &v.Scene.Seed}})
	if !slices.Equal(told, []string{words, words, v.Caption}) || s.View(0).Scene.Words != "" {
		t.Errorf("the dream is told %q", told)
	}
}

// TestASceneResumes goes on after a replay, as a window does that has lost its server in the middle of a scene.
func TestASceneResumes(t *testing.T) {
	replay := wire.EncodeReplay(slices.Repeat([]uint64{2}, 10))
	for _, c := range []struct {
		place  wire.Place
		agent  string
		paused bool
		length int
	}{
		{wire.Place{}, "", true, 18},
		{wire.Place{Agent: "sticky"}, "", true, 18}, // which a link cannot ask for
		{wire.Place{Resume: true}, "", false, 23},
		{wire.Place{Resume: true, Agent: "sticky"}, "sticky", false, 23},
		{wire.Place{Resume: true, Agent: "sticky", Paused: true}, "sticky", true, 18},
	} {
		place := c.place
		place.Scene, place.Replay = "RigidCatch-v0", replay
		s := open(t, place)
		advance(t, s, 15)
		if v := s.View(0); v.Agent != c.agent || v.Paused != c.paused || v.Len != c.length || v.At != v.Len-1 {
			t.Errorf("%+v: %q acts at frame %d of %d, paused: %v", c.place, v.Agent, v.At, v.Len, v.Paused)
		}
	}
}

// TestTakesLieOnTheTimeline asks for stretches that there are not, as a window does that does not know yet what was cut off.
func TestTakesLieOnTheTimeline(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0"})
	for _, c := range []struct{ from, until, first, frames int }{
		{0, 3, 0, 4}, {-5, 1 << 40, 0, 8}, {1 << 40, 1 << 41, 7, 1}, {5, 2, 5, 1}, {-9, -3, 0, 1}, {100, -1, 7, 1},
	} {
		take := s.Take(c.from, c.until)
		if take.From != c.first || len(take.Truth) != c.frames || len(take.Actions) != c.frames-1 {
			t.Errorf("frames %d to %d are %d frames from %d, want %d from %d", c.from, c.until, len(take.Truth), take.From, c.frames, c.first)
		}
	}
}

func TestHandsAndAgents(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0"})
	if v := s.View(0); v.Agent != "scripted" || v.Len != 8 || v.Context != 8 || v.At != 7 {
		t.Errorf("it begins with %s at frame %d of %d", v.Agent, v.At, v.Len)
	}
	advance(t, s, 3)
	do(t, s, wire.Command{Do: wire.HandsOn, Seq: 41, Hands: &wire.Hands{Tapped: []string{"right"}}})
	advance(t, s, 1)
	if v := s.View(0); v.Agent != "" || v.Action != "right" || v.Seq != 41 {
		t.Errorf("after a tap %q acts, %q, %d", v.Agent, v.Action, v.Seq)
	}
	advance(t, s, 1)
	if v := s.View(0); v.Action != "stay" {
		t.Errorf("a tap lasts longer than a step: %s", v.Action)
	}
	if err := s.Do(wire.Command{Do: wire.Agent, Text: "nobody"}); err == nil {
		t.Error("nobody can act")
	}
	do(t, s, wire.Command{Do: wire.Open, Place: &wire.Place{Scene: "look-away"}})
	if v := s.View(0); v.Agent != stage.TourName || v.Scene.Dream || v.Scene.Remark == "" || !v.Scene.Look {
		t.Errorf("a test begins with %q, remark %q", v.Agent, v.Scene.Remark)
	}
}

// What was tapped right before a pause is forgotten; what is tapped in it counts for the next step.
func TestTapsDoNotOutlastAPause(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0", Seed: ref(uint64(1))})
	advance(t, s, 3)
	do(t, s, wire.Command{Do: wire.HandsOn, Seq: 1, Hands: &wire.Hands{Tapped: []string{"left"}}})
	do(t, s, wire.Command{Do: wire.Pause})
	do(t, s, hold("right"))
	do(t, s, wire.Command{Do: wire.Step, Count: 1})
	if got := s.View(0).Action; got != "right" {
		t.Errorf("with right held after a pause the action is %q", got)
	}
	do(t, s, wire.Command{Do: wire.HandsOn, Seq: 2, Hands: &wire.Hands{Held: []string{"right"}, Tapped: []string{"left"}}})
	do(t, s, wire.Command{Do: wire.Step, Count: 1})
	if got := s.View(0).Action; got != "left" {
		t.Errorf("with left tapped in the pause the action is %q", got)
	}
}

func TestPrompts(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0"})
	do(t, s, wire.Command{Do: wire.Prompt, Text: "a blue disc moves across behind a box"})
	if v := s.View(0); v.Scene.Name != "RigidOccluder-v0" || !strings.Contains(v.Caption, "blue") {
		t.Errorf("the words lead to %s, %q", v.Scene.Name, v.Caption)
	}
	if notices := s.Notices(); len(notices) != 1 || !strings.Contains(notices[0].Text, "RigidOccluder-v0") {
		t.Errorf("it is remarked %v", notices)
	}
	do(t, s, wire.Command{Do: wire.Prompt, Text: "seed 12"})
	if v := s.View(0); v.Scene.Seed != 12 || v.Len != 8 {
		t.Errorf("seed 12 is %d", v.Scene.Seed)
	}
	s = open(t, wire.Place{Scene: "RigidCatch-v0"})
	do(t, s, wire.Command{Do: wire.Prompt, Text: "agent sticky"})
	if v := s.View(0); v.Agent != "sticky" || v.Scene.Name != "RigidCatch-v0" {
		t.Errorf("%s acts in %s", v.Agent, v.Scene.Name)
	}
	do(t, s, wire.Command{Do: wire.Prompt, Text: "shatter"})
	if v := s.View(0); !v.Scene.Test || len(v.Verdict) == 0 {
		t.Errorf("the test has no verdict: %+v", v.Scene)
	}
	for _, bad := range []string{"", "the of", "xyzzy", "seed x", "agent nobody", "Nowhere-v0"} {
		if err := s.Do(wire.Command{Do: wire.Prompt, Text: bad}); err == nil {
			t.Errorf("the prompt %q is taken", bad)
		}
	}
}

// TestDroppedPicturesAreDreamedOn drops a picture and an animation.
func TestDroppedPicturesAreDreamedOn(t *testing.T) {
	s := open(t, wire.Place{Scene: "RigidCatch-v0"})
	img := image.NewNRGBA(image.Rect(0, 0, 200, 100))
	for i := range img.Pix {
		img.Pix[i] = 255 // white, but for the left quarter, which is cut off
		if i/4%200 < 50 {
			img.Pix[i] = 0
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(file.Bytes()); err != nil {
		t.Fatal(err)
	}
	if v := s.View(0); v.Scene.Truth || !v.Scene.Dream || v.Truth != nil || v.Len != 1 || v.Dream[0] != 255 || v.Dream[64*3-1] != 255 {
		t.Errorf("the picture is shown as %d frames, %+v", v.Len, v.Scene)
	}
	do(t, s, hold("left"))
	advance(t, s, 5)
	if v := s.View(0); v.Len != 6 || v.Action != "left" || v.PSNR >= 0 {
		t.Errorf("it is dreamed on for %d frames by %s", v.Len, v.Action)
	}
	two := &gif.GIF{Config: image.Config{Width: 8, Height: 8}}
	for range 2 {
		two.Image = append(two.Image, image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White}))
		two.Delay = append(two.Delay, 5)
	}
	file.Reset()
	if err := gif.EncodeAll(&file, two); err != nil {
		t.Fatal(err)
	}
	if err := s.Drop(file.Bytes()); err != nil {
		t.Fatal(err)
	}
	if v := s.View(0); v.Len != 2 || v.Context != 2 {
		t.Errorf("an animation of 2 frames gives %d, %d of them context", v.Len, v.Context)
	}
	for _, bad := range []string{"", "no picture", file.String()[:20]} {
		if s.Drop([]byte(bad)) == nil {
			t.Errorf("%q is taken for a picture", bad)
		}
	}
}

// FuzzDrop looks for files that make the stage fail.
func FuzzDrop(f *testing.F) {
	var file bytes.Buffer
	png.Encode(&file, image.NewGray(image.Rect(0, 0, 3, 2)))
	f.Add(file.Bytes())
	s := stage.New(stagetest.House())
	if err := s.Open(wire.Place{Scene: "RigidCatch-v0"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s.Drop(data) == nil && !s.Ready() {
			t.Error("a picture was taken, and there is nothing to see")
		}
	})
}

// BenchmarkAdvance is a step of truth and stub, with its view: what the stage itself costs.
func BenchmarkAdvance(b *testing.B) {
	s := stage.New(stagetest.House())
	defer s.Close()
	for b.Loop() {
		if !s.Ready() || s.View(1<<30).Len > 900 {
			if err := s.Open(wire.Place{Scene: "RigidCatch-v0"}); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.Advance(); err != nil {
			b.Fatal(err)
		}
		s.View(1 << 30)
	}
}
