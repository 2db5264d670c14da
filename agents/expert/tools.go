package expert

import "somnium/agents/avatar"

// implement is a tool to make.
type implement struct {
	name   string
	recipe int
	of     string
	// count is how many of these it takes, sticks how many for the handle.
	count, sticks int
}

// tools are the tools that are made, in order.
var tools = [...]implement{
	{"wooden_pickaxe", craftWoodPickaxe, "planks", 3, 2},
	{"wooden_sword", craftWoodSword, "planks", 2, 1},
	{"stone_pickaxe", craftStonePickaxe, "cobblestone", 3, 2},
	{"stone_sword", craftStoneSword, "cobblestone", 2, 1},
	{"iron_pickaxe", craftIronPickaxe, "iron_ingot", 3, 2},
	{"iron_sword", craftIronSword, "iron_ingot", 2, 1},
}

// provision is how many planks, logs counted as four, it starts out with: those for the tools and three tables.
const provision = 24

// tools works on the first of so many tools that is missing.
func (m *mind) tools(s *avatar.Sight, most int) []avatar.Move {
	for _, t := range tools[:most] {
		if s.Carries(t.name) == 0 {
			return m.make(s, t)
		}
	}
	return nil
}

// make does the next thing towards a tool.
func (m *mind) make(s *avatar.Sight, t implement) []avatar.Move {
	if s.Carries("wooden_pickaxe") == 0 && s.Carries("planks")+4*logs(s) < provision && s.Carries("table") == 0 && !m.near(s, table) {
		if moves := m.fetch(s, oakLog, spruceLog); moves != nil {
			return moves
		}
	}
	switch {
	case s.Carries(t.of) < t.count:
		return m.gather(s, t)
	case s.Carries("stick") < t.sticks:
		return m.sticks(s)
	case t.of == "planks" && s.Carries("planks") < t.count+5 && logs(s) > 0:
		return m.planks(s)
	case !m.near(s, table):
		return m.station(s, "table", craftTable)
	}
	return craft(t.recipe)
}

// gather gets what a tool is made of.
func (m *mind) gather(s *avatar.Sight, t implement) []avatar.Move {
	switch t.of {
	case "planks":
		return m.planks(s)
	case "cobblestone":
		return m.fetch(s, stone, cobblestone)
	}
	return m.ingots(s)
}

// The ingots for both tools of iron.
const allIngots = 5

// ingots gets ore and coal for all that is to be made of iron, and smelts.
func (m *mind) ingots(s *avatar.Sight) []avatar.Move {
	missing := allIngots - s.Carries("iron_ingot")
	if s.Carries("iron_pickaxe") > 0 {
		missing = 2 - s.Carries("iron_ingot")
	}
	switch {
	case s.Carries("iron_ore") < missing && s.Carries("coal") < missing:
		return m.fetch(s, ironOre, coalOre)
	case s.Carries("iron_ore") < missing:
		return m.fetch(s, ironOre)
	case s.Carries("coal") < missing:
		return m.fetch(s, coalOre)
	case m.near(s, furnace):
		return craft(craftIngot)
	case s.Carries("furnace") > 0:
		return m.station(s, "furnace", craftFurnace)
	case s.Carries("cobblestone") < 8:
		return m.fetch(s, stone, cobblestone)
	case !m.near(s, table):
		return m.station(s, "table", craftTable)
	}
	return craft(craftFurnace)
}

// station puts up the table or the furnace, and makes a table first where there is none.
func (m *mind) station(s *avatar.Sight, name string, recipe int) []avatar.Move {
	switch {
	case s.Carries(name) > 0:
		if moves := m.put(s, name); moves != nil {
			return moves
		}
		return m.fetch(s, stone, dirt, grass) // where it stands there is no room
	case s.Carries("planks") < 4:
		return m.planks(s)
	}
	return craft(recipe)
}

func (m *mind) sticks(s *avatar.Sight) []avatar.Move {
	if s.Carries("planks") < 2 {
		return m.planks(s)
	}
	return craft(craftStick)
}

// planks makes planks of logs, of which it gets one where there is none; or it takes up a table that it left.
func (m *mind) planks(s *avatar.Sight) []avatar.Move {
	switch {
	case s.Carries("oak_log") > 0:
		return craft(craftPlanks)
	case s.Carries("spruce_log") > 0:
		return craft(craftSprucePlanks)
	}
	return m.fetch(s, oakLog, spruceLog)
}

func logs(s *avatar.Sight) int { return s.Carries("oak_log") + s.Carries("spruce_log") }

// craft follows a recipe.
func craft(recipe int) []avatar.Move {
	return []avatar.Move{avatar.Hold(avatar.Controls{Craft: recipe}, 1)}
}

// near says whether a block of a kind stands so near that one can craft with it.
func (m *mind) near(s *avatar.Sight, k kind) bool {
	const arm = 3
	x, y, z := feet(s)
	at := cell{floor(x), floor(y), floor(z)}
	for dy := -arm + 1; dy <= arm; dy++ {
		for dz := -arm; dz <= arm; dz++ {
			for dx := -arm; dx <= arm; dx++ {
				if m.land.now(at.add(cell{dx, dy, dz})) == k {
					return true
				}
			}
		}
	}
	return false
}
