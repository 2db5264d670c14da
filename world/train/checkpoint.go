package train

import (
	"fmt"
	"time"

	"somnium/internal/ckpt"
	"somnium/internal/nn"
	"somnium/world"
)

// stageKey is where a run's checkpoint names the stage that its optimiser state belongs to.
const stageKey = "somnium.stage"

// resumed is what a checkpoint holds besides the model.
type resumed struct {
	stage string
	file  *ckpt.File
}

// save writes checkpoint, history and averaged weights.
func (r *run) save(s stage, optimizer *nn.Optimizer) error {
	r.saved = time.Now()
	file, err := r.model.File()
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	file.Tensors = append(file.Tensors, optimizer.State()...)
	file.Metadata[stageKey] = s.name()
	if err := ckpt.Save(r.path("checkpoint.safetensors"), file, ckpt.SaveOptions{}); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	r.kept = fmt.Sprintf("the last good checkpoint, of %d updates, is %s", optimizer.Steps(), r.path("checkpoint.safetensors"))
	if err := r.history.save(r.path("losses.csv"), r.path("losses.png")); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	optimizer.Swap()
	defer optimizer.Swap()
	return r.model.Save(r.path("weights.safetensors"))
}

// loadCheckpoint reads what save wrote.
func loadCheckpoint(path string) (*world.Model, *resumed, error) {
	file, err := ckpt.Load(path)
	if err != nil {
		return nil, nil, fmt.Errorf("train: resuming: %w", err)
	}
	model, err := world.FromFile(file, path)
	if err != nil {
		return nil, nil, fmt.Errorf("train: resuming: %w", err)
	}
	stage, ok := file.Metadata[stageKey]
	if !ok {
		return nil, nil, fmt.Errorf("train: %s holds weights but no state of a run; move it away and start from it with --from", path)
	}
	return model, &resumed{stage: stage, file: file}, nil
}
