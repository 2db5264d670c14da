package vpt

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"somnium/env"
)

// Choices are the names of the choices that a recording fills, in the order of the voxel environments' actions, with how many values
// each has. The first value of each is none, but for the camera's, whose middle bin is.
var Choices = []struct {
	Name   string
	Values int
}{
	{"move", 3}, {"strafe", 3}, {"jump", 2}, {"sneak", 2}, {"sprint", 2}, {"attack", 2}, {"use", 2},
	{"camera.pitch", bins}, {"camera.yaw", bins}, {"hotbar", 10},
}

// Places of the choices.
const (
	move = iota
	strafe
	jump
	sneak
	sprint
	attack
	use
	pitch
	yaw
	hotbar
)

const (
	// degreesPerUnit turns mouse units into degrees.
	degreesPerUnit = 360.0 / 2400
	// bins, maxTurn in degrees and mu are those of VPT's camera.
	bins    = 11
	maxTurn = 10.0
	mu      = 10.0
)

// Bin returns the bin of a turn in degrees, 0..10 with 5 for none.
func Bin(degrees float64) int {
	x := max(-maxTurn, min(maxTurn, degrees)) / maxTurn
	curved := math.Copysign(math.Log1p(mu*math.Abs(x))/math.Log1p(mu), x)
	return int(math.RoundToEven((curved + 1) * (bins - 1) / 2))
}

// space returns the space of actions: the recording's choices and further ones, of which none is ever taken.
func space(further []int) env.MultiDiscrete {
	var s env.MultiDiscrete
	for _, c := range Choices {
		s.Nvec = append(s.Nvec, c.Values)
	}
	s.Nvec = append(s.Nvec, further...)
	return s
}

// line is what one line of a .jsonl tells, as far as it is used.
type line struct {
	Mouse *struct {
		DX         float64 `json:"dx"`
		DY         float64 `json:"dy"`
		Buttons    []int   `json:"buttons"`
		NewButtons []int   `json:"newButtons"`
	} `json:"mouse"`
	Keyboard *struct {
		Keys []string `json:"keys"`
	} `json:"keyboard"`
	MenuOpen bool `json:"isGuiOpen"`
	Hotbar   int  `json:"hotbar"`
}

// hands turns lines into actions; it remembers what VPT's loader remembers.
type hands struct {
	further int
	begun   bool
	stuck   bool
	slot    int
}

// act returns the action of the next line.
func (h *hands) act(text []byte) (env.Value, error) {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return env.Value{}, fmt.Errorf("it does not parse: %w", err)
	}
	if l.Mouse == nil || l.Keyboard == nil {
		return env.Value{}, fmt.Errorf("it tells of no mouse or no keyboard, and a VPT recording tells of both")
	}
	if l.Hotbar < 0 || l.Hotbar > 8 {
		return env.Value{}, fmt.Errorf("hotbar slot %d lies outside 0..8", l.Hotbar)
	}
	a := make([]int, len(Choices)+h.further)
	a[pitch], a[yaw] = Bin(0), Bin(0)
	h.keys(a, l.Keyboard.Keys)
	h.mouse(a, l)
	if h.begun && l.Hotbar != h.slot {
		a[hotbar] = l.Hotbar + 1
	}
	h.begun, h.slot = true, l.Hotbar
	return env.Value{Int: a}, nil
}

// keys fills in what the keyboard does; of two opposite keys neither does anything.
func (h *hands) keys(a []int, keys []string) {
	held := func(name string) bool { return slices.Contains(keys, "key.keyboard."+name) }
	either := func(first, second bool) int {
		switch {
		case first && !second:
			return 1
		case second && !first:
			return 2
		}
		return 0
	}
	a[move], a[strafe] = either(held("w"), held("s")), either(held("a"), held("d"))
	for place, name := range map[int]string{jump: "space", sneak: "left.shift", sprint: "left.control"} {
		if held(name) {
			a[place] = 1
		}
	}
}

// mouse fills in camera and buttons, and keeps account of an attack that is stuck.
func (h *hands) mouse(a []int, l line) {
	const left, right = 0, 1
	if !h.begun {
		h.stuck = slices.Equal(l.Mouse.NewButtons, []int{left})
	} else if slices.Contains(l.Mouse.NewButtons, left) {
		h.stuck = false
	}
	if l.MenuOpen {
		return
	}
	a[pitch], a[yaw] = Bin(l.Mouse.DY*degreesPerUnit), Bin(l.Mouse.DX*degreesPerUnit)
	if slices.Contains(l.Mouse.Buttons, left) && !h.stuck {
		a[attack] = 1
	}
	if slices.Contains(l.Mouse.Buttons, right) {
		a[use] = 1
	}
}
