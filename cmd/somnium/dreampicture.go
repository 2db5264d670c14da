package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"somnium/evals"
	"somnium/internal/picture"
)

// Colours of the two parts of a reel, Okabe and Ito's orange and sky blue, which colour-blind people tell apart, and of
// what is yet to come.
var (
	contextColor = picture.Color{230, 159, 0}
	dreamColor   = picture.Color{86, 180, 233}
	futureColor  = picture.Color{58, 62, 71}
)

// Sizes of a reel's parts, in pixels.
const (
	reelGap      = 18
	reelBorder   = 3
	reelBar      = 6
	letterHeight = 13 // of the one typeface
)

// panelNames are what a reel shows of a frame, in order.
var panelNames = []string{"truth", "dream", "difference"}

// sheetMoments are the frames of a contact sheet; the last one of the context is 0.
var sheetMoments = []int{0, 1, 4, 16, 32, 64, 96, 128}

// reel is the picture of an episode: the truth, the dream and where they differ, or the dream alone where there is no
// truth.
type reel struct {
	// name is the environment's.
	name    string
	fps     float64
	episode evals.LockStepEpisode
}

// write writes the reel as what the name ends in, into a folder that is there.
func (r reel) write(out string) error {
	switch strings.ToLower(filepath.Ext(out)) {
	case ".png":
		return picture.WritePNG(out, r.sheet())
	case ".gif":
		return picture.WriteGIF(out, r.frames(), picture.GIFOptions{FPS: r.fps, Hold: 1})
	}
	return picture.WritePNGs(out, r.frames())
}

// compared says whether there is a truth beside the dream.
func (r reel) compared() bool { return len(r.episode.Truth) > 0 }

// given returns the number of frames of the context.
func (r reel) given() int { return r.episode.Context.Len() }

// panels returns the panels of a frame by name. The number counts from 1 at the end of the context; within the context,
// where the dream is what it is given, it is 0 and less.
func (r reel) panels(number int) map[string]picture.Frame {
	c := r.episode.Context
	wrap := func(pixels []uint8) picture.Frame { return picture.Of(pixels, c.Height, c.Width) }
	if number <= 0 {
		given := picture.Clip(c.Frames, c.Height, c.Width)[r.given()-1+number]
		return map[string]picture.Frame{"truth": given, "dream": given, "difference": subtract(given, given)}
	}
	dream := wrap(r.episode.DreamFrame(number))
	if !r.compared() {
		return map[string]picture.Frame{"dream": dream}
	}
	truth := wrap(r.episode.TruthFrame(number))
	return map[string]picture.Frame{"truth": truth, "dream": dream, "difference": subtract(truth, dream)}
}

// names returns which panels there are.
func (r reel) names() []string {
	if r.compared() {
		return panelNames
	}
	return panelNames[1:2]
}

// subtract returns |a - b|.
func subtract(a, b picture.Frame) picture.Frame {
	out := picture.New(a.Height, a.Width, picture.Color{})
	for i, v := range a.Pixels {
		out.Pixels[i] = max(v, b.Pixels[i]) - min(v, b.Pixels[i])
	}
	return out
}

// frames returns every frame of the animation.
func (r reel) frames() []picture.Frame {
	frames := make([]picture.Frame, r.given()+r.episode.Len())
	for t := range frames {
		frames[t] = r.frame(t + 1 - r.given())
	}
	return frames
}

