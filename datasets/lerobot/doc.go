// Package lerobot writes recorded episodes as a LeRobot data set, version 3.0: the format of Hugging Face's robot learning
// (https://huggingface.co/docs/lerobot/lerobot-dataset-v3).
//
//	meta/info.json                              features, fps, where files lie
//	meta/stats.json                             minimum, maximum, mean, deviation and quantiles of each feature
//	meta/tasks.parquet                          what is to be done, in words
//	meta/episodes/chunk-000/file-000.parquet    a row an episode, with the same statistics of each
//	data/chunk-000/file-000.parquet             a row a step: picture, action, reward and ends
//
// A row has the picture that was acted on, so that the last frame of an episode, which nobody acts on, is left out. Pictures
// are PNG within the rows (dtype "image"): nothing is lost, and no video encoder is needed. Rewards and ends are those that
// follow the action, next.reward, next.done and next.truncated. The task is the caption of the first frame, or else the
// environment's id.
package lerobot
