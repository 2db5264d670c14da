package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// forgetPeak makes the kernel forget this process's greatest resident set so far. Linux alone has it.
func forgetPeak() error { return os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) }

// peak returns this process's greatest resident set in bytes.
func peak() (float64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("/proc/self/status has no VmHWM")
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	return kilobytes * 1024, err
}

// memory prints the greatest resident sets of both processes, since the training began.
func (t *trainer) memory(p *peer) error {
	ours, err := peak()
	if err != nil {
		return err
	}
	answer, err := p.ask("memory")
	if err != nil {
		return err
	}
	most, _, _ := strings.Cut(answer, " ")
	theirs, err := strconv.ParseFloat(most, 64)
	if err != nil {
		return err
	}
	fmt.Printf("%-34s %9.4g %9.4g %-9s %6.2f\n", "peak memory", ours/(1<<20), theirs/(1<<20), "MiB", theirs/ours)
	return nil
}
