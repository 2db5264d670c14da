package block_test

import (
	"strings"
	"testing"

	"somnium/sim/voxel/block"
)

func TestEveryKindIsWhole(t *testing.T) {
	for k := range block.Kind(block.Count) {
		info := k.Info()
		if info.Name == "" {
			t.Fatalf("kind %d has no name", k)
		}
		if back, err := block.Parse(info.Name); err != nil || back != k {
			t.Errorf("%q parses as %v, %v", info.Name, back, err)
		}
		if info.Opaque && !info.Solid || info.Solid && info.Liquid || (info.Shape == block.Nothing) != (k == block.Air) {
			t.Errorf("%v contradicts itself: %+v", k, info)
		}
		if info.Tier > 0 && info.Tool == block.Hand {
			t.Errorf("%v needs a tier of no tool", k)
		}
	}
}

func TestUnknownNamesAreTold(t *testing.T) {
	_, err := block.Parse("unobtainium")
	if err == nil || !strings.Contains(err.Error(), `"unobtainium"`) || !strings.Contains(err.Error(), "cobblestone") {
		t.Errorf("the error is %v", err)
	}
}
