// Package video makes episodes of videos, and videos of episodes: GIF and PNG by itself, mp4 and whatever else ffmpeg knows
// through the program ffmpeg, which SOMNIUM_FFMPEG names or the PATH has.
//
// An imported clip is an episode in which one action, the only one there is, is taken all the time. A text file of the same name
// beside it, clip.txt beside clip.mp4, is its caption: the first line in short, the whole in detail.
package video
