package rigid

import (
	"math/bits"
	"strings"
	"testing"
)

// PhyWorld's file of tasks names a few of its templates, which pin the order down.
func TestTemplatesAreThoseOfPhyWorld(t *testing.T) {
	seen := map[uint8]bool{}
	for i, kinds := range templates {
		if bits.OnesCount8(kinds) != 4 || seen[kinds] {
			t.Errorf("template %d is %08b, not four kinds or there twice", i, kinds)
		}
		seen[kinds] = true
	}
	// The kinds by their place in PhyWorld's list: two balls, fixed balls, a bar, standing bars, a fixed bar, a jar, sticks.
	for number, places := range map[int][4]int{
		3: {4, 5, 6, 7}, 5: {2, 3, 4, 5}, 16: {2, 3, 6, 7}, 23: {0, 1, 2, 3}, 24: {0, 1, 4, 5}, 53: {0, 1, 6, 7},
	} {
		want := uint8(0)
		for _, place := range places {
			want |= 1 << place
		}
		if templates[number] != want {
			t.Errorf("template %d is %08b, want %08b", number, templates[number], want)
		}
	}
}

// Every template shows its four kinds and the ball, in view and apart, and nothing gets lost.
func TestTemplatesHoldWhatTheySay(t *testing.T) {
	overlaps := 0
	for number, kinds := range templates {
		e := open(t, &combination, 64, 64, map[string]float64{"template": float64(number)})
		reset(t, e, uint64(number))
		moving, fixed := map[string]int{}, map[string]int{}
		for i, b := range e.State().Bodies {
			if b.Static {
				fixed[b.Kind]++
			} else {
				moving[b.Kind]++
			}
			if !b.InFrame {
				t.Errorf("template %d: body %d starts out of view", number, i)
			}
			if e.world.meets(e.world.bodies[i]) && b.Kind != kindDisc {
				overlaps++
			}
		}
		has := func(i int) int { return int(kinds >> i & 1) }
		bars := moving[kindBar] - has(3)
		if moving[kindDisc] != 1+has(0)+has(1) || (fixed[kindDisc] >= 2) != (has(2) == 1) || fixed[kindBar] != has(5) ||
			moving[kindJar] != has(6) || moving[kindSticks] != has(7) || (bars >= 1 && bars <= 4) != (has(4) == 1) {
			t.Errorf("template %d, %08b, has %v that move and %v that do not", number, kinds, moving, fixed)
		}
		if number%3 > 0 {
			continue // a third of the episodes tell enough
		}
		play(t, e, func(frame int) {
			for _, b := range e.State().Bodies {
				if p := b.Position; p[0] < 0 || p[0] > 10 || p[1] < 0 || p[1] > 10 {
					t.Fatalf("template %d, frame %d: a %s is at %v", number, frame, b.Kind, p)
				}
			}
		})
	}
	if overlaps > 7 {
		t.Errorf("in 70 templates %d bodies found no room", overlaps)
	}
}

func TestHeldOutTemplates(t *testing.T) {
	for ood := range 2 {
		e := open(t, &combination, 64, 64, map[string]float64{"ood": float64(ood)})
		for seed := range uint64(60) {
			reset(t, e, seed)
			if number := e.State().Values["template"]; (number >= heldOut) != (ood == 1) {
				t.Fatalf("ood %d, seed %d: template %v", ood, seed, number)
			}
		}
	}
	e := open(t, &combination, 64, 64, map[string]float64{"template": 5})
	reset(t, e, 1)
	_, detailed := e.Captions()
	for _, i := range []int{2, 3, 4, 5} {
		if !strings.Contains(detailed, ingredients[i].name) {
			t.Errorf("the caption %q does not name %s", detailed, ingredients[i].name)
		}
	}
}
