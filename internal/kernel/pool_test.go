package kernel

import (
	"bytes"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// withProcs sets GOMAXPROCS for the length of a test.
func withProcs(t *testing.T, n int) {
	was := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(was) })
}

// counter counts how often each piece runs, and by how many at once.
type counter struct {
	runs         []atomic.Int64
	inside, most atomic.Int64
	pause        time.Duration
	inner        Task
	innerPieces  int
}

func (c *counter) Run(i int, ws *Workspace) {
	n := c.inside.Add(1)
	for {
		most := c.most.Load()
		if n <= most || c.most.CompareAndSwap(most, n) {
			break
		}
	}
	mine := ws.Floats(0, 4)
	mine[0] = float32(i)
	time.Sleep(c.pause)
	if c.inner != nil {
		Parallel(c.innerPieces, c.inner)
	}
	if mine[0] == float32(i) { // nobody else used this workspace meanwhile
		c.runs[i].Add(1)
	}
	c.inside.Add(-1)
}

func (c *counter) check(t *testing.T, want int64) {
	t.Helper()
	for i := range c.runs {
		if got := c.runs[i].Load(); got != want {
			t.Fatalf("piece %d of %d ran %d times, want %d", i, len(c.runs), got, want)
		}
	}
}

func TestParallelRunsEachPieceOnce(t *testing.T) {
	for _, procs := range []int{1, 2, 3, 8, 2} {
		withProcs(t, procs)
		for _, n := range []int{0, 1, 2, 3, 17, 1000} {
			for range 20 {
				c := &counter{runs: make([]atomic.Int64, n)}
				Parallel(n, c)
				c.check(t, 1)
				if most := c.most.Load(); most > int64(procs) {
					t.Fatalf("%d pieces at once with GOMAXPROCS=%d", most, procs)
				}
			}
		}
	}
}

// meeting is a task whose pieces wait for one another, so that they end only
// if all of them run at once.
type meeting struct {
	arrived sync.WaitGroup
	failed  atomic.Bool
}

func (m *meeting) Run(i int, ws *Workspace) {
	m.arrived.Done()
	all := make(chan struct{})
	go func() {
		m.arrived.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-time.After(20 * time.Second):
		m.failed.Store(true)
	}
}

// meet fails unless n pieces can run at once.
func meet(t *testing.T, n int) {
	t.Helper()
	m := new(meeting)
	m.arrived.Add(n)
	Parallel(n, m)
	if m.failed.Load() {
		t.Fatalf("%d pieces do not run at once", n)
	}
}

func TestParallelIsParallel(t *testing.T) {
	withProcs(t, 4)
	for range 10 {
		meet(t, 4)
	}
	runtime.GOMAXPROCS(7)
	meet(t, 7)
}

func TestParallelNested(t *testing.T) {
	withProcs(t, 4)
	inner := &counter{runs: make([]atomic.Int64, 9)}
	outer := &counter{runs: make([]atomic.Int64, 50), inner: inner, innerPieces: 9}
	Parallel(50, outer)
	outer.check(t, 1)
	inner.check(t, 50)
}

func TestParallelFromSeveralGoroutines(t *testing.T) {
	withProcs(t, 4)
	c := &counter{runs: make([]atomic.Int64, 30)}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				Parallel(30, c)
			}
		})
	}
	group.Wait()
	c.check(t, 800)
}

// stumble panics in the goroutine that called Parallel.
type stumble struct{}

func (stumble) Run(i int, ws *Workspace) {
	stack := make([]byte, 4096)
	if !bytes.Contains(stack[:runtime.Stack(stack, false)], []byte("serve(")) {
		panic("stumbled")
	}
}

func TestParallelSurvivesAPanicOfTheCaller(t *testing.T) {
	for _, procs := range []int{1, 2} {
		withProcs(t, procs)
		func() {
			defer func() {
				if got := recover(); got != "stumbled" {
					t.Fatalf("the caller got %v, not the panic", got)
				}
			}()
			for {
				Parallel(3, stumble{}) // until the caller is quick enough to take a piece
			}
		}()
		withProcs(t, 3)
		meet(t, 3)
	}
}

// allocations returns how many times call allocates, on all goroutines, at most
// on average. It takes the least of several tries because the runtime allocates
// now and then on its own account.
func allocations(call func()) int {
	least := 1 << 30
	for range 5 {
		var before, after runtime.MemStats
		for range 50 { // every worker warm
			call()
		}
		runtime.ReadMemStats(&before)
		for range 100 {
			call()
		}
		runtime.ReadMemStats(&after)
		least = min(least, int(after.Mallocs-before.Mallocs)/100)
	}
	return least
}

func TestParallelAllocatesNothing(t *testing.T) {
	withProcs(t, 2)
	c := &counter{runs: make([]atomic.Int64, 64)}
	if n := allocations(func() { Parallel(len(c.runs), c) }); n != 0 {
		t.Fatalf("Parallel allocates %v times", n)
	}
}

func TestWorkspaceSlots(t *testing.T) {
	var ws Workspace
	a, b := ws.Floats(2, 10), ws.Floats(0, 100)
	a[9], b[99] = 1, 2
	if again := ws.Floats(2, 10); again[9] != 1 {
		t.Fatal("a slot does not keep its memory")
	}
	if n := testing.AllocsPerRun(10, func() { ws.Floats(2, 10); ws.Floats(0, 60) }); n != 0 {
		t.Fatalf("a warm workspace allocates %v times", n)
	}
	defer func() {
		if recover() == nil {
			t.Fatal("a negative slot does not panic")
		}
	}()
	ws.Floats(-1, 3)
}

// nothing is the cheapest task, which shows what the pool itself costs.
type nothing struct{}

func (*nothing) Run(i int, ws *Workspace) {}

func BenchmarkParallel(b *testing.B) {
	for b.Loop() {
		Parallel(8, &nothing{})
	}
}
