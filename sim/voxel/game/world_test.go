package game_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/terrain"
)

// begin starts a natural, inhabited world of the seed, the player on land near its middle.
func begin(w *game.World, seed uint64) {
	land := terrain.New(terrain.Options{Seed: seed})
	w.Begin(game.Options{Land: land, Seed: seed, Clock: game.DayTicks / 2, Inhabited: true, Needs: true})
	x := 0
	for y, _ := land.Ground(x, 0); y <= terrain.Sea; y, _ = land.Ground(x, 0) {
		x++
	}
	w.Enter(x, 0, 0)
	w.Populate()
}

// monkey draws controls that stick for a while, as someone would who tries everything.
type monkey struct {
	rng      *rand.Rand
	controls game.Controls
}

func newMonkey(seed uint64) *monkey { return &monkey{rng: rand.New(rand.NewPCG(seed, 7))} }

func (m *monkey) next() *game.Controls {
	c := &m.controls
	c.Hotbar, c.Craft, c.Place = 0, 0, block.Air
	if m.rng.IntN(10) == 0 {
		bit := func(n int) bool { return m.rng.IntN(n) == 0 }
		*c = game.Controls{
			Forward: min(m.rng.IntN(4), 2) - 1, Strafe: m.rng.IntN(3) - 1,
			Jump: bit(3), Sneak: bit(6), Sprint: bit(4), Attack: bit(2), Use: bit(4), Sleep: bit(20),
			Pitch: m.rng.IntN(601) - 300, Yaw: m.rng.IntN(1001) - 500,
		}
		c.Hotbar = m.rng.IntN(game.Slots + 1)
		c.Craft = m.rng.IntN(len(item.Recipes()) + 1)
		c.Place = append(item.Placeable(), block.Air)[m.rng.IntN(len(item.Placeable())+1)]
	}
	return c
}

// watch holds a world to what must always be true of it.
type watch struct {
	counts [item.Count]int
}

func (o *watch) check(t *testing.T, w *game.World) {
	t.Helper()
	for _, e := range w.Events {
		o.counts[e.Kind] += e.Change
	}
	p := &w.Player
	for k, n := range p.Inventory.Counts {
		if int(n) != o.counts[k] {
			t.Fatalf("tick %d: there are %d %v, and events tell of %d", w.Tick, n, item.Kind(k), o.counts[k])
		}
	}
	for _, k := range p.Inventory.Hotbar {
		if k != item.None && p.Inventory.Counts[k] == 0 {
			t.Fatalf("tick %d: the hotbar holds %v, of which there is none", w.Tick, k)
		}
	}
	if !p.Free(w.Grid) {
		t.Fatalf("tick %d: the player at %v is inside a block", w.Tick, p.Pos)
	}
	for _, n := range []int{p.Health, p.Food, p.Drink, p.Energy} {
		if n < 0 || n > game.Full {
			t.Fatalf("tick %d: a need is %d", w.Tick, n)
		}
	}
	if p.Yaw < 0 || p.Yaw >= fixed.Turn || max(p.Pitch, -p.Pitch) > fixed.Turn/4 {
		t.Fatalf("tick %d: the player looks along %d, %d", w.Tick, p.Yaw, p.Pitch)
	}
	for i := range w.Creatures {
		if i > 0 && w.Creatures[i-1].ID >= w.Creatures[i].ID {
			t.Fatalf("tick %d: the creatures are out of order", w.Tick)
		}
	}
}

// wander plays a world for some ticks, beginning it anew where the player dies.
func wander(t *testing.T, w *game.World, seed uint64, ticks int) {
	t.Helper()
	m := newMonkey(seed)
	var o watch
	for i := range ticks {
		if i == 0 || w.Player.Health == 0 {
			begin(w, seed+uint64(i))
			o = watch{}
			w.Give(item.IronPickaxe, 1)
			w.Give(item.Of(block.Sand), 60)
			w.Give(item.Of(block.Torch), 20)
			w.Give(item.Of(block.Glass), 20)
			w.Give(item.Of(block.Sapling), 5)
			o.check(t, w)
		}
		w.Step(m.next())
		o.check(t, w)
	}
}

func TestWanderersKeepTheRules(t *testing.T) {
	w := game.New(8)
	for seed := range uint64(10) {
		wander(t, w, 1000*seed, 2000)
	}
}

