package ckpt

import (
	"math"
	"testing"
)

func TestBF16RoundTripsEveryValue(t *testing.T) {
	for bits := range 1 << 16 {
		x := FromBF16(uint16(bits))
		got := ToBF16(x)
		if x != x {
			if back := FromBF16(got); back == back {
				t.Fatalf("NaN %#04x became %v", bits, back)
			}
		} else if got != uint16(bits) {
			t.Fatalf("%#04x came back as %#04x", bits, got)
		}
	}
}

func TestBF16RoundsToNearestEven(t *testing.T) {
	for _, c := range []struct {
		in, want uint32
	}{
		{0x3f808000, 0x3f80}, // a tie goes down to even
		{0x3f818000, 0x3f82}, // a tie goes up to even
		{0x3f808001, 0x3f81},
		{0x3f807fff, 0x3f80},
		{0xbf818000, 0xbf82},
		{0x7f7fffff, 0x7f80}, // the greatest float32 lies beyond the greatest bfloat16
		{0x7f800000, 0x7f80},
		{0x00008000, 0x0000}, // subnormals round alike
		{0x00018000, 0x0002},
	} {
		if got := ToBF16(math.Float32frombits(c.in)); uint32(got) != c.want {
			t.Errorf("ToBF16(%#08x) = %#04x, want %#04x", c.in, got, c.want)
		}
	}
	if nan := FromBF16(ToBF16(math.Float32frombits(0x7f800001))); nan == nan {
		t.Errorf("a signalling NaN became %v", nan)
	}
}
