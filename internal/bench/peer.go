package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// peer is the other process. It answers every line with one.
type peer struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// startPeer starts python with the arguments that name the peer.
func startPeer(python string, args ...string) (*peer, error) {
	process := exec.Command(python, args...)
	process.Stderr = os.Stderr
	// Its idle threads are to sleep within 2 ms, not to poll for 30 ms into our turn.
	process.Env = append(os.Environ(), "OPENBLAS_THREAD_TIMEOUT=22")
	in, err := process.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("bench: starting the peer: %w; name its Python with --python or --crafter", err)
	}
	return &peer{process: process, in: in, out: bufio.NewReader(out)}, nil
}

// ask sends a command and returns the value of its answer.
func (p *peer) ask(command string) (string, error) {
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		return "", fmt.Errorf("the peer is gone: %w; its last words are above", err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the peer is gone: %w; its last words are above", err)
	}
	if value, ok := strings.CutPrefix(strings.TrimSpace(line), "ok"); ok {
		return strings.TrimSpace(value), nil
	}
	return "", fmt.Errorf("the peer answers %q to %q", strings.TrimSpace(line), command)
}

// unit sets up a unit of work by a command.
func (p *peer) unit(command string) (unit, error) {
	if _, err := p.ask(command); err != nil {
		return nil, err
	}
	return func(count int) (time.Duration, error) {
		answer, err := p.ask("run " + strconv.Itoa(count))
		if err != nil {
			return 0, err
		}
		seconds, err := strconv.ParseFloat(answer, 64)
		return time.Duration(seconds * float64(time.Second)), err
	}, nil
}

func (p *peer) close() {
	p.in.Close()
	p.process.Wait() // it ends with its input
}
