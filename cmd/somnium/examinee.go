package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"somnium/env"
	"somnium/evals"
	"somnium/internal/kernel"
	"somnium/world"
	"somnium/world/weights"
)

// examinee is a candidate of `exam` with what is known of it.
type examinee struct {
	evals.Candidate
	// folder is where its results go, under --out. It is another for other weights.
	folder string
	// simulator is the one that it is asked to stand for alone.
	simulator string
	// untrained are untrained networks of its sizes, and trained the simulators that it was trained on, where it is a model.
	untrained []evals.Candidate
	trained   []string
}

// baselineNames are the baselines as the command line spells them.
var baselineNames = []string{evals.CopyLast, evals.BestBlur, evals.ConstantVelocity, evals.Quadratic, evals.NearestClip, evals.Oracle, evals.NoisyOracle}

var unfit = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// folderOf names the folder of a candidate's results: legibly, and apart from those of every other name and content.
func folderOf(name string, content []byte) string {
	sum := sha256.Sum256(append([]byte(name+"\x00"), content...))
	return fmt.Sprintf("%s-%x", strings.Trim(unfit.ReplaceAllString(name, "-"), "-"), sum[:6])
}

// listing names every file of a folder with its size and time, by which answers that are made anew are told from those before.
func listing(folder string) (list []byte, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		list = fmt.Appendf(list, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking through the folder of videos: %w", err)
	}
	return list, nil
}

// newExaminee returns the candidate of a name, with so many untrained networks beside it where it is a model. Videos must answer the
// questions of the suite and the seed.
func newExaminee(name string, suite evals.Suite, seed uint64, untrained int) (*examinee, error) {
	x := &examinee{}
	if folder, ok := strings.CutPrefix(name, "videos:"); ok {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("%s is no folder of videos; write the questions with --questions, and see docs/exam.md", folder)
		}
		if err := evals.CheckSheet(folder, suite, seed); err != nil {
			return nil, err
		}
		x.Candidate = &evals.Videos{Title: name, Folder: folder}
		files, err := listing(folder)
		x.folder = folderOf(name, files)
		return x, err
	}
	if short, ok := strings.CutPrefix(name, "baseline:"); ok {
		for _, b := range baselineNames {
			if strings.ReplaceAll(b, " ", "-") == short {
				x.Candidate, x.folder = evals.NewBaseline(b, env.Make), folderOf(name, nil)
				return x, nil
			}
		}
		return nil, usage("there is no baseline %q; choose one of %s", short, strings.ReplaceAll(strings.Join(baselineNames, ", "), " ", "-"))
	}
	model, simulator, ok := world.ParseDream(name)
	if !ok {
		return nil, usage("%q is no candidate; name dream:<model>, videos:<folder> or baseline:<name>", name)
	}
	return x, x.dream(name, model, simulator, untrained)
}

// dream makes the candidate that dreams.
func (x *examinee) dream(name, model, simulator string, untrained int) error {
	m, err := world.Open(model)
	if err != nil {
		return err
	}
	x.simulator, x.trained = simulator, m.Info.Simulators()
	x.Candidate = dreamer(name, m, world.DefaultSteps)
	data, ok := weights.Embedded(model)
	if !ok {
		if data, err = os.ReadFile(model); err != nil {
			return fmt.Errorf("reading the weights: %w", err)
		}
	}
	x.folder = folderOf(name, data)
	if m.Info.Preset == "" {
		return nil
	}
	for i := range untrained {
		fresh, err := world.New(m.Info.Preset, uint64(i+1))
		if err != nil {
			return err
		}
		x.untrained = append(x.untrained, dreamer(evals.Untrained, fresh, 1))
	}
	return nil
}

// pieces is work as the pool of the kernels takes it. While trials are its pieces, each frame is computed by one thread: no
// thread waits for another's part of a product.
type pieces func(i int)

// Run implements kernel.Task.
func (p pieces) Run(i int, _ *kernel.Workspace) { p(i) }

// dreamer is the candidate that dreams with a model, in so many denoising steps a frame: one is enough for a network that knows nothing,
// which makes noise out of noise. Every dream is primed, so that it starts by itself from a blank frame.
func dreamer(name string, m *world.Model, steps int) *evals.EnvCandidate {
	share := func(n int, work func(i int)) { kernel.Parallel(n, pieces(work)) }
	return &evals.EnvCandidate{Title: name, Share: share, Open: func(scene string) (env.Env, error) {
		truth, err := env.Make(scene)
		if err != nil {
			return nil, err
		}
		defer truth.Close()
		spec := truth.Spec()
		height, width, ok := env.FrameSize(spec.Observation)
		if !ok {
			return nil, fmt.Errorf("%s shows no picture to dream of", scene)
		}
		blank := env.Context{Height: height, Width: width, Frames: make([]byte, height*width*3), Actions: []env.Value{}}
		return dreamOf(m, world.DreamOptions{Name: world.DreamName(name, scene), Spec: spec, Source: world.FromClip(blank), Steps: steps})
	}}
}

// remark notes which scenes of an exam the model was not trained on.
func (x *examinee) remark(e *evals.Exam, r *evals.ExamResult) {
	if x.trained == nil || r.Skipped != "" {
		return
	}
	var strange []string
	for _, scene := range e.Scenes {
		if id, _, err := env.ParseName(scene); err == nil && !slices.Contains(x.trained, id) && !slices.Contains(strange, id) {
			strange = append(strange, id)
		}
	}
	if len(strange) > 0 {
		r.Remarks = append(r.Remarks, "never seen in training: "+strings.Join(strange, ", "))
	}
}

// Close frees the candidate and the untrained networks.
func (x *examinee) Close() error {
	errs := []error{x.Candidate.Close()}
	for _, u := range x.untrained {
		errs = append(errs, u.Close())
	}
	return errors.Join(errs...)
}
