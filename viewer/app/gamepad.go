//go:build js || window

package main

import (
	"math"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"
)

// padRate is by how many degrees a stick turns the look in a sixtieth of a second, at most.
const padRate = 2.5

// dead is how far a stick may be off its middle and mean nothing.
const dead = 0.25

// padIntents are what buttons mean in a scene, by the standard layout.
var padIntents = map[ebiten.StandardGamepadButton][]string{
	ebiten.StandardGamepadButtonLeftLeft:         {"left"},
	ebiten.StandardGamepadButtonLeftRight:        {"right"},
	ebiten.StandardGamepadButtonLeftTop:          {"up", "forward"},
	ebiten.StandardGamepadButtonLeftBottom:       {"down", "back"},
	ebiten.StandardGamepadButtonRightBottom:      {"jump"},
	ebiten.StandardGamepadButtonRightRight:       {"sneak"},
	ebiten.StandardGamepadButtonRightLeft:        {"sprint"},
	ebiten.StandardGamepadButtonFrontBottomRight: {"attack"},
	ebiten.StandardGamepadButtonFrontBottomLeft:  {"use"},
}

// padKeys are the viewer's keys that buttons stand for.
var padKeys = map[ebiten.StandardGamepadButton]string{
	ebiten.StandardGamepadButtonCenterRight:   "KeyP",
	ebiten.StandardGamepadButtonCenterLeft:    "KeyM",
	ebiten.StandardGamepadButtonRightTop:      "KeyV",
	ebiten.StandardGamepadButtonFrontTopLeft:  "Comma",
	ebiten.StandardGamepadButtonFrontTopRight: "Period",
}

// gamepad adds what the first gamepad does.
func (g *game) gamepad() {
	g.in.Intents, g.in.Turn = g.in.Intents[:0], [2]float64{}
	for _, id := range ebiten.AppendGamepadIDs(nil) {
		if !ebiten.IsStandardGamepadLayoutAvailable(id) {
			continue
		}
		for button, intents := range padIntents {
			if ebiten.IsStandardGamepadButtonPressed(id, button) {
				g.in.Intents = append(g.in.Intents, intents...)
			}
		}
		for button, key := range padKeys {
			if inpututil.IsStandardGamepadButtonJustPressed(id, button) {
				g.in.Pressed = append(g.in.Pressed, key)
			}
		}
		g.stick(id)
		return
	}
}

func (g *game) stick(id ebiten.GamepadID) {
	axis := func(a ebiten.StandardGamepadAxis) float64 {
		x := ebiten.StandardGamepadAxisValue(id, a)
		if math.Abs(x) < dead {
			return 0
		}
		return x
	}
	for _, a := range []struct {
		value              float64
		negative, positive []string
	}{
		{axis(ebiten.StandardGamepadAxisLeftStickHorizontal), []string{"left"}, []string{"right"}},
		{axis(ebiten.StandardGamepadAxisLeftStickVertical), []string{"up", "forward"}, []string{"down", "back"}},
	} {
		switch {
		case a.value < -0.5:
			g.in.Intents = append(g.in.Intents, a.negative...)
		case a.value > 0.5:
			g.in.Intents = append(g.in.Intents, a.positive...)
		}
	}
	g.in.Turn[0] = padRate * axis(ebiten.StandardGamepadAxisRightStickHorizontal)
	g.in.Turn[1] = padRate * axis(ebiten.StandardGamepadAxisRightStickVertical)
}
