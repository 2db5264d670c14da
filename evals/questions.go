package evals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"

	"somnium/internal/atomicfile"
	"somnium/internal/picture"
)

// parts prepares an exam and names its trials.
func (e *Exam) parts(r *room) ([]part, error) {
	parts, err := e.prepare(r)
	if err != nil {
		return nil, err
	}
	for k := range parts {
		parts[k].noises = r.noises()
		for i := range parts[k].trials {
			parts[k].trials[i].ID = fmt.Sprintf("%s/%d-%04d", e.Name, k, i)
		}
	}
	return parts, nil
}

// Questions returns the trials and the clips of an exam, in order, as any candidate is asked them.
func (e *Exam) Questions(ctx context.Context, options ExamOptions) (trials []Trial, clips []Clip, err error) {
	o := options.filled()
	size, err := e.size(o)
	if err != nil {
		return nil, nil, err
	}
	r := e.room(ctx, o, size)
	defer r.close()
	parts, err := e.parts(r)
	if err != nil {
		return nil, nil, fmt.Errorf("evals: exam %s: %w", e.Name, err)
	}
	for _, p := range parts {
		trials, clips = append(trials, p.trials...), append(clips, p.clips...)
	}
	return trials, clips, nil
}

// question is what question.json says.
type question struct {
	Scene   string `json:"scene"`
	Caption string `json:"caption,omitempty"`
	Height  int    `json:"height"`
	Width   int    `json:"width"`
	// Given is the number of frames in the folder given, Frames how many are to follow.
	Given  int `json:"given"`
	Frames int `json:"frames"`
	// GivenActions lead from each given frame to the next, Actions from the last one on.
	GivenActions [][]int `json:"given_actions"`
	Actions      [][]int `json:"actions"`
}

// WriteQuestion writes a trial into the folder root/ID: the given frames as given/00000.png and on, and question.json. The
// truth is not written.
func WriteQuestion(root string, t Trial) error {
	folder := filepath.Join(root, filepath.FromSlash(t.ID))
	if err := picture.WritePNGs(filepath.Join(folder, "given"), picture.Clip(t.Context.Frames, t.Context.Height, t.Context.Width)); err != nil {
		return fmt.Errorf("evals: writing a question: %w", err)
	}
	q := question{
		Scene: t.Scene, Caption: t.Context.Caption, Height: t.Context.Height, Width: t.Context.Width, Given: t.Known(), Frames: t.Frames(),
		GivenActions: [][]int{}, Actions: [][]int{},
	}
	for _, a := range t.Context.Actions {
		q.GivenActions = append(q.GivenActions, a.Int)
	}
	for _, a := range t.Actions {
		q.Actions = append(q.Actions, a.Int)
	}
	data, err := json.MarshalIndent(q, "", "  ")
	if err != nil {
		return fmt.Errorf("evals: writing a question: %w", err)
	}
	if err := atomicfile.WriteBytes(filepath.Join(folder, "question.json"), append(data, '\n')); err != nil {
		return fmt.Errorf("evals: writing a question: %w", err)
	}
	return nil
}

// sheet is what exam.json says: which questions a tree holds, or answers.
type sheet struct {
	Suite Suite  `json:"suite"`
	Seed  uint64 `json:"seed"`
}

// sheetName is the file that goes with questions, and with their answers.
const sheetName = "exam.json"

// WriteSheet notes in root/exam.json that the tree holds the questions of a suite and a seed.
func WriteSheet(root string, suite Suite, seed uint64) error {
	data, err := json.MarshalIndent(sheet{suite, seed}, "", "  ")
	if err == nil {
		if err = os.MkdirAll(root, 0o755); err == nil {
			err = atomicfile.WriteBytes(filepath.Join(root, sheetName), append(data, '\n'))
		}
	}
	if err != nil {
		return fmt.Errorf("evals: noting which questions %s holds: %w", root, err)
	}
	return nil
}

// CheckSheet returns an error where root/exam.json, as copied from the questions, is not of a suite and a seed: cases of different suites and
// seeds have the same names, and frames that answer others would be graded.
func CheckSheet(root string, suite Suite, seed uint64) error {
	path := filepath.Join(root, sheetName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("evals: %s does not say which questions it answers: copy %s from the folder of the questions into it", root, sheetName)
	}
	if err != nil {
		return fmt.Errorf("evals: reading which questions %s answers: %w", root, err)
	}
	var s sheet
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("evals: reading %s: %w; copy it anew from the folder of the questions", path, err)
	}
	if s.Suite != suite || s.Seed != seed {
		return fmt.Errorf("evals: %s answers the questions of suite %s and seed %d, not of suite %s and seed %d: ask with the former, or answer the latter",
			root, s.Suite, s.Seed, suite, seed)
	}
	return nil
}

// Videos is a candidate whose answers were made elsewhere: the folder holds, for every question, its frames as
// ID/00000.png and on.
type Videos struct {
	Title, Folder string
}

// Name implements Candidate.
func (v *Videos) Name() string { return v.Title }

// Continue implements Candidate.
func (v *Videos) Continue(ctx context.Context, trials []Trial, step func(frames int)) ([][]uint8, error) {
	answers := make([][]uint8, len(trials))
	for i, t := range trials {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		folder := filepath.Join(v.Folder, filepath.FromSlash(t.ID))
		if _, err := os.Stat(filepath.Dir(folder)); errors.Is(err, fs.ErrNotExist) {
			return nil, Incapable{filepath.Dir(folder) + " does not exist: there are no videos for this exam"}
		}
		for n := range t.Frames() {
			frame, err := readFrame(filepath.Join(folder, fmt.Sprintf("%05d.png", n)), t)
			if err != nil {
				return nil, err
			}
			answers[i] = append(answers[i], frame...)
		}
		step(t.Frames())
	}
	return answers, nil
}

// readFrame reads one frame of an answer.
func readFrame(path string, t Trial) ([]uint8, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("evals: question %s wants %d frames, 00000.png to %05d.png: %w; make the missing one, or leave the exam out with --only", t.ID, t.Frames(), t.Frames()-1, err)
	}
	defer file.Close()
	img, err := png.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("evals: reading %s: %w; write it anew as PNG", path, err)
	}
	if b := img.Bounds(); b.Dx() != t.Context.Width || b.Dy() != t.Context.Height {
		return nil, fmt.Errorf("evals: %s has %dx%d pixels (height x width) and question %s asks for %dx%d: make it at that size", path, b.Dy(), b.Dx(), t.ID, t.Context.Height, t.Context.Width)
	}
	return picture.FromImage(img).Pixels, nil
}

// Surprise implements Candidate: videos have none.
func (v *Videos) Surprise(context.Context, []Clip, uint64, func(int)) ([][]float64, error) {
	return nil, Incapable{"a folder of videos does not tell how unexpected a video is"}
}

// Reconstruct implements Candidate: no code is known.
func (v *Videos) Reconstruct(context.Context, []Trial) ([][]uint8, error) { return nil, nil }

// Close implements Candidate.
func (v *Videos) Close() error { return nil }
