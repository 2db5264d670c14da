package remote

import "time"

// Limits bound what clients may take. The zero value is the defaults.
type Limits struct {
	// Message is the size of a request in bytes. Default: 16 MiB.
	Message int
	// Clients is the number of connections at a time. Default: 1024.
	Clients int
	// Environments is the number of environments, of all clients together. Default: 8192.
	Environments int
	// Memory is the number of bytes in blocks of observations, shared or not, of all clients together. Default: 2 GiB.
	Memory int
	// Patience is how long a client may take to greet, and how long to make room for a reply. Default: 30 s.
	Patience time.Duration
	// Grace is how long a stopping server waits for requests in hand before it cuts their connections. Default: 5 s.
	Grace time.Duration
}

// greeting is the size of a first message in bytes, whose sender is a stranger yet.
const greeting = 8192

// maxSlots is the length of a ring.
const maxSlots = 64

// maxContext is the number of frames that an episode is primed with.
const maxContext = 1024

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		value *int
		most  int
	}{{&l.Message, 16 << 20}, {&l.Clients, 1024}, {&l.Environments, 8192}, {&l.Memory, 2 << 30}} {
		if *d.value <= 0 {
			*d.value = d.most
		}
	}
	if l.Patience <= 0 {
		l.Patience = 30 * time.Second
	}
	if l.Grace <= 0 {
		l.Grace = 5 * time.Second
	}
	return l
}

// Usage is what a server's clients hold at a moment.
type Usage struct {
	Clients, Environments, Memory int
}
