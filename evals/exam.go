package evals

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"somnium/env"
)

// Suite is how large exams are.
type Suite string

// The suites: an impression in minutes, a verdict in two hours, and the published sizes.
const (
	Quick Suite = "quick"
	Full  Suite = "full"
	Paper Suite = "paper"
)

// Suites lists them by size.
var Suites = []Suite{Quick, Full, Paper}

// Size is how large an exam is.
type Size struct {
	// Cases is the number in each part of the exam, Out that in PhyWorld's parts out of the training ranges (default: Cases).
	// Samples is how often each is dreamed, or looked at for its surprise (default: 1).
	Cases   int `json:"cases"`
	Out     int `json:"out,omitempty"`
	Samples int `json:"samples,omitempty"`
	// Frames is how many frames are dreamed of a case, where the exam leaves that open.
	Frames int `json:"frames,omitempty"`
	// Pixels are the heights and widths of PhyWorld's pictures, Large the number of cases in those of more than 64. Default of
	// Large: Cases.
	Pixels []int `json:"pixels,omitempty"`
	Large  int   `json:"large,omitempty"`
	// Networks is how many untrained networks stand beside the candidate. Default: 1.
	Networks int `json:"networks,omitempty"`
}

// filled returns the size with defaults.
func (s Size) filled() Size {
	s.Samples, s.Networks = max(s.Samples, 1), max(s.Networks, 1)
	if s.Large <= 0 {
		s.Large = s.Cases
	}
	if s.Out <= 0 {
		s.Out = s.Cases
	}
	return s
}

// Equal says whether two sizes are the same.
func (s Size) Equal(other Size) bool {
	a, b := s.filled(), other.filled()
	return a.Cases == b.Cases && a.Out == b.Out && a.Samples == b.Samples && a.Frames == b.Frames && a.Large == b.Large && a.Networks == b.Networks && slices.Equal(a.Pixels, b.Pixels)
}

// Exam is one exam of the suite.
type Exam struct {
	// Number is its place in the scorecard, Name what --only takes, Title a line on what it asks.
	Number      int
	Name, Title string
	// Version counts the changes by which its own figures mean something else, or its questions are others. It is raised by hand.
	Version int
	// Scenes are the simulators that it is held in.
	Scenes []string
	// Sizes are its sizes by suite.
	Sizes map[Suite]Size
	// Figures explains each figure by its name, for the report.
	Figures map[string]string
	// prepare plays the truth and returns the exam's parts.
	prepare func(r *room) ([]part, error)
}

// part is a part of an exam with figures of its own.
type part struct {
	// trials are what is continued, grade what the answers, one to a trial, come to.
	trials []Trial
	grade  func(answers [][]uint8) []Row
	// games are, where a candidate is acted in, what is played, truths what the truth brings in them, and settle what the events of a
	// candidate come to.
	games  []Game
	truths [][]Event
	settle func(events [][]Event) []Row
	// clips are, in an exam of surprise, what is asked about, and wonder what the surprises come to.
	clips  []Clip
	wonder func(surprises [][]float64) []Row
	// noises are the seeds under which the surprises are asked for; what they come to is the mean over these.
	noises []uint64
	kinds  []Kind
	// rank is the column by which cases are ordered for the film strips, the least being the best; shown returns the trial
	// that shows case i. A nil shown is the identity.
	rank  int
	shown func(i int) int
	// beside names the baselines.
	beside []string
	// note is a remark of this part.
	note string
}

// allBeside are the baselines of most exams, steeredBeside those of exams in which actions lead, and not what moves by itself.
var (
	allBeside     = []string{CopyLast, BestBlur, ConstantVelocity, NearestClip, Oracle, NoisyOracle, Untrained}
	steeredBeside = []string{CopyLast, BestBlur, NearestClip, Oracle, NoisyOracle, Untrained}
)

// ExamResult is what an exam found. It holds nothing that differs between two runs of one seed.
type ExamResult struct {
	Exam      string `json:"exam"`
	Number    int    `json:"number"`
	Title     string `json:"title"`
	Candidate string `json:"candidate"`
	Suite     Suite  `json:"suite"`
	Seed      uint64 `json:"seed"`
	Size      Size   `json:"size"`
	// Edition is that of the exam's code (Exam.Edition).
	Edition int `json:"edition"`
	// Skipped says why the exam was not sat; then there is nothing else.
	Skipped string `json:"skipped,omitempty"`
	// Dreamed counts the frames that the candidate made.
	Dreamed int `json:"dreamed_frames"`
	// Pass says whether every figure with a bar that is not void clears it, and there is one.
	Pass   bool    `json:"pass"`
	Scores []Score `json:"scores,omitempty"`
	// Remarks are what else is to know, a sentence each.
	Remarks []string `json:"remarks,omitempty"`
	// Pictures are the files of the film strips, beside the result: three of each of the Splits.
	Pictures []string `json:"pictures,omitempty"`
	Splits   []string `json:"picture_splits,omitempty"`
	// Strips are these film strips.
	Strips []Strip `json:"-"`
}

