package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// Version is that of the messages. Window and server come from one build, so that there is nothing to negotiate.
const Version = 1

// Bounds of what a window may send, in bytes, entries and steps.
const (
	MaxCommand = 1 << 18
	MaxFile    = 16 << 20
	MaxText    = 1 << 17
	maxNames   = 64
)

// What a command asks for.
const (
	// Hello opens the conversation: Version, Token, and a Place to begin at.
	Hello = "hello"
	// HandsOn says what the hands do now: Hands, and the Seq that the view of their outcome will carry.
	HandsOn = "hands"
	// Open goes to a Place.
	Open = "open"
	// Play, Pause and Step (by Count frames, which may be negative) move the clock; Speed sets its Value.
	Play  = "play"
	Pause = "pause"
	Step  = "step"
	Speed = "speed"
	// Seek shows frame Count.
	Seek = "seek"
	// Agent hands over to the agent Text, or back to the hands where it is empty.
	Agent = "agent"
	// Wake shows the dream the truth again.
	Wake = "wake"
	// Branch brings back the branch of number Count in the place of what is shown.
	Branch = "branch"
	// Prompt takes a line of Text.
	Prompt = "prompt"
	// Save writes frames Count to Until as Text: gif, png, mp4 or shard.
	Save = "save"
	// Thumbnails asks for a picture of every scene.
	Thumbnails = "thumbnails"
)

// commands lists what there is to ask for.
var commands = []string{Hello, HandsOn, Open, Play, Pause, Step, Speed, Seek, Agent, Wake, Branch, Prompt, Save, Thumbnails}

// Command is a message of the window: Do says which fields count.
type Command struct {
	Do      string  `json:"do"`
	Version int     `json:"version,omitempty"`
	Token   string  `json:"token,omitempty"`
	Place   *Place  `json:"place,omitempty"`
	Hands   *Hands  `json:"hands,omitempty"`
	Seq     uint64  `json:"seq,omitempty"`
	Count   int     `json:"count,omitempty"`
	Until   int     `json:"until,omitempty"`
	Value   float64 `json:"value,omitempty"`
	Text    string  `json:"text,omitempty"`
}

// Place is a moment that can be gone to: a scene, a seed, and what was done since.
type Place struct {
	// Scene is the name of an environment or of a test. Default: what the program was started with.
	Scene string `json:"scene,omitempty"`
	// Seed is that of the episode; nil draws none and takes that of the scene.
	Seed *uint64 `json:"seed,omitempty"`
	// Words are what the dream is told, where that is not the scene's caption.
	Words string `json:"words,omitempty"`
	// Replay is the code of the actions, as [EncodeReplay] writes it.
	Replay string `json:"replay,omitempty"`
	// At is the frame to show, or 0 for the last one.
	At int `json:"at,omitempty"`
	// Paused says that the clock is to stand, as it does anyway at the end of a replay, unless that resumes.
	Paused bool `json:"paused,omitempty"`
	// Resume says that after its replay the scene goes on, and Agent who acts then; empty: the hands.
	Resume bool   `json:"resume,omitempty"`
	Agent  string `json:"agent,omitempty"`
}

// Hands are what somebody does: intents that are held or were tapped, by name, and how the look turned since the last message,
// in degrees to the right and downward.
type Hands struct {
	Held   []string   `json:"held,omitempty"`
	Tapped []string   `json:"tapped,omitempty"`
	Look   [2]float64 `json:"look"`
}

// DecodeCommand reads a command. What is malformed, unknown or out of bounds is an error.
func DecodeCommand(data []byte) (Command, error) {
	var c Command
	if len(data) > MaxCommand {
		return c, fmt.Errorf("wire: a command of %d bytes; the most is %d", len(data), MaxCommand)
	}
	if !utf8.Valid(data) {
		return c, errors.New("wire: a command is JSON in UTF-8, and this is not")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Command{}, fmt.Errorf("wire: a command that cannot be read: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Command{}, errors.New("wire: something follows the command in its message")
	}
	if err := c.check(); err != nil {
		return Command{}, err
	}
	return c, nil
}

// check returns an error unless everything lies within its bounds.
func (c Command) check() error {
	switch {
	case !slices.Contains(commands, c.Do):
		return fmt.Errorf("wire: there is no command %.40q", c.Do)
	case len(c.Text) > MaxText || len(c.Token) > 512:
		return errors.New("wire: the text of the command is too long")
	case math.IsNaN(c.Value) || math.IsInf(c.Value, 0):
		return errors.New("wire: the value of the command is no number")
	case c.Do == HandsOn && c.Hands == nil, c.Do == Open && c.Place == nil:
		return fmt.Errorf("wire: the command %s lacks what it is about", c.Do)
	case c.Place != nil && (len(c.Place.Scene) > 4096 || len(c.Place.Agent) > 512 || len(c.Place.Words) > 4096 || len(c.Place.Replay) > MaxText || c.Place.At < 0):
		return errors.New("wire: the place is out of bounds")
	}
	if c.Hands == nil {
		return nil
	}
	if len(c.Hands.Held) > maxNames || len(c.Hands.Tapped) > maxNames {
		return fmt.Errorf("wire: hands that do more than %d things at once", maxNames)
	}
	for _, turn := range c.Hands.Look {
		if !(math.Abs(turn) <= 3600) {
			return errors.New("wire: the look turns by more than ten times around")
		}
	}
	return nil
}

// Encode returns the bytes of the command.
func (c Command) Encode() []byte {
	data, err := json.Marshal(c)
	if err != nil {
		panic("wire: a command holds a number that JSON has no word for")
	}
	return data
}
