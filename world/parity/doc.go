// Package parity holds the Go model and its PyTorch twin, python/somnium_torch, to the same numbers.
//
// There is nothing in it but a test and three files for each of four models. weights.safetensors is a model of tiny sizes that the twin
// made and wrote; go.safetensors holds inputs ("in/...") and what Go makes of them ("out/..."), torch.safetensors what PyTorch made of
// the same inputs. The latents of the model in testdata/stride4 stand for four frames each, and the one in testdata/memory has a
// memory, and the one in testdata/flow guesses frames. The test computes everything anew and compares it with both, without PyTorch; the twin's tests do the same on their side,
// without Go. So neither can move alone. What is compared: encoding and decoding, the losses and all gradients of both training
// graphs, ten updates by the optimiser, the forward of a frame at a time against a cache, and a dream from context to frames.
//
// Noise and levels are recorded, not drawn again, so that the two need not share a random stream. `make parity` writes all
// files anew; whoever has to do that changes what weights mean.
package parity
