package minari

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"somnium/env"
	"somnium/internal/atomicfile"
)

// metadataName is the file that describes a data set or an episode.
const metadataName = "metadata.json"

// specNotes is what a spec says beside its spaces.
type specNotes struct {
	ID              string      `json:"id"`
	Doc             string      `json:"doc"`
	MaxEpisodeSteps int         `json:"max_episode_steps"`
	FPS             float64     `json:"fps"`
	Params          []env.Param `json:"params,omitempty"`
}

// metadata is the metadata.json of a data set.
type metadata struct {
	ID               string     `json:"dataset_id"`
	TotalEpisodes    int        `json:"total_episodes"`
	TotalSteps       int        `json:"total_steps"`
	Format           string     `json:"data_format"`
	JPEG             *bool      `json:"jpeg_encoding,omitempty"` // where it is missing, pictures are JPEG
	ObservationSpace string     `json:"observation_space,omitempty"`
	ActionSpace      string     `json:"action_space,omitempty"`
	EnvSpec          string     `json:"env_spec,omitempty"`
	Size             float64    `json:"dataset_size"`
	Algorithm        string     `json:"algorithm_name,omitempty"`
	Version          string     `json:"minari_version"`
	Somnium          *specNotes `json:"somnium,omitempty"`
}

// metadata writes the file that describes the data set, the last one of an export.
func (x *exporter) metadata() error {
	first := x.data.Meta(0)
	raw := false
	m := metadata{
		ID: x.id, TotalEpisodes: x.data.Len(), TotalSteps: x.steps, Format: "parquet", JPEG: &raw, Version: Version,
		Size: float64(x.bytes/1e5) / 10, EnvSpec: gymnasiumSpec(first.Env, x.spec),
		Somnium: &specNotes{ID: x.spec.ID, Doc: x.spec.Doc, MaxEpisodeSteps: x.spec.MaxEpisodeSteps, FPS: first.FPS, Params: x.spec.Params},
	}
	if len(x.agents) > 0 {
		m.Algorithm = fmt.Sprintf("%v", x.agents)
	}
	var err error
	if m.ObservationSpace, err = spaceText(env.Frame(first.Height, first.Width)); err != nil {
		return err
	}
	if m.ActionSpace, err = spaceText(x.spec.Action); err != nil {
		return err
	}
	return writeJSON(filepath.Join(x.folder, metadataName), m)
}

// spaceText returns the JSON of a space, which Minari keeps as text within JSON.
func spaceText(space env.Space) (string, error) {
	spelt, err := spaceJSON(space)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(spelt)
	if err != nil {
		return "", fmt.Errorf("minari: %w", err)
	}
	return string(text), nil
}

// gymnasiumSpec returns the JSON of the EnvSpec by which Gymnasium makes the environment again once `import somnium` has
// registered it, or nothing where it is none of this program's.
func gymnasiumSpec(name string, spec env.Spec) string {
	id, _, err := env.ParseName(name)
	if err != nil || !slices.Contains(env.IDs(), id) {
		return ""
	}
	var limit any // null, Gymnasium's word for none
	if spec.MaxEpisodeSteps > 0 {
		limit = spec.MaxEpisodeSteps
	}
	text, err := json.Marshal(map[string]any{
		"id": "somnium/" + id, "entry_point": "somnium.environment:SomniumEnv", "vector_entry_point": "somnium.vector:SomniumVectorEnv",
		"max_episode_steps": limit, "kwargs": map[string]any{"name": name, "time_limit": 0},
		"reward_threshold": nil, "nondeterministic": false, "order_enforce": true, "disable_env_checker": false, "additional_wrappers": []any{},
	})
	if err != nil {
		return ""
	}
	return string(text)
}

// writeJSON writes one of the files of metadata.
func writeJSON(path string, content any) error {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return fmt.Errorf("minari: %w", err)
	}
	if err := atomicfile.WriteBytes(path, buffer.Bytes()); err != nil {
		return fmt.Errorf("minari: %w", err)
	}
	return nil
}
