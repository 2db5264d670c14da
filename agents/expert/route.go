package expert

import (
	"slices"
)

// blocked is the cost of what cannot be done; costs are in steps.
const blocked = 1 << 20

// patienceOfSearch is how many cells a search looks at before it gives up.
const patienceOfSearch = 150_000

// routes finds ways through the surveyed land: over ground and water, and through what can be dug (Dijkstra, 1959).
type routes struct {
	land *land
	// tier is that of the best pickaxe that is carried, 0 for none; stock the blocks that can be put under the feet.
	tier, stock int
	// least is how many of those there must be to begin a tower of them; keep holds cells whose blocks are not to be dug.
	least int
	keep  map[cell]bool

	cost, from []int32
	heap       []entry
}

// entry is a cell of the survey and the cost of getting there; beyond the survey's volume it is a goal.
type entry struct{ cost, at int32 }

// goal is something to do from a cell: the block to hit, and what that costs.
type goal struct {
	target cell
	cost   int32
}

// find returns the cheapest way from a cell to one with a goal, which is the one with the least cost in sum. The way does not
// hold the start.
func (r *routes) find(start cell, goals func(i int32, c cell) (goal, bool)) (way []cell, found goal, ok bool) {
	first := r.land.index(start)
	if first < 0 {
		return nil, goal{}, false
	}
	if r.cost == nil {
		r.cost, r.from = make([]int32, volume), make([]int32, volume)
	}
	for i := range r.cost {
		r.cost[i] = blocked
	}
	r.heap = r.heap[:0]
	r.offer(int32(first), -1, 0)
	for range patienceOfSearch {
		if len(r.heap) == 0 {
			break
		}
		e := r.pop()
		if e.at >= volume {
			at := e.at - volume
			found, _ = goals(at, r.land.cell(int(at)))
			return r.way(at), found, true
		}
		if e.cost > r.cost[e.at] {
			continue
		}
		c := r.land.cell(int(e.at))
		if g, is := goals(e.at, c); is {
			r.push(entry{e.cost + g.cost, e.at + volume})
		}
		r.spread(c, e)
	}
	return nil, goal{}, false
}

// way follows the cells that led to one.
func (r *routes) way(at int32) []cell {
	var way []cell
	for r.from[at] >= 0 {
		way = append(way, r.land.cell(int(at)))
		at = r.from[at]
	}
	slices.Reverse(way)
	return way
}

func (r *routes) offer(at, from, cost int32) {
	if cost < r.cost[at] {
		r.cost[at], r.from[at] = cost, from
		r.push(entry{cost, at})
	}
}

// What it costs to go one block: on foot, up, swimming, by a block put under the feet.
const (
	costWalk, costUp, costSwim, costPillar = 5, 9, 9, 30
	costAim                                = 6
)

// spread offers the cells that can be gone to from c.
func (r *routes) spread(c cell, e entry) {
	l := r.land
	to := func(n cell, cost int32) {
		if i := l.index(n); i >= 0 && cost < blocked && !r.deadly(n) {
			r.offer(int32(i), e.at, e.cost+cost+r.unpleasant(n))
		}
	}
	swims := l.at(c).watery()
	for _, d := range sides {
		n := c.add(d)
		to(n.up(), r.climb(c, n, swims))
		if open := r.clearing(n) + r.clearing(n.up()); open < blocked {
			landing, cost := r.landing(n)
			to(landing, cost+open)
		}
	}
	r.diagonals(c, to)
	if swims && l.at(c.up()).watery() {
		to(c.up(), costWalk)
	}
	if l.at(c.down()).solid() {
		landing, cost := r.landing(c.down())
		to(landing, cost+r.clearing(c.down()))
	}
	if r.stock >= r.least && !swims && !r.keep[c] {
		to(c.up(), costPillar+r.clearing(c.up().up()))
	}
}

// climb returns the cost of a step up onto n.
func (r *routes) climb(c, n cell, swims bool) int32 {
	if !r.land.at(n).solid() {
		return blocked
	}
	cost := int32(costUp)
	if swims {
		cost = 2 * costSwim
	}
	return cost + r.clearing(c.up().up()) + r.clearing(n.up()) + r.clearing(n.up().up())
}

