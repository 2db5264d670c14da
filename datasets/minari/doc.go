// Package minari writes recorded episodes as Minari data sets, and reads such data sets: the format of offline reinforcement
// learning of the Farama Foundation (https://minari.farama.org), in its Parquet form.
//
// A data set is the folder <root>/<id>/data, where the id is [namespace/]name-vN. Its metadata.json holds the spaces as JSON; each
// episode has a folder of its own name with a metadata.json and one Parquet file of T+1 rows, of which the last one's action,
// reward and ends are padding. Pictures are stored as they are ("jpeg_encoding" is false), so that nothing is lost: frames,
// actions, rewards and ends come back equal to the bit. Captions, and what a spec says beside its spaces, are kept under the
// key "somnium", which other readers pass over. True states are left out: the environment and the seed give them again.
package minari
