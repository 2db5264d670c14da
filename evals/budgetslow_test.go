//go:build slow

package evals

import (
	"context"
	"slices"
	"testing"
)

// meter is a candidate that counts what it is asked for, and answers with the truth at once.
type meter struct {
	name string
	// dreamed counts frames by the number of pixels across, surprised and shown those that are looked at or reconstructed.
	dreamed          map[int]int
	surprised, shown int
}

func newMeter(name string) *meter {
	return &meter{name: name, dreamed: map[int]int{}}
}

func (m *meter) Name() string { return m.name }

func (m *meter) Continue(_ context.Context, trials []Trial, step func(int)) (answers [][]uint8, _ error) {
	for _, t := range trials {
		answers = append(answers, t.Truth)
		m.dreamed[t.Context.Height] += t.Frames()
		step(t.Frames())
	}
	return answers, nil
}

func (m *meter) Play(_ context.Context, games []Game, step func(int)) (events [][]Event, _ error) {
	for _, g := range games {
		events = append(events, nil)
		m.dreamed[g.Context.Height] += g.Steps
		step(g.Steps)
	}
	return events, nil
}

func (m *meter) Surprise(_ context.Context, clips []Clip, _ uint64, step func(int)) (all [][]float64, _ error) {
	for _, c := range clips {
		all = append(all, make([]float64, c.Len()))
		m.surprised += c.Len()
		step(c.Len())
	}
	return all, nil
}

func (m *meter) Reconstruct(_ context.Context, trials []Trial) (shown [][]uint8, _ error) {
	for _, t := range trials {
		shown = append(shown, t.Truth)
		m.shown += t.Frames()
	}
	return shown, nil
}

func (m *meter) Close() error { return nil }

// frames is the sum of all frames that are dreamed or looked at.
func (m *meter) frames() (sum int) {
	for _, n := range m.dreamed {
		sum += n
	}
	return sum + m.surprised
}

// work is what it takes, in frames of 64 pixels that the embedded model dreams: a surprise takes as long, a frame through the
// code a fifth of that, a frame in one denoising step two fifths, and larger frames take four and 25 times as long.
func (m *meter) work() float64 {
	step := 1.0
	if m.name == Untrained {
		step = 0.4
	}
	dreamed := m.dreamed[128]*4 + m.dreamed[256]*25
	for pixels, n := range m.dreamed {
		if pixels < 128 {
			dreamed += n
		}
	}
	return step*float64(dreamed) + float64(m.surprised) + 0.2*float64(m.shown)
}

// spent counts what a suite asks of a candidate and of the untrained networks beside it. What the baselines and the figures take
// is left out.
func spent(t *testing.T, suite Suite) (frames int, work float64) {
	t.Helper()
	for _, e := range Exams() {
		candidate := newMeter("it")
		o := ExamOptions{Suite: suite}.filled()
		meters := []*meter{candidate}
		for range Networks(suite) {
			network := newMeter(Untrained)
			meters, o.Untrained = append(meters, network), append(o.Untrained, network)
		}
		counted := *e
		counted.prepare = func(r *room) ([]part, error) {
			parts, err := e.prepare(r)
			for i := range parts {
				if parts[i].kinds = nil; slices.Contains(parts[i].beside, Untrained) {
					parts[i].beside = []string{Untrained}
				} else {
					parts[i].beside = nil
				}
				switch p := &parts[i]; {
				case p.wonder != nil:
					p.wonder = func([][]float64) []Row { return nil }
				case p.settle != nil:
					p.settle = func([][]Event) []Row { return nil }
				default:
					p.grade = func([][]uint8) []Row { return nil }
				}
			}
			return parts, err
		}
		total := 0
		o.Progress = func(_, of int) { total = of }
		if _, err := counted.Sit(context.Background(), candidate, o); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, m := range meters {
			sum += m.frames()
			work += m.work()
		}
		if sum != total {
			t.Errorf("%s of %s: %d frames are asked for, and the progress counts %d", e.Name, suite, sum, total)
		}
		t.Logf("%s: %-10s %6d frames by the candidate, %6d with the untrained networks", suite, e.Name, candidate.frames(), sum)
		frames += sum
	}
	t.Logf("%s: %d frames, the work of %.0f of 64 pixels", suite, frames, work)
	return frames, work
}

// At the 66 frames a second of the preset medium, truths and baselines included, quick is to end within 5 minutes.
func TestFramesOfTheQuickSuite(t *testing.T) {
	const most = 66 * 280
	if frames, work := spent(t, Quick); frames > 21_600 || work > most {
		t.Errorf("the quick suite asks for %d frames, the work of %.0f of 64 pixels in four steps, want at most 21,600 and %d", frames, work, most)
	}
}

// The full suite asks for at most 400,000 frames, those of the untrained networks included, and is to end within two hours.
func TestFramesOfTheFullSuite(t *testing.T) {
	const most = 66 * 110 * 60
	if frames, work := spent(t, Full); frames > 400_000 || work > most {
		t.Errorf("the full suite asks for %d frames, the work of %.0f of 64 pixels in four steps, want at most 400,000 and %d", frames, work, most)
	}
}
