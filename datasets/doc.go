// Package datasets keeps recorded episodes: it collects them from environments, writes them into shards, reads them back
// and cuts clips from them for training.
//
//	result, err := datasets.Collect(ctx, datasets.CollectOptions{
//		Dir: "data/catch", Envs: []string{"RigidCatch-v0"}, Episodes: 1000, Seed: 7, MakeAgent: makeAgent,
//	}, nil)
//	...
//	data, err := datasets.Open("data/catch")
//	sampler, err := datasets.NewSampler(data, datasets.SamplerOptions{Frames: 16, Batch: 8, Seed: 1})
//	defer sampler.Close()
//	for {
//		batch, err := sampler.Next(ctx)
//		...
//	}
//
// # Layout of a data set
//
// A data set is a folder of shards, shard-00000.shard, shard-00001.shard and so on, each with a side file
// shard-00000.shard.index, and, where [Collect] made it, collect.json, which holds the options. Shards only ever grow at
// their end. The index is a cache: without it, or where it is out of date, the reader walks the shard itself.
//
// # Shard format, version 1
//
// Integers are little-endian; CRC is CRC-32C (Castagnoli). A shard is a file header and records, back to back:
//
//	file header, 16 bytes
//	 0  8  "SOMNIUM\n"
//	 8  4  version, 1
//	12  4  CRC of the 12 bytes before
//
//	record
//	 0  4  "SOMR"
//	 4  4  number of the record in its shard, from 0
//	 8  4  length of meta in bytes
//	12  4  length of body in bytes
//	16  4  length of body in bytes once decompressed
//	20  4  CRC of meta
//	24  4  CRC of body
//	28  4  CRC of the 28 bytes before
//	32     meta: msgpack
//	...    body: one zstd frame (RFC 8878) of msgpack
//
// meta is a map: "env" string, "number" int (the episode's in its job), "seed" int, "agent" string, "fps" float, "height",
// "width", "steps" int, "return" float, "terminated", "truncated" bool. body is a map:
//
//	"coding"      "raw": the frames are as they are
//	"frames"      bin [steps+1, height, width, 3]
//	"actions"     array of steps values
//	"rewards"     bin, steps float32
//	"terminated"  bin, steps bytes 0 or 1
//	"truncated"   bin, steps bytes 0 or 1
//	"captions"    array of [step, short, detailed]
//	"spec"        map: "id", "doc", "observation", "action", "max_episode_steps", "fps", "params"
//	"states"      bin, itself msgpack: array of [step, bodies, values], steps+1 of them or none
//
// A value is nil (empty), an int (one choice), or a map with "i" array of ints, "u" bin of uint8, "f" bin of float32, "d"
// map of values. A space is a map: "kind" ("discrete", "multi_discrete", "box", "dict"), "n" array of ints, "shape" array
// of ints, "type" ("uint8", "float32"), "low", "high" float, "parts" map of spaces. A param is [name, doc, default, min,
// max, random]. A body is [id, kind, bin of 11 float64 (position 3, velocity 3, angle, size 3, hidden), bin of 3 colour
// bytes, flags (1 static, 2 in frame)]; values is a map of floats. Readers pass over keys and trailing elements that they
// do not know, so the format can grow within its version.
//
//	index, the file name of the shard with .index behind it
//	 0  8  "SOMINDX\n"
//	 8  4  version, 1
//	12  4  number of entries
//	16  8  length of the shard that the entries cover
//	24     entries: offset of the record (8 bytes), its header (32 bytes), its meta
//	...    CRC of everything before, 4 bytes
//
// # What a crash, a cut and a flipped bit do
//
// A record is appended whole, and a shard's index is renamed in after it, so a writer that is killed at any byte leaves
// at most a torn record at the end: the reader leaves it out and says so in [Dataset.Problems], and the next writer cuts
// it off. Damage elsewhere costs the damaged record alone: reading it is a [*Problem], an error that names file, record,
// offset and the remedy, and the others stay readable, because each record carries checks of its own and can be found
// again by its first four bytes. [Verify] reads everything; [Repair] rewrites damaged shards without what is lost.
package datasets
