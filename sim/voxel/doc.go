// Package voxel is the ground truth of a first-person world of blocks in the style of Minecraft: seeded land with its
// biomes, caves, rivers and ores, day and night, falling sand and flowing water, animals and monsters, and a player who
// walks, swims, digs, builds, crafts, eats and sleeps. Each task in it is an env.Env that tells its true state, describes
// itself in words and can be kept and brought back. Importing somnium/sim/all registers them:
//
//	id                    steps  what is asked
//	VoxelSurvive-v0       10000  survive, and achieve the counterparts of Crafter's 22 achievements
//	VoxelNavigate-v0       1000  walk to a beacon
//	VoxelCollect-v0        3000  collect wood, dirt, sand, stone, flowers, meat, coal or iron ore
//	VoxelBuild-v0          3000  build what stands beside the plot
//	VoxelNight-v0          6000  survive a night
//	VoxelLookAway-v0        600  look away from a scene, and back
//	VoxelLoop-v0           2000  walk from A to B and back
//	VoxelBehindWall-v0      600  find the sheep that went behind a wall
//	VoxelRevisit-v0         800  change a block, look away, and look at it again
//
// # The world
//
// A step is a tick, 20 to the second. Lengths are blocks: x points east, y up, z south, and the world is 64 blocks high.
// Speeds, falls and jumps are Minecraft's. A day is 10 minutes. Digging takes the ticks of the block's hardness in package
// block, less with the right tool; the right tool of a tier too low, or none, may leave nothing. Recipes are those of
// package item; a table or a furnace must stand within three blocks, and a furnace takes a piece of coal for each thing.
// What is dug or taken from a creature goes straight to the inventory, which counts each kind up to 99. The hotbar holds
// nine of the kinds that are carried, the first nine to come; a tool or food that comes later takes the last slot of
// something else.
//
// # Actions
//
// The action is MultiDiscrete, under the names of MineRL and VPT: [Actions] tells them. The camera has VPT's 11 bins by
// mu-law, up to 10 degrees a step. With flat=1 it is one of the 16 plain actions of [FlatActions].
//
// # Observations
//
// The observation is the picture, uint8 [H, W, 3]. Where one of depth, segmentation, instances or inventory is 1, it is a
// Dict with the picture under "pixels", and:
//
//	depth         float32 [H, W]  how far off the thing is that a pixel shows, along the camera's axis, in blocks; the view
//	                              distance where it is sky
//	segmentation  uint8 [H, W]    its kind of block, by its number in package block; 0 for the sky, 255 for creatures
//	instances     uint8 [H, W]    its creature, 1 + ID modulo 255; 0 where it is none
//	inventory     float32 [N]     the counts of every kind in package item, then health, food, drink and energy
//
// These, and textured, hud, distance, fov and flat, shape the spaces: Make takes them, a Reset does not.
//
// # Rewards
//
// The parameter reward is 0 for none, 1 for sparse (the default), 2 for shaped. The tasks' functions say what each gives.
// An episode ends when the task is done or the player has died.
//
// # Crafter's achievements
//
// They keep Crafter's names (Hafner, arXiv 2109.06780). Where this world has no such thing as Crafter's, they mean:
//
//	collect_drink             use (the hand) on water while thirsty
//	collect_sapling           found among leaves and grass, by chance
//	collect_stone             cobblestone, which stone turns to when it is dug
//	defeat_skeleton, _zombie  skeletons live in caves, zombies come at night
//	eat_cow                   eat meat, raw or cooked, of a cow or a sheep
//	eat_plant                 use a bush, which a sapling grows to in a minute, or eat its berries
//	place_plant               place a sapling on grass or dirt
//	wake_up                   sleep, and wake with full energy; being hurt wakes too, but does not count
//
// # Reproducibility
//
// All of it is computed in whole numbers: an episode is a function of the seed, the parameters and the actions, to the bit
// and on every processor. A snapshot is the seed, the blocks that were changed, and all that moves: restoring one in the
// same episode costs microseconds, so that branches are cheap.
package voxel
