// Command bench measures this project beside its peers, OpenBLAS and the PyTorch twin, and prints a table of ratios:
//
//	go run ./internal/bench --python python3
//
// The peer is a process of its own (python -m somnium_torch.bench), warm like this one. Every line is the median of
// alternated pairs: ours, theirs, ours, theirs, so that whatever else the machine does falls on both alike.
package main

import (
	"flag"
	"fmt"
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
	// cost is what a call costs the peer before it works; it is taken off.
	cost time.Duration
	// perUnit is how much a unit does, in what the label counts.
	perUnit float64
	label   string
}

const (
	pairs = 20
	// spell is how long one side works at a time, at the least.
	spell = 4 * time.Millisecond
	// pause is how long the peer's idle threads have to fall asleep before our turn.
	pause = 2 * time.Millisecond
)

func main() {
	python := flag.String("python", "python3", "the interpreter of the peer, which finds the package somnium_torch")
	only := flag.String("only", "", "gemm, train or dream; default all")
	flag.Parse()
	if err := run(*python, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(python, only string) error {
	p, err := startPeer(python)
	if err != nil {
		return err
	}
	defer p.close()
	fmt.Printf("kernels %s, %d processors, %s; medians of %d alternated pairs\n", kernel.Level(), runtime.NumCPU(), runtime.Version(), pairs)
	for _, part := range []struct {
		name string
		run  func(p *peer) error
	}{{"gemm", gemms}, {"train", training}, {"dream", dreams}} {
		if only == "" || only == part.name {
			if err := part.run(p); err != nil {
				return fmt.Errorf("bench: %s: %w", part.name, err)
			}
		}
	}
	return nil
}

// hold runs the pairs and prints the line of the contest. It returns the median ratio of speeds, ours over theirs.
func (c contest) hold() (float64, error) {
	ourCount, err := calibrate(c.ours)
	if err != nil {
		return 0, err
	}
	theirCount, err := calibrate(c.theirs)
	if err != nil {
		return 0, err
	}
	var ours, theirs, ratios []float64
	for range pairs {
		us, err := c.ours(ourCount)
		if err != nil {
			return 0, err
		}
		them, err := c.theirs(theirCount)
		if err != nil {
			return 0, err
		}
		time.Sleep(pause)
		a := us.Seconds() / float64(ourCount)
		b := them.Seconds()/float64(theirCount) - c.cost.Seconds()
		ours, theirs, ratios = append(ours, c.perUnit/a), append(theirs, c.perUnit/b), append(ratios, b/a)
	}
	ratio := median(ratios)
	fmt.Printf("%-34s %9.4g %9.4g %-9s %6.2f\n", c.name, median(ours), median(theirs), c.label, ratio)
	return ratio, nil
}

// calibrate returns how many units fill a spell.
func calibrate(u unit) (int, error) {
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
