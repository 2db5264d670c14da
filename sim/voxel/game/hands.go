package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/item"
)

// The reach of hands, in 1/65536 of a block, and the ticks between two uses and two blows.
const (
	Reach     = 4*fixed.One + fixed.One/2
	hitReach  = 3*fixed.One + fixed.One/2
	usePause  = 4
	blowPause = 10
)

// Pick returns the block under the crosshair, as far as hands reach.
func (w *World) Pick() Hit {
	return Cast(w.Grid, w.Player.Eye(), w.Player.Look(), Reach, Touchable)
}

// aimed returns the creature under the crosshair that is nearer than the distance, or nil.
func (w *World) aimed(nearer int) *Creature {
	var best *Creature
	from, along := w.Player.Eye(), w.Player.Look()
	for i := range w.Creatures {
		c := &w.Creatures[i]
		if distance, ok := c.meets(from, along); ok && distance < nearer && c.Kind != Arrow {
			best, nearer = c, distance
		}
	}
	return best
}

// Aimed returns the creature under the crosshair within reach of a blow, or nil.
func (w *World) Aimed() *Creature {
	hit := w.Pick()
	return w.aimed(min(hit.Distance, hitReach))
}

// attack strikes the creature under the crosshair, or digs at the block.
func (w *World) attack(hit Hit) {
	p := &w.Player
	if target := w.aimed(min(hit.Distance, hitReach)); target != nil {
		p.Dig = Dig{}
		if p.Swing == 0 {
			p.Swing = blowPause
			w.strike(target)
		}
		return
	}
	if p.Swing == 0 {
		p.Swing = blowPause
	}
	if hit.Kind == block.Air || hit.Kind.Info().Hardness == block.Never {
		p.Dig = Dig{}
		return
	}
	if p.Dig.Cell != hit.Cell {
		p.Dig = Dig{Cell: hit.Cell}
	}
	info := hit.Kind.Info()
	tool, tier := p.Inventory.Held().Tool()
	right := tool == info.Tool && tool != block.Hand
	p.Dig.Done += speed(right, tier)
	if p.Dig.Done < int(info.Hardness) {
		return
	}
	p.Dig = Dig{}
	w.Break(hit.Cell)
	if info.Tier == 0 || right && tier >= info.Tier {
		w.reap(hit.Kind)
	}
}

// speed returns the work of a tick with a tool of a tier, or with anything else.
func speed(right bool, tier uint8) int {
	if !right {
		return 1
	}
	return [...]int{1, 2, 4, 6}[tier]
}

// Break takes a block away.
func (w *World) Break(c Cell) { w.Put(c, block.Air) }

// Put puts a block and has its neighbours looked at.
func (w *World) Put(c Cell, k block.Kind) {
	if w.Grid.Set(c.X, c.Y, c.Z, k) {
		w.disturb(c)
	}
}

// reap takes what a block gives to the one who dug it.
func (w *World) reap(k block.Kind) {
	if p := item.Dug(k); p.Count > 0 {
		w.change(Dug, p.Kind, p.Count)
		w.achieveDug(k)
	}
	// Saplings are found among leaves, grass and tall grass.
	if odds := saplingOdds(k); odds > 0 && w.chance(100) < odds {
		w.change(Dug, item.Of(block.Sapling), 1)
		w.achieve(CollectSapling)
	}
}

// saplingOdds returns in how many of 100 cases there is a sapling in a block.
func saplingOdds(k block.Kind) int {
	switch k {
	case block.OakLeaves, block.SpruceLeaves, block.Grass:
		return 10
	case block.TallGrass:
		return 20
	}
	return 0
}

// use eats, drinks or places what is in the hand, in this order of what is possible.
func (w *World) use(hit Hit) {
	p := &w.Player
	if p.Ready > 0 {
		return
	}
	held := p.Inventory.Held()
	switch {
	case hit.Kind == block.Bush:
		p.Ready = usePause
		w.Put(hit.Cell, block.Sapling)
		w.sow(hit.Cell)
		p.Food = min(p.Food+item.Berries.Food(), Full)
		w.achieve(EatPlant)
	case p.Drink < Full && w.atWater(hit.Distance):
		p.Ready = usePause
		p.Drink++
		w.achieve(CollectDrink)
	case held.Food() > 0:
		w.eat(held)
	case held.Block() != block.Air:
		w.place(hit, held.Block())
	}
}

