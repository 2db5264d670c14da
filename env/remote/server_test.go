package remote

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"somnium/env"
	"somnium/env/envtest"
)

// same compares what N environments returned here and there; final observations count where an episode ended.
func sameBatch(got, want *env.Batch, final bool) error {
	if !slices.Equal(got.Reward, want.Reward) || !slices.Equal(got.Terminated, want.Terminated) || !slices.Equal(got.Truncated, want.Truncated) {
		return fmt.Errorf("rewards or ends are %v %v %v, want %v %v %v", got.Reward, got.Terminated, got.Truncated, want.Reward, want.Terminated, want.Truncated)
	}
	for i := range want.Obs {
		if !bytes.Equal(got.Obs[i].U8, want.Obs[i].U8) {
			return fmt.Errorf("the observation of environment %d differs", i)
		}
		if final && want.Done(i) && !bytes.Equal(got.FinalObs[i].U8, want.FinalObs[i].U8) {
			return fmt.Errorf("the last observation of environment %d differs", i)
		}
	}
	return nil
}

// A vector on a server, through a Unix socket, TCP or shared memory, is to the bit what one in this process is, in every mode.
func TestVectorsAreWhatTheyAreHere(t *testing.T) {
	for _, address := range []string{socket(t), "127.0.0.1:0"} {
		at, _ := start(t, &Server{}, address)
		for name, mode := range modes {
			for _, shared := range []bool{false, true} {
				checkVector(t, greeted(t, at, ""), name, mode, shared)
			}
		}
	}
}

func checkVector(t *testing.T, c *client, name string, mode env.Autoreset, shared bool) {
	t.Helper()
	const n = 5
	there, err := c.makeVec("Counter-v0", name, n, shared)
	if err != nil {
		t.Fatal(err)
	}
	open, _ := counting("Counter-v0")
	here, err := env.VecOptions{Autoreset: mode}.New(n, func(int) (env.Env, error) { return open() })
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	want := env.NewBatch(env.Frame(16, 24), n)
	check := func(got *env.Batch, err, here error) {
		t.Helper()
		if err == nil && here == nil {
			err = sameBatch(got, want, mode == env.SameStep)
		}
		if err != nil || here != nil {
			t.Fatalf("%s, shared %v: %v, %v", name, shared, err, here)
		}
	}
	got, err := there.reset("seeds", seedBytes(7, 8, 9, 10, 11), "params", map[string]float64{"scale": 1.5})
	check(got, err, here.Reset(env.VecResetOptions{Seeds: []uint64{7, 8, 9, 10, 11}, Params: map[string]float64{"scale": 1.5}}, want))
	rng := rand.New(rand.NewPCG(1, 0))
	ends := 0
	for range 120 {
		actions, values := make([]int, n), make([]env.Value, n)
		for i := range actions {
			actions[i] = rng.IntN(3)
			values[i] = env.Int(actions[i])
		}
		got, err := there.step(actions)
		check(got, err, here.Step(values, want))
		mask, bits := make([]bool, n), make([]byte, n)
		for i := range mask {
			if mask[i] = want.Done(i); mask[i] {
				bits[i] = 1
				ends++
			}
		}
		if mode == env.Disabled && slices.Contains(mask, true) {
			got, err := there.reset("mask", bits)
			check(got, err, here.Reset(env.VecResetOptions{Mask: mask}, want))
		}
	}
	if ends < 3 {
		t.Errorf("%d episodes ended, too few to see anything", ends)
	}
	there.must(t, "close", there.fields())
}

// What a single environment says reaches the client in its own words, and changes nothing.
func TestErrorsKeepTheirWords(t *testing.T) {
	at, _ := start(t, &Server{}, socket(t))
	c := greeted(t, at, "")
	one, err := c.makeVec("Counter-v0", "single", 1, true)
	if err != nil {
		t.Fatal(err)
	}
	actions := func(a int) fields { return one.fields("actions", actionBytes([]int{a})) }
	c.refused(t, "step", actions(0), kindEnvironment, env.ErrNotReset.Error())
	c.refused(t, "reset", one.fields("params", fields{"scale": 9.0}), kindEnvironment, "outside 0.5..2")
	if _, err := one.reset("seeds", seedBytes(1)); err != nil {
		t.Fatal(err)
	}
	c.refused(t, "step", actions(3), kindEnvironment, "choice 3 is outside Discrete(3)")
	c.refused(t, "step", one.fields("actions", []byte{1}), kindRequest, "1 bytes of actions; this environment's are 64")
	c.refused(t, "reset", one.fields("seeds", []byte{1}), kindRequest, "1 environments take 8 each")
	c.refused(t, "reset", one.fields("mask", []byte{1, 1}), kindRequest, "a mask of 2 bytes")
	c.refused(t, "restore", one.fields("snapshot", []byte("no")), kindEnvironment, "snapshot")
	c.refused(t, "state", one.fields("index", 1), kindRequest, "environment 1 of 1")
	c.refused(t, "dance", one.fields(), kindRequest, `no operation "dance"`)
	c.refused(t, "step", fields{"handle": 99}, kindRequest, "no environment 99")
	c.refused(t, "make", fields{"name": "Nowhere-v0", "mode": "single", "num": 1}, kindEnvironment, `no environment "Nowhere-v0"`)
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "twice", "num": 1}, kindRequest, `mode "twice"`)
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "single", "num": 2}, kindRequest, "num is 2")
	c.refused(t, "make", fields{"name": "Counter-v0", "mode": "same_step", "num": 1, "slots": 65}, kindRequest, "slots is 65")
	for range 40 {
		if got, err := one.step([]int{0}); err != nil || got.Done(0) {
			break
		}
	}
	c.refused(t, "step", actions(0), kindEnvironment, env.ErrEpisodeOver.Error())
	c.must(t, "close", one.fields())
	c.refused(t, "step", actions(0), kindRequest, "or it was closed")
}

