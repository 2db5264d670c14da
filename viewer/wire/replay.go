package wire

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// MaxReplay is the greatest number of actions in a replay.
const MaxReplay = 100_000

// WakeCode is the code that stands for showing the dream the truth again; an action's code follows it by one and more.
const WakeCode = 0

// EncodeReplay returns the code of a list of action codes, for links and command lines: runs of equal ones, each the length of
// the run and the code as varints (encoding/binary), in base64 for addresses.
func EncodeReplay(codes []uint64) string {
	var data []byte
	for i := 0; i < len(codes); {
		run := i
		for run < len(codes) && codes[run] == codes[i] {
			run++
		}
		data = binary.AppendUvarint(data, uint64(run-i))
		data = binary.AppendUvarint(data, codes[i])
		i = run
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// DecodeReplay returns the action codes.
func DecodeReplay(text string) ([]uint64, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("wire: the replay is not a code of this program; copy the whole link")
	}
	var codes []uint64
	for len(data) > 0 {
		run, n := binary.Uvarint(data)
		if n <= 0 {
			return nil, errors.New("wire: the replay is cut short; copy the whole link")
		}
		code, m := binary.Uvarint(data[n:])
		if m <= 0 {
			return nil, errors.New("wire: the replay is cut short; copy the whole link")
		}
		if run == 0 || run > uint64(MaxReplay-len(codes)) {
			return nil, fmt.Errorf("wire: the replay has a run of %d actions; the most in all is %d", run, MaxReplay)
		}
		for range run {
			codes = append(codes, code)
		}
		data = data[n+m:]
	}
	return codes, nil
}
