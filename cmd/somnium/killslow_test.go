//go:build slow

package main

import "testing"

func TestTrainingKilledTwentyTimes(t *testing.T) { killAndResume(t, 20, 2) }
