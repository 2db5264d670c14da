package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"somnium/internal/atomicfile"
)

// manifestName is the file in which a collected data set keeps its options.
const manifestName = "collect.json"

// manifest holds those options of a job that its episodes depend on. Two jobs of one manifest give one data set.
type manifest struct {
	Format     int       `json:"format"`
	Envs       []string  `json:"envs"`
	Agents     []string  `json:"agents"`
	Weights    []float64 `json:"weights,omitempty"`
	Episodes   int       `json:"episodes"`
	Steps      int64     `json:"steps"`
	Seed       uint64    `json:"seed"`
	MaxSteps   int       `json:"max_steps"`
	NoStates   bool      `json:"no_states"`
	ShardBytes int64     `json:"shard_bytes"`
}

func (o CollectOptions) manifest() manifest {
	return manifest{
		Format: version, Envs: o.Envs, Agents: o.Agents, Weights: o.Weights, Episodes: o.Episodes, Steps: o.Steps, Seed: o.Seed,
		MaxSteps: o.MaxSteps, NoStates: o.NoStates, ShardBytes: o.ShardBytes,
	}
}

// claim writes the manifest of a new job, or finds the same one of a job to resume.
func (m manifest) claim(dir string) error {
	path := filepath.Join(dir, manifestName)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m.start(dir, path)
	}
	if err != nil {
		return fmt.Errorf("datasets: reading the options of %s: %w", dir, err)
	}
	var before manifest
	if err := json.Unmarshal(data, &before); err != nil {
		return fmt.Errorf("datasets: %s does not parse (%w): choose another folder", path, err)
	}
	if changes := m.changes(before); len(changes) > 0 {
		return fmt.Errorf("datasets: %s was collected with other options (%s): give the same ones to go on, or choose another folder",
			dir, strings.Join(changes, "; "))
	}
	return nil
}

// start writes the manifest where there is nothing yet.
func (m manifest) start(dir, path string) error {
	shards, err := shardPaths(dir)
	if err != nil {
		return err
	}
	if len(shards) > 0 {
		return fmt.Errorf("datasets: %s holds shards that collect did not write, %s first: choose another folder", dir, filepath.Base(shards[0]))
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteBytes(path, append(data, '\n'))
}

// changes lists in words where m differs from the options of before.
func (m manifest) changes(before manifest) []string {
	var list []string
	differ := func(name string, same bool, was, is any) {
		if !same {
			list = append(list, fmt.Sprintf("%s was %v, is %v", name, was, is))
		}
	}
	differ("format", m.Format == before.Format, before.Format, m.Format)
	differ("environments", slices.Equal(m.Envs, before.Envs), before.Envs, m.Envs)
	differ("agents", slices.Equal(m.Agents, before.Agents), before.Agents, m.Agents)
	differ("weights", slices.Equal(m.Weights, before.Weights), before.Weights, m.Weights)
	differ("episodes", m.Episodes == before.Episodes, before.Episodes, m.Episodes)
	differ("steps", m.Steps == before.Steps, before.Steps, m.Steps)
	differ("seed", m.Seed == before.Seed, before.Seed, m.Seed)
	differ("steps an episode", m.MaxSteps == before.MaxSteps, before.MaxSteps, m.MaxSteps)
	differ("leaving out states", m.NoStates == before.NoStates, before.NoStates, m.NoStates)
	differ("shard size", m.ShardBytes == before.ShardBytes, before.ShardBytes, m.ShardBytes)
	return list
}
