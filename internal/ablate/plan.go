package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"somnium/world/train"
)

// plan is how many updates each arm gets.
type plan struct {
	// Cost is the processor time of an update in seconds, by arm; Updates is how many make the budget.
	Cost    map[string]float64
	Updates map[string]int
}

// makePlan measures what an update of each arm takes. The arms take turns, a short run each, in which every kind of update has
// the share that it has in a long one; of every update the median over the rounds counts.
func (h *harness) makePlan(ctx context.Context) error {
	e := h.experiment
	times := map[string][][]float64{} // by arm, update and round
	for range e.Rounds {
		for _, a := range e.Arms {
			one, err := h.rehearse(ctx, a)
			if err != nil {
				return fmt.Errorf("ablate: rehearsing the arm %s: %w", a.Name, err)
			}
			if times[a.Name] == nil {
				times[a.Name] = make([][]float64, len(one))
			}
			for i, t := range one {
				times[a.Name][i] = append(times[a.Name][i], t)
			}
		}
	}
	p := plan{Cost: map[string]float64{}, Updates: map[string]int{}}
	for name, updates := range times {
		p.Cost[name] = cost(updates)
		p.Updates[name] = max(e.Points, int(e.Seconds/p.Cost[name]))
	}
	return write(h.path("plan.json"), p)
}

// cost is the mean over updates of the median over rounds.
func cost(updates [][]float64) float64 {
	sum := 0.0
	for _, rounds := range updates {
		slices.Sort(rounds)
		sum += (rounds[(len(rounds)-1)/2] + rounds[len(rounds)/2]) / 2
	}
	return sum / float64(len(updates))
}

// rehearse trains an arm for some updates and returns the processor time of each but the first, which makes the graph.
func (h *harness) rehearse(ctx context.Context, a arm) (times []float64, err error) {
	dir, err := os.MkdirTemp(h.dir, "rehearsal-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	last := 0.0
	options := h.options(a, 1, dir, h.experiment.Updates)
	options.Report = func(l train.Loss) {
		now := processorTime()
		if l.Step > 0 {
			times = append(times, now-last)
		}
		last = now
	}
	_, err = train.Run(ctx, options)
	return times, err
}
