// Package all is the table of simulators: importing it fills the registry of package env.
//
//	import _ "somnium/sim/all"
package all

import (
	"slices"

	"somnium/env"
	"somnium/sim/rigid"
	"somnium/sim/voxel"
)

func init() {
	for _, r := range slices.Concat(
		rigid.Scenes(),
		voxel.Tasks(),
	) {
		env.Register(r)
	}
}
