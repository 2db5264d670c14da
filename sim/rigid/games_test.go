package rigid

import (
	"math"
	"testing"

	"github.com/jakecoffman/cp/v2"

	"somnium/env"
)

func TestPushMovesWithinTheNextFrame(t *testing.T) {
	for action, direction := range pushDirections {
		e := open(t, &push, 64, 64, nil)
		for seed := range uint64(10) {
			reset(t, e, seed)
			agent := e.world.bodies[1]
			agent.rigid.SetPosition(cp.Vector{X: 5, Y: 5})
			step(t, e, action)
			moved := agent.position().Sub(cp.Vector{X: 5, Y: 5})
			along := moved.Dot(direction)
			if action != 0 && (along < 0.15 || along > 0.2) {
				t.Errorf("action %d moved the disc by %v, want 0.15 to 0.2 units along %v", action, moved, direction)
			}
			if moved.Sub(direction.Mult(along)).Length() > 1e-9 {
				t.Errorf("action %d moved the disc aside: %v", action, moved)
			}
		}
	}
}

func TestPushReachesATerminalSpeed(t *testing.T) {
	e := open(t, &push, 64, 640, nil)
	reset(t, e, 3)
	agent := e.world.bodies[1]
	agent.rigid.SetPosition(cp.Vector{X: 5, Y: e.world.bodies[0].at.Y})
	if agent.position().Y < 5 {
		agent.rigid.SetPosition(cp.Vector{X: 2, Y: 9})
	} else {
		agent.rigid.SetPosition(cp.Vector{X: 2, Y: 1})
	}
	for range 15 {
		step(t, e, 2)
	}
	if v := agent.velocity().X; v < 4 || v > 6 {
		t.Errorf("the terminal speed is %v, want 4 to 6 units per second", v)
	}
}

func TestPushRewardsAddUp(t *testing.T) {
	e := open(t, &push, 64, 64, nil)
	reached := 0
	for seed := range uint64(10) {
		reset(t, e, seed)
		target, agent := e.world.bodies[0], e.world.bodies[1]
		start := agent.position().Distance(target.position())
		if start < 3 {
			t.Fatalf("seed %d: the disc starts %v units from its mark, want 3 or more", seed, start)
		}
		total := 0.0
		for range push.steps {
			// Steer along the greater distance.
			way := target.position().Sub(agent.position())
			action := 3
			switch {
			case math.Abs(way.X) > math.Abs(way.Y) && way.X < 0:
				action = 1
			case math.Abs(way.X) > math.Abs(way.Y):
				action = 2
			case way.Y < 0:
				action = 4
			}
			s := step(t, e, action)
			total += s.Reward
			if s.Terminated {
				reached++
				end := agent.position().Distance(target.position())
				if math.Abs(total-(start-end+1)) > 1e-9 || end > reachDistance {
					t.Errorf("seed %d: rewards sum to %v, from %v to %v units", seed, total, start, end)
				}
				if _, err := e.Step(env.Int(0)); err != env.ErrEpisodeOver {
					t.Errorf("a step after the end gives %v, want %v", err, env.ErrEpisodeOver)
				}
				break
			}
		}
	}
	if reached != 10 {
		t.Errorf("steering straight at the mark reached it in %d of 10 episodes", reached)
	}
}

func TestCatchHasOneBallAndOnePaddle(t *testing.T) {
	e := open(t, &catch, 64, 64, nil)
	reset(t, e, 5)
	next := choices(&catch, 5)
	caught, missed, since := 0, 0, 0
	balls := map[int]bool{}
	for i := range catch.steps {
		s := step(t, e, next())
		balls[find(e, kindDisc)[0].ID] = true
		if len(find(e, kindDisc)) != 1 || len(find(e, kindPaddle)) != 1 || len(e.State().Bodies) != 2 {
			t.Fatalf("step %d: the bodies are %+v", i, e.State().Bodies)
		}
		for _, b := range e.State().Bodies {
			if !b.InFrame {
				t.Fatalf("step %d: %+v is out of the picture", i, b)
			}
		}
		since++
		if s.Reward == 0 {
			continue
		}
		if since < 12 || since > 32 {
			t.Errorf("step %d: the ball fell for %d frames, want about 15 to 30", i, since)
		}
		since = 0
		if s.Reward == 1 {
			caught++
		} else {
			missed++
		}
	}
	if caught < 3 || missed < 3 {
		t.Errorf("random play caught %d balls and missed %d; expected some of both", caught, missed)
	}
	if n := caught + missed; len(balls) != n && len(balls) != n+1 {
		t.Errorf("%d balls have been caught or missed, but %d ids seen", n, len(balls))
	}
}

// Whoever goes where the ball will be catches it: the game can be won.
func TestCatchCanBeWon(t *testing.T) {
	e := open(t, &catch, 64, 64, nil)
	total, games := 0.0, 0
	for seed := range uint64(3) {
		reset(t, e, seed)
		for range 300 {
			ball, paddle := find(e, kindDisc)[0], find(e, kindPaddle)[0]
			action := 0
			if d := ball.Position[0] - paddle.Position[0]; d < -0.4 {
				action = 1
			} else if d > 0.4 {
				action = 2
			}
			if s := step(t, e, action); s.Reward != 0 {
				total += s.Reward
				games++
			}
		}
	}
	if total < 0.8*float64(games) {
		t.Errorf("following the ball scored %v in %d games", total, games)
	}
}

func TestPaddleKeepsItsSpeedAndStopsAtTheSides(t *testing.T) {
	e := open(t, &catch, 64, 64, nil)
	reset(t, e, 1)
	last := find(e, kindPaddle)[0].Position[0]
	for range 30 {
		step(t, e, 1)
		now := find(e, kindPaddle)[0].Position[0]
		if moved := last - now; now > paddleWidth/2+1e-9 && math.Abs(moved-0.5) > 1e-9 {
			t.Fatalf("the paddle moved by %v units in a frame, want 0.5", moved)
		}
		last = now
	}
	if math.Abs(last-paddleWidth/2) > 1e-9 {
		t.Errorf("the paddle rests at %v, want %v", last, paddleWidth/2)
	}
	step(t, e, 0)
	if now := find(e, kindPaddle)[0].Position[0]; now != last {
		t.Errorf("the paddle moved by itself, from %v to %v", last, now)
	}
}
