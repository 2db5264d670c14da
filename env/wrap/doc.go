// Package wrap holds the wrappers that the caller chooses, one a file. The two that every made environment has, the order
// of calls and the time limit, are [env.EnforceOrder] and [env.LimitTime].
//
//	Statistics  sums of rewards and lengths of episodes
//	Repeat      every action several times
//	Sticky      now and then the last action in place of the new one
//	Resize      pictures of another size
//	Grey        pictures in shades of grey
//	Stack       the last observations together
//	Record      episodes as videos: GIF, PNG, or MP4 by ffmpeg
//
// Each is an environment that keeps the contract, with the capabilities of what it wraps: its own state is part of a
// snapshot, and what would no longer be true of what it shows (frames to prime with, once pictures have another size) is
// hidden. What refuses an environment returns an error. They are put on from the inside out:
//
//	e, err := env.Make("RigidCatch-v0")
//	...
//	e, err = wrap.Repeat(e, 4)
//	e, err = wrap.Record(e, wrap.RecordOptions{Folder: "out/videos"})
//	e, err = wrap.Resize(e, 32, 32)
//	e, err = wrap.Grey(e)
//	e, err = wrap.Stack(e, 4) // observations are uint8 [4, 32, 32]
package wrap
