package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
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
var workers pool

// pool runs one job at a time. Its goroutines are started when first needed,
// sleep on wake when there is nothing to do, and are never stopped.
type pool struct {
	busy atomic.Bool  // held by the goroutine whose job runs
	next atomic.Int64 // the next piece of the job to be taken

	mutex   sync.Mutex
	wake    chan struct{} // a token asks one sleeping worker to join the job
	last    chan struct{} // told by the last worker to leave a closed job
	started int           // goroutines started
	open    bool          // the job accepts workers
	inside  int           // workers that have joined the job and not left it
	n       int
	task    Task
}

// run does the job with the help of up to helpers workers. The caller holds busy.
func (p *pool) run(n int, task Task, helpers int) {
	p.begin(n, task, helpers)
	defer p.end()
	ws := getWorkspace()
	defer putWorkspace(ws)
	p.work(task, n, ws)
}

// begin publishes the job and wakes helpers workers.
func (p *pool) begin(n int, task Task, helpers int) {
	p.mutex.Lock()
	if p.wake == nil {
		p.wake = make(chan struct{}, 1024)
		p.last = make(chan struct{}, 1)
	}
	for ; p.started < helpers; p.started++ {
		go p.serve()
	}
	p.task, p.n, p.open = task, n, true
	p.next.Store(0)
	p.mutex.Unlock()
	for range helpers {
		select {
		case p.wake <- struct{}{}:
		default: // enough tokens are waiting already
		}
	}
}

// end closes the job to workers that wake late, waits for those inside, and
// gives the pool free.
func (p *pool) end() {
	p.next.Store(int64(p.n)) // after a panic: nobody takes another piece
	p.mutex.Lock()
	p.open = false
	wait := p.inside > 0
	p.mutex.Unlock()
	if wait {
		<-p.last
	}
	p.task = nil
	p.busy.Store(false)
}

// serve is the life of a worker.
func (p *pool) serve() {
	ws := new(Workspace)
	for range p.wake {
		p.mutex.Lock()
		if !p.open {
			p.mutex.Unlock()
			continue
		}
		p.inside++
		n, task := p.n, p.task
		p.mutex.Unlock()

		p.work(task, n, ws)

		p.mutex.Lock()
		p.inside--
		if p.inside == 0 && !p.open {
			p.last <- struct{}{}
		}
		p.mutex.Unlock()
	}
}

// work takes pieces until none is left.
func (p *pool) work(task Task, n int, ws *Workspace) {
	for {
		i := int(p.next.Add(1)) - 1
		if i >= n {
			return
		}
		task.Run(i, ws)
	}
}
