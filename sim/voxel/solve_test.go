package voxel

import (
	"testing"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/structure"
)

// pilot plays a task by full actions, knowing its true state.
type pilot struct {
	*environment
	t      *testing.T
	action []int
	// total is the sum of the rewards, last the last outcome.
	total float64
	done  bool
}

// start makes the task with parameters, and resets it.
func start(t *testing.T, id string, seed uint64, params map[string]float64) *pilot {
	t.Helper()
	for _, k := range tasks() {
		if k.id != id {
			continue
		}
		e, err := newEnv(k, env.Config{Height: 32, Width: 32, Params: params})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Reset(env.Seeded(seed)); err != nil {
			t.Fatal(err)
		}
		p := &pilot{environment: e, t: t, action: fullSpace().New().Int}
		p.still()
		return p
	}
	t.Fatalf("there is no task %s", id)
	return nil
}

// still clears the action.
func (p *pilot) still() {
	clear(p.action)
	p.action[actPitch], p.action[actYaw] = stillBin, stillBin
}

// act steps n times with the action, without a picture, or until the episode ends.
func (p *pilot) act(n int) {
	for range n {
		if p.done {
			return
		}
		reward, done := p.advance(p.action)
		p.total, p.done = p.total+reward, done
	}
}

// turn turns by a number of bins of 10 degrees, to the right where it is positive.
func (p *pilot) turn(tens int) {
	p.still()
	p.action[actYaw] = len(turns) - 1
	if tens < 0 {
		p.action[actYaw], tens = 0, -tens
	}
	p.act(tens)
	p.still()
}

// face sets the action to turn towards a place: the bins nearest to what is needed.
func (p *pilot) face(to game.Vec) {
	l := p.lens()
	d := to.Sub(l.eye)
	along, across, upward := dot(d, l.forward), dot(d, l.right), dot(d, l.up)
	p.action[actYaw], p.action[actPitch] = nearestBin(across, along), nearestBin(-upward, along)
}

// nearestBin returns the bin whose turn is the tangent across/along's angle, roughly.
func nearestBin(across, along int) int {
	want := 1000 * sign(across*fixed.Unit)
	if along > 0 {
		want = across * 5730 / along
	}
	best := 0
	for i, turn := range turns {
		if max(turn-want, want-turn) < max(turns[best]-want, want-turns[best]) {
			best = i
		}
	}
	return best
}

// head walks towards a place, jumping over what is in the way, for at most n steps or until it is near.
func (p *pilot) head(to game.Cell, n int) {
	for i := 0; i < n && !p.done && p.away(to) > fixed.One; i++ {
		p.still()
		p.face(to.Middle().Add(game.Vec{Y: playerEyeHeight}))
		p.action[actMove] = 1
		p.action[actJump] = int(truth(p.world.Player.Bumped || p.world.Player.InLiquid))
		// A pillar is gone around.
		p.action[actStrafe] = int(truth(p.world.Player.Bumped && i%60 > 20)) * (1 + i/60%2)
		p.act(1)
	}
	p.still()
}

const playerEyeHeight = 106168

// ends fails the test unless the episode ended with the total.
func (p *pilot) ends(total float64) {
	p.t.Helper()
	if !p.done || p.total < total-1e-9 || p.total > total+1e-9 {
		p.t.Errorf("%s ends: %v, with %.4f, want %g (stage %d)", p.task.id, p.done, p.total, total, p.goal.Stage)
	}
}

// modes are the totals of a solved task in each reward mode where shaped is as much as sparse.
var modes = map[float64]float64{rewardNone: 0, rewardSparse: 1, rewardShaped: 1}

func TestLookAwayIsSolvedByLookingAway(t *testing.T) {
	for mode, total := range modes {
		p := start(t, "VoxelLookAway-v0", 1, map[string]float64{"reward": mode, "hold": 20})
		p.turn(3)
		p.turn(-3)
		if p.goal.Stage != 0 {
			t.Fatal("30 degrees are away")
		}
		p.turn(10)
		p.act(20)
		p.turn(-10)
		p.ends(total)
	}
}

func TestRevisitIsSolvedByBothChanges(t *testing.T) {
	for mode, total := range modes {
		for change := range 2 {
			p := start(t, "VoxelRevisit-v0", 2, map[string]float64{"reward": mode, "hold": 20, "change": float64(change)})
			if change == changeBreak {
				p.action[actAttack] = 1
			} else {
				p.action[actUse] = 1
			}
			for i := 0; i < 40 && p.goal.Stage == 0; i++ {
				p.act(1)
			}
			p.turn(12)
			p.act(20)
			p.turn(-12)
			p.ends(total)
		}
	}
}

func TestTheSheepIsFoundOnEveryCourse(t *testing.T) {
	for mode, total := range modes {
		for course := range 3 {
			p := start(t, "VoxelBehindWall-v0", 3, map[string]float64{"reward": mode, "course": float64(course)})
			for i := 0; i < 300 && p.goal.Stage == 0; i++ {
				p.act(1)
			}
			if p.goal.Stage != 1 {
				t.Fatalf("course %d: the sheep is never hidden", course)
			}
			// Around the wall, if the sheep stays there.
			if course == courseStop {
				p.action[actStrafe] = 1
				p.act(40)
				p.still()
			}
			for i := 0; i < 250 && !p.done; i++ {
				sheep := p.sheep()
				p.face(sheep.Pos.Add(game.Vec{Y: sheep.Tall / 2}))
				p.act(1)
			}
			p.ends(total)
		}
	}
}

