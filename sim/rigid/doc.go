// Package rigid is the ground truth of two-dimensional rigid bodies: scenes of discs and boxes that move by the laws of
// motion, drawn as flat shapes with soft edges, each an env.Env that tells its true state, describes itself in words and
// can be kept and brought back. Importing somnium/sim/all registers them:
//
//	id                  actions  steps  what happens
//	RigidUniform-v0     1           31  a disc moves at constant velocity
//	RigidCollision-v0   1           31  two discs collide head-on and elastically
//	RigidParabola-v0    1           31  a disc thrown sideways falls in an arc
//	RigidBounce-v0      1          100  one to three discs bounce in a box under gravity
//	RigidOccluder-v0    1          100  discs pass behind a flat box that hides them
//	RigidPush-v0        5          100  push a disc to a mark: nothing, left, right, up, down
//	RigidCatch-v0       3         1000  catch falling balls with a paddle: stay, left, right
//	RigidRamp-v0        1           60  a box slides or a disc rolls down a ramp, or friction holds the box
//	RigidStack-v0       1           80  a stack of boxes stands, topples or is hit by a disc
//	RigidPendulum-v0    1          100  a bob swings on a rigid rod
//	RigidSwingingOccluder-v0
//	                    1          100  a plate swings and hides the discs behind it again and again
//	RigidBehind-v0      1          100  a disc passes, stops or turns back behind a box that later rises
//	RigidReturn-v0      1          100  a disc is thrown up out of the picture and falls back into it
//	RigidGlass-v0       1           60  glass falls or is hit: it shatters above an energy and bounces below
//	RigidTemplate-v0    1           60  a red ball falls among four of PhyWorld's eight kinds of objects
//
// docs/pictures/rigid shows a strip of each; make pictures draws them.
//
// # The world
//
// The picture shows 10 units along its shorter side, and more along the longer one, of any size and aspect; y points up.
// A step is one frame of 0.1 s, ten substeps of 0.01 s of Chipmunk's solver (github.com/jakecoffman/cp/v2). Discs have
// equal density. The first seven scenes know no friction, so that nothing turns there; in no scene does a disc show how far
// it has turned, and its state is its place and its velocity.
//
// The solver moves bodies first and changes velocities after, so that after n substeps of length dt a fall is g t (t-dt)/2
// in place of g t^2/2: 0.04 units of the 12 that a ball of RigidParabola-v0 falls in an episode. An elastic ball keeps its
// energy, for that order is symmetric about a bounce. A collision conserves momentum and energy to rounding, and happens at
// the end of the substep in which the bodies first overlap.
//
// # PhyWorld
//
// The first three are the scenes of PhyWorld (arXiv 2411.02385), with the ranges of its training set. The parameter ood
// moves the draws outside of them, and naming a quantity fixes it, as in RigidUniform-v0?radius=0.5&velocity=5. A lone ball
// stays wholly in view for 24 frames where its speed allows; two balls start wholly in view, and meet 8 frames or more from
// the first and from the last. PhyWorld's parser (the centroid of the pixels with R > 127 and G, B < 127) recovers the
// velocity of these frames to .106 / .038 / .013 units per second between two frames at 64 / 128 / 256 pixels, and to
// .0046 / .0012 / .0005 over an episode.
//
// RigidTemplate-v0 is after its combinatorial scenes, which it builds in PHYRE (arXiv 1908.05656): 70 templates by the
// numbers of its task files, of which 60 to 69 are held out; ood=1 draws from those.
//
// # What the others promise
//
// A box on the ramp accelerates by g (sin a - mu cos a) or rests, a disc that rolls by 2/3 g sin a. A stack without a disc
// stands where statics says so. The pendulum is integrated apart from the solver and keeps its energy to a ten-millionth.
// Before the disc of RigidBehind-v0 is wholly out of sight nothing tells its three events apart. Glass breaks where the
// centres of mass approach with more energy, along the normal of the contact, than its toughness; breaking takes that energy,
// the pieces tile the glass (they are Voronoi cells), and their pattern is the seed's.
//
// # Parameters
//
// A parameter that is marked Random is drawn anew by each reset unless Make or Reset gives it. Giving it changes nothing
// else that the seed draws: two worlds of one seed can differ in gravity alone. (The draws of RigidCollision-v0 are the
// exception, as they are repeated until the balls have room.)
//
// # Reproducibility and speed
//
// An episode is a function of the seed and the parameters, to the bit on one architecture, whatever was played before or is
// played beside it. Snapshots are the stream, the parameters and the actions, and Restore plays them again.
//
//	go test -bench . ./sim/rigid
//
// tells the steps per second, drawing and resets included: at 64 by 64 pixels some 130,000 for two colliding discs,
// 75,000 for three that bounce and touch, 40,000 for a box on a ramp, and 10,000 for piles of boxes, bars and pieces, by the
// time of one core of a server of the 2020s; a reset takes 10 to 30 microseconds. A step makes no garbage unless bodies
// touch.
//
// # A new scene
//
// A scene is a value of type scene in a file of its own and a line in the table in scene.go: its actions, its parameters,
// a function that fills the world, and a script of what happens before, during and after a frame.
package rigid
