package wire

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCommandsComeThrough(t *testing.T) {
	seed := uint64(1<<63 + 5)
	for _, c := range []Command{
		{Do: Hello, Version: Version, Token: "t", Place: &Place{Scene: "RigidCatch-v0", Seed: &seed, Replay: "AQI", At: 3, Paused: true}},
		{Do: HandsOn, Seq: 9, Hands: &Hands{Held: []string{"left"}, Tapped: []string{"jump"}, Look: [2]float64{-1.5, 2}}},
		{Do: Save, Count: 3, Until: 40, Text: "gif"},
		{Do: Speed, Value: 0.25},
	} {
		got, err := DecodeCommand(c.Encode())
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v comes through as %+v, %v", c, got, err)
		}
	}
}

func TestMalformedCommandsAreRefused(t *testing.T) {
	for text, says := range map[string]string{
		``:                                "cannot be read",
		`{`:                               "cannot be read",
		`[]`:                              "cannot be read",
		`{"do":"dance"}`:                  "no command",
		`{"do":"play"}{"do":"play"}`:      "follows",
		`{"do":"play","rm":"-rf"}`:        "unknown field",
		`{"do":"open"}`:                   "lacks",
		`{"do":"hands"}`:                  "lacks",
		`{"do":"open","place":{"at":-1}}`: "out of bounds",
		`{"do":"hands","hands":{"look":[1e9,0]}}`:                                              "ten times",
		"{\"do\":\"\xff\"}":                                                                    "UTF-8",
		`{"do":"prompt","text":"` + strings.Repeat("a", MaxText+1) + `"}`:                      "too long",
		`{"do":"hands","hands":{"held":[` + strings.Repeat(`"a",`, 64) + `"a"],"look":[0,0]}}`: "64 things",
		strings.Repeat(" ", MaxCommand+1):                                                      "the most is",
		strings.Repeat(`[`, 100_000):                                                           "cannot be read",
	} {
		if _, err := DecodeCommand([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.60q gives %v, want something with %q", text, err, says)
		}
	}
}

func TestMessagesComeThrough(t *testing.T) {
	picture := func(seed byte) []byte {
		p := make([]byte, 2*3*3)
		for i := range p {
			p[i] = seed + byte(i)
		}
		return p
	}
	for _, m := range []Message{
		{Welcome: &Welcome{Program: "somnium", Agents: []string{"noop"}, Tests: []SceneCard{{Name: "occluder"}}}},
		{View: &View{Scene: Scene{Height: 2, Width: 3, Truth: true, Dream: true}, At: 4, Truth: picture(1), Dream: picture(50)}},
		{View: &View{Scene: Scene{Height: 2, Width: 3, Dream: true}, Points: []Point{{PSNR: 3, Codes: []uint64{WakeCode, 7}}}, Dream: picture(9)}},
		{Thumb: &Thumb{Name: "x", Height: 2, Width: 3, Pixels: picture(0)}},
		{Error: &Failure{"protocol", "no"}},
	} {
		data, err := m.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeMessage(data)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v comes through as %+v, %v", m, got, err)
		}
		if _, err := DecodeMessage(data[:len(data)-1]); err == nil {
			t.Errorf("%+v, cut short, is taken", m)
		}
		if _, err := DecodeMessage(append(slices.Clone(data), 0)); err == nil {
			t.Errorf("%+v with a byte too many is taken", m)
		}
	}
}

func TestReplaysComeThrough(t *testing.T) {
	for _, codes := range [][]uint64{{1}, {1, 1, 1, 2, 0, 0, 1}, {1 << 40, 3}, slices.Repeat([]uint64{2}, MaxReplay)} {
		text := EncodeReplay(codes)
		got, err := DecodeReplay(text)
		if err != nil || !slices.Equal(got, codes) {
			t.Errorf("%d codes come through as %d, %v", len(codes), len(got), err)
		}
	}
	for _, bad := range []string{"!", "gA", "AA", "AAE", EncodeReplay(slices.Repeat([]uint64{2}, MaxReplay+1))} {
		if codes, err := DecodeReplay(bad); err == nil {
			t.Errorf("%q gives %d codes", bad, len(codes))
		}
	}
}

// FuzzCommand looks for commands that are taken and do not survive being written again.
func FuzzCommand(f *testing.F) {
	f.Add([]byte(`{"do":"hello","version":1,"place":{"scene":"RigidCatch-v0","seed":3}}`))
	f.Add([]byte(`{"do":"hands","hands":{"held":["left"],"look":[0.5,-3]},"seq":4}`))
	f.Add([]byte(`{"do":"save","text":"gif","count":1,"until":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeCommand(data)
		if err != nil {
			return
		}
		if again, err := DecodeCommand(c.Encode()); err != nil || !bytes.Equal(again.Encode(), c.Encode()) {
			t.Errorf("%q reads as %+v, then as %+v, %v", data, c, again, err)
		}
	})
}

// FuzzReplay looks for codes that take more than they should, or do not survive.
func FuzzReplay(f *testing.F) {
	f.Add("AwECAA")
	f.Fuzz(func(t *testing.T, text string) {
		codes, err := DecodeReplay(text)
		if err != nil {
			return
		}
		if again, err := DecodeReplay(EncodeReplay(codes)); err != nil || !slices.Equal(again, codes) || len(codes) > MaxReplay {
			t.Errorf("%q gives %d codes, then %d, %v", text, len(codes), len(again), err)
		}
	})
}

// FuzzMessage looks for messages that make the window fail.
func FuzzMessage(f *testing.F) {
	data, _ := Message{View: &View{Scene: Scene{Height: 1, Width: 1, Truth: true}, Truth: []byte{1, 2, 3}}}.Encode()
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := DecodeMessage(data)
		if err == nil && m.View != nil && len(m.View.Truth)+len(m.View.Dream) > len(data) {
			t.Error("pictures larger than the message")
		}
	})
}
