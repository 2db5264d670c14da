package voxel

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"somnium/env"
	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/game"
	"somnium/sim/voxel/item"
	"somnium/sim/voxel/structure"
)

func TestImpossibleWishesAreTold(t *testing.T) {
	for _, c := range []struct {
		config env.Config
		says   string
	}{
		{env.Config{Height: 8, Width: 64}, "8"},
		{env.Config{Height: 64, Width: 2048}, "2048"},
		{env.Config{Height: 64, Width: 64, Params: map[string]float64{"distance": 4}}, "distance"},
		{env.Config{Height: 64, Width: 64, Params: map[string]float64{"reward": 1.5}}, "whole"},
		{env.Config{Height: 64, Width: 64, Params: map[string]float64{"biome": 9}}, "biome"},
		{env.Config{Height: 64, Width: 64, Params: map[string]float64{"weather": 1}}, "weather"},
	} {
		if _, err := newEnv(survive(), c.config); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: the error is %v, want one that mentions %q", c.config, err, c.says)
		}
	}
	e := start(t, "VoxelSurvive-v0", 1, nil)
	for _, params := range []map[string]float64{{"flat": 1}, {"depth": 1}, {"hour": 25}} {
		if _, err := e.Reset(env.ResetOptions{Params: params}); err == nil {
			t.Errorf("a Reset takes %v", params)
		}
	}
}

func TestStructuresOfOnesOwnAreBuilt(t *testing.T) {
	s, err := structure.Parse("name post\nblock R red\nlayer\nR\nlayer\nR")
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewBuild(s, env.Config{Height: 32, Width: 32})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Reset(env.Seeded(1)); err != nil {
		t.Fatal(err)
	}
	captioner, _ := env.As[env.Captioner](e)
	if _, detailed := captioner.Captions(); !strings.Contains(detailed, "build the post") {
		t.Errorf("the caption is %q", detailed)
	}
}

// bodyOf returns the body of an ID.
func bodyOf(t *testing.T, s env.State, id int) env.Body {
	t.Helper()
	for _, b := range s.Bodies {
		if b.ID == id {
			return b
		}
	}
	t.Fatalf("there is no body %d", id)
	return env.Body{}
}

// The sheep is hidden by degrees: not at all, wholly, and not at all again.
func TestHiddenTellsHowMuchTheWallCovers(t *testing.T) {
	p := start(t, "VoxelBehindWall-v0", 3, map[string]float64{"course": coursePass})
	var hidden []float64
	for range 200 {
		p.act(1)
		if b := bodyOf(t, p.State(), p.goal.Creature); b.InFrame {
			hidden = append(hidden, b.Hidden)
		}
	}
	if len(hidden) < 50 || hidden[0] != 0 || hidden[len(hidden)-1] != 0 {
		t.Fatalf("hidden goes %v", hidden)
	}
	full, part := 0, 0
	for _, h := range hidden {
		if h == 1 {
			full++
		} else if h > 0 {
			part++
		}
	}
	if full < 20 || part < 4 {
		t.Errorf("the sheep is wholly hidden for %d steps and partly for %d", full, part)
	}
}

func TestTheStateTellsWhatIsThere(t *testing.T) {
	p := start(t, "VoxelRevisit-v0", 2, map[string]float64{"change": changePlace, "hour": 12})
	values := p.State().Values
	if block.Kind(values["crosshair"]) != block.Stone || math.Abs(values["crosshair_distance"]-3.5) > 0.01 {
		t.Errorf("the crosshair is on %v at %g", block.Kind(values["crosshair"]), values["crosshair_distance"])
	}
	if values["time"] != 12 || values["health"] != 20 || values["sunlight"] != 1 || values["stage"] != 0 {
		t.Errorf("the state is %v", values)
	}
	sum := 0.0
	for name, x := range values {
		if strings.HasPrefix(name, "view_") {
			sum += x
		}
	}
	if math.Abs(sum-1) > 1e-9 || values["view_stone"] < 0.02 {
		t.Errorf("the view adds up to %g, stone is %g", sum, values["view_stone"])
	}
	held := p.world.Player.Inventory.Held()
	if values["inventory_"+held.String()] != 4 {
		t.Errorf("there are %g %v", values["inventory_"+held.String()], held)
	}
	body := bodyOf(t, p.State(), playerID)
	if math.Abs(body.Position[1]-0.9-26+1) > 0.01 || body.Size != [3]float64{2 * 19660.0 / 65536, 117964.0 / 65536, 2 * 19660.0 / 65536} {
		t.Errorf("the player is %+v", body)
	}
}

