package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"somnium/env"
	"somnium/evals"
	"somnium/evals/report"
	"somnium/internal/atomicfile"
	"somnium/internal/picture"
	"somnium/internal/progress"
)

// examination is one run of the command.
type examination struct {
	app       *app
	names     []string
	suite     string
	only      []string
	out       string
	untrained bool
	fresh     bool
	// questions and stimuli are folders to write to in place of sitting.
	questions, stimuli string
}

// examFigures is what `exam` reports. It holds nothing that differs between two runs of one seed.
type examFigures struct {
	Suite      string          `json:"suite"`
	Seed       uint64          `json:"seed"`
	Pass       bool            `json:"pass"`
	Candidates []examCandidate `json:"candidates"`
	page       string
}

// examCandidate is one candidate's results.
type examCandidate struct {
	Name  string             `json:"name"`
	Exams []evals.ExamResult `json:"exams"`
}

func (a *app) exam() *cobra.Command {
	x := &examination{app: a}
	var require bool
	c := &cobra.Command{
		Use:   "exam <candidate>... [flags]",
		Short: "Let a dream sit the physics exams",
		Long: `Let a dream sit the physics exams beside the true simulators, and write a report with every figure, its interval, its
baselines and film strips of the best, the median and the worst case; see docs/exam.md.

A candidate is dream:<model>, dream:<model>@<simulator> for the exams in that simulator alone, videos:<folder> for videos
that were made elsewhere, or baseline:<name> (copy-last, best-blur, constant-velocity, nearest-clip, true-simulator,
noisy-simulator). Several candidates are compared in one report. Exams that are finished are kept in --out and not sat
again.`,
		Example: "  somnium exam dream:small --suite quick\n" +
			"  somnium exam dream:small dream:runs/x/weights.safetensors --only uniform,collision\n" +
			"  somnium exam --questions out/questions && somnium exam videos:out/answers",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && x.questions == "" && x.stimuli == "" {
				return usage("name a candidate, such as dream:small; see `%s --help`", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			x.names = args
			if err := x.check(); err != nil {
				return err
			}
			if x.questions != "" || x.stimuli != "" {
				return x.export(c.Context())
			}
			figures, err := x.run(c.Context())
			if err != nil {
				return err
			}
			if err := a.report(figures, figures.print); err != nil {
				return err
			}
			if require && !figures.Pass {
				return fmt.Errorf("not every exam is passed; %s shows where and by how much", figures.page)
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&x.suite, "suite", string(evals.Quick), "how large the exams are: quick, full or paper")
	flags.StringSliceVar(&x.only, "only", nil, "exams to sit, separated by commas: "+strings.Join(examNames(), ", "))
	flags.StringVar(&x.out, "out", "out/exam", "folder of the results and the report")
	flags.BoolVar(&x.untrained, "untrained", true, "let untrained networks of the same sizes sit beside the model")
	flags.BoolVar(&x.fresh, "fresh", false, "sit finished exams again")
	flags.BoolVar(&require, "require", false, "end with status 1 where an exam is not passed")
	flags.StringVar(&x.questions, "questions", "", "write the questions of the suite as pictures into this folder, for models elsewhere")
	flags.StringVar(&x.stimuli, "stimuli", "", "write the videos of the exam of violations as GIFs into this folder")
	return c
}

// stimuliExam is the exam whose videos --stimuli writes.
const stimuliExam = "violation"

func examNames() (names []string) {
	for _, e := range evals.Exams() {
		names = append(names, e.Name)
	}
	return names
}

// check finds what is wrong with the command line before anything is sat.
func (x *examination) check() error {
	if !slices.Contains(evals.Suites, evals.Suite(x.suite)) {
		return usage("--suite takes quick, full or paper, not %q", x.suite)
	}
	for _, name := range x.only {
		if _, ok := evals.FindExam(name); !ok {
			return usage("--only takes %s, not %q", strings.Join(examNames(), ", "), name)
		}
	}
	if x.stimuli != "" && len(x.only) > 0 && !slices.Contains(x.only, stimuliExam) {
		return usage("--stimuli writes the videos of the exam %s, which --only leaves out", stimuliExam)
	}
	if x.stimuli != "" && x.questions == "" {
		x.only = []string{stimuliExam} // no other exam need be prepared
	}
	return nil
}

// exams returns those to sit, for a candidate that stands for the simulator alone where one is named.
func (x *examination) exams(simulator string) (list []*evals.Exam, err error) {
	var scenes []string
	for _, e := range evals.Exams() {
		if len(x.only) > 0 && !slices.Contains(x.only, e.Name) {
			continue
		}
		held := simulator == ""
		for _, scene := range e.Scenes {
			id, _, _ := env.ParseName(scene)
			held = held || scene == simulator || id == simulator
			scenes = append(scenes, id)
		}
		if held {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		slices.Sort(scenes)
		return nil, usage("no exam that is asked for is held in %s; they are held in %s", simulator, strings.Join(slices.Compact(scenes), ", "))
	}
	return list, nil
}

// run lets every candidate sit its exams and writes the report.
func (x *examination) run(ctx context.Context) (examFigures, error) {
	figures := examFigures{Suite: x.suite, Seed: x.app.seed, Pass: true}
	passed := 0
	var shown []report.Candidate
	var broken error // what ends the run; what is finished by then is reported all the same
	for _, name := range x.names {
		var results []evals.ExamResult
		results, broken = x.examine(ctx, name)
		if broken != nil && len(results) == 0 {
			break
		}
		figures.Candidates = append(figures.Candidates, examCandidate{name, results})
		shown = append(shown, report.Candidate{Name: name, Results: results})
		for _, r := range results {
			figures.Pass = figures.Pass && (r.Pass || r.Skipped != "")
			if r.Pass {
				passed++
			}
		}
		if broken != nil {
			break
		}
	}
	if broken != nil && len(shown) == 0 {
		return figures, broken
	}
	figures.Pass = figures.Pass && passed > 0 // what is skipped throughout has shown nothing
	figures.page = filepath.Join(x.out, "report.html")
	tables := filepath.Join(x.out, "report.md")
	if err := atomicfile.Write(tables, func(w io.Writer) error { return report.WriteMarkdown(w, shown) }); err != nil {
		return figures, err
	}
	if err := atomicfile.Write(figures.page, func(w io.Writer) error { return report.Write(w, shown) }); err != nil {
		return figures, err
	}
	if broken != nil {
		return figures, fmt.Errorf("%w; %s shows what is finished", broken, figures.page)
	}
	return figures, nil
}

// examine lets the candidate of a name sit its exams. With an error come the results of all that are finished.
func (x *examination) examine(ctx context.Context, name string) ([]evals.ExamResult, error) {
	networks := 0
	if x.untrained {
		networks = evals.Networks(evals.Suite(x.suite))
	}
	c, err := newExaminee(name, evals.Suite(x.suite), x.app.seed, networks)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return x.sit(ctx, c)
}

// sit lets one candidate sit its exams, those that are finished excepted. With an error come the results of all that are finished.
func (x *examination) sit(ctx context.Context, c *examinee) ([]evals.ExamResult, error) {
	exams, err := x.exams(c.simulator)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(x.out, c.folder, fmt.Sprintf("%s-%d", x.suite, x.app.seed))
	if !x.untrained {
		folder += "-alone"
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the results: %w; name another with --out", err)
	}
	var results []evals.ExamResult
	var broken error
	for i, e := range exams {
		if r, ok := loadExam(folder, e, c.Name(), evals.Suite(x.suite), x.app.seed); ok && !x.fresh {
			results = append(results, r)
			continue
		}
		if broken != nil {
			continue
		}
		bar := &progress.Reporter{Title: fmt.Sprintf("%s %d/%d %s", c.Name(), i+1, len(exams), e.Name), Unit: "frames", Out: x.app.err}
		r, err := e.Sit(ctx, c.Candidate, evals.ExamOptions{
			Suite: evals.Suite(x.suite), Seed: x.app.seed, Untrained: c.untrained,
			Progress: func(done, total int) {
				if done == 0 {
					bar.Total = int64(total)
				}
				bar.Set(int64(done))
			},
		})
		if err != nil {
			broken = err
			continue
		}
		if r.Skipped != "" {
			bar.Note("%s: skipped: %s", e.Name, r.Skipped)
		}
		bar.Done()
		c.remark(e, &r)
		if err := saveExam(folder, &r); err != nil {
			return results, err
		}
		results = append(results, r)
	}
	return results, broken
}

// export writes questions or stimuli in place of sitting.
func (x *examination) export(ctx context.Context) error {
	o := evals.ExamOptions{Suite: evals.Suite(x.suite), Seed: x.app.seed}
	exams, err := x.exams("")
	if err != nil {
		return err
	}
	if x.questions != "" {
		if err := evals.WriteSheet(x.questions, o.Suite, o.Seed); err != nil {
			return err
		}
	}
	for _, e := range exams {
		trials, clips, err := e.Questions(ctx, o)
		if err != nil {
			return err
		}
		if x.questions != "" {
			for _, t := range trials {
				if err := evals.WriteQuestion(x.questions, t); err != nil {
					return err
				}
			}
		}
		if x.stimuli == "" || len(clips) == 0 {
			continue
		}
		if err := os.MkdirAll(x.stimuli, 0o755); err != nil {
			return fmt.Errorf("making the folder of the stimuli: %w; name another with --stimuli", err)
		}
		for i, c := range clips {
			kind := [...]string{"possible-a", "possible-b", "impossible-a", "impossible-b"}[i%4]
			path := filepath.Join(x.stimuli, fmt.Sprintf("%03d-%s.gif", i/4, kind))
			var frames []picture.Frame
			for _, f := range picture.Clip(c.Frames, c.Height, c.Width) {
				frames = append(frames, f.Enlarge(2))
			}
			if err := picture.WriteGIF(path, frames, picture.GIFOptions{FPS: 10, Hold: 1}); err != nil {
				return err
			}
		}
	}
	return nil
}
