package game_test

import (
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/terrain"
)

func at(x, y, z int) game.Vec { return game.Cell{X: x, Y: y, Z: z}.Middle() }

func TestSandFallsAndSparesThePlayer(t *testing.T) {
	w := field(t)
	w.Put(game.Cell{X: 3, Y: floor + 6, Z: 3}, block.Sand)
	w.Put(game.Cell{X: 0, Y: floor + 6, Z: 0}, block.Sand)
	steps(w, 60, game.Controls{})
	if w.Grid.At(3, floor, 3) != block.Sand || w.Grid.At(3, floor+6, 3) != block.Air {
		t.Error("sand does not fall to the ground")
	}
	if w.Grid.At(0, floor+2, 0) != block.Sand || !w.Player.Free(w.Grid) {
		t.Error("sand does not stop above the player's head")
	}
	steps(w, 40, game.Controls{Forward: -1})
	if w.Grid.At(0, floor, 0) != block.Sand {
		t.Error("sand does not fall where the player stood")
	}
}

// Water runs three blocks far over level ground, falls, and runs dry when its source is gone.
func TestWaterFlowsAndRunsDry(t *testing.T) {
	w := field(t)
	source := game.Cell{X: 8, Y: floor, Z: 8}
	w.Put(source, block.Water)
	steps(w, 60, game.Controls{})
	for d, want := range map[int]block.Kind{1: block.Flow3, 2: block.Flow2, 3: block.Flow1, 4: block.Air} {
		if got := w.Grid.At(8+d, floor, 8); got != want {
			t.Errorf("%d from the source there is %v, want %v", d, got, want)
		}
	}
	for y := floor - 3; y < floor; y++ {
		w.Put(game.Cell{X: 10, Y: y, Z: 8}, block.Air)
	}
	steps(w, 100, game.Controls{})
	if got := w.Grid.At(10, floor-3, 8); got != block.Flow3 {
		t.Errorf("at the bottom of the hole there is %v", got)
	}
	w.Put(source, block.Air)
	steps(w, 300, game.Controls{})
	for y := floor - 3; y <= floor; y++ {
		for z := 0; z < 16; z++ {
			for x := 0; x < 16; x++ {
				if w.Grid.At(x, y, z).Watery() {
					t.Fatalf("at %d, %d, %d there is still water", x, y, z)
				}
			}
		}
	}
}

func TestLavaAndWaterMakeStone(t *testing.T) {
	w := field(t)
	w.Put(game.Cell{X: 8, Y: floor, Z: 8}, block.Lava)
	w.Put(game.Cell{X: 10, Y: floor, Z: 8}, block.Water)
	steps(w, 40, game.Controls{})
	if got := w.Grid.At(8, floor, 8); got != block.Stone {
		t.Errorf("lava beside water is %v", got)
	}
}

func TestTorchesNeedAFloor(t *testing.T) {
	w := field(t)
	w.Put(game.Cell{X: 3, Y: floor, Z: 3}, block.Torch)
	w.Put(game.Cell{X: 3, Y: floor - 1, Z: 3}, block.Air)
	steps(w, 5, game.Controls{})
	if w.Grid.At(3, floor, 3) == block.Torch {
		t.Error("the torch hangs in the air")
	}
}

func TestCowsAreEaten(t *testing.T) {
	w := field(t)
	w.Spawn(game.Cow, at(0, floor, 2), 0)
	w.Player.Food = 10
	for range 400 {
		w.Step(&game.Controls{Attack: true, Forward: 1, Pitch: 0})
		if len(w.Creatures) == 0 {
			break
		}
		w.Player.Yaw, w.Player.Pitch = 0, 2000
		w.Player.Pos = w.Creatures[0].Pos.Add(game.Vec{Z: -2 * fixed.One})
	}
	if has(w, item.Meat) != 2 {
		t.Fatalf("killing the cow gives %d meat", has(w, item.Meat))
	}
	hold(w, item.Meat, 1)
	w.Player.Pitch = -4500
	steps(w, 2, game.Controls{Use: true})
	if !w.Achieved.Has(game.EatMeat) || w.Player.Food != 13 {
		t.Errorf("eating leaves food at %d", w.Player.Food)
	}
}

func TestZombiesHuntByNightAndBurnByDay(t *testing.T) {
	w := field(t)
	w.Clock = 0
	w.Spawn(game.Zombie, at(0, floor, 10), 0)
	steps(w, 300, game.Controls{})
	if w.Player.Health > game.Full-6 {
		t.Errorf("15 seconds with a zombie leave a health of %d", w.Player.Health)
	}
	w.Clock = game.DayTicks / 2
	w.Player.Health = game.Full
	steps(w, 200, game.Controls{})
	if len(w.Creatures) != 0 {
		t.Error("the zombie outlives the sun")
	}
}

