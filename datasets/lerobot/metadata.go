package lerobot

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"

	"somnium/datasets"
	"somnium/datasets/table"
	"somnium/internal/atomicfile"
)

// statistics are sums over the rows of a feature's elements.
type statistics struct {
	low, high, sum, squares []float64
	count                   int64
}

// add counts the elements of one row.
func (s *statistics) add(row []float64) {
	for i, x := range row {
		if i == len(s.low) {
			s.low, s.high, s.sum, s.squares = append(s.low, x), append(s.high, x), append(s.sum, 0), append(s.squares, 0)
		}
		s.low[i], s.high[i] = min(s.low[i], x), max(s.high[i], x)
		s.sum[i] += x
		s.squares[i] += x * x
	}
	s.count++
}

// figures returns what stats.json says; shape makes the elements those of the
// feature.
func (s *statistics) figures(shape func(x []float64) any) map[string]any {
	mean, deviation := make([]float64, len(s.sum)), make([]float64, len(s.sum))
	for i := range mean {
		mean[i] = s.sum[i] / float64(s.count)
		deviation[i] = math.Sqrt(max(0, s.squares[i]/float64(s.count)-mean[i]*mean[i]))
	}
	return map[string]any{"min": shape(s.low), "max": shape(s.high), "mean": shape(mean), "std": shape(deviation), "count": []int64{s.count}}
}

// count adds an episode to the statistics. Of pictures, as LeRobot has it, the elements are the colours in 0..1.
func (x *exporter) count(e *datasets.Episode, i int, task int64) {
	add := func(name string, row ...float64) {
		if x.stats[name] == nil {
			x.stats[name] = &statistics{}
		}
		x.stats[name].add(row)
	}
	for t := range e.Len() {
		frame := e.Frame(t)
		for at := 0; at < len(frame); at += 3 {
			add("observation.image", float64(frame[at])/255, float64(frame[at+1])/255, float64(frame[at+2])/255)
		}
		add("action", elements(nil, x.action.space, e.Actions[t])...)
		add("next.reward", float64(e.Rewards[t]))
		add("next.done", truth(e.Terminated[t] || e.Truncated[t]))
		add("next.truncated", truth(e.Truncated[t]))
		add("timestamp", float64(t)/x.fps)
		add("frame_index", float64(t))
		add("episode_index", float64(i))
		add("index", float64(x.frames-int64(e.Len())+int64(t)))
		add("task_index", float64(task))
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

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
		"observation.image": {DType: "image", Shape: []int{x.height, x.width, 3}, Names: []string{"height", "width", "channels"}},
		"action":            action, "next.reward": single("float32"), "next.done": single("bool"), "next.truncated": single("bool"),
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
	for name, s := range x.stats {
		shape := func(v []float64) any { return v }
		if name == "observation.image" {
			shape = func(v []float64) any { return [][][]float64{{{v[0]}}, {{v[1]}}, {{v[2]}}} }
		}
		stats[name] = s.figures(shape)
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
	return x.write("meta/episodes/chunk-000/file-000.parquet", x.data.Len(), []table.Column{
		column("episode_index", p.index), {Path: []string{"tasks"}, Width: 1, Data: p.tasks}, column("length", p.length),
		column("data/chunk_index", p.chunk), column("data/file_index", p.file), column("dataset_from_index", p.from), column("dataset_to_index", p.to),
		column("meta/episodes/chunk_index", zeros), column("meta/episodes/file_index", zeros),
	}, nil)
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
