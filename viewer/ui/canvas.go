package ui

// Color is an sRGB colour with its opacity, not premultiplied.
type Color struct{ R, G, B, A uint8 }

// fade returns the colour at a fraction of its opacity.
func (c Color) fade(by float64) Color {
	c.A = uint8(float64(c.A) * min(max(by, 0), 1))
	return c
}

// The theme: greys that tend to blue, and Okabe and Ito's colours for what means something.
var (
	night  = Color{14, 17, 22, 255}
	panel  = Color{22, 27, 34, 255}
	raised = Color{31, 38, 48, 255}
	edge   = Color{45, 54, 66, 255}
	ink    = Color{228, 232, 238, 255}
	soft   = Color{160, 170, 184, 255}
	faint  = Color{110, 121, 136, 255}
	sky    = Color{86, 180, 233, 255} // the truth
	orange = Color{230, 159, 0, 255}  // the dream
	green  = Color{0, 158, 115, 255}  // good
	red    = Color{213, 94, 0, 255}   // bad
	shade  = Color{8, 10, 13, 200}
	halo   = Color{8, 10, 13, 130} // around what must be seen on any ground
)

// Rect is a rectangle, in points: pixels of a screen of plain density.
type Rect struct{ X, Y, W, H float64 }

// has says whether a point lies in it.
func (r Rect) has(x, y float64) bool { return x >= r.X && x < r.X+r.W && y >= r.Y && y < r.Y+r.H }

// inset returns the rectangle without a margin.
func (r Rect) inset(by float64) Rect {
	return Rect{r.X + by, r.Y + by, max(r.W-2*by, 0), max(r.H-2*by, 0)}
}

// Font is a typeface at a size in points.
type Font struct {
	Size float64
	Face Face
}

// Face is one of the typefaces.
type Face uint8

// The typefaces.
const (
	Plain Face = iota
	Bold
	Mono
)

var (
	title = Font{17, Bold}
	text  = Font{14, Plain}
	small = Font{12, Plain}
	label = Font{11, Bold}
	mono  = Font{13, Mono}
)

// Canvas is what a UI draws on. Coordinates are in points from the upper left corner.
type Canvas interface {
	// Fill fills a rectangle with rounded corners, Stroke draws its outline.
	Fill(r Rect, radius float64, c Color)
	Stroke(r Rect, radius, width float64, c Color)
	// Line draws a line.
	Line(x0, y0, x1, y1, width float64, c Color)
	// Disc fills an ellipse.
	Disc(x, y, rx, ry float64, c Color)
	// Shape fills a polygon, x and y by turns.
	Shape(points []float64, c Color)
	// Text writes a line, its upper left corner at x, y; Width says how wide that is.
	Text(x, y float64, s string, f Font, c Color)
	Width(s string, f Font) float64
	// Picture draws pixels, uint8 [height, width, 3], each as a crisp rectangle. The name stays the same for what takes the place of
	// each other.
	Picture(name string, pixels []byte, height, width int, r Rect)
	// Clip keeps all drawing within a rectangle, until Clip is called again; the zero value ends it.
	Clip(r Rect)
}

// Input is what happened since the last frame.
type Input struct {
	// Width and Height are the window's, in points; Density is the number of pixels of the screen in a point.
	Width, Height, Density float64
	// Now is the time in seconds since the window opened.
	Now float64
	// Pressed are the keys that went down, Held those that are down, by the names that browsers give to keys; the mouse's buttons
	// are MouseLeft and MouseRight. Runes is what was typed.
	Pressed, Held []string
	Runes         []rune
	// MouseX and MouseY are where the mouse is, DeltaX and DeltaY by how much it moved, Wheel by how much its wheel turned.
	MouseX, MouseY, DeltaX, DeltaY, Wheel float64
	// Captured says that the mouse is the scene's.
	Captured bool
	// Intents are what a gamepad does, and Turn by how much it turns the look, in degrees.
	Intents []string
	Turn    [2]float64
	// Dropped is the content of a file that was dropped.
	Dropped []byte
}

// Output is what is to be done after a frame.
type Output struct {
	// Commands are to be sent, in order.
	Commands []wireCommand
	// File, where not nil, is to be sent as it is.
	File []byte
	// Capture says whether the mouse is to be the scene's.
	Capture bool
	// Copy, where not empty, is for the clipboard; a text that begins with a question mark is the end of a link.
	Copy string
	// Copied is what that is, in words, for a remark on where it went.
	Copied string
	// Fullscreen says that the window is to fill the screen, or to cease to.
	Fullscreen bool
}
