package progress

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that the test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestPlainLinesComeAtIntervals(t *testing.T) {
	var out bytes.Buffer
	clock := &clock{time.Unix(1000, 0)}
	r := &Reporter{Title: "collect", Unit: "episodes", Total: 100, Initial: 10, Out: &out, now: clock.now}
	for range 30 {
		r.Add(1)
		clock.at = clock.at.Add(time.Second)
	}
	r.Done()
	r.Done()
	want := "collect   20%  20/100 episodes  1.0 episodes/s  ETA 1m20s\n"
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 4 || !strings.Contains(lines[2], "40/100 episodes  1.0 episodes/s  ETA 1m00s") {
		t.Fatalf("got %d lines: %q; want three like %q", len(lines)-1, lines, want)
	}
	if strings.Contains(out.String(), "\r") {
		t.Fatal("a carriage return outside a terminal")
	}
}

func TestTerminalLineIsRewrittenAndFits(t *testing.T) {
	var out bytes.Buffer
	clock := &clock{time.Unix(1000, 0)}
	r := &Reporter{Title: "train", Unit: "steps", Total: 50, Out: &out, now: clock.now}
	r.live, r.columns = true, func() int { return 60 }
	for range 25 {
		clock.at = clock.at.Add(200 * time.Millisecond)
		r.Add(1)
	}
	r.Note("saved")
	r.Done()
	for _, line := range strings.FieldsFunc(out.String(), func(c rune) bool { return c == '\r' || c == '\n' }) {
		if len(line) > 59 {
			t.Fatalf("%d characters in 60 columns: %q", len(line), line)
		}
	}
	if !strings.Contains(out.String(), "\rsaved\n") || !strings.Contains(out.String(), "[====") {
		t.Fatalf("got %q", out.String())
	}
}

func TestZeroValueAndConcurrency(t *testing.T) {
	var out bytes.Buffer
	r := &Reporter{Out: &out}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				r.Add(1)
			}
		})
	}
	group.Wait()
	r.Status("loss %.1f", 0.5)
	r.Done()
	if got := out.String(); !strings.HasPrefix(got, "800  ") || !strings.HasSuffix(got, "loss 0.5\n") {
		t.Fatalf("got %q", got)
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{rateText(1234.5, "steps"), "1234 steps/s"},
		{rateText(0.05, "clips"), "3.0 clips/min"},
		{rateText(0.001, ""), "3.6/h"},
		{durationText(42 * time.Second), "42s"},
		{durationText(185 * time.Second), "3m05s"},
		{durationText(7620 * time.Second), "2h07m"},
		{barOf(0.5, 12), "[=====     ]"},
		{barOf(7, 12), "[==========]"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
