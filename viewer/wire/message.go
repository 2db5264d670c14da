package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// Message is what the server sends: one of its fields is set. Pictures travel behind the head, in the order of the fields
// that call for them.
type Message struct {
	Welcome *Welcome `json:"welcome,omitempty"`
	View    *View    `json:"view,omitempty"`
	Thumb   *Thumb   `json:"thumb,omitempty"`
	Notice  *Notice  `json:"notice,omitempty"`
	// Error is why the connection ends.
	Error *Failure `json:"error,omitempty"`
}

// Welcome answers a hello.
type Welcome struct {
	Program string      `json:"program"`
	Agents  []string    `json:"agents"`
	Formats []string    `json:"formats"`
	Tests   []SceneCard `json:"tests"`
	Worlds  []SceneCard `json:"worlds"`
	// Flags are those of the command line that say how the server dreams, each followed by its value, where they are not the defaults.
	Flags []string `json:"flags,omitempty"`
}

// SceneCard is a scene as the menu shows it.
type SceneCard struct {
	// Name is what a Place calls it, Title what people do.
	Name  string `json:"name"`
	Title string `json:"title"`
	// Asks is a line on what there is to see or do.
	Asks string `json:"asks"`
	// Dreamt says whether the model has learned it.
	Dreamt bool `json:"dreamt"`
}

// Thumb is a picture of a scene for the menu.
type Thumb struct {
	Name   string `json:"name"`
	Height int    `json:"height"`
	Width  int    `json:"width"`
	Pixels []byte `json:"-"`
}

// Notice is a remark for a while.
type Notice struct {
	Text string `json:"text"`
	// Bad says that something went wrong.
	Bad bool `json:"bad,omitempty"`
}

// Failure is an error as docs/protocol.md has it: a kind for programs and a message for people.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// Binding is a key that does something in a scene.
type Binding struct {
	Intent string `json:"intent"`
	// Keys are the names of keys that mean it, as a browser's KeyboardEvent.code names them.
	Keys []string `json:"keys"`
	// Label is what the key map shows.
	Label string `json:"label"`
}

// Craft is something that can be made in a scene.
type Craft struct {
	// Intent is what the hands do to make it.
	Intent string `json:"intent"`
	// Makes and Takes say what comes out and what goes in, in words.
	Makes string `json:"makes"`
	Takes string `json:"takes"`
}

// Scene is what stays the same while a scene is on.
type Scene struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	// Asks is a line on what there is to see or do.
	Asks string `json:"asks"`
	Seed uint64 `json:"seed"`
	// Words are what the dream was told, where that is not the scene's caption.
	Words string `json:"words,omitempty"`
	// Height and Width are those of its pictures, in pixels; FPS is the number of steps in a second.
	Height int     `json:"height"`
	Width  int     `json:"width"`
	FPS    float64 `json:"fps"`
	// Truth and Dream say which of the two there are; Remark is what must be said of it.
	Truth  bool   `json:"truth"`
	Dream  bool   `json:"dream"`
	Remark string `json:"remark,omitempty"`
	// Test says that the scene is one.
	Test bool `json:"test,omitempty"`
	// Bindings are its keys, and Look says whether the mouse turns the view.
	Bindings []Binding `json:"bindings"`
	Look     bool      `json:"look,omitempty"`
	// Crafts are what can be made, for which there are too many keys.
	Crafts []Craft `json:"crafts,omitempty"`
}

// Shape is a thing of the true state on the picture. Coordinates are fractions of the picture's width and height from its
// upper left corner, and may lie outside of 0..1.
type Shape struct {
	Label string `json:"label"`
	// Disc has the middle and the two radii; anything else Corners, x and y by turns.
	Disc    *[4]float32 `json:"disc,omitempty"`
	Corners []float32   `json:"corners,omitempty"`
	// Hidden is the fraction that others cover, Outside says that it is not in the frame.
	Hidden  float32  `json:"hidden,omitempty"`
	Outside bool     `json:"outside,omitempty"`
	Color   [3]uint8 `json:"color"`
}

// Line is a line of a verdict.
type Line struct {
	Text string `json:"text"`
	// Mood is "good", "bad", "open" (not decided yet) or "told" (a remark).
	Mood string `json:"mood"`
}

// Point is what the timeline keeps of a frame.
type Point struct {
	// PSNR is that of the dream to the truth, in decibels; negative where there are not both.
	PSNR float32 `json:"p"`
	// Reward is the truth's into this frame.
	Reward float32 `json:"r,omitempty"`
	// Codes are what led to this frame from the one before, as replays have it.
	Codes []uint64 `json:"c,omitempty"`
	// Hidden is the number of true things in the frame that are out of sight.
	Hidden int `json:"h,omitempty"`
}

