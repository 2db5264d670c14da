//go:build unix

package main

import "syscall"

// processorTime returns the seconds that this process has run on any processor.
func processorTime() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic("ablate: the system does not tell the processor time: " + err.Error())
	}
	return float64(used.Utime.Nano()+used.Stime.Nano()) / 1e9
}
