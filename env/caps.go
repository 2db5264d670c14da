package env

// The capabilities below are optional: find them by type assertion on an Env ([As] looks through wrappers).

// Snapshotter is an Env whose whole state, its random stream included, can be kept and brought back to the bit.
type Snapshotter interface {
	// Snapshot returns the state as bytes that a Restore of the same environment id and parameters accepts.
	Snapshot() ([]byte, error)
	// Restore brings the state back and returns the observation of that moment. Bytes of another environment or
	// version are an error and change nothing.
	Restore(snapshot []byte) (Value, error)
}

// Prober is an Env that tells its true state: what the exams score against and what the viewer outlines.
type Prober interface {
	// State returns the state behind the last observation, in memory of its own.
	State() State
}

// Surveyor is an Env, as a world of blocks is, that tells what lies where, seen or not: true state that is too much for State.
type Surveyor interface {
	// Survey fills dst with the kinds of the blocks, by the numbers of their world, in the box of size[0] x size[1] x size[2]
	// blocks along x, y and z whose lowest corner is low: x goes fastest, then z. dst must hold exactly so many.
	Survey(dst []uint8, low, size [3]int)
}

// Captioner is an Env that describes itself in words.
type Captioner interface {
	// Captions returns what a person would say of the present scene, in a few words and in a few sentences.
	Captions() (short, detailed string)
}

// Primer is an Env, as a dream is, whose episode can be started from given frames in place of a seed.
type Primer interface {
	// Prime starts an episode that continues the context, and returns its last frame as the observation. After the same
	// seeded reset, the same context and actions give the same episode. What is no context of whole frames of the
	// observation's size, with as many actions as lie between them or none, is an error and changes nothing.
	Prime(context Context) (Value, error)
}

// Wrapper is an Env around another one.
type Wrapper interface {
	Env
	Unwrap() Env
}

// Veil is a Wrapper behind which some capabilities are out of reach, because what they take or give is no longer what the
// wrapper shows: a Primer's frames, say, where the wrapper makes frames smaller.
type Veil interface {
	Wrapper
	// Veils says whether the capability is hidden; it is given as a nil pointer to the interface, such as (*Primer)(nil).
	Veils(capability any) bool
}

// As finds a capability on e or on what it wraps, outermost first, and not behind a [Veil] that hides it.
func As[T any](e Env) (T, bool) {
	for {
		if found, ok := e.(T); ok {
			return found, true
		}
		w, ok := e.(Wrapper)
		if veil, is := e.(Veil); !ok || is && veil.Veils((*T)(nil)) {
			var none T
			return none, false
		}
		e = w.Unwrap()
	}
}

// State is the true state of an environment at one moment.
type State struct {
	// Step counts the steps since Reset.
	Step int
	// Bodies are the things in the scene, in an order that does not change within an episode.
	Bodies []Body
	// Values are further numbers by name, such as "gravity".
	Values map[string]float64
}

// Body is a thing in the scene. Lengths are in world units, y points up, times are in seconds.
type Body struct {
	// ID is unique within an episode.
	ID int
	// Kind is "disc", "box", "paddle", ...
	Kind string
	// Position is the centre; Velocity is per second. Flat worlds leave z at 0.
	Position, Velocity [3]float64
	// Angle is the rotation in radians, counter-clockwise.
	Angle float64
	// Size is the full extent along the body's own axes: a disc's is its diameter twice.
	Size [3]float64
	// Color is the sRGB fill.
	Color [3]uint8
	// Static bodies (walls, occluders, marks) do not move by physics.
	Static bool
	// InFrame says that some part lies inside the picture, hidden or not.
	InFrame bool
	// Hidden is the fraction, 0 to 1, of the body's picture that other bodies cover.
	Hidden float64
}

// Context is a stretch of video from which a Primer continues.
type Context struct {
	// Height and Width are those of every frame, in pixels.
	Height, Width int
	// Frames holds T frames, uint8 [T, Height, Width, 3]. There may be none where a Primer can begin from the caption alone.
	Frames []byte
	// Actions holds T-1 actions: Actions[i] leads from frame i to frame i+1. It may be nil where they are unknown.
	Actions []Value
	// Caption describes the scene, and may be empty.
	Caption string
}

// Len returns T, the number of frames.
func (c Context) Len() int {
	if c.Height <= 0 || c.Width <= 0 {
		return 0
	}
	return len(c.Frames) / (c.Height * c.Width * 3)
}

// Reconstructor is an Env, as a dream is, that sees through a lossy code: what it returns of true frames is the best that it
// could ever show.
type Reconstructor interface {
	// Reconstruct returns the frames of the context as they come out of the code and back, uint8 [T, Height, Width, 3].
	Reconstruct(context Context) ([]byte, error)
}

// SecondLook is the bit of a Surpriser's seed that asks for what the measurement leaves out without it: a dream, which looks at a few
// levels of noise, then looks at those between them. The mean of both is a finer measurement.
const SecondLook uint64 = 1 << 63

// Surpriser is an Env that tells how unexpected a video is to it.
type Surpriser interface {
	// Surprise returns a number for each frame of the context, the higher the less the frame was to be expected after those
	// before it and the action into it. Equal seeds draw equal noise, so that two videos can be compared; numbers of
	// different environments cannot.
	Surprise(context Context, seed uint64) ([]float64, error)
}