// Fork is a branch that was left: it goes on from frame At for Len frames.
type Fork struct {
	At  int `json:"at"`
	Len int `json:"len"`
}

// View is a moment of the stage.
type View struct {
	// Gen counts the scenes that were opened, Turn the changes of any kind.
	Gen   int   `json:"gen"`
	Turn  int   `json:"turn"`
	Scene Scene `json:"scene"`
	// At is the frame that is shown, of Len; the dream was given the first Context. Limit is the scene's length in steps, 0 for
	// none.
	At      int `json:"at"`
	Len     int `json:"len"`
	Context int `json:"context"`
	Limit   int `json:"limit,omitempty"`
	// Paused says that the clock stands, Ended why the episode is over, DreamEnded that the dream holds it for over.
	Paused     bool    `json:"paused,omitempty"`
	Ended      string  `json:"ended,omitempty"`
	DreamEnded bool    `json:"dream_ended,omitempty"`
	Speed      float64 `json:"speed"`
	// Rate is how many frames came in the last second.
	Rate float64 `json:"rate"`
	// Agent is who acts; empty: the hands.
	Agent string `json:"agent,omitempty"`
	// Agents are those who can, the one to begin with first.
	Agents []string `json:"agents,omitempty"`
	// Seq is that of the newest hands that count for the last frame.
	Seq uint64 `json:"seq"`
	// Action led to the frame, Caption describes it; Reward is the truth's, DreamReward the dream's, Return their sum so far.
	Action      string  `json:"action"`
	Caption     string  `json:"caption"`
	Reward      float64 `json:"reward"`
	DreamReward float64 `json:"dream_reward"`
	Return      float64 `json:"return"`
	// PSNR is that of the dream to the truth in decibels, negative where there are not both.
	PSNR    float64 `json:"psnr"`
	Shapes  []Shape `json:"shapes,omitempty"`
	Verdict []Line  `json:"verdict,omitempty"`
	Forks   []Fork  `json:"forks,omitempty"`
	// Points are those of the frames From and after.
	From   int     `json:"from"`
	Points []Point `json:"points,omitempty"`
	// Truth and Dream are the pictures, uint8 [Height, Width, 3], nil where there is none.
	Truth []byte `json:"-"`
	Dream []byte `json:"-"`
}

// Encode returns the bytes of the message.
func (m Message) Encode() ([]byte, error) {
	head, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	data := make([]byte, 4, 4+len(head)+m.pictures())
	binary.LittleEndian.PutUint32(data, uint32(len(head)))
	data = append(data, head...)
	if m.View != nil {
		data = append(append(data, m.View.Truth...), m.View.Dream...)
	}
	if m.Thumb != nil {
		data = append(data, m.Thumb.Pixels...)
	}
	return data, nil
}

// pictures returns the length of the pictures in bytes.
func (m Message) pictures() int {
	switch {
	case m.View != nil:
		return len(m.View.Truth) + len(m.View.Dream)
	case m.Thumb != nil:
		return len(m.Thumb.Pixels)
	}
	return 0
}

var errMessage = errors.New("wire: a message of the server that cannot be read; window and server are of different builds: load the page again")

// DecodeMessage reads a message. Its pictures alias data.
func DecodeMessage(data []byte) (Message, error) {
	var m Message
	if len(data) < 4 {
		return m, errMessage
	}
	size := binary.LittleEndian.Uint32(data)
	if uint64(size) > uint64(len(data)-4) {
		return m, errMessage
	}
	if err := json.Unmarshal(data[4:4+size], &m); err != nil {
		return Message{}, errMessage
	}
	rest := data[4+size:]
	if v := m.View; v != nil {
		v.Truth = cut(&rest, v.Scene.Truth, v.Scene.Height, v.Scene.Width)
		v.Dream = cut(&rest, v.Scene.Dream, v.Scene.Height, v.Scene.Width)
		if v.Scene.Truth != (v.Truth != nil) || v.Scene.Dream != (v.Dream != nil) {
			return Message{}, errMessage
		}
	}
	if t := m.Thumb; t != nil {
		if t.Pixels = cut(&rest, true, t.Height, t.Width); t.Pixels == nil {
			return Message{}, errMessage
		}
	}
	if len(rest) > 0 {
		return Message{}, errMessage
	}
	return m, nil
}

// cut takes a picture off the front of data, where one is due; nil where there is not enough.
func cut(data *[]byte, due bool, height, width int) []byte {
	const most = 1 << 14
	if !due || height < 1 || width < 1 || height > most || width > most || len(*data) < height*width*3 {
		return nil
	}
	picture := (*data)[: height*width*3 : height*width*3]
	*data = (*data)[height*width*3:]
	return picture
}