// A state goes on as the original did, in the same world and in another, and reading it back gives the same bytes.
func TestStatesReplay(t *testing.T) {
	w, other := game.New(8), game.New(8)
	for seed := range uint64(4) {
		begin(w, seed)
		m := newMonkey(seed)
		for range 400 {
			w.Step(m.next())
		}
		state, err := w.AppendState(nil)
		if err != nil {
			t.Fatal(err)
		}
		after := play(t, w, seed)
		begin(other, seed)
		for _, again := range []*game.World{w, other} {
			apply, err := again.ReadState(state)
			if err != nil {
				t.Fatal(err)
			}
			apply()
			back, err := again.AppendState(nil)
			if err != nil || !bytes.Equal(back, state) {
				t.Fatalf("seed %d: the state reads back otherwise, %v", seed, err)
			}
			if !bytes.Equal(play(t, again, seed), after) {
				t.Fatalf("seed %d: the restored world goes another way", seed)
			}
		}
	}
}

// play plays on for a while and returns the state then.
func play(t *testing.T, w *game.World, seed uint64) []byte {
	t.Helper()
	m := newMonkey(seed + 99)
	for range 400 {
		w.Step(m.next())
	}
	state, err := w.AppendState(nil)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestDamagedStatesChangeNothing(t *testing.T) {
	w := game.New(8)
	begin(w, 3)
	m := newMonkey(3)
	for range 300 {
		w.Step(m.next())
	}
	state, err := w.AppendState(nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(state) {
		if _, err := w.ReadState(state[:n]); err == nil {
			t.Fatalf("%d bytes of %d are a state", n, len(state))
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		damaged := bytes.Clone(state)
		damaged[rng.IntN(len(damaged))] = byte(rng.Uint32())
		// It may be a state or not, but is never a panic and changes nothing.
		if _, err := w.ReadState(damaged); err != nil {
			continue
		}
	}
	if now, err := w.AppendState(nil); err != nil || !bytes.Equal(now, state) {
		t.Error("reading damaged states changed the world")
	}
}

// field is a level world without creatures, of grass at height 25, the player on it at 0, 0 and looking south.
func field(t *testing.T) *game.World {
	t.Helper()
	w := game.New(8)
	w.Begin(game.Options{Land: terrain.New(terrain.Options{Meadow: 20}), Clock: game.DayTicks / 2})
	for z := -20; z <= 20; z++ {
		for x := -20; x <= 20; x++ {
			w.Grid.Set(x, terrain.Sea+3, z, block.Air) // grass and flowers
		}
	}
	w.Enter(0, 0, 0)
	return w
}

const floor = terrain.Sea + 3

func steps(w *game.World, n int, c game.Controls) {
	for range n {
		w.Step(&c)
	}
}

func blocks(x int) float64 { return float64(x) / fixed.One }

// Speeds are Minecraft's: 4.317 blocks a second on foot, 5.612 sprinting, 1.295 sneaking; a jump reaches 1.252 blocks.
func TestMovementIsMinecrafts(t *testing.T) {
	for _, c := range []struct {
		name     string
		controls game.Controls
		speed    float64
	}{
		{"walking", game.Controls{Forward: 1}, 4.317}, {"sprinting", game.Controls{Forward: 1, Sprint: true}, 5.612},
		{"sneaking", game.Controls{Forward: 1, Sneak: true}, 1.295}, {"backing", game.Controls{Forward: -1}, -4.317},
	} {
		w := field(t)
		steps(w, 20, c.controls)
		before := w.Player.Pos
		steps(w, 20, c.controls)
		if got := blocks(w.Player.Pos.Z - before.Z); got < c.speed-0.02 || got > c.speed+0.02 {
			t.Errorf("%s is %.3f blocks a second, want %.3f", c.name, got, c.speed)
		}
	}
	w := field(t)
	top := w.Player.Pos.Y
	for i := range 20 {
		w.Step(&game.Controls{Jump: i == 0})
		top = max(top, w.Player.Pos.Y)
	}
	if got := blocks(top) - floor; got < 1.24 || got > 1.26 {
		t.Errorf("a jump reaches %.3f blocks", got)
	}
	if !w.Player.OnGround || w.Player.Pos.Y != floor*fixed.One {
		t.Error("the jump does not end on the ground")
	}
}

func TestStrafingGoesRight(t *testing.T) {
	w := field(t)
	steps(w, 20, game.Controls{Strafe: 1})
	if w.Player.Pos.X >= fixed.One/2 {
		t.Error("looking south, right is not west")
	}
	w.Enter(0, 0, 9000)
	steps(w, 20, game.Controls{Forward: 1})
	if w.Player.Pos.X >= fixed.One/2 {
		t.Error("a yaw of 90 degrees does not look west")
	}
}

func TestWallsStopAndStepsDoNot(t *testing.T) {
	w := field(t)
	for y := range 3 {
		w.Grid.Set(0, floor+y, 4, block.Stone)
	}
	steps(w, 60, game.Controls{Forward: 1})
	if got := w.Player.Pos.Z; got != 4*fixed.One-19660 {
		t.Errorf("a wall at 4 stops the player at %.4f", blocks(got))
	}
	w.Grid.Set(0, floor+1, 4, block.Air)
	w.Grid.Set(0, floor+2, 4, block.Air)
	steps(w, 40, game.Controls{Forward: 1, Jump: true})
	if got := w.Player.Pos.Z; got < 5*fixed.One {
		t.Errorf("the player does not jump over a block, but stands at %.3f", blocks(got))
	}
}

func TestSneakersStayOnTheEdge(t *testing.T) {
	w := field(t)
	for y := floor - 6; y < floor; y++ {
		for z := 3; z < 6; z++ {
			for x := -2; x <= 2; x++ {
				w.Grid.Set(x, y, z, block.Air)
			}
		}
	}
	steps(w, 200, game.Controls{Forward: 1, Sneak: true})
	if w.Player.Pos.Y != floor*fixed.One {
		t.Fatal("sneaking, the player fell off")
	}
	steps(w, 40, game.Controls{Forward: 1})
	if fallen := floor - blocks(w.Player.Pos.Y); fallen != 6 || w.Player.Health != game.Full-3 {
		t.Errorf("the fall is of %.2f blocks and leaves a health of %d", fallen, w.Player.Health)
	}
}

func TestWaterBreaksAFallAndCarries(t *testing.T) {
	w := field(t)
	for z := -1; z <= 1; z++ {
		for x := -1; x <= 1; x++ {
			for y := floor - 4; y < floor; y++ {
				w.Grid.Set(x, y, z, block.Water)
			}
		}
	}
	w.Player.Pos.Y += 20 * fixed.One
	w.Player.Peak, w.Player.OnGround = w.Player.Pos.Y, false
	steps(w, 60, game.Controls{})
	if w.Player.Health != game.Full || !w.Player.InLiquid {
		t.Errorf("a fall into water leaves a health of %d", w.Player.Health)
	}
	steps(w, 100, game.Controls{Jump: true})
	if eye := blocks(w.Player.Eye().Y); eye < floor {
		t.Errorf("a swimmer's eyes are at %.2f, under water", eye)
	}
	for range 600 {
		w.Player.Pos.Y = (floor - 4) * fixed.One
		w.Step(&game.Controls{})
	}
	if w.Player.Health > game.Full/2 {
		t.Errorf("30 seconds under water leave a health of %d", w.Player.Health)
	}
}

// The world's floor is bedrock: nothing falls out of it, and nothing digs it.
func TestBedrockHolds(t *testing.T) {
	w := field(t)
	for y := 1; y < floor; y++ {
		w.Grid.Set(0, y, 0, block.Air)
	}
	steps(w, 200, game.Controls{Attack: true, Pitch: 1000})
	if w.Player.Pos.Y != fixed.One || w.Grid.At(0, 0, 0) != block.Bedrock {
		t.Errorf("the player is at %.2f, above %v", blocks(w.Player.Pos.Y), w.Grid.At(0, 0, 0))
	}
	if w.Grid.At(0, -1, 0) != block.Bedrock || w.Grid.At(0, grid.Height, 0) != block.Air {
		t.Error("the world has no bottom or a lid")
	}
}

func BenchmarkStep(b *testing.B) {
	w := game.New(8)
	m := newMonkey(1)
	begin(w, 1)
	for b.Loop() {
		if w.Player.Health == 0 {
			begin(w, uint64(w.Tick))
		}
		w.Step(m.next())
	}
}
