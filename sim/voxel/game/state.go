package game

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/item"
)

// codec writes a world's state, or reads it: one function visits every field, so that the two cannot disagree.
type codec struct {
	bytes   []byte
	reading bool
	failed  bool
}

// ints carries whole numbers as signed varints.
func (c *codec) ints(all ...*int) {
	for _, p := range all {
		if !c.reading {
			c.bytes = binary.AppendVarint(c.bytes, int64(*p))
			continue
		}
		x, n := binary.Varint(c.bytes)
		if n <= 0 {
			c.failed = true
			return
		}
		*p, c.bytes = int(x), c.bytes[n:]
	}
}

// flags carries truths.
func (c *codec) flags(all ...*bool) {
	for _, p := range all {
		x := 0
		if *p {
			x = 1
		}
		c.ints(&x)
		*p = x == 1
	}
}

// length carries the length of a list, which is at most limit.
func (c *codec) length(n, limit int) int {
	c.ints(&n)
	if n < 0 || n > limit {
		c.failed = true
	}
	if c.failed {
		return 0
	}
	return n
}

// small carries a number of a small type, below the limit.
func small[T ~uint8](c *codec, p *T, limit int) {
	x := int(*p)
	c.ints(&x)
	if x < 0 || x >= limit {
		c.failed = true
		return
	}
	*p = T(x)
}

func (c *codec) vec(v *Vec)    { c.ints(&v.X, &v.Y, &v.Z) }
func (c *codec) cell(at *Cell) { c.ints(&at.X, &at.Y, &at.Z) }

func (c *codec) body(b *Body) {
	c.vec(&b.Pos)
	c.vec(&b.Vel)
	c.ints(&b.Half, &b.Tall, &b.Peak)
	c.flags(&b.OnGround, &b.InLiquid, &b.Bumped)
}

func (c *codec) player(p *Player) {
	c.body(&p.Body)
	c.ints(&p.Yaw, &p.Pitch, &p.Health, &p.Food, &p.Drink, &p.Energy, &p.Breath)
	c.flags(&p.Sleeping, &p.Sneaking)
	c.cell(&p.Dig.Cell)
	c.ints(&p.Dig.Done, &p.Hurt, &p.Swing, &p.Ready)
	c.ints(&p.hunger, &p.thirst, &p.weariness, &p.recovery, &p.harm)
	for i := range p.Inventory.Counts {
		small(c, &p.Inventory.Counts[i], MaxCount+1)
	}
	for i := range p.Inventory.Hotbar {
		small(c, &p.Inventory.Hotbar[i], item.Count)
	}
	c.ints(&p.Inventory.Selected)
	if uint(p.Inventory.Selected) >= Slots || p.Yaw < 0 || p.Yaw >= fixed.Turn {
		c.failed = true
	}
}

func (c *codec) creature(k *Creature) {
	c.body(&k.Body)
	c.ints(&k.ID)
	small(c, &k.Kind, len(creatureTable))
	c.ints(&k.Yaw, &k.Health, &k.Hurt)
	small(c, &k.Mood, int(Patrol)+1)
	c.ints(&k.Timer, &k.Cool)
	c.vec(&k.From)
	c.vec(&k.To)
	c.flags(&k.Back)
}

func (c *codec) queue(q *queue) {
	n := c.length(q.len(), queueLength)
	if c.reading {
		q.cells, q.first = make([]Cell, n), 0
	}
	for i := range n {
		c.cell(&q.cells[q.first+i])
	}
}

