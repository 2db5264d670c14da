package actor

import (
	"encoding/json"
	"fmt"
	"slices"

	"somnium/internal/ckpt"
)

const (
	// metadataKey is where a checkpoint keeps its Config.
	metadataKey = "somnium.agent"
	prefix      = "actor/"
)

// Save writes the network, beside and renamed.
func (n *Network) Save(path string) error {
	text, err := json.Marshal(n.Config)
	if err != nil {
		return fmt.Errorf("actor: %w", err)
	}
	file := &ckpt.File{Tensors: n.Params.Tensors(prefix), Metadata: map[string]string{metadataKey: string(text)}}
	if err := ckpt.Save(path, file, ckpt.SaveOptions{}); err != nil {
		return fmt.Errorf("actor: %w", err)
	}
	return nil
}

// Load reads a network that one of the learners trained.
func Load(path string, learners ...string) (*Network, error) {
	file, err := ckpt.Load(path)
	if err != nil {
		return nil, fmt.Errorf("actor: %w", err)
	}
	text, ok := file.Metadata[metadataKey]
	if !ok {
		return nil, fmt.Errorf("actor: %s is a safetensors file but not an agent: its metadata has no %q; choose a file that `somnium agent train` wrote", path, metadataKey)
	}
	var c Config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return nil, fmt.Errorf("actor: the metadata of %s: %w; the file is damaged, take another copy", path, err)
	}
	if !slices.Contains(learners, c.Learner) {
		return nil, fmt.Errorf("actor: %s holds an agent of %q, not of %v; choose a checkpoint of the agent that is asked for", path, c.Learner, learners)
	}
	n, err := New(c, 0)
	if err == nil {
		err = n.Params.Load(file, prefix)
	}
	if err != nil {
		return nil, fmt.Errorf("actor: %s: %w", path, err)
	}
	return n, nil
}
