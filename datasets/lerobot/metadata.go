package lerobot

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"somnium/datasets/table"
	"somnium/internal/atomicfile"
)

// pictures is the feature that holds what was seen.
const pictures = "observation.image"

// described is a feature as info.json tells of it.
type described struct {
	DType string   `json:"dtype"`
	Shape []int    `json:"shape"`
	Names []string `json:"names"`
}

// features lists what a row has.
func (x *exporter) features() map[string]described {
	single := func(dtype string) described { return described{DType: dtype, Shape: []int{1}} }
	action := described{DType: "float32", Shape: []int{len(x.action.names)}, Names: x.action.names}
	if x.action.whole {
		action.DType = "int64"
	}
	return map[string]described{
		pictures: {DType: "image", Shape: []int{x.height, x.width, 3}, Names: []string{"height", "width", "channels"}},
		"action": action, "next.reward": single("float32"), "next.done": single("bool"), "next.truncated": single("bool"),
		"timestamp": single("float32"), "frame_index": single("int64"), "episode_index": single("int64"), "index": single("int64"), "task_index": single("int64"),
	}
}

// metadata writes what lies under meta.
func (x *exporter) metadata() error {
	if err := x.writeTasks(); err != nil {
		return err
	}
	if err := x.writeEpisodes(); err != nil {
		return err
	}
	stats := map[string]any{}
	for name, parts := range x.stats {
		stats[name] = aggregate(parts).written(name)
	}
	if err := x.writeJSON("stats.json", stats); err != nil {
		return err
	}
	return x.writeJSON("info.json", map[string]any{
		"codebase_version": "v3.0", "robot_type": "somnium", "fps": x.fps, "features": x.features(), "splits": map[string]string{"train": fmt.Sprintf("0:%d", x.data.Len())},
		"total_episodes": x.data.Len(), "total_frames": x.frames, "total_tasks": len(x.tasks), "chunks_size": filesInChunk,
		"data_files_size_in_mb": 100, "video_files_size_in_mb": 200,
		"data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet", "video_path": nil,
	})
}

// pandasIndex tells pandas which column of tasks.parquet is the index, as LeRobot reads it.
const pandasIndex = `{"index_columns": ["__index_level_0__"], "column_indexes": [{"name": null, "field_name": null, "pandas_type": "unicode", ` +
	`"numpy_type": "object", "metadata": {"encoding": "UTF-8"}}], "columns": [{"name": "task_index", "field_name": "task_index", "pandas_type": "int64", ` +
	`"numpy_type": "int64", "metadata": null}, {"name": null, "field_name": "__index_level_0__", "pandas_type": "unicode", "numpy_type": "object", ` +
	`"metadata": null}], "pandas_version": "2.0.0"}`

func (x *exporter) writeTasks() error {
	numbers := make([]int64, len(x.tasks))
	for i := range numbers {
		numbers[i] = int64(i)
	}
	columns := []table.Column{{Path: []string{"task_index"}, Data: numbers}, {Path: []string{"__index_level_0__"}, Data: x.tasks}}
	return x.write("meta/tasks.parquet", len(x.tasks), columns, map[string]string{"pandas": pandasIndex})
}

func (x *exporter) writeEpisodes() error {
	p, zeros := x.episodes, make([]int64, x.data.Len())
	column := func(name string, data []int64) table.Column { return table.Column{Path: []string{name}, Data: data} }
	all := []table.Column{
		column("episode_index", p.index), {Path: []string{"tasks"}, Width: 1, Data: p.tasks}, column("length", p.length),
		column("data/chunk_index", p.chunk), column("data/file_index", p.file), column("dataset_from_index", p.from), column("dataset_to_index", p.to),
		column("meta/episodes/chunk_index", zeros), column("meta/episodes/file_index", zeros),
	}
	features := x.features()
	for _, name := range slices.Sorted(maps.Keys(features)) {
		all = append(all, columns(name, features[name].DType, x.stats[name])...)
	}
	return x.write("meta/episodes/chunk-000/file-000.parquet", x.data.Len(), all, nil)
}

func (x *exporter) writeJSON(name string, content any) error {
	text, err := json.MarshalIndent(content, "", "  ")
	if err != nil {
		return fmt.Errorf("lerobot: %w", err)
	}
	if err := atomicfile.WriteBytes(filepath.Join(x.folder, "meta", name), append(text, '\n')); err != nil {
		return fmt.Errorf("lerobot: %w", err)
	}
	return nil
}
