// Package metrics measures pictures: how far a frame is from another, on all pixels and on those that change, what the
// simplest predictions reach, and whether a video still holds edges, motion and things.
//
// Decibels alone mislead. A still background dominates them, a blur gains on a wrong guess, and a frozen picture keeps its
// histogram. So errors are read on the pixels that change ([Changed]) against the last frame and its best blur ([Blur]), and
// stand beside gradient energy ([Gradient]), mean frame difference ([Difference]) and the number of things ([Counter]).
//
// Frames are uint8 [H, W, 3], row-major RGB. Sums are kept apart from their counts ([Errors], [Mean]), so that what is
// pooled over frames and scenes weighs every value alike.
package metrics
