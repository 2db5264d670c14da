// Package hands turns what people do at a keyboard, a mouse or a gamepad into actions of an environment.
//
// An environment's action space is matched to a [Map]: its keys, by the names that browsers give to keys (KeyboardEvent.code),
// and the intents that they stand for. Intents are plain words ("left", "jump"), so that a gamepad or a test can have the same.
// Three kinds of spaces are known: that of the voxel worlds, with a mouse to look around; a few numbered choices, whose names are
// read from the environment's one line of doc, as in "0 stay, 1 left, 2 right"; and a single choice, where one can only watch.
package hands

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"somnium/env"
	"somnium/viewer/wire"
)

// Map says what the hands can do in a scene, and translates it. The zero value knows nothing to do.
type Map struct {
	// Bindings are in the order in which they are shown.
	Bindings []wire.Binding
	// Look says that the mouse turns the view.
	Look bool
	// Crafts are what can be made.
	Crafts []wire.Craft

	space  env.Space
	choice map[string]int // of a Discrete, by intent
	names  []string       // of the choices of a Discrete
	voxel  bool
	turn   [2]float64 // what the look is still owed, in degrees
}

// For returns the map of an action space. doc is the environment's line on itself.
func For(space env.Space, doc string) *Map {
	m := &Map{space: space}
	switch s := space.(type) {
	case env.Discrete:
		m.discrete(s.N, doc)
	case env.MultiDiscrete:
		if slices.Equal(s.Nvec[:min(len(s.Nvec), len(voxelChoices))], voxelChoices) && len(s.Nvec) > voxelHotbar {
			m.voxel, m.Look = true, true
			m.Bindings = slices.Clone(voxelBindings)
			if len(s.Nvec) > voxelCraft && s.Nvec[voxelCraft] == len(recipes)+1 {
				m.Crafts = crafts()
			}
		}
	}
	return m
}

// arrows are the keys of intents that have a direction.
var arrows = map[string][]string{
	"left": {"ArrowLeft", "KeyA"}, "right": {"ArrowRight", "KeyD"}, "up": {"ArrowUp", "KeyW"}, "down": {"ArrowDown", "KeyS"},
}

var numbered = regexp.MustCompile(`\b(\d+) ([a-z]+)`)

// discrete binds numbered choices. Choice 0 is what happens without hands.
func (m *Map) discrete(n int, doc string) {
	m.choice, m.names = map[string]int{}, make([]string, n)
	for i := range m.names {
		m.names[i] = "choice " + strconv.Itoa(i)
	}
	for _, found := range numbered.FindAllStringSubmatch(doc, -1) {
		if i, err := strconv.Atoi(found[1]); err == nil && i < n {
			m.names[i] = found[2]
		}
	}
	if n == 1 {
		m.names[0] = "watch"
	}
	for i := 1; i < n && i < 10; i++ {
		name := m.names[i]
		keys, ok := arrows[name]
		if !ok {
			keys = []string{"Digit" + strconv.Itoa(i)}
		}
		m.choice[name] = i
		m.Bindings = append(m.Bindings, wire.Binding{Intent: name, Keys: keys, Label: name})
	}
}

// Places of the choices in an action of a voxel world, which are MineRL's and VPT's, and how many values the first ones have.
const (
	voxelMove = iota
	voxelStrafe
	voxelJump
	voxelSneak
	voxelSprint
	voxelAttack
	voxelUse
	voxelPitch
	voxelYaw
	voxelHotbar
)

var voxelChoices = []int{3, 3, 2, 2, 2, 2, 2, 11, 11, 10}

// voxelSleep is the place of the last choice.
const voxelSleep = 12

var voxelBindings = []wire.Binding{
	{Intent: "forward", Keys: []string{"KeyW"}, Label: "forward"},
	{Intent: "left", Keys: []string{"KeyA"}, Label: "left"},
	{Intent: "back", Keys: []string{"KeyS"}, Label: "back"},
	{Intent: "right", Keys: []string{"KeyD"}, Label: "right"},
	{Intent: "jump", Keys: []string{"Space"}, Label: "jump"},
	{Intent: "sneak", Keys: []string{"ShiftLeft", "ShiftRight"}, Label: "sneak"},
	{Intent: "sprint", Keys: []string{"KeyQ"}, Label: "sprint"},
	{Intent: "attack", Keys: []string{"MouseLeft", "KeyE"}, Label: "dig"},
	{Intent: "use", Keys: []string{"MouseRight", "KeyF"}, Label: "place"},
	{Intent: "look left", Keys: []string{"ArrowLeft"}, Label: "look"},
	{Intent: "look right", Keys: []string{"ArrowRight"}, Label: "look"},
	{Intent: "look up", Keys: []string{"ArrowUp"}, Label: "look"},
	{Intent: "look down", Keys: []string{"ArrowDown"}, Label: "look"},
	{Intent: "slot 1", Keys: []string{"Digit1"}, Label: "slot"},
	{Intent: "slot 2", Keys: []string{"Digit2"}, Label: "slot"},
	{Intent: "slot 3", Keys: []string{"Digit3"}, Label: "slot"},
	{Intent: "slot 4", Keys: []string{"Digit4"}, Label: "slot"},
	{Intent: "slot 5", Keys: []string{"Digit5"}, Label: "slot"},
	{Intent: "slot 6", Keys: []string{"Digit6"}, Label: "slot"},
	{Intent: "slot 7", Keys: []string{"Digit7"}, Label: "slot"},
	{Intent: "slot 8", Keys: []string{"Digit8"}, Label: "slot"},
	{Intent: "slot 9", Keys: []string{"Digit9"}, Label: "slot"},
	{Intent: "sleep", Keys: []string{"KeyZ"}, Label: "sleep"},
}