func TestCaptionsTellTheScene(t *testing.T) {
	p := start(t, "VoxelRevisit-v0", 2, map[string]float64{"change": changeBreak, "hour": 18.5})
	p.action[actAttack] = 1
	p.act(3)
	short, detailed := p.Captions()
	if !strings.HasPrefix(short, "minecraft-style world: at dusk the player digs at a ") {
		t.Errorf("the short caption is %q", short)
	}
	for _, part := range []string{"minecraft-style", "at dusk", "block", "picture shows", "break a block"} {
		if !strings.Contains(strings.ToLower(detailed), part) {
			t.Errorf("the detailed caption lacks %q: %q", part, detailed)
		}
	}
	cow := p.world.Spawn(game.Cow, p.world.Player.Pos.Add(game.Vec{X: -8 * fixed.One}), 0)
	p.world.Player.Yaw, p.world.Player.Health = 9000, 3
	if _, detailed := p.Captions(); !strings.Contains(detailed, "There is a cow ahead, ") || !strings.Contains(detailed, "The player is wounded") || cow == nil {
		t.Errorf("the detailed caption is %q", detailed)
	}
}

func TestFlatActionsDoWhatTheySay(t *testing.T) {
	w := start(t, "VoxelLookAway-v0", 1, nil).world
	for action, name := range FlatActions() {
		c := flatControls(w, action)
		if (c == game.Controls{}) != (name == "noop" || name == "next_slot" || name == "craft") {
			t.Errorf("%s is %+v", name, c)
		}
	}
	w.Give(item.Of(block.OakLog), 5)
	w.Give(item.Of(block.Dirt), 5)
	for _, want := range []int{1, 0, 1} {
		c := flatControls(w, 13)
		if w.Step(&c); w.Player.Inventory.Selected != want {
			t.Errorf("next_slot selects %d, want %d", w.Player.Inventory.Selected, want)
		}
	}
	for range 20 {
		c := flatControls(w, 14)
		w.Step(&c)
	}
	if w.Player.Inventory.Counts[item.Of(block.Table)] != 1 || w.Player.Inventory.Counts[item.Stick] < 4 {
		t.Errorf("craft made %v", w.Player.Inventory.Counts)
	}
}

// What an action does not name it does not do, and every name of a full action does something of its own.
func TestFullActionsAreNamed(t *testing.T) {
	seen := map[game.Controls]string{}
	for i, choice := range Actions() {
		for value, name := range choice.Values {
			p := pilot{action: fullSpace().New().Int}
			p.still()
			p.action[i] = value
			c := fullControls(p.action)
			if (c == game.Controls{}) != (name == "none" || name == "0") {
				t.Errorf("%s=%s is %+v", choice.Name, name, c)
			}
			if other, taken := seen[c]; taken && c != (game.Controls{}) {
				t.Errorf("%s and %s are the same", name, other)
			}
			seen[c] = name
		}
	}
}

// A snapshot of a long episode is small, and a branch of the same episode makes no chunk anew.
func TestBranchesAreCheap(t *testing.T) {
	p := start(t, "VoxelSurvive-v0", 3, nil)
	p.action[actMove], p.action[actAttack], p.action[actPitch] = 1, 1, stillBin+1
	p.act(2000)
	snapshot, err := p.Snapshot()
	if err != nil || len(snapshot) > 4096 {
		t.Fatalf("a snapshot takes %d bytes, %v", len(snapshot), err)
	}
	want := branch(t, p)
	if _, err := p.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(branch(t, p), want) {
		t.Error("a branch differs from the original")
	}
	if n := testing.AllocsPerRun(20, func() { p.Restore(snapshot) }); n > 100 {
		t.Errorf("restoring allocates %g times", n)
	}
}

// branch plays on and returns the snapshot then.
func branch(t *testing.T, p *pilot) []byte {
	t.Helper()
	p.turn(4)
	p.action[actMove] = 1
	p.act(100)
	snapshot, err := p.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// A survey tells what the state tells of the block under the crosshair, and what is beyond the world's floor and sky.
func TestSurveysTellTheBlocks(t *testing.T) {
	p := start(t, "VoxelSurvive-v0", 5, nil)
	p.action[actPitch] = len(turns) - 1
	p.act(9)
	v := p.State().Values
	at := [3]int{int(v["crosshair_x"]), int(v["crosshair_y"]), int(v["crosshair_z"])}
	var one [1]uint8
	p.Survey(one[:], at, [3]int{1, 1, 1})
	if v["crosshair"] == 0 || float64(one[0]) != v["crosshair"] {
		t.Errorf("at %v is %d, and under the crosshair %g", at, one[0], v["crosshair"])
	}
	column := make([]uint8, 3*66)
	p.Survey(column, [3]int{at[0] - 1, -1, at[2]}, [3]int{3, 66, 1})
	if column[1] != uint8(block.Bedrock) || column[4] != uint8(block.Bedrock) || column[1+3*(at[1]+1)] != one[0] || column[3*65+1] != uint8(block.Air) {
		t.Errorf("the column is %v", column)
	}
}