func TestZombiesJumpOverBlocks(t *testing.T) {
	w := field(t)
	w.Clock = 0
	for x := -8; x <= 8; x++ {
		w.Grid.Set(x, floor, 5, block.Stone)
	}
	w.Spawn(game.Zombie, at(0, floor, 10), 0)
	steps(w, 300, game.Controls{})
	if w.Player.Health == game.Full {
		t.Error("a low wall keeps the zombie off")
	}
}

func TestSkeletonsShootWhatTheySee(t *testing.T) {
	for _, walled := range []bool{false, true} {
		w := field(t)
		w.Clock = 0
		if walled {
			for x := -4; x <= 4; x++ {
				for y := range 4 {
					w.Grid.Set(x, floor+y, 3, block.Glass)
					w.Grid.Set(x, floor+y, 4, block.Stone)
				}
			}
		}
		w.Spawn(game.Skeleton, at(0, floor, 8), 0)
		steps(w, 60, game.Controls{})
		if hit := w.Player.Health < game.Full; hit == walled {
			t.Errorf("walled %v: the health is %d", walled, w.Player.Health)
		}
	}
}

func TestArrowsBreakGlass(t *testing.T) {
	w := field(t)
	w.Clock = 0
	for x := -3; x <= 3; x++ {
		for y := range 4 {
			w.Grid.Set(x, floor+y, 4, block.Glass)
		}
	}
	w.Spawn(game.Skeleton, at(0, floor, 9), 0)
	steps(w, 400, game.Controls{})
	broken := 0
	for x := -3; x <= 3; x++ {
		for y := range 4 {
			if w.Grid.At(x, floor+y, 4) == block.Air {
				broken++
			}
		}
	}
	if broken == 0 || w.Player.Health == game.Full {
		t.Errorf("20 seconds of arrows break %d panes and leave a health of %d", broken, w.Player.Health)
	}
}

// Monsters come at night, not by day, and not where torches shine; animals come by day.
func TestWhoComesWhen(t *testing.T) {
	count := func(clock int, torches bool) (animals, monsters int) {
		w := game.New(8)
		land := terrain.New(terrain.Options{Meadow: 60})
		w.Begin(game.Options{Land: land, Clock: clock, Inhabited: true})
		w.Enter(0, 0, 0)
		for z := -32; torches && z <= 32; z += 4 {
			for x := -32; x <= 32; x += 4 {
				w.Grid.Set(x, floor, z, block.Torch)
			}
		}
		seen := map[int]bool{}
		for range 1500 {
			w.Clock = clock
			w.Player.Health = game.Full
			w.Step(&game.Controls{})
			for i := range w.Creatures {
				c := &w.Creatures[i]
				if c.Kind == game.Arrow || seen[c.ID] {
					continue
				}
				seen[c.ID] = true
				if c.Kind.Info().Monster {
					monsters++
				} else {
					animals++
				}
			}
		}
		return animals, monsters
	}
	if animals, monsters := count(game.DayTicks/2, false); animals < 3 || monsters > 0 {
		t.Errorf("by day come %d animals and %d monsters", animals, monsters)
	}
	if _, monsters := count(0, false); monsters < 3 {
		t.Errorf("by night come %d monsters", monsters)
	}
	if _, monsters := count(0, true); monsters > 0 {
		t.Errorf("among torches come %d monsters", monsters)
	}
}

func TestPatrolsFollowTheirLine(t *testing.T) {
	w := field(t)
	c := w.Spawn(game.Sheep, at(-5, floor, 5), 0)
	c.Mood, c.From, c.To, c.Back = game.Patrol, at(-5, floor, 5), at(5, floor, 5), true
	steps(w, 130, game.Controls{})
	if w.Creatures[0].Pos != at(5, floor, 5) && w.Creatures[0].Vel.X >= 0 {
		t.Errorf("the sheep is at %v", w.Creatures[0].Pos)
	}
	steps(w, 200, game.Controls{})
	if w.Creatures[0].Pos != at(-5, floor, 5) {
		t.Errorf("the sheep does not come back, but is at %v", w.Creatures[0].Pos)
	}
}

func TestSteppingAllocatesNothing(t *testing.T) {
	w := game.New(8)
	begin(w, 4)
	m := newMonkey(4)
	for range 2000 {
		w.Player.Health = game.Full
		w.Step(m.next())
	}
	if n := testing.AllocsPerRun(1000, func() { w.Player.Health = game.Full; w.Step(&game.Controls{Forward: 1, Jump: true, Yaw: 62}) }); n != 0 {
		t.Errorf("a step allocates %g times", n)
	}
}