// bins are by how many degrees the bins of the camera turn (VPT; Baker et al., arXiv 2206.11795).
var bins = [...]float64{-10, -5.81, -3.22, -1.61, -0.62, 0, 0.62, 1.61, 3.22, 5.81, 10}

// stillBin does not turn.
const stillBin = len(bins) / 2

// Idle says that the hands do nothing.
func Idle(h wire.Hands) bool {
	return len(h.Held) == 0 && len(h.Tapped) == 0 && h.Look == [2]float64{}
}

// Action returns the action that the hands ask for, an element of the space with memory of its own. What the look turns by more
// than one step allows is kept for the next.
func (m *Map) Action(h wire.Hands) env.Value {
	action := m.space.New()
	does := func(intent string) bool { return slices.Contains(h.Held, intent) || slices.Contains(h.Tapped, intent) }
	if m.voxel {
		m.voxelAction(action.Int, does, h.Look)
		return action
	}
	for _, b := range m.Bindings {
		if does(b.Intent) {
			action.Int[0] = m.choice[b.Intent]
			// What was pressed last is not known: a tap goes before what is held.
			if slices.Contains(h.Tapped, b.Intent) {
				break
			}
		}
	}
	return action
}

// lookRate is by how much the arrow keys turn the look in a step, in degrees.
const lookRate = 5.81

func (m *Map) voxelAction(a []int, does func(string) bool, look [2]float64) {
	either := func(one, other string) int {
		switch a, b := does(one), does(other); {
		case a && !b:
			return 1
		case b && !a:
			return 2
		}
		return 0
	}
	toggle := func(intent string) int {
		if does(intent) {
			return 1
		}
		return 0
	}
	a[voxelMove], a[voxelStrafe] = either("forward", "back"), either("left", "right")
	a[voxelJump], a[voxelSneak], a[voxelSprint] = toggle("jump"), toggle("sneak"), toggle("sprint")
	a[voxelAttack], a[voxelUse] = toggle("attack"), toggle("use")
	m.turn[0] += look[0] + lookRate*[...]float64{0, -1, 1}[either("look left", "look right")]
	m.turn[1] += look[1] + lookRate*[...]float64{0, -1, 1}[either("look up", "look down")]
	a[voxelYaw], m.turn[0] = nearestBin(m.turn[0])
	a[voxelPitch], m.turn[1] = nearestBin(m.turn[1])
	for slot := 1; slot <= 9; slot++ {
		if does("slot " + strconv.Itoa(slot)) {
			a[voxelHotbar] = slot
		}
	}
	if len(m.Crafts) > 0 {
		a[voxelCraft] = craft(does)
	}
	if len(a) > voxelSleep && does("sleep") {
		a[voxelSleep] = 1
	}
}

// nearestBin returns the bin that turns most nearly by so many degrees, and what is left over, of which no more than a few
// steps' worth is kept.
func nearestBin(degrees float64) (bin int, rest float64) {
	bin = stillBin
	for i, turn := range bins {
		if math.Abs(degrees-turn) < math.Abs(degrees-bins[bin]) {
			bin = i
		}
	}
	return bin, min(max(degrees-bins[bin], -30), 30)
}

// Forget drops what the look is still owed.
func (m *Map) Forget() { m.turn = [2]float64{} }

// Words says what an action does.
func (m *Map) Words(action env.Value) string {
	switch {
	case len(action.Int) == 0:
		return "an action without a name"
	case m.voxel:
		return voxelWords(action.Int)
	case m.names != nil && len(action.Int) == 1 && action.Int[0] >= 0 && action.Int[0] < len(m.names):
		return m.names[action.Int[0]]
	}
	return fmt.Sprint(action.Int)
}

func voxelWords(a []int) string {
	var words []string
	add := func(place int, names ...string) {
		if a[place] > 0 && a[place] <= len(names) {
			words = append(words, names[a[place]-1])
		}
	}
	add(voxelMove, "forward", "back")
	add(voxelStrafe, "left", "right")
	add(voxelJump, "jump")
	add(voxelSneak, "sneak")
	add(voxelSprint, "sprint")
	add(voxelAttack, "dig")
	add(voxelUse, "place")
	for _, turn := range []struct {
		place    int
		negative string
		positive string
	}{{voxelYaw, "look left", "look right"}, {voxelPitch, "look up", "look down"}} {
		switch by := bins[a[turn.place]]; {
		case by < 0:
			words = append(words, fmt.Sprintf("%s %.0f°", turn.negative, -by))
		case by > 0:
			words = append(words, fmt.Sprintf("%s %.0f°", turn.positive, by))
		}
	}
	if a[voxelHotbar] > 0 {
		words = append(words, "slot "+strconv.Itoa(a[voxelHotbar]))
	}
	if len(a) > voxelCraft && a[voxelCraft] > 0 && a[voxelCraft] <= len(recipes) {
		words = append(words, craftPrefix+recipes[a[voxelCraft]-1].name)
	}
	if len(a) > voxelSleep && a[voxelSleep] > 0 {
		words = append(words, "sleep")
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
