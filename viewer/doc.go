// Package viewer is the house of the stage on which people see a dream beside the truth. What is in it, from the bottom up:
//
//	hands    keys, mouse and gamepad as actions of an environment
//	overlay  the true state as outlines on the picture
//	scenes   tests that are played as scenes, each with its verdict
//	stage    the state machine: truth and dream in lock-step, and a timeline to go back and forth on
//	take     what is taken away: animations, pictures, films
//	wire     the messages between the stage and the window
//	serve    the stage behind a web page
//	ui       what the window shows and how it is used
//	app      the window itself, the one importer of Ebitengine: a browser page or a desktop program
//
// Everything but app is free of Ebitengine and runs without a display.
package viewer
