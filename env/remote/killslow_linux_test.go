//go:build slow

package remote

import (
	"testing"
	"time"
)

func TestTwoHundredClientsKilledAtRandom(t *testing.T) { killClients(t, 200, 5*time.Minute) }
