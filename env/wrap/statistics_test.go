package wrap_test

import (
	"testing"

	"somnium/env"
	"somnium/env/envtest"
	"somnium/env/wrap"
)

func TestStatistics(t *testing.T) {
	e := wrap.Statistics(env.LimitTime(envtest.NewCounter(16, 16), 7))
	statistics, ok := env.As[*wrap.EpisodeStatistics](e)
	if !ok {
		t.Fatal("the statistics cannot be found")
	}
	e.Reset(env.Seeded(1))
	for episode := range 3 {
		var want wrap.Episode
		for done := false; !done; {
			step, err := e.Step(env.Int(2))
			if err != nil {
				t.Fatal(err)
			}
			want.Return += step.Reward
			want.Length++
			done = step.Done()
		}
		last, finished := statistics.Last()
		if last != want || statistics.Current() != want || finished != episode+1 {
			t.Errorf("episode %d is %+v, the %d-th, want %+v", episode, last, finished, want)
		}
		e.Reset(env.ResetOptions{})
		e.Step(env.Int(0))
		// A bad action is no step, and an episode that a reset cuts off is not finished.
		e.Step(env.Int(7))
		if got := statistics.Current().Length; got != 1 {
			t.Errorf("the running episode is %d steps long, want 1", got)
		}
		e.Reset(env.ResetOptions{})
	}
}

func TestStatisticsTravelWithSnapshots(t *testing.T) {
	e := wrap.Statistics(env.LimitTime(envtest.NewCounter(16, 16), 7))
	s, _ := env.As[env.Snapshotter](e)
	statistics, _ := env.As[*wrap.EpisodeStatistics](e)
	play := func(n int) {
		for range n {
			if step, err := e.Step(env.Int(1)); err != nil {
				t.Fatal(err)
			} else if step.Done() {
				e.Reset(env.ResetOptions{})
			}
		}
	}
	e.Reset(env.Seeded(1))
	play(10)
	snapshot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	current := statistics.Current()
	last, finished := statistics.Last()
	if current.Length != 3 || last.Length != 7 || finished != 1 {
		t.Fatalf("after ten steps, seven an episode: %+v, %+v, %d", current, last, finished)
	}
	play(9)
	if _, err := s.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	lastNow, finishedNow := statistics.Last()
	if statistics.Current() != current || lastNow != last || finishedNow != finished {
		t.Errorf("restored: %+v, %+v, %d, want %+v, %+v, %d", statistics.Current(), lastNow, finishedNow, current, last, finished)
	}
}
