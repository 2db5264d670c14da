package evals

import (
	"context"
	"math"
	"slices"
	"testing"

	"somnium/env"
	"somnium/internal/picture"
)

// sampler answers trials of one bit each, by sample.
type sampler struct {
	Candidate
	said [][]uint8
}

func (s *sampler) Name() string { return "it" }

func (s *sampler) Continue(_ context.Context, trials []Trial, _ func(int)) (answers [][]uint8, _ error) {
	sample := int(trials[0].Seed >> 48)
	for i := range trials {
		answers = append(answers, []uint8{s.said[sample][i]})
	}
	return answers, nil
}

func (s *sampler) Reconstruct(context.Context, []Trial) ([][]uint8, error) { return nil, nil }

// Of three samples the figure is over all their rows, and not that of their mean: where each of three says in turn what the truth is
// not, a third of what is said is wrong, and no mean says anything. A case that has nothing to count in one sample weighs by the others.
func TestSamplesStandSideBySide(t *testing.T) {
	truth := []uint8{0, 0, 1, 1}
	p := part{
		trials: make([]Trial, 4), rank: -1,
		kinds: []Kind{more("", "balanced", "", none, balancedAccuracy(0, 1)), more("", "mean", "", none, mean(2))},
		grade: func(answers [][]uint8) (rows []Row) {
			for i, a := range answers {
				if len(a) == 0 {
					a = []uint8{truth[i]}
				}
				value := float64(a[0])
				if a[0] > 1 {
					value = math.NaN()
				}
				rows = append(rows, Row{float64(truth[i]), float64(a[0]), value})
			}
			return rows
		},
	}
	for _, test := range []struct {
		said           [][]uint8
		balanced, mean float64
		cases          int
	}{
		{[][]uint8{{1, 0, 1, 1}, {0, 1, 0, 1}, {0, 0, 1, 0}}, 8. / 12, 6. / 12, 4},
		{[][]uint8{{2, 0, 1, 1}, {1, 0, 1, 1}, {0, 0, 1, 1}}, 10. / 12, 7. / 11, 4},
		{[][]uint8{{2, 0, 1, 1}, {2, 0, 1, 1}, {2, 0, 1, 1}}, 9. / 12, 6. / 9, 3},
	} {
		var result ExamResult
		err := p.sit(context.Background(), &sampler{said: test.said}, ExamOptions{}.filled(), 3, &tally{report: func(int, int) {}}, &result)
		if err != nil {
			t.Fatal(err)
		}
		balanced, _ := result.Find("", "balanced")
		got, _ := result.Find("", "mean")
		if math.Abs(float64(balanced.Value)-test.balanced) > 1e-9 || math.Abs(float64(got.Value)-test.mean) > 1e-9 || got.Cases != test.cases {
			t.Errorf("%v comes to a balanced accuracy of %v and a mean of %v in %d cases, want %v, %v in %d",
				test.said, balanced.Value, got.Value, got.Cases, test.balanced, test.mean, test.cases)
		}
	}
}

// A case is drawn anew with all its samples: three equal samples tell the interval of one, and no narrower.
func TestSamplesAreDrawnByCase(t *testing.T) {
	var rows []Row
	for i := range 12 {
		rows = append(rows, Row{float64(i * i)})
	}
	k := more("", "size", "units", none, mean(0))
	one, three := judge([]Kind{k}, [][]Row{rows}, rows, nil)[0], judge([]Kind{k}, [][]Row{rows, rows, rows}, rows, nil)[0]
	if math.Abs(float64(*one.Low-*three.Low)) > 1e-9 || math.Abs(float64(*one.High-*three.High)) > 1e-9 || one.Cases != three.Cases {
		t.Errorf("one sample: %v..%v of %d, three: %v..%v of %d", *one.Low, *one.High, one.Cases, *three.Low, *three.High, three.Cases)
	}
}

// asker notes the noises that it is asked under, and is surprised by them alone.
type asker struct {
	Candidate
	noises []uint64
}

func (a *asker) Name() string { return "it" }

func (a *asker) Surprise(_ context.Context, clips []Clip, seed uint64, step func(int)) (all [][]float64, _ error) {
	a.noises = append(a.noises, seed)
	for i, c := range clips {
		all = append(all, make([]float64, c.Len()))
		for t := range all[i] {
			// Under the first noise B stands out among its four, under the second, and more so, what is impossible.
			all[i][t] = []float64{[]float64{0, 1, 0, 0}[i%4], []float64{0, 0, 3, 3}[i%4]}[seed>>63]
		}
		step(c.Len())
	}
	return all, nil
}

