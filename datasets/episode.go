package datasets

import (
	"errors"
	"fmt"
	"strings"

	"somnium/env"
)

// Letters of the shapes below: T steps of an episode, so T+1 frames; H, W height and width of a frame in pixels.

// Episode is one recorded episode.
type Episode struct {
	// Env is the name with which env.Make makes the environment again.
	Env string
	// Number is the episode's number in the job that recorded it.
	Number int
	// Seed is the seed of the Reset that started it.
	Seed uint64
	// Agent names who acted; it may be empty.
	Agent string
	// FPS is the number of steps in a second of the environment's time.
	FPS float64
	// Height and Width are those of every frame, in pixels.
	Height, Width int
	// Spec is the environment's: spaces, time limit, parameters.
	Spec env.Spec
	// Frames is uint8 [T+1, H, W, 3].
	Frames []byte
	// Actions holds T values; Actions[i] leads from frame i to frame i+1.
	Actions []env.Value
	// Rewards [T] are those of the transitions.
	Rewards []float32
	// Terminated and Truncated [T] say how a transition ended the episode; in a whole episode only the last can.
	Terminated, Truncated []bool
	// Captions are in the order of their steps; each holds from its step to the next caption's.
	Captions []Caption
	// States are the T+1 true states, or none.
	States []env.State
}

// Caption describes the scene from a step on.
type Caption struct {
	// Step is the index of the first frame that it describes.
	Step int `json:"step"`
	// Short is a few words, Detailed a few sentences.
	Short    string `json:"short"`
	Detailed string `json:"detailed"`
}

// Meta is what is known of an episode without reading its frames.
type Meta struct {
	Env           string
	Number        int
	Seed          uint64
	Agent         string
	FPS           float64
	Height, Width int
	// Steps is T; there are T+1 frames.
	Steps int
	// Return is the sum of the rewards.
	Return float64
	// Terminated and Truncated are those of the last step.
	Terminated, Truncated bool
}

// ID returns the environment's id: its name without parameters.
func (m Meta) ID() string { return environmentID(m.Env) }

// Frames returns the number of frames, T+1.
func (m Meta) Frames() int { return m.Steps + 1 }

// frameBytes is the length of the frames in bytes.
func (m Meta) frameBytes() int { return (m.Steps + 1) * m.Height * m.Width * 3 }

func environmentID(name string) string {
	id, _, _ := strings.Cut(name, "?")
	return id
}

// Len returns T, the number of steps.
func (e *Episode) Len() int { return len(e.Actions) }

// Frame returns frame i, uint8 [H, W, 3]; it shares the episode's memory.
func (e *Episode) Frame(i int) []byte {
	size := e.Height * e.Width * 3
	return e.Frames[i*size : (i+1)*size : (i+1)*size]
}

// Caption returns the caption in force at frame i; it is empty where there is none.
func (e *Episode) Caption(i int) Caption {
	var found Caption
	for _, caption := range e.Captions {
		if caption.Step > i {
			break
		}
		found = caption
	}
	return found
}

// Meta returns the episode's summary.
func (e *Episode) Meta() Meta {
	m := Meta{
		Env: e.Env, Number: e.Number, Seed: e.Seed, Agent: e.Agent, FPS: e.FPS,
		Height: e.Height, Width: e.Width, Steps: len(e.Actions),
	}
	for _, reward := range e.Rewards {
		m.Return += float64(reward)
	}
	if last := len(e.Actions) - 1; last >= 0 {
		m.Terminated, m.Truncated = e.Terminated[last], e.Truncated[last]
	}
	return m
}

// Bounds of what one record may hold. They keep a broken length in a file from asking for the machine's memory.
const (
	maxSide  = 1 << 14
	maxSteps = 1 << 24
	// maxRawBytes bounds the decompressed body of an episode.
	maxRawBytes = 1 << 30
	// maxMetaBytes bounds the meta of an episode.
	maxMetaBytes = 1 << 16
)

var errShape = errors.New("the lengths of frames, actions, rewards and ends do not agree")

// check returns an error unless the lengths agree and lie within the bounds of the format.
func (e *Episode) check() error {
	if err := checkSize(e.Height, e.Width, len(e.Actions)); err != nil {
		return err
	}
	steps := len(e.Actions)
	if len(e.Frames) != (steps+1)*e.Height*e.Width*3 || len(e.Rewards) != steps ||
		len(e.Terminated) != steps || len(e.Truncated) != steps {
		return fmt.Errorf("%w: %d bytes of frames of %dx%d, %d actions, %d rewards, %d and %d ends", errShape,
			len(e.Frames), e.Height, e.Width, steps, len(e.Rewards), len(e.Terminated), len(e.Truncated))
	}
	if len(e.States) != 0 && len(e.States) != steps+1 {
		return fmt.Errorf("%w: %d states for %d frames", errShape, len(e.States), steps+1)
	}
	return checkCaptions(e.Captions, steps)
}

func checkSize(height, width, steps int) error {
	if height < 1 || width < 1 || height > maxSide || width > maxSide {
		return fmt.Errorf("the frame size %dx%d is outside 1..%d", height, width, maxSide)
	}
	if steps < 0 || steps > maxSteps {
		return fmt.Errorf("%d steps are outside 0..%d", steps, maxSteps)
	}
	if bytes := int64(steps+1) * int64(height) * int64(width) * 3; bytes > maxRawBytes {
		return fmt.Errorf("%d frames of %dx%d take %d bytes, more than the %d of an episode: record shorter episodes or smaller frames",
			steps+1, height, width, bytes, maxRawBytes)
	}
	return nil
}

func checkCaptions(captions []Caption, steps int) error {
	before := -1
	for _, caption := range captions {
		if caption.Step <= before || caption.Step > steps {
			return fmt.Errorf("a caption of step %d follows one of step %d in an episode of %d steps", caption.Step, before, steps)
		}
		before = caption.Step
	}
	return nil
}
