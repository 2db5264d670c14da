package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	agentlist "somnium/agents/all"
	"somnium/datasets"
	"somnium/env"
	"somnium/viewer/scenes"
	viewerstage "somnium/viewer/stage"
	"somnium/viewer/take"
	"somnium/viewer/wire"
	"somnium/world"
)

// playhouse furnishes the viewer's stages.
type playhouse struct {
	*playing
	model  *world.Model
	saving sync.Mutex // one window's stretch at a time, so that each has a name of its own
}

// playAgents are who relieves the hands, the best first.
var playAgents = []string{"scripted", "explorer", "builder", "loop", "sticky", "random", "noop"}

// savedFolder is where the viewer saves.
const savedFolder = "out/play"

func (h *playhouse) stage() viewerstage.House {
	return viewerstage.House{
		Truth: h.truth, Dream: h.dream, Agents: playAgents, Worlds: h.worlds(), Context: h.context,
		Agent: func(name string, e env.Env) (viewerstage.Agent, error) { return agentlist.New(name, e) },
	}
}

// check finds what is wrong with a name before a window asks for it.
func (h *playhouse) check(name string) error {
	if test, ok := scenes.Find(name); ok {
		name = test.Env
	}
	opened, err := h.truth(name)
	if err != nil {
		return err
	}
	return opened.Env.Close()
}

// truth makes the simulator of a name, or opens the recorded episode.
func (h *playhouse) truth(name string) (viewerstage.Truth, error) {
	if !strings.Contains(name, "#") {
		e, err := env.Make(name)
		return viewerstage.Truth{Env: e}, err
	}
	episode, err := openEpisode(name)
	if err != nil {
		return viewerstage.Truth{}, err
	}
	r := &recording{episode: episode}
	return viewerstage.Truth{Env: r, Leader: replay{r}, LeaderName: "recording"}, nil
}

// dream makes the model's dream in the place of a simulator. Of a world of another kind than those that it was trained on it knows
// nothing.
func (h *playhouse) dream(name string, spec env.Spec) (env.Env, string, error) {
	known := h.model.Info.Simulators()
	id, _, _ := strings.Cut(spec.ID, "?")
	remark := ""
	if !slices.Contains(known, id) {
		if !slices.ContainsFunc(known, func(other string) bool { return family(other) == family(id) }) {
			return nil, "", errors.New("The model has not learned this world yet: the truth is shown alone.")
		}
		remark = "The model was never shown this world: what it dreams here is a guess."
	}
	if n := h.model.Span(); n > 1 {
		return nil, "", fmt.Errorf("The model dreams %d frames at a time, and here every frame asks for an action: the truth is shown alone.", n)
	}
	height, width, _ := env.FrameSize(spec.Observation)
	// What it starts from by itself is never seen: every dream here is primed.
	blank := env.Context{Height: height, Width: width, Frames: make([]byte, height*width*3), Actions: []env.Value{}}
	dream, err := dreamOf(h.model, world.DreamOptions{
		Name: world.DreamName(h.playing.model, name), Spec: spec, Source: world.FromClip(blank), Steps: h.denoise,
	})
	return dream, remark, err
}

// family returns the first word of an id: Rigid of RigidCatch-v0.
func family(id string) string {
	for i := 1; i < len(id); i++ {
		if id[i] >= 'A' && id[i] <= 'Z' {
			return id[:i]
		}
	}
	return id
}

// worlds lists the environments, those that are dreamed first.
func (h *playhouse) worlds() []wire.SceneCard {
	var cards []wire.SceneCard
	known := h.model.Info.Simulators()
	for _, spec := range env.Specs() {
		card := wire.SceneCard{Name: spec.ID, Title: viewerstage.Title(spec.ID), Asks: spec.Doc, Dreamt: slices.Contains(known, spec.ID)}
		if family(spec.ID) == "Voxel" && !card.Dreamt {
			card.Name += "?height=96&width=144&textured=1&hud=1" // people like to see where they go
		}
		cards = append(cards, card)
	}
	slices.SortStableFunc(cards, func(a, b wire.SceneCard) int {
		switch {
		case a.Dreamt == b.Dreamt:
			return 0
		case a.Dreamt:
			return -1
		}
		return 1
	})
	return cards
}

