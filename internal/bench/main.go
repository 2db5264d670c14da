// Command bench measures this project beside its peers, OpenBLAS, the PyTorch twin and Crafter, and prints a table of ratios:
//
//	go run ./internal/bench --python python3 --crafter python3
//
// A peer is a process of its own (python -m somnium_torch.bench, python/bench/crafter_peer.py), warm like this one. Every line is the median of
// alternated pairs: ours, theirs, ours, theirs, so that whatever else the machine does falls on both alike.
package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"

	"somnium/internal/kernel"
)

// unit repeats a piece of work count times and returns how long that took.
type unit func(count int) (time.Duration, error)

// contest is what is measured of a pair of units.
type contest struct {
	name         string
	ours, theirs unit
	// perUnit is how much a unit does, in what the label counts.
	perUnit float64
	label   string
	// spell is how long one side works at a time, at the least. Default: 40 ms.
	spell time.Duration
}

const (
	pairs = 20
	// pause is how long the peer's idle threads have to fall asleep before our turn.
	pause = 5 * time.Millisecond
	// warming is the share of a turn that comes before the clock runs: threads wake up, and caches fill.
	warming = 4
)

func main() {
	python := flag.String("python", "python3", "the interpreter of the peer, which finds the package somnium_torch")
	crafter := flag.String("crafter", "", "the interpreter that has Crafter; default: the voxel world is not measured")
	preset := flag.String("model", "small", "the embedded model that is measured, by its preset")
	only := flag.String("only", "", "gemm1 or gemm2 (products at one thread or two), train, dream or voxel; default all")
	rows := flag.Int("rows", math.MaxInt, "measure products of at most so many rows")
	flag.Parse()
	if err := run(*preset, *python, *crafter, *only, *rows); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(preset, python, crafter, only string, rows int) error {
	fmt.Printf("%s, kernels %s, %d processors, %s; medians of %d alternated pairs\n", preset, kernel.Level(), runtime.NumCPU(), runtime.Version(), pairs)
	torch, game := []string{"-m", "somnium_torch.bench"}, []string{"python/bench/crafter_peer.py"}
	for _, part := range []struct {
		name, python string
		args         []string
		run          func(p *peer) error
	}{
		{"gemm1", python, torch, func(p *peer) error { return gemms(p, preset, 1, rows) }},
		{"gemm2", python, torch, func(p *peer) error { return gemms(p, preset, 2, rows) }},
		{"train", python, torch, func(p *peer) error { return training(p, preset) }},
		{"dream", python, torch, func(p *peer) error { return dreams(p, preset) }},
		{"voxel", crafter, game, voxels},
	} {
		if part.python == "" || only != "" && only != part.name {
			continue
		}
		if err := beside(part.python, part.args, part.run); err != nil {
			return fmt.Errorf("bench: %s: %w", part.name, err)
		}
	}
	return nil
}

// beside runs a part beside its peer.
func beside(python string, args []string, part func(p *peer) error) error {
	p, err := startPeer(python, args...)
	if err != nil {
		return err
	}
	defer p.close()
	return part(p)
}

// hold runs the pairs and prints the line of the contest. It returns the median ratio of speeds, ours over theirs.
func (c contest) hold() (float64, error) {
	spell := c.spell
	if spell == 0 {
		spell = 40 * time.Millisecond
	}
	ourCount, err := calibrate(c.ours, spell)
	if err != nil {
		return 0, err
	}
	theirCount, err := calibrate(c.theirs, spell)
	if err != nil {
		return 0, err
	}
	var ours, theirs, ratios []float64
	for range pairs {
		us, err := turn(c.ours, ourCount)
		if err != nil {
			return 0, err
		}
		them, err := turn(c.theirs, theirCount)
		if err != nil {
			return 0, err
		}
		time.Sleep(pause)
		a := us.Seconds() / float64(ourCount)
		b := them.Seconds() / float64(theirCount)
		ours, theirs, ratios = append(ours, c.perUnit/a), append(theirs, c.perUnit/b), append(ratios, b/a)
	}
	ratio := median(ratios)
	fmt.Printf("%-34s %9.4g %9.4g %-9s %6.2f\n", c.name, median(ours), median(theirs), c.label, ratio)
	return ratio, nil
}

// turn works warm: what count units take once a share of as many has run.
func turn(u unit, count int) (time.Duration, error) {
	if _, err := u(max(1, count/warming)); err != nil {
		return 0, err
	}
	return u(count)
}

// calibrate returns how many units fill a spell.
func calibrate(u unit, spell time.Duration) (int, error) {
	for count := 1; ; count *= 4 {
		took, err := u(count)
		if err != nil || took >= spell/4 {
			return max(1, int(float64(count)*spell.Seconds()/max(took.Seconds(), 1e-9))), err
		}
	}
}

func median(x []float64) float64 {
	x = slices.Clone(x)
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

func heading(title string) {
	fmt.Printf("\n%-34s %9s %9s %-9s %6s\n", title, "ours", "theirs", "", "ratio")
}
