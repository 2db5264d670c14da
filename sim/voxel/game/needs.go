package game

import (
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
)

// In how many ticks each need falls by one, energy comes back by one in sleep, and health by one where nothing lacks, or
// goes by one where something does.
const (
	hungerTicks    = 600
	thirstTicks    = 480
	wearinessTicks = 800
	restTicks      = 30
	recoveryTicks  = 80
	starvingTicks  = 60
	harmTicks      = 10
)

// safeFall is the greatest fall without a wound, shatterFall the least that breaks glass underfoot, in blocks.
const (
	safeFall    = 3
	shatterFall = 3
)

// feel lets falls, water, lava and thorns take effect.
func (w *World) feel() {
	p := &w.Player
	if fallen := p.landed(); fallen > 0 {
		if fallen >= shatterFall {
			w.shatter(p.Pos.Add(Vec{Y: -1}).Cell())
		}
		w.wound(fallen - safeFall)
	}
	if w.Grid.At(fixed.Block(p.Eye().X), fixed.Block(p.Eye().Y), fixed.Block(p.Eye().Z)).Watery() {
		p.Breath = max(p.Breath-1, 0)
	} else {
		p.Breath = maxBreath
	}
	p.harm++
	if p.harm < harmTicks {
		return
	}
	p.harm = 0
	switch {
	case p.medium(w.Grid) == block.Lava:
		w.wound(4)
	case p.Breath == 0, w.touchesCactus():
		w.wound(1)
	}
}

// shatter breaks a block of glass, and nothing else.
func (w *World) shatter(c Cell) {
	if w.Grid.At(c.X, c.Y, c.Z) == block.Glass {
		w.Break(c)
	}
}

// touchesCactus says whether the player leans against a cactus or stands on one.
func (w *World) touchesCactus() bool {
	p := &w.Player
	reach := Body{Pos: p.Pos.Add(Vec{Y: -1}), Half: p.Half + 1, Tall: p.Tall + 1}
	x0, x1 := spanning(reach.Pos.X-reach.Half, reach.Pos.X+reach.Half)
	y0, y1 := spanning(reach.Pos.Y, reach.Pos.Y+reach.Tall)
	z0, z1 := spanning(reach.Pos.Z-reach.Half, reach.Pos.Z+reach.Half)
	for z := z0; z <= z1; z++ {
		for x := x0; x <= x1; x++ {
			for y := y0; y <= y1; y++ {
				if w.Grid.At(x, y, z) == block.Cactus {
					return true
				}
			}
		}
	}
	return false
}

// wound takes health away, and wakes the player.
func (w *World) wound(damage int) {
	p := &w.Player
	if damage <= 0 {
		return
	}
	p.Health = max(p.Health-damage, 0)
	p.Hurt = blowPause
	p.Sleeping = false
}

// countdown adds a tick to a count, and says whether it is full, emptying it.
func countdown(count *int, ticks int) bool {
	*count++
	if *count < ticks {
		return false
	}
	*count = 0
	return true
}

// need lets hunger, thirst and weariness grow, and health follow them.
func (w *World) need(c *Controls) {
	p := &w.Player
	if w.Needs {
		if countdown(&p.hunger, hungerTicks) {
			p.Food = max(p.Food-1, 0)
		}
		if countdown(&p.thirst, thirstTicks) {
			p.Drink = max(p.Drink-1, 0)
		}
	}
	w.sleep(c.Sleep)
	lacking := p.Food == 0 || p.Drink == 0 || p.Energy == 0
	switch {
	case lacking && countdown(&p.recovery, starvingTicks):
		w.wound(1)
	case !lacking && p.Health > 0 && p.Health < Full && countdown(&p.recovery, recoveryTicks):
		p.Health++
	}
}

// sleep falls asleep, sleeps on, or wearies.
func (w *World) sleep(wanted bool) {
	p := &w.Player
	if wanted && !p.Sleeping && p.Energy < Full && p.OnGround {
		p.Sleeping, p.weariness = true, 0
		p.Dig = Dig{}
	}
	switch {
	case p.Sleeping && countdown(&p.weariness, restTicks):
		p.Energy = min(p.Energy+1, Full)
		if p.Energy == Full {
			p.Sleeping = false
			w.achieve(WakeUp)
		}
	case !p.Sleeping && w.Needs && countdown(&p.weariness, wearinessTicks):
		p.Energy = max(p.Energy-1, 0)
	}
}
