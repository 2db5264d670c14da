// Command somnium steps simulators and dreams, records what happens and looks at what was recorded.
//
//	somnium envs                                       what there is to step
//	somnium rollout RigidCatch-v0 --agent scripted --steps 200 --out out/catch.gif
//	somnium bench RigidCatch-v0 --num-envs 8
//	somnium collect RigidCatch-v0 RigidPush-v0 --out data/first --episodes 1000
//	somnium data info data/first
//
// Figures go to standard output, as text or, with --json, as one JSON object; everything else goes to standard error. The
// exit status is 0, 1 where something went wrong, or 2 where the command line is wrong.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once: the first one asks for an orderly end, which may take a while.
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
