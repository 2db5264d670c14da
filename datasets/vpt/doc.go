// Package vpt reads recordings of people who play Minecraft as OpenAI published them with Video PreTraining (Baker et al., 2022,
// arXiv 2206.11795): for each segment of at most five minutes an mp4 of 20 frames a second, and a .jsonl of the same name with one
// line a frame, which tells what the keyboard and the mouse did.
//
// Line i leads from frame i to frame i+1, so that a segment of T frames has T-1 actions. Actions are of the space that the
// voxel environments have: choices under MineRL's names, with the camera in VPT's 11 bins by mu-law on each axis. What the recordings
// need is done as VPT's own loader does it: camera degrees are mouse units times 360/2400, a hotbar slot is taken from the state
// that it changes and not from the key, and an attack that is held from the first frame on, because the button of the menu stuck, is
// left out until the button is pressed again. While a menu is open the mouse moves a cursor: neither camera nor buttons
// act then.
package vpt