// landing returns where one who goes into n comes to stand or to swim, and what that costs, blocked where the fall is too deep.
func (r *routes) landing(n cell) (landing cell, cost int32) {
	const safe = 3
	for fall := range int32(safe + 1) {
		k := r.land.at(n)
		switch {
		case k.watery():
			if r.land.at(n.up()).watery() {
				return n, blocked
			}
			return n, costSwim + fall
		case k == lava:
			return n, blocked
		case r.land.at(n.down()).solid():
			return n, costWalk + 2*fall
		}
		if n = n.down(); r.land.at(n).solid() {
			return n, blocked
		}
	}
	return n, blocked
}

// diagonals offers the steps across the corner of open, level ground.
func (r *routes) diagonals(c cell, to func(cell, int32)) {
	l := r.land
	open := func(n cell) bool {
		return !l.at(n).solid() && !l.at(n.up()).solid() && !l.at(n).watery() && l.at(n.down()).solid()
	}
	if !open(c) {
		return
	}
	for _, dx := range [...]int{-1, 1} {
		if !open(c.add(cell{dx, 0, 0})) {
			continue
		}
		for _, dz := range [...]int{-1, 1} {
			if open(c.add(cell{0, 0, dz})) && open(c.add(cell{dx, 0, dz})) {
				to(c.add(cell{dx, 0, dz}), 7)
			}
		}
	}
}

// clearing returns the cost of making a cell one that a body passes: 0 where it is.
func (r *routes) clearing(c cell) int32 {
	k := r.land.at(c)
	switch {
	case k == lava || k.solid() && (traits[k].hardness == never || r.keep[c]):
		return blocked
	case !k.solid():
		return 0
	}
	cost := r.ticks(k) + costAim
	if k == table || k == furnace {
		cost += 200
	}
	if traits[r.land.at(c.up())].falls {
		cost += 40
	}
	for _, d := range [...]cell{{1, 0, 0}, {-1, 0, 0}, {0, 0, 1}, {0, 0, -1}, {0, 1, 0}, {0, -1, 0}} {
		switch n := r.land.at(c.add(d)); {
		case n == lava:
			return blocked
		case n.watery() && d.y >= 0:
			cost += 60
		}
	}
	return cost
}

// ticks returns how long it takes to dig a kind.
func (r *routes) ticks(k kind) int32 {
	t := traits[k]
	if !t.pickaxe {
		return t.hardness
	}
	speed := [...]int32{1, 2, 4, 6}[r.tier]
	return (t.hardness + speed - 1) / speed
}

// lavaTop is one above the highest lava that there is.
const lavaTop = 4

// deadly says whether lava is right beside the body or under the feet.
func (r *routes) deadly(c cell) bool {
	if c.y > lavaTop+1 {
		return false
	}
	for _, d := range sides {
		if r.land.at(c.add(d)) == lava || r.land.at(c.add(d).down()) == lava {
			return true
		}
	}
	return r.land.at(c) == lava || r.land.at(c.down()) == lava
}

// unpleasant returns what to add for a cell beside thorns.
func (r *routes) unpleasant(c cell) int32 {
	for _, d := range sides {
		if r.land.at(c.add(d)) == cactus || r.land.at(c.add(d).up()) == cactus {
			return 20
		}
	}
	return 0
}

// push and pop keep the entries as a heap, the least cost first.
func (r *routes) push(e entry) {
	h := append(r.heap, e)
	i := len(h) - 1
	for i > 0 && h[(i-1)/2].cost > e.cost {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = e
	r.heap = h
}

func (r *routes) pop() entry {
	h := r.heap
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	i := 0
	for 2*i+1 < len(h) {
		child := 2*i + 1
		if child+1 < len(h) && h[child+1].cost < h[child].cost {
			child++
		}
		if h[child].cost >= last.cost {
			break
		}
		h[i] = h[child]
		i = child
	}
	if len(h) > 0 {
		h[i] = last
	}
	r.heap = h
	return top
}