// ExamOptions shape the sitting of exams.
type ExamOptions struct {
	Suite Suite
	// Seed chooses the block of held-out seeds.
	Seed uint64
	// Open makes a simulator. Default: env.Make.
	Open func(name string) (env.Env, error)
	// Untrained are the untrained networks to stand beside the candidate. An exam takes as many as its size says, or what there is.
	Untrained []Candidate
	// Size, where not nil, takes the place of the suite's.
	Size *Size
	// Progress, where not nil, is told how many of the frames that are dreamed or looked at are done.
	Progress func(done, total int)
}

func (o ExamOptions) filled() ExamOptions {
	if o.Open == nil {
		o.Open = env.Make
	}
	if o.Suite == "" {
		o.Suite = Quick
	}
	if o.Progress == nil {
		o.Progress = func(done, total int) {}
	}
	return o
}

// Sit lets a candidate sit an exam. Where the candidate or a simulator lacks what the exam needs, the result says so and the
// error is nil.
func (e *Exam) Sit(ctx context.Context, c Candidate, options ExamOptions) (ExamResult, error) {
	o := options.filled()
	size, err := e.size(o)
	result := ExamResult{Exam: e.Name, Number: e.Number, Title: e.Title, Candidate: c.Name(), Suite: o.Suite, Seed: o.Seed, Size: size, Edition: e.Edition()}
	if err != nil {
		return result, err
	}
	empty := result
	err = e.sit(ctx, c, o, &result)
	if why := (Incapable{}); errors.As(err, &why) {
		empty.Skipped = why.Why
		return empty, nil
	}
	if err != nil {
		return result, fmt.Errorf("evals: exam %s: %w", e.Name, err)
	}
	return result, nil
}

// size returns the size that the options ask for.
func (e *Exam) size(o ExamOptions) (Size, error) {
	if o.Size != nil {
		return *o.Size, nil
	}
	size, ok := e.Sizes[o.Suite]
	if !ok {
		return size, fmt.Errorf("evals: exam %s has no suite %q: choose one of %v", e.Name, o.Suite, Suites)
	}
	return size, nil
}

// sit fills in the result, whose size is set.
func (e *Exam) sit(ctx context.Context, c Candidate, o ExamOptions, result *ExamResult) error {
	r := e.room(ctx, o, result.Size)
	defer r.close()
	parts, err := e.parts(r)
	if err != nil {
		return err
	}
	o.Untrained = o.Untrained[:min(len(o.Untrained), r.size.Networks)]
	t := &tally{report: o.Progress}
	for _, p := range parts {
		t.total += p.work() * p.samples(r.size)
		if slices.Contains(p.beside, Untrained) {
			t.total += p.work() * len(o.Untrained)
		}
	}
	t.report(0, t.total)
	for _, p := range parts {
		if err := p.sit(ctx, c, o, p.samples(r.size), t, result); err != nil {
			return err
		}
	}
	result.judgeAll()
	return nil
}

// tally counts frames from several goroutines.
type tally struct {
	total  int
	done   atomic.Int64
	report func(done, total int)
}

func (t *tally) step(frames int) { t.report(int(t.done.Add(int64(frames))), t.total) }

// samples is how often the part is sat: surprise is asked for under all noises in one sitting.
func (p part) samples(size Size) int {
	if p.wonder != nil {
		return 1
	}
	return size.Samples
}

// work is the number of frames that a candidate makes or looks at in one sitting.
func (p part) work() (frames int) {
	for _, t := range p.trials {
		frames += t.Frames()
	}
	for _, c := range p.clips {
		frames += c.Len() * len(p.noises)
	}
	for _, g := range p.games {
		frames += g.Steps
	}
	return frames
}

// sit adds a part's scores to the result.
func (p part) sit(ctx context.Context, c Candidate, o ExamOptions, samples int, t *tally, result *ExamResult) error {
	var rows [][]Row
	var answers [][]uint8
	for s := range samples {
		got, sampled, err := p.ask(ctx, c, s, t.step)
		if err != nil {
			return err
		}
		if s == 0 {
			answers = got
		}
		rows = append(rows, sampled)
	}
	result.Dreamed += p.work() * samples
	floor, err := p.floor(ctx, o)
	if err != nil {
		return err
	}
	beside, err := p.others(ctx, c, o, t)
	if err != nil {
		return err
	}
	scores := judge(p.kinds, rows, floor, beside)
	result.Scores = append(result.Scores, scores...)
	for _, s := range scores {
		if s.raised() {
			result.Remarks = append(result.Remarks, fmt.Sprintf("%s %s: the untrained networks stand so high that the bar would be %.2f, and is void", s.Split, s.Name, *s.Bar))
		}
	}
	if p.note != "" {
		result.Remarks = append(result.Remarks, p.note)
	}
	if strips := p.strips(rows[0], floor, answers); strips != nil {
		result.Strips, result.Splits = append(result.Strips, strips...), append(result.Splits, strips[0].Split)
	}
	return nil
}

