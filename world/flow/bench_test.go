package flow

import "testing"

func BenchmarkGuess(b *testing.B) {
	m, err := New(Small(96), 1)
	if err != nil {
		b.Fatal(err)
	}
	g, err := NewGuesser(m, 1, 64, 64)
	if err != nil {
		b.Fatal(err)
	}
	video, dst := square(64, 64, 20, 20, 1, 2), make([]uint8, 64*64*3)
	b.ReportAllocs()
	for b.Loop() {
		g.Guess(dst, func(int) []uint8 { return video[1] }, func(int) []uint8 { return video[0] })
	}
}

func BenchmarkUpdate(b *testing.B) {
	const n = 32
	m, err := New(Small(96), 1)
	if err != nil {
		b.Fatal(err)
	}
	g, err := NewGraph(m, n, 64, 64)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		v := square(64, 64, 10+i, 30, 1, 2)
		g.Set(i, v[1], v[0], v[2])
	}
	for b.Loop() {
		if _, err := g.Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "samples/s")
}
