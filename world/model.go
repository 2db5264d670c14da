// Package world is the world model: a tokenizer and a video diffusion transformer that learned a simulator from video, and
// the rollout that steps it.
//
// A [Model] is the weights. A [Session] dreams with them: it is primed with a context of frames, then each Step takes an
// action and returns the next frame. A [Dream] is a Session that wears the environment contract, env.Env, with the spaces of
// the simulator that the model was trained on.
package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"somnium/env"
	"somnium/internal/ckpt"
	"somnium/world/dit"
	"somnium/world/flow"
	"somnium/world/tokenizer"
	"somnium/world/weights"
)

// version is that of the weights' metadata. It changes when old weights would no longer mean the same.
const version = 1

// metadataKey is where a checkpoint keeps its Info.
const metadataKey = "somnium"

// Info is what a checkpoint says about its model.
type Info struct {
	Version int `json:"version"`
	// Preset is the name of the sizes.
	Preset    string           `json:"preset"`
	Tokenizer tokenizer.Config `json:"tokenizer"`
	Dynamics  dit.Config       `json:"dynamics"`
	// Flow are the sizes of the network that guesses the next frame, nil where there is none.
	Flow *flow.Config `json:"flow,omitempty"`
	// Environments are the names of those whose episodes it was trained on.
	Environments []string `json:"environments"`
	// TokenizerSteps, FlowSteps and DynamicsSteps count the updates that each part was trained for, TokenizerFrames, FlowFrames and
	// DynamicsClips what it saw in them.
	TokenizerSteps  int `json:"tokenizer_steps"`
	TokenizerFrames int `json:"tokenizer_frames"`
	FlowSteps       int `json:"flow_steps,omitempty"`
	FlowFrames      int `json:"flow_frames,omitempty"`
	DynamicsSteps   int `json:"dynamics_steps"`
	DynamicsClips   int `json:"dynamics_clips"`
	// Words are those of the captions that it was trained on, sorted. Weights of before they were kept have none.
	Words []string `json:"words,omitempty"`
}

// Model is a world model's weights.
type Model struct {
	Info      Info
	Tokenizer *tokenizer.Model
	Dynamics  *dit.Model
	// Flow guesses the next frame from the last two, nil where the model goes without.
	Flow *flow.Model
}

// Weights returns the number of the model's weights.
func (m *Model) Weights() int {
	n := m.Tokenizer.Params.Count() + m.Dynamics.Params.Count()
	if m.Flow != nil {
		n += m.Flow.Params.Count()
	}
	return n
}

// presets are the sizes by name.
var presets = map[string]func() (tokenizer.Config, dit.Config){
	"tiny":         sizes(tokenizer.Tiny(), dit.Tiny),
	"tiny-stride4": sizes(tokenizer.TinyStride4(), dit.TinyStride4),
	"tiny-memory":  sizes(tokenizer.Tiny(), func(latent int) dit.Config { return dit.Tiny(latent).WithMemory() }),
	"small-memory": sizes(tokenizer.Small(), func(latent int) dit.Config { return dit.Small(latent).WithMemory() }),
	"small":        sizes(tokenizer.Small(), dit.Small),
	"medium":       sizes(tokenizer.Small(), dit.Medium),
	"base":         sizes(tokenizer.Large(), dit.Base),
	"large":        sizes(tokenizer.Large(), dit.Large),
}

func sizes(t tokenizer.Config, d func(latent int) dit.Config) func() (tokenizer.Config, dit.Config) {
	return func() (tokenizer.Config, dit.Config) { return t, d(t.Latent) }
}

// Span returns how many frames a latent of the model stands for: so many it dreams at a time, from as many actions.
func (m *Model) Span() int { return m.Tokenizer.Config.Span() }

// everyFrame returns an error where the model dreams several frames at a time. what completes a sentence about who cannot use it.
func (m *Model) everyFrame(what string) error {
	if m.Span() == 1 {
		return nil
	}
	return fmt.Errorf("world: a latent of this model stands for %d frames, and what %s needs one whose latents stand for one; choose a model of another preset", m.Span(), what)
}