// frame composes a frame: the panels under their labels, of which the dream's says whether it is still given what it
// shows, a bar that fills as time goes on, and a line on what is dreamed of.
func (r reel) frame(number int) picture.Frame {
	c := r.episode.Context
	scale := max(1, shownSize/max(c.Height, c.Width))
	height, width := c.Height*scale, c.Width*scale
	letters := 1
	if width > 2*picture.TextWidth("difference") {
		letters = 2
	}
	top := reelGap + letterHeight*letters + reelGap/2
	foot := top + height + reelGap
	canvas := picture.New(foot+reelBar+letterHeight+reelGap, reelGap+len(r.names())*(width+reelGap), picture.Paper)
	panels := r.panels(number)
	for i, name := range r.names() {
		left, ink := reelGap+i*(width+reelGap), picture.Ink
		if name == "dream" {
			name, ink = r.state(number)
			canvas.Draw(picture.New(height+2*reelBorder, width+2*reelBorder, ink), top-reelBorder, left-reelBorder)
			count := fmt.Sprint(r.count(number))
			write(canvas, reelGap, left+width-picture.TextWidth(count)*letters, count, ink, letters)
			canvas.Draw(panels["dream"].Enlarge(scale), top, left)
		} else {
			canvas.Draw(panels[name].Enlarge(scale), top, left)
		}
		write(canvas, reelGap, left, name, ink, letters)
	}
	r.bar(canvas, foot, number)
	r.line(canvas, foot+reelBar+reelGap/3, number)
	return canvas
}

// state is what the dream is doing, and its colour.
func (r reel) state(number int) (string, picture.Color) {
	switch end := r.episode.DreamEnd; {
	case number <= 0:
		return "context", contextColor
	case end > 0 && number > end:
		return "dream ended", futureColor
	}
	return "dream", dreamColor
}

// count is the number that a frame is shown with: it starts from 1 in the context, and again in the dream.
func (r reel) count(number int) int {
	if number <= 0 {
		return number + r.given()
	}
	return number
}

// bar draws how much of context and dream has passed.
func (r reel) bar(canvas picture.Frame, y, number int) {
	width := canvas.Width - 2*reelGap
	total := r.given() + r.episode.Len()
	for x := range width {
		at, color := x*total/width+1-r.given(), futureColor
		if at <= number {
			_, color = r.state(at)
		}
		for dy := range reelBar {
			canvas.Set(y+dy, reelGap+x, color)
		}
	}
}

// line writes what is dreamed of and how near it is, as far as there is room.
func (r reel) line(canvas picture.Frame, y, number int) {
	near := ""
	if r.compared() && number > 0 {
		at := evals.LockStepResult{Episodes: []evals.LockStepEpisode{r.episode}}.At(number)
		near = fmt.Sprintf("PSNR %s dB, copy-last %s dB", decibelText(at.PSNR), decibelText(at.CopyLast))
	}
	room := canvas.Width - 2*reelGap
	for _, what := range []string{r.name + ": " + r.episode.Context.Caption, r.name} {
		if strings.HasSuffix(what, ": ") || picture.TextWidth(what+"   "+near) > room {
			continue
		}
		canvas.Text(y, reelGap, what, picture.Ink)
		break
	}
	if picture.TextWidth(near) <= room {
		canvas.Text(y, reelGap+room-picture.TextWidth(near), near, picture.Ink)
	}
}

// write writes enlarged text on paper.
func write(canvas picture.Frame, y, x int, text string, c picture.Color, scale int) {
	small := picture.New(letterHeight, picture.TextWidth(text), picture.Paper)
	small.Text(0, 0, text, c)
	canvas.Draw(small.Enlarge(scale), y, x)
}

// sheet returns some frames in rows: truth, dream, difference.
func (r reel) sheet() picture.Frame {
	length := r.episode.Len()
	var numbers []int
	for _, number := range sheetMoments {
		if number <= length && number > -r.given() {
			numbers = append(numbers, number)
		}
	}
	if !slices.Contains(numbers, length) {
		numbers = append(numbers, length)
	}
	var panels []picture.Panel
	for _, name := range r.names() {
		for _, number := range numbers {
			label := fmt.Sprintf("%s %d", name, number)
			if number == 0 {
				label = name + ", given"
			}
			panels = append(panels, picture.Panel{Label: label, Frame: r.panels(number)[name]})
		}
	}
	c := r.episode.Context
	title := fmt.Sprintf("%s, given %s", r.name, counted(r.given(), "frame"))
	scale := max(1, shownSize/2/max(c.Height, c.Width))
	return picture.Sheet(panels, len(numbers), picture.RowOptions{Scale: scale, Title: title})
}