// atWater says whether the crosshair meets water within the distance.
func (w *World) atWater(distance int) bool {
	stops := func(k block.Kind) bool { return k.Watery() }
	return Cast(w.Grid, w.Player.Eye(), w.Player.Look(), distance, stops).Kind != block.Air
}

// eat stills hunger.
func (w *World) eat(k item.Kind) {
	p := &w.Player
	if p.Food == Full {
		return
	}
	p.Ready = usePause
	p.Food = min(p.Food+k.Food(), Full)
	w.change(Eaten, k, -1)
	switch k {
	case item.Berries:
		w.achieve(EatPlant)
	case item.Meat, item.CookedMeat:
		w.achieve(EatMeat)
	}
}

// place puts a block of the inventory against the block under the crosshair.
func (w *World) place(hit Hit, k block.Kind) {
	p := &w.Player
	if p.Ready > 0 || hit.Kind == block.Air || p.Inventory.Counts[item.Of(k)] == 0 {
		return
	}
	at := hit.Cell
	if !hit.Kind.Replaceable() {
		at = at.Add(hit.Face)
	}
	if !w.fits(at, k) {
		return
	}
	p.Ready = usePause
	w.change(Placed, item.Of(k), -1)
	w.Put(at, k)
	if k == block.Sapling {
		w.sow(at)
	}
	w.achievePlaced(k)
}

// fits says whether a block can be put into a cell.
func (w *World) fits(at Cell, k block.Kind) bool {
	info := k.Info()
	if at.Y < 0 || at.Y >= 64 || !w.Grid.At(at.X, at.Y, at.Z).Replaceable() {
		return false
	}
	under := w.Grid.At(at.X, at.Y-1, at.Z)
	if info.NeedsFloor && !under.Solid() {
		return false
	}
	if k == block.Sapling && under != block.Grass && under != block.Dirt && under != block.Snow {
		return false
	}
	return !info.Solid || !w.occupied(at)
}

// occupied says whether a body reaches into the cell.
func (w *World) occupied(at Cell) bool {
	if w.Player.Overlaps(at) {
		return true
	}
	for i := range w.Creatures {
		if w.Creatures[i].Overlaps(at) {
			return true
		}
	}
	return false
}

// craftReach is how far away the table or the furnace may stand, in blocks.
const craftReach = 3

// Craftable says whether the recipe can be followed here and now.
func (w *World) Craftable(recipe int) bool {
	r := &item.Recipes()[recipe]
	for _, p := range r.Takes {
		if !w.Player.Inventory.Has(p) {
			return false
		}
	}
	if int(w.Player.Inventory.Counts[r.Makes.Kind])+r.Makes.Count > MaxCount {
		return false
	}
	return r.Near == block.Air || w.Near(r.Near)
}

// Near says whether a block of the kind stands within reach of the player.
func (w *World) Near(k block.Kind) bool {
	at := w.Player.Pos.Cell()
	for y := at.Y - craftReach + 1; y <= at.Y+craftReach; y++ {
		for z := at.Z - craftReach; z <= at.Z+craftReach; z++ {
			for x := at.X - craftReach; x <= at.X+craftReach; x++ {
				if w.Grid.At(x, y, z) == k {
					return true
				}
			}
		}
	}
	return false
}

// Craft follows a recipe, and says whether that was possible.
func (w *World) Craft(recipe int) bool {
	if !w.Craftable(recipe) {
		return false
	}
	r := &item.Recipes()[recipe]
	for _, p := range r.Takes {
		w.change(Consumed, p.Kind, -p.Count)
	}
	w.change(Crafted, r.Makes.Kind, r.Makes.Count)
	w.achieveMade(r.Makes.Kind)
	return true
}
