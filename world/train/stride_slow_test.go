//go:build slow

package train

import "testing"

// The same with more updates, in scenes whose pictures change more.
func TestSpansOfManyScenesComeBack(t *testing.T) {
	comeBack(t, 1500, 1, "RigidCatch-v0?height=32&width=32", "RigidBounce-v0?height=32&width=32", "RigidUniform-v0?height=32&width=32",
		"RigidCollision-v0?height=32&width=32")
}