// welcome is what windows are told.
func (h *playhouse) welcome() wire.Welcome {
	w := wire.Welcome{Program: "somnium " + release, Agents: playAgents, Formats: append(take.Formats(), "shard"), Worlds: h.worlds(), Flags: h.dreamFlags()}
	known := h.model.Info.Simulators()
	for _, t := range scenes.Tests() {
		id, _, _ := strings.Cut(t.Env, "?")
		w.Tests = append(w.Tests, wire.SceneCard{Name: t.ID, Title: t.Title, Asks: t.Asks, Dreamt: slices.Contains(known, id)})
	}
	return w
}

// dreamFlags returns the flags that shape a dream, as a line that replays it needs them.
func (h *playhouse) dreamFlags() (flags []string) {
	if h.playing.model != defaultModel {
		flags = append(flags, "--model", h.playing.model)
	}
	if h.context != world.ContextFrames {
		flags = append(flags, "--context", strconv.Itoa(h.context))
	}
	if h.denoise != world.DefaultSteps {
		flags = append(flags, "--steps", strconv.Itoa(h.denoise))
	}
	return flags
}

// save writes what is taken away.
func (h *playhouse) save(t viewerstage.Take, format string) (string, error) {
	id, _, _ := strings.Cut(t.Scene, "?")
	if at := strings.LastIndexAny(id, "/\\"); at >= 0 {
		id = id[at+1:]
	}
	h.saving.Lock()
	defer h.saving.Unlock()
	path := unused(filepath.Join(savedFolder, fmt.Sprintf("%s-seed%d-%s", strings.ReplaceAll(id, "#", "-"), t.Seed, stamp())))
	if format == "shard" {
		return path, saveShard(t, path)
	}
	return take.Save(t, format, path)
}

// unused returns a path that nothing is at, with whatever ending: two stretches may be saved in one second.
func unused(path string) string {
	for n, free := 2, path; ; n++ {
		there, err := filepath.Glob(free + "*")
		if err != nil || len(there) == 0 {
			return free
		}
		free = fmt.Sprintf("%s-%d", path, n)
	}
}

// saveShard writes the stretch as a data set of one episode.
func saveShard(t viewerstage.Take, path string) error {
	e := &datasets.Episode{
		Env: t.Env, Seed: t.Seed, Agent: t.Agent, FPS: t.FPS, Height: t.Height, Width: t.Width, Spec: t.Spec, Actions: t.Actions,
		Terminated: t.Terminated, Truncated: t.Truncated,
	}
	if e.Agent == "" {
		e.Agent = "hands"
	}
	frames := t.Truth
	if len(frames) > 0 && len(t.States) > 0 && len(t.States[0].Bodies) > 0 {
		e.States = t.States
	}
	if len(frames) == 0 {
		frames = t.Dream
	}
	for _, f := range frames {
		e.Frames = append(e.Frames, f...)
	}
	for _, r := range t.Rewards {
		e.Rewards = append(e.Rewards, float32(r))
	}
	for i, caption := range t.Captions {
		if caption != "" && (i == 0 || caption != t.Captions[i-1]) {
			e.Captions = append(e.Captions, datasets.Caption{Step: i, Short: caption, Detailed: caption})
		}
	}
	if slices.ContainsFunc(e.Actions, func(a env.Value) bool { return a.Int == nil && a.F32 == nil && a.U8 == nil && a.Dict == nil }) {
		return errors.New("the first frames were a picture of yours, without actions: mark what follows them with R, and save that")
	}
	return datasets.WriteAll(path, datasets.WriterOptions{}, func(w *datasets.Writer) error { return w.Append(e) })
}
