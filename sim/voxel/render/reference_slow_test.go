//go:build slow

package render

import "testing"

func TestTheTracerSeesWhatTheReferenceSeesEverywhere(t *testing.T) { holdToReference(t, stands(60), 1) }
