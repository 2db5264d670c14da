package world

import "fmt"

// Grow returns a model of a preset that computes what a smaller one does: fresh weights stand where from has none. Tokenizers
// must be of one size; what the transformers may differ in is told by [dit.Model.Grow]. The counts of what the smaller model
// was trained on go on, and so do its words, but into another vocabulary, where they are learned anew.
func Grow(preset string, seed uint64, from *Model) (*Model, error) {
	m, err := New(preset, seed)
	if err != nil {
		return nil, err
	}
	if m.Info.Tokenizer != from.Info.Tokenizer {
		return nil, fmt.Errorf("world: its tokenizer is of sizes %+v, that of the preset %q of %+v; choose the preset of the weights, or fresh weights", from.Info.Tokenizer, preset, m.Info.Tokenizer)
	}
	if err := m.Dynamics.Grow(from.Dynamics); err != nil {
		return nil, fmt.Errorf("world: the preset %q: %w", preset, err)
	}
	for i, p := range m.Tokenizer.Params.All() {
		copy(p.Data, from.Tokenizer.Params.All()[i].Data)
	}
	for i, p := range m.Tokenizer.Stats.All() {
		copy(p.Data, from.Tokenizer.Stats.All()[i].Data)
	}
	if from.Flow != nil && from.Flow.Config.Actions == m.Info.Dynamics.Actions {
		if err := m.AddFlow(from.Flow.Config, seed); err != nil {
			return nil, err
		}
		for i, p := range m.Flow.Params.All() {
			copy(p.Data, from.Flow.Params.All()[i].Data)
		}
	}
	info := from.Info
	if m.Flow == nil {
		info.Flow, info.FlowSteps, info.FlowFrames = nil, 0, 0
	}
	if from.Info.Dynamics.Vocabulary != m.Info.Dynamics.Vocabulary { // their rows are fresh
		info.Words = nil
	}
	info.Preset, info.Dynamics = m.Info.Preset, m.Info.Dynamics
	m.Info = info
	return m, nil
}
