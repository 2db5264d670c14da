package datasets

import (
	"container/list"
	"sync"
)

// cache keeps decoded episodes, those used last, up to a number of bytes. It is safe for concurrent use, and two who ask
// for one episode at a time wait for one decoding.
type cache struct {
	data  *Dataset
	limit int64

	mutex sync.Mutex
	used  int64
	slots map[int]*slot
	order *list.List // of *slot, the last used in front
}

// slot is an episode in the cache, or on its way there.
type slot struct {
	number  int
	place   *list.Element
	bytes   int64
	once    sync.Once
	episode *Episode
	err     error
}

func newCache(data *Dataset, limit int64) *cache {
	return &cache{data: data, limit: limit, slots: map[int]*slot{}, order: list.New()}
}

// episode returns an episode without its states.
func (c *cache) episode(number int) (*Episode, error) {
	s := c.slot(number)
	s.once.Do(func() { s.episode, s.err = c.data.load(number, false) })
	return s.episode, s.err
}

// slot finds or makes the slot of an episode, puts it in front and drops what is too much. An episode counts before it
// is decoded, so that the bound holds at every moment; one that is in use lives on until its user is done.
func (c *cache) slot(number int) *slot {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if s, ok := c.slots[number]; ok {
		c.order.MoveToFront(s.place)
		return s
	}
	m := c.data.Meta(number)
	s := &slot{number: number, bytes: int64(m.frameBytes()) + 128*int64(m.Frames())}
	if s.bytes > c.limit {
		return s
	}
	s.place = c.order.PushFront(s)
	c.slots[number] = s
	c.used += s.bytes
	for c.used > c.limit {
		oldest := c.order.Remove(c.order.Back()).(*slot)
		delete(c.slots, oldest.number)
		c.used -= oldest.bytes
	}
	return s
}
