package remote

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"somnium/env"
)

// childVariable, set to an address and a seed, makes the test binary a client that goes on until it is killed.
const childVariable = "SOMNIUM_TEST_IS_CLIENT"

func TestMain(m *testing.M) {
	var at string
	var seed uint64
	if n, _ := fmt.Sscan(os.Getenv(childVariable), &at, &seed); n == 2 {
		fmt.Fprintln(os.Stderr, live(at, rand.New(rand.NewPCG(seed, 0))))
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// live is a client's life, until it is killed or the server refuses it.
func live(at string, rng *rand.Rand) error {
	for {
		c, err := dial(at)
		if err != nil {
			return err
		}
		if _, err := c.call("hello", fields{"protocol": Protocol}); err != nil {
			return err
		}
		num := 1 + rng.IntN(8)
		vec, err := c.makeVec("Counter-v0", "same_step", num, rng.IntN(3) > 0)
		if err != nil {
			return err
		}
		if _, err := vec.reset(); err != nil {
			return err
		}
		if rng.IntN(4) == 0 { // one that does not read, until the server has had enough of it
			for vec.send("step", vec.fields("actions", actionBytes(make([]int, num)))) == nil {
			}
			c.conn.Close()
			continue
		}
		for range rng.IntN(2000) {
			if _, err := vec.step(make([]int, num)); err != nil {
				return err
			}
		}
		if rng.IntN(2) == 0 {
			c.conn.Close()
		}
	}
}

// held is what the process holds.
type held struct {
	goroutines, files, segments int
	heap                        int64
}

func holding(t *testing.T) held {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(sharedFolder, segmentPrefix+strconv.Itoa(os.Getpid())+"-*"))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return held{runtime.NumGoroutine(), len(files), len(segments), int64(memory.HeapAlloc)}
}

// killClients keeps so many clients at work and kills them at random, while one that nobody kills checks that its steps are
// what they are without a server. In the end the server holds what it held before.
func killClients(t *testing.T, clients int, length time.Duration) {
	server := &Server{Limits: Limits{Patience: 2 * time.Second}}
	at, _ := start(t, server, socket(t))
	greeted(t, at, "").conn.Close()
	waitFor(t, "an empty server", func() bool { return server.Usage() == Usage{} })
	before := holding(t)

	kills := make(chan int)
	end := time.Now().Add(length)
	for i := range clients {
		go func() { kills <- killOver(t, at, end, uint64(i)) }()
	}
	steps := stepAside(t, at, end)
	killed := 0
	for range clients {
		killed += <-kills
	}
	waitFor(t, "an empty server", func() bool { return server.Usage() == Usage{} })
	// Connections of the dead may still wait to be accepted, and are then there for a moment each.
	after := holding(t)
	waitFor(t, "goroutines, files and segments to be freed", func() bool {
		after = holding(t)
		return after.goroutines <= before.goroutines && after.files <= before.files && after.segments == 0
	})
	t.Logf("%d clients killed, %d steps beside them; before %+v, after %+v", killed, steps, before, after)
	if after.heap > before.heap+8<<20 {
		t.Errorf("before the clients were %+v, after them %+v", before, after)
	}
	if killed < clients || steps < 20 {
		t.Errorf("%d clients were killed and %d steps taken, too few to see anything", killed, steps)
	}
}

// killOver starts one client after the other and kills each, until the end; it returns how many.
func killOver(t *testing.T, at string, end time.Time, seed uint64) (killed int) {
	program, err := os.Executable()
	if err != nil {
		t.Error(err)
		return 0
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	for time.Now().Before(end) {
		c := exec.Command(program)
		c.Env = append(os.Environ(), childVariable+"="+fmt.Sprint(at, " ", rng.Uint64()))
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Error(err)
			return killed
		}
		time.Sleep(50*time.Millisecond + time.Duration(rng.ExpFloat64()*float64(600*time.Millisecond)))
		c.Process.Kill()
		c.Wait()
		if c.ProcessState.Exited() {
			t.Errorf("a client that nobody killed ended: %s", said.String())
			return killed
		}
		killed++
	}
	return killed
}

// stepAside steps a vector on the server and one here, until the end; it returns how often.
func stepAside(t *testing.T, at string, end time.Time) (steps int) {
	t.Helper()
	const n = 3
	c := greeted(t, at, "")
	defer c.conn.Close()
	there, err := c.makeVec("Counter-v0", "same_step", n, true)
	if err != nil {
		t.Fatal(err)
	}
	open, _ := counting("Counter-v0")
	here, err := env.VecOptions{Autoreset: env.SameStep, Workers: 1}.New(n, func(int) (env.Env, error) { return open() })
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	want := env.NewBatch(env.Frame(16, 24), n)
	got, err := there.reset("seeds", seedBytes(1, 2, 3))
	if err := here.Reset(env.VecResetOptions{Seeds: []uint64{1, 2, 3}}, want); err != nil {
		t.Fatal(err)
	}
	actions := []env.Value{env.Int(0), env.Int(1), env.Int(2)}
	for ; time.Now().Before(end); steps++ {
		if err == nil {
			err = sameBatch(got, want, true)
		}
		if err != nil {
			t.Errorf("step %d: %v", steps, err)
			return steps
		}
		got, err = there.step([]int{0, 1, 2})
		if err := here.Step(actions, want); err != nil {
			t.Fatal(err)
		}
	}
	return steps
}

func TestTwentyClientsKilledAtRandom(t *testing.T) { killClients(t, 20, 20*time.Second) }
