package game

import (
	"slices"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/grid"
)

// Blocks that may fall are looked at a tick after something changed beside them, those that may flow every flowTicks: at
// most settlePerTick and flowPerTurn of them at a time, so that a tick's work is bounded.
const (
	flowTicks     = 5
	settlePerTick = 24
	flowPerTurn   = 48
	// queueLength bounds what waits: a landslide beyond it stands still.
	queueLength = 2048
	fallTicks   = 2
)

// queue holds cells to look at again, first in, first out.
type queue struct {
	cells []Cell
	first int
}

func (q *queue) clear() { q.cells, q.first = q.cells[:0], 0 }

func (q *queue) len() int { return len(q.cells) - q.first }

// add puts a cell at the end, unless the queue is full.
func (q *queue) add(c Cell) {
	if q.len() >= queueLength {
		return
	}
	if q.first > 0 && len(q.cells) == cap(q.cells) {
		q.cells = append(q.cells[:0], q.cells[q.first:]...)
		q.first = 0
	}
	q.cells = append(q.cells, c)
}

// take removes the first cell.
func (q *queue) take() Cell {
	c := q.cells[q.first]
	q.first++
	if q.first == len(q.cells) {
		q.clear()
	}
	return c
}

// around lists a cell and its six neighbours, from below upwards.
var around = [...]Cell{{Y: -1}, {}, {X: -1}, {X: 1}, {Z: -1}, {Z: 1}, {Y: 1}}

// disturb has the blocks around a change looked at.
func (w *World) disturb(c Cell) {
	for _, d := range around {
		at := c.Add(d)
		k := w.Grid.At(at.X, at.Y, at.Z)
		info := k.Info()
		if info.Falls || info.NeedsFloor {
			w.soon.add(at)
		}
		if info.Liquid || k.Replaceable() {
			w.later.add(at)
		}
	}
}

// settle lets what waits fall and flow.
func (w *World) settle() {
	if w.Tick%fallTicks == 0 {
		for range min(w.soon.len(), settlePerTick) {
			w.drop(w.soon.take())
		}
	}
	if w.Tick%flowTicks == 0 {
		for range min(w.later.len(), flowPerTurn) {
			w.flow(w.later.take())
		}
	}
}

// drop lets a block fall by one where nothing is below it, and breaks one that needs a floor.
func (w *World) drop(c Cell) {
	k := w.Grid.At(c.X, c.Y, c.Z)
	info := k.Info()
	under := c.Add(Cell{Y: -1})
	below := w.Grid.At(under.X, under.Y, under.Z)
	switch {
	case info.NeedsFloor && !below.Solid():
		w.Break(c)
	case info.Falls && !below.Solid():
		if w.occupied(under) {
			w.soon.add(c) // it waits until there is room
			return
		}
		w.Put(c, block.Air)
		w.Put(under, k)
	}
}

// level returns how much water a block holds: 4 in a source, 3 to 1 in running water, 0 elsewhere.
func level(k block.Kind) int {
	if k.Watery() {
		return 4 - int(k-block.Water)
	}
	return 0
}

// flow gives a cell the running water that comes to it from above and from its sides, or takes it away; lava that meets
// water turns to stone.
func (w *World) flow(c Cell) {
	k := w.Grid.At(c.X, c.Y, c.Z)
	switch {
	case k == block.Lava:
		if w.inflow(c) > 0 && !w.occupied(c) {
			w.Put(c, block.Stone)
		}
		return
	case k == block.Water || !k.Replaceable() && k.Info().Shape != block.Cross || c.Y >= grid.Height:
		return
	}
	in := w.inflow(c)
	switch {
	case in > 0 && level(k) != in:
		w.Put(c, block.Water+block.Kind(4-in))
	case in == 0 && level(k) > 0:
		w.Put(c, block.Air)
	}
}

// inflow returns the level of the water that runs into a cell: full from above, one less than its neighbours' from the
// sides, as far as those rest on something and do not run down themselves.
func (w *World) inflow(c Cell) int {
	if w.Grid.At(c.X, c.Y+1, c.Z).Watery() {
		return 3
	}
	best := 0
	for _, d := range [...]Cell{{X: -1}, {X: 1}, {Z: -1}, {Z: 1}} {
		n := c.Add(d)
		k := w.Grid.At(n.X, n.Y, n.Z)
		if in := level(k) - 1; in > best && (k == block.Water || rests(w.Grid.At(n.X, n.Y-1, n.Z))) {
			best = in
		}
	}
	return best
}

// rests says whether water on top of the kind spreads to the sides.
func rests(below block.Kind) bool { return below.Solid() || below == block.Water }

// sprout is a sapling on its way to a bush.
type sprout struct {
	cell Cell
	ripe int // the tick
}

// Saplings take this long to ripen, and this many grow at a time.
const (
	ripenTicks = 1200
	maxSprouts = 64
)

// sow has a sapling ripen. Beyond maxSprouts the oldest stays a sapling.
func (w *World) sow(c Cell) {
	if len(w.sprouts) == maxSprouts {
		w.sprouts = slices.Delete(w.sprouts, 0, 1)
	}
	w.sprouts = append(w.sprouts, sprout{c, w.Tick + ripenTicks})
}

// ripen turns the saplings whose time has come into bushes.
func (w *World) ripen() {
	if len(w.sprouts) == 0 || w.sprouts[0].ripe > w.Tick {
		return
	}
	c := w.sprouts[0].cell
	w.sprouts = slices.Delete(w.sprouts, 0, 1)
	if w.Grid.At(c.X, c.Y, c.Z) == block.Sapling {
		w.Put(c, block.Bush)
	}
}