// Simulators returns the ids of the environments that the model was trained on, each once, sorted.
func (info Info) Simulators() []string {
	var ids []string
	for _, name := range info.Environments {
		if id, _, err := env.ParseName(name); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Unknown returns the words of a caption that the model has not been told in training, each once, in order; none where the
// weights do not say which words these were. A dream goes by the others.
func (info Info) Unknown(caption string) []string {
	var unknown []string
	named := map[string]bool{}
	for _, word := range dit.Split(caption) {
		if info.unknown(word) && !named[word] {
			unknown, named[word] = append(unknown, word), true
		}
	}
	return unknown
}

func (info Info) unknown(word string) bool {
	_, known := slices.BinarySearch(info.Words, word)
	return !known && len(info.Words) > 0 && word != ""
}

// words returns the ids by which a dream is conditioned on a caption. Words that the model has not been told are left out, and parted
// what they stood between: what their rows of the table hold is chance, or another word's.
func (m *Model) words(caption string) (ids []int) {
	words := dit.Split(caption)
	for len(words) > 0 {
		known := slices.IndexFunc(words, m.Info.unknown)
		if known < 0 {
			return append(ids, m.Dynamics.Config.IDs(words)...)
		}
		ids, words = append(ids, m.Dynamics.Config.IDs(words[:known])...), words[known+1:]
	}
	return ids
}

// Presets returns the names of the presets, sorted.
func Presets() []string {
	names := make([]string, 0, len(presets))
	for name := range presets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// New returns a model of a preset with fresh weights.
func New(preset string, seed uint64) (*Model, error) {
	sizes, ok := presets[preset]
	if !ok {
		return nil, fmt.Errorf("world: there is no preset %q; choose one of %s", preset, strings.Join(Presets(), ", "))
	}
	t, d := sizes()
	return build(Info{Version: version, Preset: preset, Tokenizer: t, Dynamics: d}, seed)
}

func build(info Info, seed uint64) (*Model, error) {
	t, err := tokenizer.New(info.Tokenizer, seed)
	if err != nil {
		return nil, err
	}
	d, err := dit.New(info.Dynamics, seed)
	if err != nil {
		return nil, err
	}
	m := &Model{Info: info, Tokenizer: t, Dynamics: d}
	if info.Flow != nil {
		if m.Flow, err = flow.New(*info.Flow, seed); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// FlowSizes returns the sizes of the network that guesses frames for a model of this one's preset and actions.
func (m *Model) FlowSizes() flow.Config {
	if strings.HasPrefix(m.Info.Preset, "tiny") {
		return flow.Tiny(m.Info.Dynamics.Actions)
	}
	return flow.Small(m.Info.Dynamics.Actions)
}

// AddFlow gives the model a fresh network that guesses the next frame. Latents must stand for one frame each.
func (m *Model) AddFlow(sizes flow.Config, seed uint64) error {
	if err := m.everyFrame("guesses the next frame from the last two"); err != nil {
		return err
	}
	if sizes.Actions != m.Info.Dynamics.Actions {
		return fmt.Errorf("world: the transformer knows actions of %d numbers, and the network that guesses frames would of %d; choose the same", m.Info.Dynamics.Actions, sizes.Actions)
	}
	network, err := flow.New(sizes, seed)
	if err != nil {
		return err
	}
	m.Flow, m.Info.Flow, m.Info.FlowSteps, m.Info.FlowFrames = network, &sizes, 0, 0
	return nil
}

// WithDynamics returns a model of the same tokenizer, whose weights it shares, and a fresh transformer of other sizes.
func (m *Model) WithDynamics(sizes dit.Config, seed uint64) (*Model, error) {
	info := m.Info
	info.Dynamics, info.DynamicsSteps, info.DynamicsClips, info.Words = sizes, 0, 0, nil
	if sizes.Latent != info.Tokenizer.Latent || sizes.Span() != info.Tokenizer.Span() {
		return nil, fmt.Errorf("world: the tokenizer makes latents of %d channels and %d frames, and a transformer of sizes %+v is to learn them; choose sizes that fit", info.Tokenizer.Latent, info.Tokenizer.Span(), sizes)
	}
	dynamics, err := dit.New(sizes, seed)
	if err != nil {
		return nil, err
	}
	if info.Flow != nil && info.Flow.Actions != sizes.Actions {
		info.Flow, info.FlowSteps, info.FlowFrames = nil, 0, 0
		return &Model{Info: info, Tokenizer: m.Tokenizer, Dynamics: dynamics}, nil
	}
	return &Model{Info: info, Tokenizer: m.Tokenizer, Dynamics: dynamics, Flow: m.Flow}, nil
}

// Open returns the model of a name: a preset whose weights are embedded in the program, or the path of a checkpoint.
func Open(name string) (*Model, error) {
	if data, ok := weights.Embedded(name); ok {
		file, err := ckpt.DecodeBytes(data)
		if err != nil {
			return nil, fmt.Errorf("world: the embedded weights %q: %w", name, err)
		}
		return FromFile(file, "the embedded weights "+name)
	}
	if _, err := os.Stat(name); err != nil {
		embedded := "there are none"
		if names := weights.Names(); len(names) > 0 {
			embedded = "there are: " + strings.Join(names, ", ")
		}
		return nil, fmt.Errorf("world: %q is neither embedded weights (%s) nor a checkpoint that can be read: %w; name one, or make it with `somnium train`", name, embedded, err)
	}
	file, err := ckpt.Load(name)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	return FromFile(file, name)
}

// FromFile returns the model of a checkpoint's content; name is for error messages.
func FromFile(file *ckpt.File, name string) (*Model, error) {
	text, ok := file.Metadata[metadataKey]
	if !ok {
		return nil, fmt.Errorf("world: %s is a safetensors file but not a world model: its metadata has no %q; choose a file that `somnium train` wrote", name, metadataKey)
	}
	var info Info
	if err := json.Unmarshal([]byte(text), &info); err != nil {
		return nil, fmt.Errorf("world: the metadata of %s: %w; the file is damaged, take another copy", name, err)
	}
	if info.Version != version {
		return nil, fmt.Errorf("world: %s has version %d, this program reads version %d; use the program that wrote it, or train anew", name, info.Version, version)
	}
	if err := info.fits(file); err != nil {
		return nil, fmt.Errorf("world: %s: %w", name, err)
	}
	m, err := build(info, 0)
	if err != nil {
		return nil, fmt.Errorf("world: %s: %w", name, err)
	}
	if err := m.Load(file); err != nil {
		return nil, fmt.Errorf("world: %s: %w", name, err)
	}
	return m, nil
}

// fits returns an error where the sizes make no model, or one that has more weights than the file holds numbers. It is asked
// before the model is made, so that no file makes a program take more memory than a small multiple of its own size.
func (info Info) fits(file *ckpt.File) error {
	if err := errors.Join(info.Tokenizer.Check(), info.Dynamics.Check()); err != nil {
		return err
	}
	if info.Tokenizer.Latent != info.Dynamics.Latent {
		return fmt.Errorf("its tokenizer makes latents of %d channels, its transformer wants %d; the file is damaged, take another copy", info.Tokenizer.Latent, info.Dynamics.Latent)
	}
	if info.Tokenizer.Span() != info.Dynamics.Span() {
		return fmt.Errorf("its tokenizer makes latents of %d frames each, its transformer wants %d; the file is damaged, take another copy", info.Tokenizer.Span(), info.Dynamics.Span())
	}
	want := info.Tokenizer.Weights() + info.Dynamics.Weights()
	if info.Flow != nil {
		if err := info.Flow.Check(); err != nil {
			return err
		}
		if info.Flow.Actions != info.Dynamics.Actions {
			return fmt.Errorf("its transformer knows actions of %d numbers, the network that guesses frames of %d; the file is damaged, take another copy", info.Dynamics.Actions, info.Flow.Actions)
		}
		if info.Tokenizer.Span() != 1 {
			return fmt.Errorf("its latents stand for %d frames, and it holds a network that guesses single ones; the file is damaged, take another copy", info.Tokenizer.Span())
		}
		want += info.Flow.Weights()
	}
	have := 0
	for i := range file.Tensors {
		have += len(file.Tensors[i].F32)
	}
	if want > have {
		return fmt.Errorf("its metadata calls for %d weights and it holds %d numbers; the file is damaged, take another copy", want, have)
	}
	return nil
}

// Load copies the weights of a checkpoint of the same sizes.
func (m *Model) Load(file *ckpt.File) error {
	if err := m.Tokenizer.Load(file, "tokenizer/"); err != nil {
		return err
	}
	if m.Flow != nil {
		if err := m.Flow.Load(file, "flow/"); err != nil {
			return err
		}
	}
	return m.Dynamics.Load(file, "dynamics/")
}

// File returns the checkpoint of the model, which shares its memory.
func (m *Model) File() (*ckpt.File, error) {
	info, err := json.Marshal(m.Info)
	if err != nil {
		return nil, fmt.Errorf("world: %w", err)
	}
	tensors := append(m.Tokenizer.Tensors("tokenizer/"), m.Dynamics.Tensors("dynamics/")...)
	if m.Flow != nil {
		tensors = append(tensors, m.Flow.Tensors("flow/")...)
	}
	return &ckpt.File{Tensors: tensors, Metadata: map[string]string{metadataKey: string(info)}}, nil
}

// Save writes the weights in bf16, beside and renamed.
func (m *Model) Save(path string) error {
	file, err := m.File()
	if err != nil {
		return err
	}
	return ckpt.Save(path, file, ckpt.SaveOptions{BF16: true})
}
