// Command ablate compares variants of the world model and of its training at equal compute:
//
//	go run ./internal/ablate --out out/ablate --minutes 10
//	go run ./internal/ablate --out out/memory --minutes 10 --of memory
//
// Every arm differs from the first, the baseline, in one thing. All learn from the same recorded episodes and stand on the
// same trained tokenizer, with two seeds each. Compute is processor time: what an update of each arm takes is measured
// first, arms taking turns, so that a busy machine slows all alike, and from it how many updates an arm gets. An arm is a
// process of one thread, and several run side by side.
//
// The folder holds everything: experiment.json says what is compared, data, tokenizer and plan.json are shared, arms has a
// folder for each arm and seed with its run, its curve and its result. Stopped or killed at any moment, the program goes on
// where it was when it is run again. It leaves table.md, results.json and curves.png, anew after every arm.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	out := flag.String("out", "out/ablate", "the folder of the experiment")
	minutes := flag.Float64("minutes", 10, "processor time of an arm")
	jobs := flag.Int("jobs", 2, "how many arms run side by side, one thread each")
	of := flag.String("of", "training", "what is compared: training, or memory beyond the window")
	only := flag.String("only", "", "arms to run, separated by commas; default all")
	flag.Parse()
	experiments := map[string]func(minutes float64) experiment{"training": full, "memory": past}
	if experiments[*of] == nil {
		fmt.Fprintf(os.Stderr, "ablate: there is no experiment %q; choose one of training and memory\n", *of)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h := &harness{dir: *out, experiment: experiments[*of](*minutes), jobs: *jobs, log: os.Stderr}
	h.launch = h.process
	if *only != "" {
		h.only = strings.Split(*only, ",")
	}
	var err error
	if flag.NArg() > 0 { // a part of the work, in a process of its own
		err = h.part(orphaned(ctx), flag.Args())
	} else {
		err = h.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// process does a part of the work in a process of one thread. Its messages go to a file beside the results; its standard
// input ends with this process, whatever ends it.
func (h *harness) process(ctx context.Context, args ...string) (err error) {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	path := filepath.Join(h.dir, strings.Join(args, "-")+".log")
	log, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	c := exec.CommandContext(ctx, program, append([]string{"--out", h.dir}, args...)...)
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	alive, err := c.StdinPipe()
	if err != nil {
		return err
	}
	defer alive.Close()
	if err := c.Run(); err != nil {
		return fmt.Errorf("%w; %s says why", errors.Join(err, ctx.Err()), path)
	}
	return nil
}

// orphaned returns a context that is over when the standard input ends, too: when the process that started this one has ended.
func orphaned(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	return ctx
}