// state visits all that changes in a world but its blocks and its source of chance.
func (c *codec) state(w *World) {
	achieved := int(w.Achieved)
	c.ints(&w.Tick, &w.Clock, &w.nextID, &achieved)
	w.Achieved = Achievements(achieved)
	c.player(&w.Player)
	n := c.length(len(w.Creatures), maxCreatures)
	if c.reading {
		w.Creatures = make([]Creature, n, maxCreatures)
	}
	for i := range n {
		c.creature(&w.Creatures[i])
	}
	c.queue(&w.soon)
	c.queue(&w.later)
	n = c.length(len(w.sprouts), maxSprouts)
	if c.reading {
		w.sprouts = make([]sprout, n)
	}
	for i := range n {
		c.cell(&w.sprouts[i].cell)
		c.ints(&w.sprouts[i].ripe)
	}
	if uint(w.Clock) >= DayTicks {
		c.failed = true
	}
}

// AppendState appends all that changes in the world: what was done to its blocks, and everything that moves. Its size is
// some 300 bytes and four for every block that was changed.
func (w *World) AppendState(dst []byte) ([]byte, error) {
	chance, err := w.source.MarshalBinary()
	if err != nil {
		return dst, fmt.Errorf("game: keeping the source of chance: %w", err)
	}
	c := codec{bytes: append(append(dst, uint8(len(chance))), chance...)}
	c.state(w)
	chunks := 0
	w.Grid.Edits(func(int, int, []grid.Edit) { chunks++ })
	c.ints(&chunks)
	w.Grid.Edits(func(x, z int, edits []grid.Edit) {
		n := len(edits)
		c.ints(&x, &z, &n)
		for _, e := range edits {
			c.bytes = append(binary.LittleEndian.AppendUint16(c.bytes, e.Index), byte(e.Was), byte(e.Is))
		}
	})
	return c.bytes, nil
}

var errState = errors.New("game: these bytes are not the state of a world")

// chunkEdits are the edits of one chunk.
type chunkEdits struct {
	x, z  int
	edits []grid.Edit
}

// ReadState decodes what AppendState wrote of a world with the same options, and returns the function that brings it back.
// Nothing changes before that is called, nor where there is an error.
func (w *World) ReadState(state []byte) (apply func(), err error) {
	if len(state) < 1 || len(state) < 1+int(state[0]) {
		return nil, errState
	}
	was := World{Grid: w.Grid}
	if was.source.UnmarshalBinary(state[1:1+state[0]]) != nil {
		return nil, errState
	}
	c := codec{bytes: state[1+state[0]:], reading: true}
	c.state(&was)
	edits := c.edits()
	if c.failed || len(c.bytes) > 0 {
		return nil, errState
	}
	return func() {
		// The options are those of the moment of applying, but for the time of day.
		clock := was.Clock
		was.Options, was.Events = w.Options, w.Events[:0]
		was.Clock = clock
		*w = was
		w.Grid.Undo()
		for _, e := range edits {
			w.Grid.Redo(e.x, e.z, e.edits)
		}
	}, nil
}

// edits reads the edits of all chunks.
func (c *codec) edits() []chunkEdits {
	const record = 4
	all := make([]chunkEdits, c.length(0, len(c.bytes)))
	for i := range all {
		e := &all[i]
		c.ints(&e.x, &e.z)
		n := c.length(0, grid.Volume)
		if c.failed || n*record > len(c.bytes) {
			c.failed = true
			return nil
		}
		e.edits = make([]grid.Edit, n)
		for j := range e.edits {
			b := c.bytes[j*record:]
			e.edits[j] = grid.Edit{Index: binary.LittleEndian.Uint16(b), Was: block.Kind(b[2]), Is: block.Kind(b[3])}
		}
		c.bytes = c.bytes[n*record:]
		c.check(e.edits)
	}
	return all
}

// check fails unless the edits are in order and of known kinds.
func (c *codec) check(edits []grid.Edit) {
	sorted := slices.IsSortedFunc(edits, func(a, b grid.Edit) int { return int(a.Index) - int(b.Index) })
	bad := slices.ContainsFunc(edits, func(e grid.Edit) bool {
		return int(e.Index) >= grid.Volume || int(e.Was) >= block.Count || int(e.Is) >= block.Count
	})
	c.failed = c.failed || !sorted || bad
}
