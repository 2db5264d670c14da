package hands

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/sim/voxel"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
	"somnium/viewer/wire"
)

func TestChoicesAreNamedByTheDoc(t *testing.T) {
	m := For(env.Discrete{N: 5}, "Push a disc to a mark: 0 nothing, 1 left, 2 right, 3 up, 4 down.")
	for intent, want := range map[string]int{"left": 1, "right": 2, "up": 3, "down": 4, "nowhere": 0} {
		a := m.Action(wire.Hands{Held: []string{intent}})
		if a.Int[0] != want {
			t.Errorf("%s gives choice %d, want %d", intent, a.Int[0], want)
		}
	}
	if words := m.Words(env.Int(3)); words != "up" {
		t.Errorf("choice 3 is called %q", words)
	}
	if !slices.Contains(m.Bindings[0].Keys, "ArrowLeft") || m.Look {
		t.Errorf("left is on %v", m.Bindings[0].Keys)
	}
	if got := m.Action(wire.Hands{Held: []string{"down"}, Tapped: []string{"left"}}).Int[0]; got != 1 {
		t.Errorf("a tap loses against what is held: %d", got)
	}
	if watch := For(env.Discrete{N: 1}, "Look."); len(watch.Bindings) != 0 || watch.Words(env.Int(0)) != "watch" {
		t.Error("there is something to do where there is one choice")
	}
	if digits := For(env.Discrete{N: 3}, "No names."); digits.Bindings[1].Keys[0] != "Digit2" {
		t.Errorf("unnamed choices are on %v", digits.Bindings)
	}
}

// TestVoxelChoicesAreInTheirPlaces holds the places and bins to what the voxel world says of itself.
func TestVoxelChoicesAreInTheirPlaces(t *testing.T) {
	choices, space := voxel.Actions(), voxelSpace()
	m := For(space, "")
	if !m.Look {
		t.Fatal("the space of the voxel worlds is not known")
	}
	for intent, want := range map[string][2]string{
		"forward": {"move", "forward"}, "back": {"move", "back"}, "left": {"strafe", "left"}, "right": {"strafe", "right"},
		"jump": {"jump", "jump"}, "sneak": {"sneak", "sneak"}, "sprint": {"sprint", "sprint"}, "attack": {"attack", "attack"},
		"craft table from planks": {"craft", "table from planks"}, "use": {"use", "use"}, "slot 7": {"hotbar", "hotbar.7"}, "sleep": {"sleep", "sleep"},
		"look left": {"camera.yaw", "-5.81"}, "look down": {"camera.pitch", "5.81"},
	} {
		m.Forget()
		a := m.Action(wire.Hands{Held: []string{intent}})
		if err := space.Contains(a); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(choices, func(c voxel.Choice) bool { return c.Name == want[0] })
		if got := choices[i].Values[a.Int[i]]; got != want[1] {
			t.Errorf("%s gives %s %s, want %s", intent, want[0], got, want[1])
		}
	}
	for i, c := range choices {
		if c.Name != "camera.yaw" {
			continue
		}
		for bin := range c.Values {
			m.Forget()
			if got := m.Action(wire.Hands{Look: [2]float64{bins[bin], 0}}).Int[i]; got != bin {
				t.Errorf("a turn by %v takes bin %d, want %d", bins[bin], got, bin)
			}
		}
	}
}

// TestRecipesAreThoseOfTheWorld holds their names, order and words to what the voxel world makes.
func TestRecipesAreThoseOfTheWorld(t *testing.T) {
	space := voxelSpace()
	m := For(space, "")
	made := item.Recipes()
	if len(m.Crafts) != len(made) || len(made) > 26 {
		t.Fatalf("%d recipes are on the sheet, which has keys for 26, and the world has %d", len(m.Crafts), len(made))
	}
	singular := strings.NewReplacer("sticks", "stick", "torches", "torch", "ingots", "ingot")
	words := func(p item.Portion) string {
		return fmt.Sprint(p.Count, " ", strings.ReplaceAll(p.Kind.String(), "_", " "))
	}
	for i, r := range made {
		takes := words(r.Takes[0])
		for _, p := range r.Takes[1:] {
			takes += ", " + words(p)
		}
		if r.Near != block.Air {
			takes += "; " + r.Near.String()
		}
		c := m.Crafts[i]
		if singular.Replace(c.Makes) != words(r.Makes) || singular.Replace(c.Takes) != takes {
			t.Errorf("recipe %d makes %q of %q, and the sheet says %q of %q", i, words(r.Makes), takes, c.Makes, c.Takes)
		}
		a := m.Action(wire.Hands{Tapped: []string{c.Intent}})
		if got := voxel.Actions()[voxelCraft].Values[a.Int[voxelCraft]]; craftPrefix+got != c.Intent {
			t.Errorf("%s makes %s", c.Intent, got)
		}
		if got := m.Words(a); got != c.Intent {
			t.Errorf("%s is called %q", c.Intent, got)
		}
	}
	if a := m.Action(wire.Hands{}); a.Int[voxelCraft] != 0 {
		t.Error("idle hands craft")
	}
}

func voxelSpace() (space env.MultiDiscrete) {
	for _, c := range voxel.Actions() {
		space.Nvec = append(space.Nvec, len(c.Values))
	}
	return space
}

// TestTheLookAddsUp turns by odd amounts: the sum of the bins must follow the sum of the turns.
func TestTheLookAddsUp(t *testing.T) {
	m := For(env.MultiDiscrete{Nvec: []int{3, 3, 2, 2, 2, 2, 2, 11, 11, 10, 25, 12, 2}}, "")
	rng := rand.New(rand.NewPCG(1, 2))
	asked, turned := 0.0, 0.0
	for range 200 {
		by := 8 * (rng.Float64() - 0.5)
		asked += by
		turned += bins[m.Action(wire.Hands{Look: [2]float64{by, 0}}).Int[voxelYaw]]
	}
	if math.Abs(asked-turned) > 1 {
		t.Errorf("turns of %.2f degrees come out as %.2f", asked, turned)
	}
}

func TestCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, space := range []env.Space{env.Discrete{N: 1}, env.Discrete{N: 5}, env.MultiDiscrete{Nvec: []int{3, 3, 2, 2, 2, 2, 2, 11, 11, 10, 25, 12, 2}}} {
		action := space.New()
		for range 50 {
			space.Sample(rng, action)
			code, err := Code(space, action)
			if err != nil {
				t.Fatal(err)
			}
			back, err := Action(space, code)
			if err != nil || !slices.Equal(back.Int, action.Int) {
				t.Errorf("%v: %v comes back as %v, %v", space, action.Int, back.Int, err)
			}
		}
		if _, err := Action(space, 1<<60); err == nil {
			t.Errorf("%v takes a code that is none", space)
		}
	}
	if _, err := Code(env.Frame(2, 2), env.Value{}); err == nil {
		t.Error("a picture has a code")
	}
}
