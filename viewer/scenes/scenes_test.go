package scenes

import (
	"slices"
	"strings"
	"testing"

	"somnium/env"
	_ "somnium/sim/all" // worlds to play
	"somnium/viewer/hands"
	"somnium/viewer/wire"
)

// reel is a film of the truth and of a dream that a test makes up.
type reel struct {
	height, width int
	states        []env.State
	truth, dream  [][]byte
}

func (r *reel) Size() (height, width int) { return r.height, r.width }
func (r *reel) State(i int) env.State     { return r.states[i] }
func (r *reel) Truth(i int) []byte        { return r.truth[i] }
func (r *reel) Context() int              { return 4 }
func (r *reel) Dream(i int) []byte {
	if r.dream == nil {
		return nil
	}
	return r.dream[i]
}

// play plays a test to its end, under its tour. dream makes the dream's pictures of true ones; nil: there is no dream.
func play(t *testing.T, test Test, dream func(i int, truth []byte) []byte) *reel {
	t.Helper()
	e, err := env.Make(test.Env)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	spec := e.Spec()
	keys := hands.For(spec.Action, spec.Doc)
	prober, _ := env.As[env.Prober](e)
	r := &reel{}
	r.height, r.width, _ = env.FrameSize(spec.Observation)
	keep := func(obs env.Value) {
		r.states = append(r.states, prober.State())
		truth := slices.Clone(obs.Pixels())
		r.truth = append(r.truth, truth)
		if dream != nil {
			r.dream = append(r.dream, dream(len(r.truth)-1, truth))
		}
	}
	obs, err := e.Reset(env.Seeded(test.Seed))
	if err != nil {
		t.Fatal(err)
	}
	keep(obs)
	for range 700 {
		var does wire.Hands
		if test.Tour != nil {
			does = test.Tour(r.states[0], r.states[len(r.states)-1])
		}
		step, err := e.Step(keys.Action(does))
		if err != nil {
			t.Fatal(err)
		}
		keep(step.Obs)
		if step.Done() {
			break
		}
	}
	return r
}

func moods(lines []wire.Line) string {
	var all []string
	for _, l := range lines {
		all = append(all, l.Mood+": "+l.Text)
	}
	return strings.Join(all, " | ")
}

// TestEveryTestComesToAVerdict plays every test with a perfect dream: nothing may be bad at any frame, and at the end something is
// good or told.
func TestEveryTestComesToAVerdict(t *testing.T) {
	for _, test := range Tests() {
		r := play(t, test, func(_ int, truth []byte) []byte { return truth })
		said := ""
		for at := range r.truth {
			if at%4 > 0 && at < len(r.truth)-1 {
				continue
			}
			lines := test.Verdict(r, at)
			if len(lines) == 0 {
				t.Errorf("%s says nothing at frame %d", test.ID, at)
			}
			for _, l := range lines {
				if l.Mood == bad {
					t.Errorf("%s, frame %d: %s", test.ID, at, l.Text)
				}
			}
			said = moods(lines)
		}
		if !strings.Contains(said, good+":") && !strings.Contains(said, told+":") {
			t.Errorf("%s ends after %d frames with %s", test.ID, len(r.truth), said)
		}
	}
}

// TestADreamThatLosesThingsIsTold plays with a dream that stays as it was while the truth goes on.
func TestADreamThatLosesThingsIsTold(t *testing.T) {
	for _, test := range Tests() {
		id := test.ID
		var empty []byte
		r := play(t, test, func(i int, truth []byte) []byte {
			if i == 0 {
				empty = slices.Repeat(truth[:3], len(truth)/3) // the colour of the corner everywhere
			}
			return empty
		})
		found := false
		for at := len(r.truth) - 1; at >= 0 && !found; at -= 2 {
			found = slices.ContainsFunc(test.Verdict(r, at), func(l wire.Line) bool { return l.Mood == bad })
		}
		if !found {
			t.Errorf("%s does not tell that the dream is empty: %s", id, moods(test.Verdict(r, len(r.truth)-1)))
		}
	}
}

// TestGlassThatDoesNotBreakIsTold plays a blow that the glass can bear, and says that it could not.
func TestGlassThatDoesNotBreakIsTold(t *testing.T) {
	test, _ := Find("bounce-off")
	r := play(t, test, nil)
	if line := test.Verdict(r, 0)[0]; line.Mood != open || !strings.Contains(line.Text, "not been hit yet") {
		t.Errorf("at first it says %+v", line)
	}
	last := len(r.states) - 1
	if line := test.Verdict(r, last)[0]; line.Mood != good || !strings.Contains(line.Text, "and holds") {
		t.Errorf("at last it says %+v", line)
	}
	r.states[0].Values["impact"] = 2
	if line := test.Verdict(r, last)[0]; line.Mood != bad || !strings.Contains(line.Text, "did not break") {
		t.Errorf("of glass that had to break it says %+v", line)
	}
}

// TestPiecesThatVanishAreTold takes a piece out of the true state, once the glass has broken.
func TestPiecesThatVanishAreTold(t *testing.T) {
	test, _ := Find("shatter")
	r := play(t, test, nil)
	last := len(r.states) - 1
	if line := test.Verdict(r, last)[0]; line.Mood != good || !strings.Contains(line.Text, "all of which") {
		t.Fatalf("with all its pieces it says %+v", line)
	}
	bodies := slices.Clone(r.states[last].Bodies)
	i := slices.IndexFunc(bodies, func(b env.Body) bool { return b.Kind == "piece" })
	r.states[last].Bodies = slices.Delete(bodies, i, i+1)
	if line := test.Verdict(r, last)[0]; line.Mood != bad || !strings.Contains(line.Text, "are left") {
		t.Errorf("without one of its pieces it says %+v", line)
	}
}
