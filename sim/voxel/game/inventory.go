package game

import (
	"slices"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/item"
)

// Slots is the number of slots of the hotbar.
const Slots = 9

// MaxCount is the most of one kind that a player carries; what comes beyond it is left lying.
const MaxCount = 99

// Inventory is what a player carries: a count of every kind, and in the hotbar the kinds at hand.
type Inventory struct {
	Counts [item.Count]uint8
	// Hotbar holds kinds of which there is at least one, or None. What is picked up anew takes the first empty slot; what only
	// a hand can use, which is tools and food, takes the last slot of something else where none is empty.
	Hotbar [Slots]item.Kind
	// Selected is the slot in the hand.
	Selected int
}

// Held returns the kind in the hand, or None.
func (v *Inventory) Held() item.Kind { return v.Hotbar[v.Selected] }

// Has says whether there are so many of a kind.
func (v *Inventory) Has(p item.Portion) bool { return int(v.Counts[p.Kind]) >= p.Count }

// Best returns the tier of the best tool of a class that is carried, 0 for none.
func (v *Inventory) Best(kinds ...item.Kind) (tier uint8) {
	for _, k := range kinds {
		if _, t := k.Tool(); v.Counts[k] > 0 {
			tier = max(tier, t)
		}
	}
	return tier
}

// add changes a count, keeps the hotbar, and returns by how much it changed.
func (v *Inventory) add(k item.Kind, n int) int {
	before := int(v.Counts[k])
	after := min(max(before+n, 0), MaxCount)
	v.Counts[k] = uint8(after)
	at := slices.Index(v.Hotbar[:], k)
	switch {
	case after > 0 && at < 0:
		if slot := v.slotFor(k); slot >= 0 {
			v.Hotbar[slot] = k
		}
	case after == 0 && at >= 0:
		v.Hotbar[at] = item.None
		v.fill(at)
	}
	return after - before
}

// slotFor returns the slot that a kind takes which no slot holds, or -1.
func (v *Inventory) slotFor(k item.Kind) int {
	if empty := slices.Index(v.Hotbar[:], item.None); empty >= 0 || !handy(k) {
		return empty
	}
	for slot := Slots - 1; slot >= 0; slot-- {
		if !handy(v.Hotbar[slot]) {
			return slot
		}
	}
	return -1
}

// handy says whether only a hand can use the kind: tools and food. Blocks are placed, and everything is crafted with, from
// wherever it is.
func handy(k item.Kind) bool {
	tool, _ := k.Tool()
	return tool != block.Hand || k.Food() > 0
}

// fill puts something carried that no slot holds into an empty slot.
func (v *Inventory) fill(slot int) {
	for k := item.Kind(1); int(k) < item.Count; k++ {
		if v.Counts[k] > 0 && !slices.Contains(v.Hotbar[:], k) {
			v.Hotbar[slot] = k
			return
		}
	}
}

// Cause is why a count changed.
type Cause uint8

// The causes.
const (
	Given Cause = iota
	Dug
	Killed
	Crafted
	Consumed // by a recipe
	Placed
	Eaten
)

func (c Cause) String() string {
	return [...]string{"given", "dug", "killed", "crafted", "consumed", "placed", "eaten"}[c]
}

// Event is a change of the inventory.
type Event struct {
	Cause Cause
	Kind  item.Kind
	// Change is what was added, below 0 what was taken.
	Change int
}

// change is the only way in which a count changes: it tells the event.
func (w *World) change(cause Cause, k item.Kind, n int) {
	if n = w.Player.Inventory.add(k, n); n != 0 {
		w.Events = append(w.Events, Event{cause, k, n})
	}
}

// Give hands items to the player, or takes them where n is negative.
func (w *World) Give(k item.Kind, n int) { w.change(Given, k, n) }