// Surprise is asked for under noise of the run's seed, at each sample's levels, and the verdict is on the mean of the samples; the untrained
// networks are asked the same.
func TestSurpriseIsAskedForInSamples(t *testing.T) {
	e, _ := FindExam("violation")
	var runs [][]uint64
	for _, seed := range []uint64{0, 7} {
		it, network := &asker{}, &asker{}
		size := Size{Cases: 1, Samples: 2}
		counted := *e
		counted.prepare = func(r *room) ([]part, error) {
			p, err := r.violationPart(violations[5], 0)
			p.beside = []string{Untrained}
			return []part{p}, err
		}
		total, done := 0, 0
		o := ExamOptions{Size: &size, Seed: seed, Untrained: []Candidate{network}, Progress: func(now, of int) { done, total = now, of }}
		r, err := counted.Sit(context.Background(), it, o)
		if err != nil {
			t.Fatal(err)
		}
		if s, _ := r.Find("inertia", "pair_accuracy"); s.Value != 1 {
			t.Errorf("of both samples together %v of the pairs are told apart, want all", s.Value)
		}
		if len(it.noises) != 2 || it.noises[0] == it.noises[1] || it.noises[1] != it.noises[0]|env.SecondLook || !slices.Equal(it.noises, network.noises) {
			t.Errorf("it is asked under %x, the untrained network under %x: want two looks each, the same", it.noises, network.noises)
		}
		if total != done || total != 2*2*4*(violationLength+1) || r.Dreamed != total/2 {
			t.Errorf("%d of %d frames are looked at, %d by the candidate", done, total, r.Dreamed)
		}
		runs = append(runs, it.noises)
	}
	if runs[0][0] == runs[1][0] {
		t.Error("two runs of different seeds have the same noise")
	}
}

// No part of an exam has a seed of another, of another exam or of the gates, however many tries it needs; of one run's, and of the next.
func TestSeedsAreApart(t *testing.T) {
	owner := map[uint64][3]int{}
	for run := range 2 {
		for _, e := range append(Exams(), &Exam{Number: 0}) {
			r := &room{exam: e, seed: uint64(run)}
			for first := 0; first < nearShare; first += 1024 {
				for try := 0; try < 20_000; try += 1 + try/300 {
					seed := r.drawn(first, try)
					if e.Number == 0 { // the gates of `somnium measure`
						seed = heldOut(uint64(run), first+try)
					}
					mine := [3]int{run, e.Number, first}
					if before, ok := owner[seed]; ok && before != mine && e.Number > 0 {
						t.Fatalf("seed %d is of run, exam and part %v and of %v", seed, before, mine)
					}
					if owner[seed] = mine; seed < HeldOut || seed >= 2*HeldOut {
						t.Fatalf("seed %d is not held out", seed)
					}
				}
			}
			if e.Number == 0 {
				for i := range 70_000 {
					if before, ok := owner[heldOut(uint64(run), i)]; ok && before[1] > 0 {
						t.Fatalf("attempt %d of a measurement has the seed of %v", i, before)
					}
				}
			}
		}
	}
	// What fits has the seeds that it always had.
	uniform, _ := FindExam("uniform")
	if r := (&room{exam: uniform, seed: 3}); r.drawn(2048, 9) != HeldOut+3*65536+4096+2057 || r.held(2057) != r.drawn(2048, 9) {
		t.Error("the first seeds have moved")
	}
}

// Outside of the training ranges PhyWorld has more cases than inside.
func TestCasesOutOfRange(t *testing.T) {
	e, _ := FindExam("uniform")
	size := Size{Cases: 2, Out: 5, Large: 1, Pixels: []int{64, 128}}
	trials, _, err := e.Questions(context.Background(), ExamOptions{Size: &size})
	if err != nil || len(trials) != 2+5+1+1 {
		t.Errorf("%d questions, want 2 in range, 5 out of it, and of large pictures one of each: %v", len(trials), err)
	}
	if paper := e.Sizes[Paper].filled(); paper.Cases != 1000 || paper.Out != 2400 || (Size{Cases: 3}).filled().Out != 3 || size.Equal(Size{Cases: 2, Large: 1, Pixels: []int{64, 128}}) {
		t.Errorf("the published sizes are %+v", paper)
	}
}

// What is never seen again is the worst case; what the truth itself has nothing to count in is none.
func TestTheWorstCaseIsTheOneThatIsGone(t *testing.T) {
	gone := math.NaN()
	trial := Trial{Context: env.Context{Height: 1, Width: 1, Frames: make([]uint8, 3)}, Actions: make([]env.Value, 1), Truth: make([]uint8, 3)}
	p := part{trials: []Trial{trial, trial, trial, trial, trial}}
	var answers [][]uint8
	for i := range p.trials {
		answers = append(answers, []uint8{uint8(50 * i), 0, 0})
	}
	strips := p.strips([]Row{{2}, {gone}, {gone}, {1}, {3}}, []Row{{0}, {0}, {gone}, {0}, {0}}, answers)
	if len(strips) != 3 {
		t.Fatalf("there are %d strips", len(strips))
	}
	for k, want := range []int{3, 4, 1} {
		film := film(trial, answers[want])
		if !samePixels(strips[k].Sheet, film) {
			t.Errorf("the %s case is not case %d", strips[k].Which, want)
		}
	}
}

func samePixels(a, b picture.Frame) bool { return slices.Equal(a.Pixels, b.Pixels) }
