package datasets

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary says what a data set holds.
type Summary struct {
	Shards   int   `json:"shards"`
	Episodes int   `json:"episodes"`
	Steps    int64 `json:"steps"`
	// Frames is Steps plus one an episode.
	Frames int64 `json:"frames"`
	// Bytes is the length of the records on disk, BytesPerFrame that over Frames.
	Bytes         int64   `json:"bytes"`
	BytesPerFrame float64 `json:"bytes_per_frame"`
	// RawBytes is the length of the frames alone once decoded.
	RawBytes int64        `json:"raw_bytes"`
	Envs     []EnvSummary `json:"envs"`
	// Problems tells what cannot be read.
	Problems []string `json:"problems"`
}

// EnvSummary says what a data set holds of one environment as played by one agent.
type EnvSummary struct {
	Env        string  `json:"env"`
	Agent      string  `json:"agent"`
	Height     int     `json:"height"`
	Width      int     `json:"width"`
	Episodes   int     `json:"episodes"`
	Frames     int64   `json:"frames"`
	Bytes      int64   `json:"bytes"`
	MeanLength float64 `json:"mean_length"`
	MeanReturn float64 `json:"mean_return"`
	// Terminated and Truncated count the episodes that ended so.
	Terminated int `json:"terminated"`
	Truncated  int `json:"truncated"`
}

// Info summarises the data sets at the paths without decoding frames.
func Info(paths ...string) (Summary, error) {
	d, err := Open(paths...)
	if err != nil {
		return Summary{}, err
	}
	return d.Summary(), nil
}

// Summary says what the data set holds.
func (d *Dataset) Summary() Summary {
	type key struct {
		env, agent    string
		height, width int
	}
	groups := map[key]*EnvSummary{}
	shards := map[string]bool{}
	s := Summary{Episodes: len(d.refs), Envs: []EnvSummary{}, Problems: []string{}}
	for _, r := range d.refs {
		m := r.entry.meta
		k := key{m.Env, m.Agent, m.Height, m.Width}
		if groups[k] == nil {
			groups[k] = &EnvSummary{Env: m.Env, Agent: m.Agent, Height: m.Height, Width: m.Width}
		}
		groups[k].add(m, r.entry.header.size())
		shards[r.path] = true
		s.Steps += int64(m.Steps)
		s.Frames += int64(m.Frames())
		s.Bytes += r.entry.header.size()
		s.RawBytes += int64(m.frameBytes())
	}
	s.Shards = len(shards)
	s.BytesPerFrame = float64(s.Bytes) / float64(max(1, s.Frames))
	for group := range maps.Values(groups) {
		group.MeanLength /= float64(group.Episodes)
		group.MeanReturn /= float64(group.Episodes)
		s.Envs = append(s.Envs, *group)
	}
	slices.SortFunc(s.Envs, func(a, b EnvSummary) int {
		return cmp.Or(strings.Compare(a.Env, b.Env), strings.Compare(a.Agent, b.Agent), a.Height-b.Height, a.Width-b.Width)
	})
	for _, p := range d.problems {
		s.Problems = append(s.Problems, p.Error())
	}
	return s
}

// add counts an episode; the means are sums until the end.
func (g *EnvSummary) add(m Meta, bytes int64) {
	g.Episodes++
	g.Frames += int64(m.Frames())
	g.Bytes += bytes
	g.MeanLength += float64(m.Steps)
	g.MeanReturn += m.Return
	if m.Terminated {
		g.Terminated++
	}
	if m.Truncated {
		g.Truncated++
	}
}

// String is the summary as a table for people.
func (s Summary) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d episodes, %d frames, %d shards, %.1f MB (%.0f bytes a frame, %.1f times smaller than the pixels)\n",
		s.Episodes, s.Frames, s.Shards, float64(s.Bytes)/1e6, s.BytesPerFrame, float64(s.RawBytes)/float64(max(1, s.Bytes)))
	fmt.Fprintf(&text, "%-40s %-14s %-9s %8s %10s %8s %10s %6s %6s\n",
		"environment", "agent", "size", "episodes", "frames", "length", "return", "ended", "cut")
	for _, g := range s.Envs {
		fmt.Fprintf(&text, "%-40s %-14s %-9s %8d %10d %8.1f %10.3f %6d %6d\n", g.Env, g.Agent,
			fmt.Sprintf("%dx%d", g.Height, g.Width), g.Episodes, g.Frames, g.MeanLength, g.MeanReturn, g.Terminated, g.Truncated)
	}
	for _, p := range s.Problems {
		fmt.Fprintln(&text, p)
	}
	return text.String()
}