func TestCapabilities(t *testing.T) {
	at, _ := start(t, &Server{Environments: []env.Spec{{ID: "Counter-v0", Doc: "It counts."}}}, socket(t))
	c, err := dial(at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	hello := c.must(t, "hello", fields{"protocol": Protocol})
	if list := hello["environments"].([]any); len(list) != 1 || list[0].(map[string]any)["id"] != "Counter-v0" {
		t.Errorf("the greeting lists %v", list)
	}
	spec := c.must(t, "spec", fields{"name": "Counter-v0"})["spec"].(map[string]any)
	if action := spec["action"].(map[string]any); action["kind"] != "discrete" || toInt(action["n"]) != 3 || toInt(spec["max_episode_steps"]) != 40 {
		t.Errorf("the spec is %v", spec)
	}
	for _, mode := range []string{"single", "next_step"} {
		num := map[string]int{"single": 1, "next_step": 3}[mode]
		vec, err := c.makeVec("Counter-v0", mode, num, false)
		if err != nil {
			t.Fatal(err)
		}
		last := num - 1
		if _, err := vec.reset("seeds", seedBytes(make([]uint64, num)...)); err != nil {
			t.Fatal(err)
		}
		snapshot := c.must(t, "snapshot", vec.fields("index", last))["snapshot"]
		steps := func() (all [][]byte) {
			for range 30 { // over the end of an episode, where a vector goes on
				got, err := vec.step(make([]int, num))
				if err != nil {
					break
				}
				all = append(all, got.Obs[last].U8)
			}
			return all
		}
		want := steps()
		reply := c.must(t, "restore", vec.fields("index", last, "snapshot", snapshot))
		if got := steps(); len(got) != len(want) || !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%s: %d steps after the restored snapshot differ from the %d after the original", mode, len(got), len(want))
		}
		if len(reply["block"].([]byte)) == 0 {
			t.Error("restore returned no observations")
		}
		state := c.must(t, "state", vec.fields("index", last))["state"].(map[string]any)
		if toInt(state["step"]) < 1 {
			t.Errorf("the state is %v", state)
		}
		picture := c.must(t, "render", vec.fields("index", last))
		if toInt(picture["height"]) != 16 || toInt(picture["width"]) != 24 || len(picture["block"].([]byte)) != 16*24*3 {
			t.Errorf("the picture is %v x %v", picture["height"], picture["width"])
		}
		if words := c.must(t, "captions", vec.fields("index", last)); words["short"] == "" {
			t.Errorf("the captions are %v", words)
		}
	}
}

// Requests that come together are answered in their order, however few of the answers have been read.
func TestPipelining(t *testing.T) {
	at, _ := start(t, &Server{}, "127.0.0.1:0")
	c := greeted(t, at, "")
	vec, err := c.makeVec("Counter-v0", "next_step", 2, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vec.reset("seeds", seedBytes(3, 4)); err != nil {
		t.Fatal(err)
	}
	begin := c.number
	for range 200 {
		if err := c.send("step", vec.fields("actions", actionBytes([]int{1, 2}))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint64(200) {
		reply, err := c.receive()
		if err != nil || uint64(toInt(reply["id"])) != begin+i+1 {
			t.Fatalf("reply %d is %v: %v", begin+i+1, reply["id"], err)
		}
	}
}

// A client that reads nothing, one that says nothing and one whose environment takes long leave the others alone.
func TestSlowClientsStallNobody(t *testing.T) {
	t.Parallel()
	at, _ := start(t, &Server{Limits: Limits{Patience: 2 * time.Second}}, socket(t))
	if _, err := dial(at); err != nil { // silent
		t.Fatal(err)
	}
	deaf := greeted(t, at, "")
	vec, err := deaf.makeVec("Counter-v0", "next_step", 500, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vec.reset(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for vec.send("step", vec.fields("actions", actionBytes(make([]int, 500)))) == nil {
		}
	}()
	if err := greeted(t, at, "").send("make", fields{"name": "Slow-v0", "mode": "single", "num": 1}); err != nil {
		t.Fatal(err)
	}
	quick := greeted(t, at, "")
	one, err := quick.makeVec("Counter-v0", "next_step", 1, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.reset(); err != nil {
		t.Fatal(err)
	}
	longest := time.Duration(0)
	for begin := time.Now(); time.Since(begin) < time.Second; {
		before := time.Now()
		if _, err := one.step([]int{0}); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(before))
	}
	if longest > time.Second {
		t.Errorf("a step took %v beside slow clients", longest)
	}
}

func TestLoneAsksForNoMask(t *testing.T) {
	c := lone{envtest.NewCounter(16, 16)}
	batch := env.NewBatch(c.Spec().Observation, 1)
	if err := c.Reset(env.VecResetOptions{Mask: []bool{false}}, batch); err != nil {
		t.Fatal(err)
	}
	if err := c.Step([]env.Value{env.Int(0)}, batch); err != env.ErrNotReset {
		t.Errorf("a mask that selects nothing began an episode: %v", err)
	}
}
