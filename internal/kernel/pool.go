package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Task is work that is cut into pieces numbered from 0. Run does piece i. It
// is called from several goroutines at once, so pieces must not write to the
// same memory; ws belongs to the calling goroutine until Run returns.
//
// A pointer type costs no allocation when it is passed to Parallel.
type Task interface {
	Run(i int, ws *Workspace)
}

// Parallel runs task.Run(0) to task.Run(n-1), each exactly once and in no
// particular order, on up to GOMAXPROCS goroutines, and returns when all of
// them are done. The calling goroutine works too.
//
// The pieces run one after the other in the calling goroutine when n is 1, when
// GOMAXPROCS is 1, and when the pool is at work already: so a call from inside
// a Run, or from a second goroutine, neither blocks nor deadlocks.
//
// A panic of a piece ends the program unless it happens in the calling
// goroutine, which can recover from it.
func Parallel(n int, task Task) {
	if n <= 0 {
		return
	}
	procs := 1
	if n > 1 {
		procs = min(n, runtime.GOMAXPROCS(0))
	}
	if procs == 1 || !workers.busy.CompareAndSwap(false, true) {
		runSerial(n, task)
		return
	}
	workers.run(n, task, procs-1)
}

// runSerial does every piece in the calling goroutine.
func runSerial(n int, task Task) {
	ws := getWorkspace()
	defer putWorkspace(ws)
	for i := range n {
		task.Run(i, ws)
	}
}

// workers is the one pool of the process. It carries no meaning: results do not
// depend on who computes what.
var workers = pool{wake: make(chan struct{}, 1024), last: make(chan struct{}, 1)}

// patience is how long a goroutine that waits for another one polls before it
// sleeps: about as long as it takes to be woken. Products follow one another
// closely, and on a virtual machine a wake-up takes 0.1 ms.
const patience = 100 * time.Microsecond

// pool runs one job at a time. Its goroutines are started when first needed,
// wait a moment for the next job after each, then sleep on wake, and are never
// stopped.
type pool struct {
	busy atomic.Bool   // held by the goroutine whose job runs
	next atomic.Int64  // the next piece of the job to be taken
	wake chan struct{} // a token asks one sleeping worker to join the job
	last chan struct{} // told by the last worker to leave a job whose caller sleeps

	mutex   sync.Mutex   // guards what follows; the atomic ones are read without it too
	open    atomic.Bool  // the job accepts workers
	inside  atomic.Int64 // workers that have joined the job and not left it
	asleep  bool         // the caller waits on last
	seats   int          // workers that the job has room for
	waiting int          // workers that poll for the next job
	started int          // goroutines started
	pieces  int
	task    Task
}

// run does the job with the help of up to helpers workers. The caller holds busy.
func (p *pool) run(n int, task Task, helpers int) {
	p.begin(n, task, helpers)
	defer p.end()
	ws := getWorkspace()
	defer putWorkspace(ws)
	p.work(n, task, ws)
}

// begin publishes the job and wakes the workers that it still needs.
func (p *pool) begin(n int, task Task, helpers int) {
	p.mutex.Lock()
	for ; p.started < helpers; p.started++ {
		go p.serve()
	}
	p.task, p.pieces, p.seats = task, n, helpers
	p.next.Store(0)
	p.open.Store(true)
	sleeping := helpers - p.waiting
	p.mutex.Unlock()
	for range sleeping {
		select {
		case p.wake <- struct{}{}:
		default: // enough tokens are there already
		}
	}
}

// end closes the job to workers that come late, waits for those inside, and
// gives the pool free.
func (p *pool) end() {
	p.mutex.Lock()
	p.next.Store(int64(p.pieces)) // after a panic nobody takes another piece
	p.open.Store(false)
	p.mutex.Unlock()
	if !poll(p.empty) {
		p.sleepUntilEmpty()
	}
	p.task = nil
	p.busy.Store(false)
}

func (p *pool) empty() bool { return p.inside.Load() == 0 }

func (p *pool) sleepUntilEmpty() {
	p.mutex.Lock()
	p.asleep = !p.empty()
	asleep := p.asleep
	p.mutex.Unlock()
	if asleep {
		<-p.last
	}
}

// serve is the life of a worker.
func (p *pool) serve() {
	ws := new(Workspace)
	waited := false
	for {
		n, task, ok := p.join(waited)
		waited = ok
		if !ok {
			<-p.wake
			continue
		}
		p.work(n, task, ws)
		p.leave()
		poll(p.open.Load)
	}
}

// join enters the job if there is one with a free seat. A worker that has
// waited since its last job no longer does.
func (p *pool) join(waited bool) (n int, task Task, ok bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if waited {
		p.waiting--
	}
	if !p.open.Load() || p.inside.Load() >= int64(p.seats) {
		return 0, nil, false
	}
	p.inside.Add(1)
	return p.pieces, p.task, true
}

// leave counts the worker out of the job and among those who wait for the next.
func (p *pool) leave() {
	p.mutex.Lock()
	p.waiting++
	tell := p.inside.Add(-1) == 0 && p.asleep
	if tell {
		p.asleep = false
	}
	p.mutex.Unlock()
	if tell {
		p.last <- struct{}{}
		runtime.Gosched() // the caller runs here now
	}
}

// work takes pieces until none is left.
func (p *pool) work(n int, task Task, ws *Workspace) {
	for {
		i := int(p.next.Add(1)) - 1
		if i >= n {
			return
		}
		task.Run(i, ws)
	}
}

// poll tells whether done became true before patience ended. Other goroutines
// may run meanwhile.
func poll(done func() bool) bool {
	for start := time.Now(); time.Since(start) < patience; {
		for range 100 {
			if done() {
				return true
			}
		}
		runtime.Gosched()
	}
	return done()
}