// ask returns a candidate's rows, and its answers where it made some.
func (p part) ask(ctx context.Context, c Candidate, sample int, step func(int)) ([][]uint8, []Row, error) {
	if p.wonder != nil {
		surprises, err := p.surprises(ctx, c, step)
		if err != nil {
			return nil, nil, err
		}
		return nil, p.wonder(surprises), nil
	}
	if p.settle != nil {
		rows, err := p.host(ctx, c, sample, step)
		return nil, rows, err
	}
	trials := slices.Clone(p.trials)
	for i := range trials {
		trials[i].Seed ^= uint64(sample) << 48
	}
	answers, err := c.Continue(ctx, trials, step)
	if err != nil {
		return nil, nil, err
	}
	return answers, p.grade(answers), nil
}

// surprises returns a candidate's, of every frame of every clip the mean over the noises.
func (p part) surprises(ctx context.Context, c Candidate, step func(int)) ([][]float64, error) {
	var mean [][]float64
	for _, noise := range p.noises {
		got, err := c.Surprise(ctx, p.clips, noise, step)
		if err != nil {
			return nil, err
		}
		if mean == nil {
			mean = make([][]float64, len(got))
			for i := range got {
				mean[i] = make([]float64, len(got[i]))
			}
		}
		for i := range got {
			for t, v := range got[i] {
				mean[i][t] += v / float64(len(p.noises))
			}
		}
	}
	return mean, nil
}

// host returns the rows of a candidate in which the games are played.
func (p part) host(ctx context.Context, c Candidate, sample int, step func(int)) ([]Row, error) {
	arena, ok := c.(Arena)
	if !ok {
		return nil, Incapable{c.Name() + " cannot be acted in: it is no environment"}
	}
	games := slices.Clone(p.games)
	for i := range games {
		games[i].Seed ^= uint64(sample) << 48
	}
	events, err := arena.Play(ctx, games, step)
	if err != nil {
		return nil, err
	}
	return p.settle(events), nil
}

// floor returns the rows of the true frames or events, or of the true simulator's surprise.
func (p part) floor(ctx context.Context, o ExamOptions) ([]Row, error) {
	if p.wonder != nil {
		oracle := NewBaseline(Oracle, o.Open)
		defer oracle.Close()
		_, rows, err := p.ask(ctx, oracle, 0, func(int) {})
		return rows, err
	}
	if p.settle != nil {
		return p.settle(p.truths), nil
	}
	truths := make([][]uint8, len(p.trials))
	for i, t := range p.trials {
		truths[i] = t.Truth
	}
	return p.grade(truths), nil
}

// RoundTrip is the standing of the true frames through the candidate's own code and back.
const RoundTrip = "round trip"

// bystander is a baseline with its rows: one list of them, or one from each of several networks.
type bystander struct {
	name string
	runs [][]Row
}

// others lets the baselines sit the part. One that cannot is left out.
func (p part) others(ctx context.Context, c Candidate, o ExamOptions, t *tally) (all []bystander, err error) {
	rows, err := p.roundTrip(ctx, c)
	if err != nil {
		return nil, err
	}
	if rows != nil {
		all = append(all, bystander{RoundTrip, [][]Row{rows}})
	}
	for _, name := range p.beside {
		if name == c.Name() {
			continue
		}
		b := bystander{name: name}
		if name == Untrained {
			err = b.let(ctx, p, o.Untrained, t.step)
		} else {
			one := NewBaseline(name, o.Open)
			err = errors.Join(b.let(ctx, p, []Candidate{one}, func(int) {}), one.Close())
		}
		if err != nil {
			return nil, err
		}
		if len(b.runs) > 0 {
			all = append(all, b)
		}
	}
	return all, nil
}

// let lets candidates sit the part and keeps their rows; those who cannot have none.
func (b *bystander) let(ctx context.Context, p part, who []Candidate, step func(int)) error {
	for _, one := range who {
		_, rows, err := p.ask(ctx, one, 0, step)
		if errors.As(err, new(Incapable)) {
			continue
		}
		if err != nil {
			return err
		}
		b.runs = append(b.runs, rows)
	}
	return nil
}

// roundTrip returns the rows of the true frames through the candidate's code, nil where it has none.
func (p part) roundTrip(ctx context.Context, c Candidate) ([]Row, error) {
	if p.grade == nil {
		return nil, nil
	}
	shown, err := c.Reconstruct(ctx, p.trials)
	if err != nil || shown == nil {
		return nil, err
	}
	return p.grade(shown), nil
}

// judgeAll sets the verdict of the exam.
func (r *ExamResult) judgeAll() {
	r.Pass = false
	for _, s := range r.Scores {
		if s.Pass != nil && !*s.Pass {
			r.Pass = false
			return
		}
		r.Pass = r.Pass || s.Pass != nil
	}
}

// Find returns the score of a split and a name.
func (r ExamResult) Find(split, name string) (Score, bool) {
	for _, s := range r.Scores {
		if s.Split == split && s.Name == name {
			return s, true
		}
	}
	return Score{}, false
}