func TestLoopAndNavigateAreWalked(t *testing.T) {
	for mode := range modes {
		solved := 0
		for seed := range uint64(6) {
			p := start(t, "VoxelLoop-v0", seed, map[string]float64{"reward": mode, "mark_distance": 12})
			p.head(p.goal.Target, 400)
			p.head(game.Cell{Y: p.goal.Target.Y}, 400)
			if p.done && p.total == modes[mode] {
				solved++
			}
		}
		if solved < 4 {
			t.Errorf("reward %g: of 6 loops, %d are walked", mode, solved)
		}
	}
	solved := 0
	for seed := range uint64(8) {
		p := start(t, "VoxelNavigate-v0", seed, map[string]float64{"reward": rewardShaped, "mark_distance": 15})
		p.head(p.goal.Target, 900)
		if p.done && p.total > 13 && p.total < 15 {
			solved++
		}
	}
	if solved < 4 {
		t.Errorf("of 8 beacons, %d are reached", solved)
	}
}

func TestCollectCountsWhatIsDug(t *testing.T) {
	for mode, total := range modes {
		p := start(t, "VoxelCollect-v0", 3, map[string]float64{"reward": mode, "errand": 1, "biome": 0, "creatures": 0})
		p.action[actPitch] = len(turns) - 1
		p.act(9)
		p.still()
		p.action[actAttack] = 1
		for i := 0; i < 40 && !p.done; i++ {
			p.act(15)
			// One shaft ends at stone: dig beside it.
			if p.world.Pick().Kind == block.Stone {
				p.world.Enter(i, 0, 0)
				p.world.Player.Pitch = 9000
			}
		}
		p.ends(total)
	}
}

// Every errand's items are counted.
func TestEveryErrandCanBeDone(t *testing.T) {
	for i, errand := range errands {
		p := start(t, "VoxelCollect-v0", 4, map[string]float64{"errand": float64(i), "reward": rewardSparse})
		for range errand.need {
			p.act(1)
			if p.done {
				t.Fatalf("%s is done too soon", errand.what)
			}
			p.world.Give(errand.kinds[len(errand.kinds)-1], 1)
		}
		p.act(1)
		p.ends(1)
	}
}

func TestTheNightEnds(t *testing.T) {
	for mode, total := range modes {
		p := start(t, "VoxelNight-v0", 5, map[string]float64{"reward": mode, "creatures": 0})
		if h := hourOf(p.world.Clock); h != 18 {
			t.Fatalf("the night begins at %g", h)
		}
		p.act(nightTicks)
		if mode == rewardShaped {
			total -= 1.0 / nightTicks
		}
		p.ends(total)
		if h := hourOf(p.world.Clock); h < 5.9 || h > 6 {
			t.Errorf("the night ends at %g", h)
		}
	}
}

// Every structure that comes along can be built of what is given, and a block too many spoils it.
func TestEveryStructureCanBeBuilt(t *testing.T) {
	all, err := structure.All()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range all {
		p := start(t, "VoxelBuild-v0", 6, map[string]float64{"structure": float64(i), "reward": rewardShaped})
		plot := p.goal.Target
		for k := range block.Kind(block.Count) {
			if n := s.Count(k); k != block.Air && n > int(p.world.Player.Inventory.Counts[item.Of(k)]) {
				t.Errorf("%s takes %d %v, and %d are given", s.Name, n, k, p.world.Player.Inventory.Counts[item.Of(k)])
			}
		}
		p.world.Player.Pos.Z -= 8 * fixed.One
		set := func(x, y, z int, k block.Kind) { p.world.Grid.Set(plot.X+x, plot.Y+y, plot.Z+z, k) }
		set(0, s.Y-1, 0, block.Black)
		for y := range s.Y {
			for z := range s.Z {
				for x := range s.X {
					if s.At(x, y, z) != block.Air && (x != 0 || y != s.Y-1 || z != 0) {
						set(x, y, z, s.At(x, y, z))
						p.act(1)
					}
				}
			}
		}
		if p.done {
			t.Errorf("%s is done with a black block in it", s.Name)
		}
		set(0, s.Y-1, 0, s.At(0, s.Y-1, 0))
		p.act(1)
		p.ends(1)
	}
}

func TestSurvivalPaysForAchievements(t *testing.T) {
	for mode, total := range map[float64]float64{rewardNone: 0, rewardSparse: 2, rewardShaped: 2 - 0.1*game.Full} {
		p := start(t, "VoxelSurvive-v0", 7, map[string]float64{"reward": mode, "creatures": 0})
		p.world.Give(item.Of(block.OakLog), 3)
		p.world.Give(item.Of(block.Sapling), 1)
		for recipe, r := range item.Recipes() {
			if r.Makes.Kind == item.Of(block.Planks) && r.Takes[0].Kind == item.Of(block.OakLog) || r.Makes.Kind == item.Of(block.Table) {
				p.still()
				p.action[actCraft] = recipe + 1
				p.act(2)
			}
		}
		p.still()
		p.action[actPitch] = len(turns) - 1
		p.act(5)
		p.still()
		for _, k := range []block.Kind{block.Table, block.Sapling} {
			for i, placeable := range item.Placeable() {
				if placeable == k {
					p.action[actPlace] = i + 1
					p.act(8)
				}
			}
			p.turn(9)
		}
		p.world.Player.Health = 1
		p.world.Player.Pos.Y += 30 * fixed.One
		p.act(1)
		// From 20 to 1 by hand, which no tick shows, and to 0 by the fall.
		p.still()
		p.act(200)
		if mode == rewardShaped {
			total += 0.1 * (game.Full - 1)
		}
		p.ends(total)
	}
}
