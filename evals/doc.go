// Package evals measures dreams against the truth that they were trained on. It holds two environments side by side, a
// simulator and a dream of it, knows neither by its type, and asks of the dream only what package env's capabilities
// offer: to go on from a context (env.Primer), to show frames through its own code (env.Reconstructor) and to say how
// unexpected a video is (env.Surpriser).
//
// Four gates stand before everything else that a trained model is asked:
//
//   - [Tokenizer]: frames survive the way into the code and back, where they change as well as where they rest.
//   - [NextFrame]: given the true past and the action, the next frame beats the last one and its best blur.
//   - [Actions]: the video is less expected with another clip's actions than with its own.
//   - [Rollout]: hundreds of frames dreamed on their own keep moving, keep their edges and keep their things.
//
// Each is a function of scenes and options, reports every figure with its baselines, its 95% bootstrap interval and its
// bar ([Result]), can be cancelled and tells its progress:
//
//	scene := evals.Scene{Name: "RigidCatch-v0", Truth: truth, Dream: dream, Agent: agent}
//	result, err := evals.NextFrame(ctx, []evals.Scene{scene}, evals.Options{Clips: 64})
//
// Beyond the gates stands the suite of physics exams ([Exams], docs/exam.md), which a [Candidate] sits: an [EnvCandidate], that
// is, any environment that can be primed, or [Videos] that were made elsewhere. An exam cuts trials out of episodes of the
// truth, lets the candidate and the baselines of package baseline continue them, reads off the frames what happened (package
// parse), and judges every figure by its interval against its bar and against what the true frames themselves score:
//
//	exam, _ := evals.FindExam("uniform")
//	result, err := exam.Sit(ctx, candidate, evals.ExamOptions{Suite: evals.Quick})
//
// Episodes come from held-out seeds: see [HeldOut]. Package metrics has what is measured on frames.
package evals
